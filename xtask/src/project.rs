//! Where things lie.

use std::env;
use std::path::{Path, PathBuf};

/// The target of everything that runs in the browser.
pub(crate) const WASM32: &str = "wasm32-unknown-unknown";

/// The repository's root, where `Cargo.toml`, `index.html` and `Trunk.toml` are.
pub(crate) fn root() -> &'static Path {
    let manifest_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest_dir.parent().unwrap_or(manifest_dir)
}

/// Cargo's target folder: `CARGO_TARGET_DIR` or `target/`.
pub(crate) fn target_dir() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// How a site is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Cargo's profile `wasm-dev`: compiled in a fraction of the time, the engine nearly as fast.
    Dev,
    /// Cargo's profile `release`: small downloads, minutes of link-time optimisation.
    Release,
}

impl Profile {
    /// The name that `cargo --profile` takes, which is also that of its folder in the target folder.
    pub(crate) fn cargo_name(self) -> &'static str {
        match self {
            Profile::Dev => "wasm-dev",
            Profile::Release => "release",
        }
    }

    /// The folder that holds the built site. One per profile, so that neither build evicts the other.
    pub(crate) fn site_dir(self) -> PathBuf {
        match self {
            Profile::Dev => target_dir().join("site"),
            Profile::Release => root().join("dist"),
        }
    }
}

/// `--dev` and `--release`, for the commands that build a site.
#[derive(clap::Args)]
pub(crate) struct ProfileArgs {
    /// Compile quickly
    #[arg(long, conflicts_with = "release")]
    dev: bool,
    /// Optimise for download size and speed (takes minutes)
    #[arg(long)]
    release: bool,
}

impl ProfileArgs {
    /// What was asked for, or `default`.
    pub(crate) fn or(&self, default: Profile) -> Profile {
        match (self.dev, self.release) {
            (true, _) => Profile::Dev,
            (_, true) => Profile::Release,
            _ => default,
        }
    }
}
