//! The build tools: wasm-bindgen, Trunk, wasm-pack.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

use super::cache_dir;
use super::toolchain::WasmToolchain;
use crate::process::{self, command, find_in, long_step};
use crate::project::root;

/// `MAJOR.MINOR.PATCH`, ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    /// The first version in a text like `trunk 0.21.14` or `wasm-bindgen 0.2.130 (abc 2026-01-01)`.
    fn find(text: &str) -> Option<Version> {
        text.split_whitespace().find_map(Version::parse)
    }

    /// A whole word; what follows the patch number (`-beta.1`, `+build`) is not looked at.
    fn parse(word: &str) -> Option<Version> {
        let core = word.trim_start_matches('v').split(['-', '+']).next()?;
        let mut numbers = core.split('.').map(|n| n.parse().ok());
        let version = Version { major: numbers.next()??, minor: numbers.next()??, patch: numbers.next()?? };
        numbers.next().is_none().then_some(version)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Which versions of a tool are used as found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    /// This one only.
    Exact,
    /// This one or a later patch of the same minor version.
    Patch,
}

impl Fit {
    fn accepts(self, wanted: Version, found: Version) -> bool {
        match self {
            Fit::Exact => found == wanted,
            Fit::Patch => {
                (found.major, found.minor) == (wanted.major, wanted.minor) && found.patch >= wanted.patch
            }
        }
    }
}

/// A tool that `cargo install` provides.
pub(super) struct Tool {
    package: &'static str,
    /// The programs that must lie in one folder; the first is asked for its version.
    binaries: &'static [&'static str],
    version: Version,
    fit: Fit,
    /// Whether the versions in the tool's own lock file are used.
    locked: bool,
    /// On two cores.
    minutes: &'static str,
}

const TRUNK: Tool = Tool {
    package: "trunk",
    binaries: &["trunk"],
    version: Version { major: 0, minor: 21, patch: 14 },
    fit: Fit::Patch,
    locked: true,
    minutes: "5 minutes",
};

const WASM_PACK: Tool = Tool {
    package: "wasm-pack",
    binaries: &["wasm-pack"],
    version: Version { major: 0, minor: 15, patch: 1 },
    fit: Fit::Patch,
    locked: true,
    minutes: "3 minutes",
};

/// What building the site takes.
pub(super) fn for_builds() -> Result<Vec<Tool>> {
    Ok(vec![wasm_bindgen()?, TRUNK])
}

/// What testing takes besides.
pub(super) fn for_tests() -> Result<Vec<Tool>> {
    Ok(vec![wasm_bindgen()?, TRUNK, WASM_PACK])
}

/// The program must have the version of the crate that the code is compiled with: they share a private format.
fn wasm_bindgen() -> Result<Tool> {
    let file = root().join("Cargo.lock");
    let lock = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let version = locked_version(&lock, "wasm-bindgen")
        .with_context(|| format!("{} names no version of wasm-bindgen", file.display()))?;
    Ok(Tool {
        package: "wasm-bindgen-cli",
        binaries: &["wasm-bindgen", "wasm-bindgen-test-runner"],
        version,
        fit: Fit::Exact,
        locked: false,
        minutes: "4 minutes",
    })
}

/// The version of `package` in the text of a `Cargo.lock`.
fn locked_version(lock: &str, package: &str) -> Option<Version> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.next()?;
    let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Version::parse(version)
}

/// The folders in which the tools lie that are not simply found on PATH, installing those that are missing.
pub(super) fn find_or_install(tools: &[Tool], toolchain: &WasmToolchain) -> Result<Vec<PathBuf>> {
    let own = cache_dir()?.join("tools");
    // Tools have libraries in common.
    let scratch = own.join("build");
    let mut dirs = Vec::new();
    for tool in tools {
        match find(tool, &own) {
            Some(Found::OnPath) => {}
            Some(Found::In(dir)) => dirs.push(dir),
            None => {
                install(tool, &own, &scratch, toolchain)?;
                dirs.push(own.join("bin"));
            }
        }
    }
    if scratch.exists() {
        fs::remove_dir_all(&scratch).with_context(|| format!("cannot remove {}", scratch.display()))?;
    }
    dirs.dedup();
    Ok(dirs)
}

/// Where a tool was found.
enum Found {
    OnPath,
    In(PathBuf),
}

