//! Debian's packages: the way on machines that cannot download from rustup.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::library;
use crate::process::{self, command, find_on_path, long_step};

/// The compiler, its sources and what they need, but for the linker: see [`linker_package`].
const RUST_PACKAGES: &[&str] =
    &["cargo-web", "rust-web-clippy", "rust-web-llvm", "rust-web-src", "rustc-web", "rustfmt-web"];

/// Where Debian's rustc looks for wasm32's `std`. Nothing in Debian provides a fitting one.
const STD_DIR: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/lib";

/// The sources that `rust-web-src` brings.
const SOURCES: &str = "/usr/lib/rustlib/src/rust/library";

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

/// Compiles `std` and installs it as an ordinary target of /usr's rustc.
fn build_std() -> Result<()> {
    let mut cargo = command("/usr/bin/cargo");
    cargo.env_remove("RUSTUP_TOOLCHAIN").env("RUSTC", "/usr/bin/rustc");
    library::build(cargo, Path::new(SOURCES), "", Path::new(STD_DIR))
}
