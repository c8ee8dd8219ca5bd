//! `cargo xtask screenshots`: the pictures of the documentation, taken anew.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use crate::project::root;
use crate::{end2end, process, setup};

/// The largest file that belongs into a repository's history with every change of the page.
const MOST_BYTES: u64 = 300_000;

/// Arguments of `cargo xtask screenshots`.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Runs the command.
pub(crate) fn run(_: &Args) -> Result<ExitCode> {
    let kit = setup::for_bench()?;
    let mut stage = end2end::stage(&kit)?;
    process::run(stage.node.arg("screenshots.mjs"))?;

    let folder = root().join("docs").join("screenshots");
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let file = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        let bytes = file.metadata().with_context(|| format!("cannot read {}", file.path().display()))?.len();
        println!("{:>4} kB  {}", bytes.div_ceil(1000), file.path().display());
        ensure!(bytes <= MOST_BYTES, "{} is larger than {MOST_BYTES} bytes", file.path().display());
    }
    Ok(ExitCode::SUCCESS)
}