/// Looks on PATH, among Cargo's installed programs, and in the folder that set-up installs to.
fn find(tool: &Tool, own: &Path) -> Option<Found> {
    let path = env::var_os("PATH").unwrap_or_default();
    let has_it = |dir: &PathBuf| find_in(dir, tool.binaries[0]).is_some();
    let mut on_path = env::split_paths(&path).filter(has_it).peekable();
    if on_path.next_if(|dir| fits(tool, dir)).is_some() {
        return Some(Found::OnPath);
    }
    // The first one may be of another version, or, where Trunk runs this, stand in for the right one.
    let dirs = [cargo_home().map(|home| home.join("bin")), Some(own.join("bin"))].into_iter().flatten();
    on_path.chain(dirs).find(|dir| fits(tool, dir)).map(Found::In)
}

/// Whether all of the tool's programs lie in `dir`, in a fitting version.
fn fits(tool: &Tool, dir: &Path) -> bool {
    let programs: Option<Vec<PathBuf>> = tool.binaries.iter().map(|name| find_in(dir, name)).collect();
    programs.is_some_and(|programs| {
        process::output(command(&programs[0]).arg("--version"))
            .is_ok_and(|text| Version::find(&text).is_some_and(|v| tool.fit.accepts(tool.version, v)))
    })
}

fn install(tool: &Tool, own: &Path, scratch: &Path, toolchain: &WasmToolchain) -> Result<()> {
    let name = format!("{} {}", tool.package, tool.version);
    let mut cargo = command("cargo");
    // The toolchain that builds for wasm32 also builds the tools: it is the one known to work.
    cargo.envs(toolchain.env()).env_remove("CARGO_TARGET_DIR");
    cargo.args(["install", "--quiet", "--root"]).arg(own).arg("--target-dir").arg(scratch);
    cargo.args([tool.package, "--version", &tool.version.to_string()]);
    if tool.locked {
        cargo.arg("--locked");
    }
    // Built once and run for seconds: their own release profiles would take several times as long.
    for (setting, value) in [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("OPT_LEVEL", "1")] {
        cargo.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
    }
    long_step(&format!("installing {name} into {}", own.display()), tool.minutes, || process::run(&mut cargo))
        .map_err(|error| {
            anyhow!("{name} cannot be installed ({error:#}); install it so that it is found on PATH")
        })
}

fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn version(major: u32, minor: u32, patch: u32) -> Version {
        Version { major, minor, patch }
    }

    #[test]
    fn versions_are_found_in_what_tools_print() {
        for (text, want) in [
            ("trunk 0.21.14", Some(version(0, 21, 14))),
            ("wasm-bindgen 0.2.130 (0123abc 2026-01-01)\n", Some(version(0, 2, 130))),
            ("v20.20.2", Some(version(20, 20, 2))),
            ("trunk 0.22.0-beta.1", Some(version(0, 22, 0))),
            ("trunk 0.21", None),
            ("1.2.3.4", None),
            ("no version here", None),
        ] {
            assert_eq!(Version::find(text), want, "{text}");
        }
    }

    #[test]
    fn fitting_versions() {
        let wanted = version(0, 21, 14);
        for (fit, found, want) in [
            (Fit::Exact, version(0, 21, 14), true),
            (Fit::Exact, version(0, 21, 15), false),
            (Fit::Patch, version(0, 21, 14), true),
            (Fit::Patch, version(0, 21, 15), true),
            (Fit::Patch, version(0, 21, 13), false),
            (Fit::Patch, version(0, 22, 14), false),
        ] {
            assert_eq!(fit.accepts(wanted, found), want, "{fit:?} {found}");
        }
    }

    #[test]
    fn cargo_lock_gives_the_version_of_the_named_package_only() {
        let lock = "version = 4\n\n[[package]]\nname = \"wasm-bindgen-shared\"\nversion = \"9.9.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some(version(0, 2, 130)));
        assert_eq!(locked_version(lock, "wasm"), None);
        assert_eq!(locked_version("name = \"wasm-bindgen\"", "wasm-bindgen"), None);
    }

    #[test]
    fn this_workspace_locks_wasm_bindgen() {
        let tool = wasm_bindgen().expect("the lock file is part of the repository");
        assert_eq!((tool.version.major, tool.version.minor), (0, 2));
    }
}
