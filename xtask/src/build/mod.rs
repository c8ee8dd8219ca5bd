//! Building the site: Trunk compiles the page; its hooks call [`stage`], which adds the worker and the static files, and
//! at the end [`seal`], which writes the service worker.

pub(crate) mod commit;
mod fresh;
pub(crate) mod parts;
pub(crate) mod seal;
pub(crate) mod stage;
pub(crate) mod worker;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::process::{long_step, run};
use crate::project::{Profile, root, target_dir};
use crate::setup::Kit;

/// Builds the site unless nothing has changed since it was last built, and gives its folder.
pub(crate) fn site(kit: &Kit, profile: Profile) -> Result<PathBuf> {
    let dist = profile.site_dir();
    let stamp_file = target_dir().join("xtask").join(format!("site-{}.stamp", profile.cargo_name()));
    // Taken before the build: what is edited meanwhile leads to another build.
    let threads = format!("{:?}", kit.threaded_std());
    let stamp = fresh::stamp(root(), &[profile.cargo_name(), &kit.toolchain.version()?, &threads])?;
    let built = fs::read_to_string(&stamp_file).is_ok_and(|last| last == stamp);
    if built && dist.join("index.html").is_file() {
        // A new commit need not change what the site is made of.
        seal::name_commit(&dist, &commit::commit())?;
        return Ok(dist);
    }

    let about = match profile {
        Profile::Dev => "2 minutes the first time, seconds later",
        Profile::Release => "10 minutes the first time",
    };
    long_step(&format!("building the site into {}", dist.display()), about, || trunk(kit, profile, &dist))?;
    let dir = stamp_file.parent().unwrap_or(root());
    fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
    fs::write(&stamp_file, stamp).with_context(|| format!("cannot write {}", stamp_file.display()))?;
    Ok(dist)
}

fn trunk(kit: &Kit, profile: Profile, dist: &PathBuf) -> Result<()> {
    let mut trunk = kit.command("trunk");
    trunk.args(["build", "--dist"]).arg(dist);
    // A variable meant for other programs (NO_COLOR=1), which Trunk refuses unless it is a boolean.
    trunk.env_remove("NO_COLOR");
    // Leptos forgets the types of components, which would be compiled once for every place: a tenth of the download.
    let flags = format!("--cfg=erase_components {}", parts::RUSTFLAGS);
    if profile == Profile::Release {
        trunk.arg("--release");
    }
    trunk.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
    parts::configure(&mut trunk, profile, kit.path())?;
    // The hook runs this very program instead of compiling it again with the toolchain for wasm32.
    let xtask = std::env::current_exe().context("cannot tell where this program lies")?;
    run(trunk.env(stage::XTASK, xtask))
}
