//! Debian's packages: the way on machines that cannot download from rustup.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::process::{self, command, find_on_path, long_step};
use crate::project::WASM32;

/// The compiler, its sources and what they need, but for the linker: see [`linker_package`].
const RUST_PACKAGES: &[&str] =
    &["cargo-web", "rust-web-clippy", "rust-web-llvm", "rust-web-src", "rustc-web", "rustfmt-web"];

/// Where Debian's rustc looks for wasm32's `std`. Nothing in Debian provides a fitting one.
const STD_DIR: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/lib";

/// The sources' dependencies, as they come with `rust-web-src`.
const VENDORED: &str = "/usr/lib/rustlib/src/rust/library/vendor";

/// Whether packages can be installed here.
pub(super) fn can_install() -> bool {
    let root = process::output(command("id").arg("-u")).is_ok_and(|uid| uid.trim() == "0");
    root && Path::new("/etc/debian_version").exists() && find_on_path(&["apt-get"]).is_some()
}

/// Installs those of `packages` that are missing.
pub(super) fn install(packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|p| !is_installed(p)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    long_step(&format!("installing Debian's {}", missing.join(", ")), "1 minute", || {
        process::output(command("apt-get").args(["update", "-q"]))?;
        let install = ["install", "-y", "-q", "--no-install-recommends"];
        process::output(
            command("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(install).args(&missing),
        )?;
        Ok(())
    })
}

fn is_installed(package: &str) -> bool {
    process::output(command("dpkg-query").args(["-W", "-f", "${db:Status-Status}", package]))
        .is_ok_and(|status| status == "installed")
}

/// Installs Debian's Rust and the `std` for wasm32 that Debian does not have.
pub(super) fn install_rust() -> Result<()> {
    install(RUST_PACKAGES)?;
    if let Some(lld) = linker_package() {
        install(&[&lld])?;
    }
    long_step("building Rust's standard library for wasm32 from Debian's sources", "1 minute", build_std)
}

/// `rust-lld` is a link to a program of a package that nothing depends on, and that is named like the program.
fn linker_package() -> Option<String> {
    let program = fs::read_link("/usr/bin/rust-lld").ok()?;
    Some(program.file_name()?.to_str()?.to_owned())
}

/// Compiles `std` in an empty crate and installs it as an ordinary target of /usr's rustc.
fn build_std() -> Result<()> {
    let scratch = crate::project::target_dir().join("xtask").join("std");
    if scratch.exists() {
        fs::remove_dir_all(&scratch).context("cannot clear the last build of std")?;
    }
    write_empty_crate(&scratch)?;

    let build = ["build", "--offline", "--release", "--target", WASM32, "-Zbuild-std=std,panic_abort,test"];
    let mut cargo = command("/usr/bin/cargo");
    cargo.current_dir(&scratch).args(build).arg("--target-dir").arg(scratch.join("target"));
    cargo.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
    // Without bitcode, std could not take part in a release's link-time optimisation.
    cargo.env("RUSTFLAGS", "-Cembed-bitcode=yes");
    process::output(cargo.stdout(Stdio::null()))?;

    let built = scratch.join("target").join(WASM32).join("release").join("deps");
    install_rlibs(&built, Path::new(STD_DIR))?;
    fs::remove_dir_all(&scratch).context("cannot remove the build of std")
}

fn write_empty_crate(dir: &Path) -> Result<()> {
    let vendored = format!(
        "[source.crates-io]\nreplace-with = \"vendored-sources\"\n\
         [source.vendored-sources]\ndirectory = \"{VENDORED}\"\n"
    );
    let manifest = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    for (file, text) in [("Cargo.toml", manifest), (".cargo/config.toml", &vendored), ("src/lib.rs", "")] {
        let file = dir.join(file);
        let parent = file.parent().unwrap_or(dir);
        fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

/// Replaces `to` by the libraries in `from`. What lay there would clash with them: two versions of one crate.
fn install_rlibs(from: &Path, to: &Path) -> Result<()> {
    let rlibs: Vec<PathBuf> = fs::read_dir(from)
        .with_context(|| format!("cannot read {}", from.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "rlib"))
        .filter(|path| !path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("libempty-")))
        .collect();
    if rlibs.is_empty() {
        bail!("building std for {WASM32} left no library in {}", from.display());
    }
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("cannot clear {}", to.display()))?;
    }
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for rlib in rlibs {
        fs::copy(&rlib, to.join(rlib.file_name().unwrap_or_default()))
            .with_context(|| format!("cannot copy {} to {}", rlib.display(), to.display()))?;
    }
    Ok(())
}
