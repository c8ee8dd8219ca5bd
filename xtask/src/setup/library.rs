//! Compiling Rust's standard library for wasm32 from its sources.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::cache_dir;
use super::toolchain::WasmToolchain;
use crate::process::{self, command, long_step};
use crate::project::{WASM32, target_dir};

/// A folder in which rustc finds a `std` for threads (`--sysroot`), compiled unless it is there.
///
/// The one that comes with toolchains has no atomic instructions, without which memory cannot be shared.
pub(super) fn find_or_build_threaded(toolchain: WasmToolchain) -> Result<PathBuf> {
    let version = toolchain.version()?;
    let word = |key: &str| version.lines().find_map(|line| Some(line.strip_prefix(key)?.trim().to_owned()));
    let (Some(release), Some(commit)) = (word("release:"), word("commit-hash:")) else {
        bail!("rustc does not tell its version");
    };
    let commit = commit.get(..9).unwrap_or(&commit);
    let sysroot = cache_dir()?.join(format!("std-threads-{release}-{commit}"));
    let libraries = sysroot.join("lib").join("rustlib").join(WASM32).join("lib");
    // The folder appears at the end, complete.
    if libraries.is_dir() {
        return Ok(sysroot);
    }
    if sysroot.to_str().is_none_or(|path| path.contains(char::is_whitespace)) {
        bail!("{} holds a space; name another folder in XDG_CACHE_HOME", sysroot.display());
    }
    let sources = find_or_add_sources(toolchain)?;
    long_step("building Rust's standard library for threads in wasm32", "1 minute", || {
        let mut cargo = command("cargo");
        cargo.envs(toolchain.env());
        build(cargo, &sources, "-Ctarget-feature=+atomics", &libraries)
    })?;
    Ok(sysroot)
}

/// The folder of the standard library's sources.
fn find_or_add_sources(toolchain: WasmToolchain) -> Result<PathBuf> {
    let sysroot = process::output(command("rustc").args(["--print", "sysroot"]).envs(toolchain.env()))?;
    let sources = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library");
    if !sources.join("Cargo.toml").is_file() {
        long_step("adding the sources of Rust's standard library", "10 seconds", || {
            process::output(command("rustup").args(["component", "add", "rust-src"]).envs(toolchain.env()))
        })?;
    }
    Ok(sources)
}

/// Compiles `std` from `sources` in an empty crate with a Cargo, and replaces `to` by its libraries.
pub(super) fn build(mut cargo: Command, sources: &Path, flags: &str, to: &Path) -> Result<()> {
    // A folder per process: two set-ups may run at once.
    let scratch = target_dir().join("xtask").join(format!("std-{}", std::process::id()));
    // Debian's sources come with what they depend on; with rustup's, Cargo downloads it.
    let vendored = Some(sources.join("vendor")).filter(|dir| dir.is_dir());
    write_empty_crate(&scratch, vendored.as_deref())?;

    cargo.current_dir(&scratch).args(["build", "--release", "--target", WASM32]);
    cargo.arg("-Zbuild-std=std,panic_abort,test").arg("--target-dir").arg(scratch.join("target"));
    if vendored.is_some() {
        cargo.arg("--offline");
    }
    cargo.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTC_BOOTSTRAP", "1");
    // Without bitcode, std could not take part in a release's link-time optimisation.
    cargo.env("RUSTFLAGS", format!("-Cembed-bitcode=yes {flags}"));
    let built = scratch.join("target").join(WASM32).join("release").join("deps");
    let installed = process::output(cargo.stdout(Stdio::null())).and_then(|_| install_rlibs(&built, to));
    fs::remove_dir_all(&scratch).context("cannot remove the build of std")?;
    installed
}

fn write_empty_crate(dir: &Path, vendored: Option<&Path>) -> Result<()> {
    let vendored = vendored.map_or_else(String::new, |dir| {
        format!(
            "[source.crates-io]\nreplace-with = \"vendored-sources\"\n\
             [source.vendored-sources]\ndirectory = \"{}\"\n",
            dir.display()
        )
    });
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
    // Complete before it is found: an interrupted copy must not look like a library.
    let unfinished = to.with_extension(format!("unfinished-{}", std::process::id()));
    fs::create_dir_all(&unfinished).with_context(|| format!("cannot create {}", unfinished.display()))?;
    for rlib in rlibs {
        fs::copy(&rlib, unfinished.join(rlib.file_name().unwrap_or_default()))
            .with_context(|| format!("cannot copy {} to {}", rlib.display(), unfinished.display()))?;
    }
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("cannot clear {}", to.display()))?;
    }
    fs::rename(&unfinished, to).with_context(|| format!("cannot create {}", to.display()))
}
