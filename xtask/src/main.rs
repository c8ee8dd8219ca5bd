//! Every command of the project, as `cargo xtask COMMAND`.
//!
//! One module per command; each has its `Args` and a `run` that gives the process's exit code. An error that
//! reaches [`main`] is printed as one line.
//!
//! There is deliberately no `rust-toolchain.toml`: which toolchain can build for wasm32 differs between machines
//! and is found by looking, see [`setup::toolchain`].

mod accuracy;
mod bench;
mod build;
mod checkpoint;
mod classify;
mod costs;
mod dist;
mod end2end;
mod estimate;
mod process;
mod project;
mod screenshots;
mod serve;
mod server;
mod setup;
mod supply;
mod table;
mod test;
mod verify;
mod weights;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "The commands of MobileNet Lab", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what builds and tests need and this machine lacks
    Setup(setup::Args),
    /// Build the site and serve it on this machine
    Serve(serve::Args),
    /// Build the site as a folder for a static host
    Dist(dist::Args),
    /// Run every check and test
    Test(test::Args),
    /// Compare the backends with what PyTorch computes, by golden files
    Verify(verify::Args),
    /// Count parameters, multiply-accumulates and activations of every network
    Costs(costs::Args),
    /// Say what checkpoints see in images
    Classify(classify::Args),
    /// Count how often checkpoints are right on labelled images
    Accuracy(accuracy::Args),
    /// Enter checkpoints in the site's list, or show it
    Weights(weights::Args),
    /// Time networks and kernels in headless Chromium
    Bench(bench::Args),
    /// Judge the licences, origins and versions of all packages by deny.toml
    Licences(supply::Args),
    /// Take the documentation's pictures of the page
    Screenshots(screenshots::Args),
    /// Time networks natively on one thread, as a first estimate
    Estimate(estimate::Args),
    /// Put the worker and the static files into the folder that Trunk assembles (called by Trunk)
    #[command(hide = true)]
    Stage(build::stage::Args),
    /// Take scripts out of the page and write the service worker (called by Trunk, last)
    #[command(hide = true)]
    Seal(build::seal::Args),
}

fn main() -> ExitCode {
    let result = build::parts::stand_in().unwrap_or_else(|| command(Cli::parse().command));
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn command(command: Command) -> Result<ExitCode> {
    match command {
        Command::Setup(args) => setup::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Dist(args) => dist::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Costs(args) => costs::run(&args),
        Command::Classify(args) => classify::run(&args),
        Command::Accuracy(args) => accuracy::run(&args),
        Command::Weights(args) => weights::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Licences(args) => supply::run(&args),
        Command::Screenshots(args) => screenshots::run(&args),
        Command::Estimate(args) => estimate::run(&args),
        Command::Stage(args) => build::stage::run(&args),
        Command::Seal(args) => build::seal::run(&args),
    }
}
