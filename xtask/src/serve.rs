//! `cargo xtask serve`: the site, built and served on this machine.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};

use crate::project::{Profile, ProfileArgs};
use crate::server::{self, Server, Site};
use crate::{build, setup};

/// Arguments of `cargo xtask serve`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The port on 127.0.0.1
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// A folder of .safetensors checkpoints that the page offers beside the bundled ones
    #[arg(long, value_name = "DIR")]
    weights: Option<PathBuf>,
    #[command(flatten)]
    profile: ProfileArgs,
}

/// Runs the command: does not return before Ctrl-C.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    // What can be seen to be wrong at once is said before minutes of building.
    if let Some(dir) = &args.weights {
        ensure!(dir.is_dir(), "--weights names {}, which is no folder", dir.display());
    }
    server::check_port(args.port)?;

    let kit = setup::for_builds()?;
    let dist = build::site(&kit, args.profile.or(Profile::Dev))?;
    let server = Server::start(Site { dist, weights: args.weights.clone() }, args.port)?;
    println!("Serving on {} (Ctrl-C ends)", server.url());
    server.wait_for_ctrl_c()?;
    println!("Stopped");
    Ok(ExitCode::SUCCESS)
}
