//! What Trunk's hook adds to the page: the worker's builds with their loader, and the static files.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;

use super::worker;
use crate::project::{Profile, root};
use crate::{accuracy, setup, supply, weights};

/// The variable in which the hook (see Trunk.toml) finds the program to run.
pub(super) const XTASK: &str = "XTASK";

/// Arguments of `cargo xtask stage`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder that becomes the site
    #[arg(long, env = "TRUNK_STAGING_DIR")]
    staging: PathBuf,
    /// What Trunk builds: `release`, or anything else for the quick profile
    #[arg(long, env = "TRUNK_PROFILE", default_value = "debug")]
    profile: String,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let profile = if args.profile == "release" { Profile::Release } else { Profile::Dev };
    let kit = setup::for_builds()?;
    worker::build_all(&kit, profile, &args.staging.join("worker"))?;
    // Style sheets and the benchmark page take another way: index.html names them to Trunk.
    copy_dir(&root().join("static"), &args.staging.join("static"), &["css", "bench"])?;
    let checkpoints = args.staging.join("static/weights");
    weights::add_imagenet(&checkpoints)?;
    let answers = args.staging.join("static/samples/answers.json");
    fs::write(&answers, accuracy::sample::answers(&checkpoints)?.to_string())
        .with_context(|| format!("cannot write {}", answers.display()))?;
    supply::write_notices(kit.toolchain, &args.staging)?;
    unpack_goldens(&args.staging.join("static/goldens"))?;
    Ok(ExitCode::SUCCESS)
}

/// The engine's golden files, with which the page checks backends on the visitor's device.
fn unpack_goldens(to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    let from = root().join("engine/tests/data/golden");
    for entry in fs::read_dir(&from).with_context(|| format!("cannot read {}", from.display()))? {
        let packed = entry.with_context(|| format!("cannot read {}", from.display()))?.path();
        // `NAME.json.gz` becomes `NAME.json`.
        let Some(name) = packed.file_stem() else { continue };
        let bytes = fs::read(&packed).with_context(|| format!("cannot read {}", packed.display()))?;
        let mut json = Vec::new();
        let unpacked = GzDecoder::new(bytes.as_slice()).read_to_end(&mut json);
        unpacked.with_context(|| format!("{} is no gzip file", packed.display()))?;
        fs::write(to.join(name), json).with_context(|| format!("cannot write into {}", to.display()))?;
    }
    Ok(())
}

/// Copies a folder's files, without the entries of its top level that `except` names.
fn copy_dir(from: &Path, to: &Path, except: &[&str]) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry.with_context(|| format!("cannot read {}", from.display()))?;
        if except.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_dir(&source, &target, &[])?;
        } else {
            fs::copy(&source, &target)
                .with_context(|| format!("cannot copy {} to {}", source.display(), target.display()))?;
        }
    }
    Ok(())
}
