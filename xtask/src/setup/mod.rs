//! `cargo xtask setup`: looks for everything that builds and tests need, and installs what is missing.
//!
//! Every step looks first, so a second run takes a second. What cannot be installed ends the run with one line
//! that says what to do.

mod browser;
mod debian;
mod library;
mod node;
pub(crate) mod toolchain;
mod tools;
mod vulkan;

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

pub(crate) use browser::Browser;
use toolchain::WasmToolchain;

use crate::process;

/// Arguments of `cargo xtask setup`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Also what only the tests need: wasm-pack, a browser with its driver, a Vulkan driver, Node packages
    #[arg(long)]
    tests: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let kit = for_builds()?;
    eprintln!("wasm32: {}; tools ready", kit.toolchain);
    if let Err(reason) = kit.threaded_std() {
        eprintln!("threads: none ({reason})");
    }
    if args.tests {
        let kit = for_tests()?;
        eprintln!("browser: {}, driver: {}", kit.browser.chrome.display(), kit.browser.driver.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// What builds for wasm32 run with.
pub(crate) struct Kit {
    pub(crate) toolchain: WasmToolchain,
    path: OsString,
    /// Where the standard library for threads lies, or why there is none.
    threaded_std: Result<PathBuf, String>,
}

impl Kit {
    fn new(toolchain: WasmToolchain, tools: Vec<PathBuf>) -> Result<Kit> {
        let threaded_std = library::find_or_build_threaded(toolchain).map_err(|error| format!("{error:#}"));
        Ok(Kit { toolchain, path: prepend_to_path(tools)?, threaded_std })
    }

    /// Where the standard library for threads lies, or in one line why there is none.
    pub(crate) fn threaded_std(&self) -> Result<&Path, &str> {
        self.threaded_std.as_deref().map_err(String::as_str)
    }

    /// The PATH on which the tools are.
    pub(crate) fn path(&self) -> &OsStr {
        &self.path
    }

    /// A command that finds the tools on its PATH and builds for wasm32 with the toolchain that can.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = process::command(program);
        command.env("PATH", &self.path).envs(self.toolchain.env());
        // Cargo ignores the rustflags of a single target where these are set: SIMD would silently vanish.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        command
    }
}

/// What tests and benchmarks run with, besides.
pub(crate) struct TestKit {
    pub(crate) build: Kit,
    pub(crate) browser: Browser,
}

/// Makes sure that the site can be built.
pub(crate) fn for_builds() -> Result<Kit> {
    let toolchain = toolchain::find_or_install()?;
    let dirs = tools::find_or_install(&tools::for_builds()?, &toolchain)?;
    Kit::new(toolchain, dirs)
}

/// Makes sure that everything can be tested.
pub(crate) fn for_tests() -> Result<TestKit> {
    let toolchain = toolchain::find_or_install()?;
    toolchain::find_or_install_components(&toolchain)?;
    let browser = browser::find_or_install()?;
    vulkan::find_or_install()?;
    node::find_or_install()?;
    let dirs = tools::find_or_install(&tools::for_tests()?, &toolchain)?;
    Ok(TestKit { build: Kit::new(toolchain, dirs)?, browser })
}

/// Makes sure that the engine can be built and timed in the browser.
pub(crate) fn for_bench() -> Result<TestKit> {
    let build = for_builds()?;
    let browser = browser::find_or_install()?;
    node::find_or_install()?;
    Ok(TestKit { build, browser })
}

/// PATH with `dirs` before it.
fn prepend_to_path(dirs: Vec<PathBuf>) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(dirs.into_iter().chain(env::split_paths(&path)))
        .context("a folder's name holds PATH's separator and cannot be put on it")
}

/// A folder that survives `cargo clean` and is shared by all checkouts.
pub(crate) fn cache_dir() -> Result<PathBuf> {
    let cache = match env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()) {
        Some(dir) => PathBuf::from(dir),
        None => env::home_dir().context("no home folder; set XDG_CACHE_HOME")?.join(".cache"),
    };
    Ok(cache.join("mobilenet-lab"))
}
