//! Which Rust toolchain builds for wasm32.
//!
//! Two worlds, told apart by looking: on an ordinary machine rustup adds the target to the toolchain in use. Where
//! rustup cannot download, Debian's own Rust does it, with a `std` compiled once from Debian's sources.

use std::env;
use std::fmt;
use std::fs;
use std::process::Stdio;

use anyhow::{Result, anyhow};

use super::debian;
use crate::process::{self, command, find_on_path, long_step};
use crate::project::{WASM32, root, target_dir};

/// The name under which rustup learns Debian's toolchain.
const DEBIAN: &str = "debian";

/// A toolchain that can build for wasm32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WasmToolchain {
    /// The one that a plain `cargo` runs.
    Active,
    /// Debian's, through rustup.
    Debian,
}

impl WasmToolchain {
    /// The environment that selects it.
    pub(crate) fn env(self) -> Option<(&'static str, &'static str)> {
        match self {
            WasmToolchain::Active => None,
            WasmToolchain::Debian => Some(("RUSTUP_TOOLCHAIN", DEBIAN)),
        }
    }

    /// What its rustc says of itself, for the fingerprints of builds.
    pub(crate) fn version(self) -> Result<String> {
        process::output(command("rustc").arg("-vV").envs(self.env()))
    }

    /// Its release, as in `1.90.0`.
    pub(crate) fn release(self) -> Result<String> {
        let version = self.version()?;
        let release = version.lines().find_map(|line| line.strip_prefix("release: "));
        Ok(release.unwrap_or("unknown").trim().to_owned())
    }

    /// Whether it compiles and links for wasm32, test harness included: the only look that cannot be deceived by
    /// a `std` of another version or a missing linker.
    fn works(self) -> bool {
        let scratch = target_dir().join("xtask");
        let source = scratch.join("probe.rs");
        let prepared = fs::create_dir_all(&scratch).and_then(|()| fs::write(&source, ""));
        if prepared.is_err() {
            return false;
        }
        // One file per process: two set-ups may run at once.
        let probe = scratch.join(format!("probe-{}.wasm", std::process::id()));
        let mut rustc = command("rustc");
        rustc.args(["--test", "--edition=2024", "--target", WASM32, "-o"]).arg(&probe).arg(&source);
        let compiled = rustc.envs(self.env()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        let works = compiled.is_ok_and(|status| status.success());
        if works {
            // Nothing depends on the probe's removal.
            let _ = fs::remove_file(&probe);
        }
        works
    }
}

impl fmt::Display for WasmToolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WasmToolchain::Active => f.write_str("the active toolchain"),
            WasmToolchain::Debian => f.write_str("Debian's toolchain"),
        }
    }
}

/// Finds a toolchain that builds for wasm32, or makes one.
///
/// # Errors
/// One line that says what to do, if neither rustup nor Debian can provide it.
pub(crate) fn find_or_install() -> Result<WasmToolchain> {
    let rustup = find_on_path(&["rustup"]).is_some();
    let candidates: &[WasmToolchain] = match rustup {
        true => &[WasmToolchain::Active, WasmToolchain::Debian],
        false => &[WasmToolchain::Active],
    };
    let working = || candidates.iter().copied().find(|t| t.works());
    if let Some(toolchain) = working() {
        return Ok(toolchain);
    }

    let refusal = match rustup {
        true => match add_target() {
            Ok(()) => None,
            Err(error) => Some(format!("{error:#}")),
        },
        false => Some("rustup is not installed".to_owned()),
    };
    if refusal.is_some() && debian::can_install() {
        if let Some(refusal) = &refusal {
            eprintln!("    {refusal}; using Debian's packages instead");
        }
        debian::install_rust()?;
        if rustup {
            process::output(command("rustup").args(["toolchain", "link", DEBIAN, "/usr"]))?;
        }
    }
    working().ok_or_else(|| {
        anyhow!(
            "no Rust toolchain here builds for {WASM32} ({}); run `rustup target add {WASM32}` with access to the \
             network, or run this as root on Debian",
            refusal.unwrap_or_else(|| "a test program does not link".to_owned())
        )
    })
}

fn add_target() -> Result<()> {
    long_step(&format!("adding {WASM32} to the active Rust toolchain"), "10 seconds", || {
        process::output(command("rustup").args(["target", "add", WASM32])).map(drop)
    })
}

/// Makes sure that the formatter and the linter are there, natively and for wasm32.
pub(crate) fn find_or_install_components(wasm: &WasmToolchain) -> Result<()> {
    let has = |tool: &str, toolchain: WasmToolchain| {
        process::output(command("cargo").args([tool, "--version"]).envs(toolchain.env())).is_ok()
    };
    let wanted = [("fmt", WasmToolchain::Active), ("clippy", WasmToolchain::Active), ("clippy", *wasm)];
    for (tool, toolchain) in wanted {
        if has(tool, toolchain) {
            continue;
        }
        let component = if tool == "fmt" { "rustfmt" } else { tool };
        // Whether it helped is seen by looking again, whatever the reason was.
        let _ =
            process::output(command("rustup").args(["component", "add", component]).envs(toolchain.env()));
        if !has(tool, toolchain) && debian::can_install() {
            debian::install(&["rust-web-clippy", "rustfmt-web"])?;
        }
        if !has(tool, toolchain) {
            let chosen = env::var("RUSTUP_TOOLCHAIN").unwrap_or_else(|_| root().display().to_string());
            return Err(anyhow!(
                "`cargo {tool}` is missing for {toolchain} ({chosen}); run `rustup component add {component}`"
            ));
        }
    }
    Ok(())
}
