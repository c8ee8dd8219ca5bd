//! The worker's builds: one crate, compiled once per set of processor features.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::run;
use crate::project::{Profile, WASM32, root, target_dir};
use crate::setup::Kit;

/// One build of the worker.
pub(crate) struct Build {
    /// Its folder beside the loader, and (as `worker-NAME`) in the target folder.
    name: &'static str,
    rustflags: &'static str,
}

/// Fixed-width SIMD, one thread: what every current browser runs.
pub(crate) const SIMD: Build = Build { name: "simd", rustflags: "-Ctarget-feature=+simd128" };

/// Relaxed SIMD, whose multiply-add is one instruction; one thread.
pub(crate) const RELAXED: Build =
    Build { name: "relaxed", rustflags: "-Ctarget-feature=+simd128,+relaxed-simd" };

/// All builds that a site carries; `app/worker/loader.js` picks one of them.
pub(crate) const BUILDS: &[Build] = &[SIMD, RELAXED];

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Build {
    /// Whether it can run on more than one thread.
    pub(crate) fn has_threads(&self) -> bool {
        self.name == "threads"
    }

    /// Lets a Cargo command compile for this build, in a target folder of its own: builds with different flags
    /// would evict each other from a common one.
    pub(crate) fn configure<'a>(&self, cargo: &'a mut Command) -> &'a mut Command {
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", self.rustflags);
        cargo.env("CARGO_TARGET_DIR", self.target_dir())
    }

    fn target_dir(&self) -> OsString {
        target_dir().join(format!("worker-{}", self.name)).into_os_string()
    }
}

/// Puts the loader, the decoders and all builds into `to`.
pub(super) fn build_all(kit: &Kit, profile: Profile, to: &Path) -> Result<()> {
    build_some(kit, profile, BUILDS, &[], to)
}

/// Puts the loader, the decoders and the given builds into `to`, compiled with these features of the worker.
pub(crate) fn build_some<'a>(
    kit: &Kit,
    profile: Profile,
    builds: impl IntoIterator<Item = &'a Build>,
    features: &[&str],
    to: &Path,
) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    let loader = root().join("app").join("worker").join("loader.js");
    fs::copy(&loader, to.join("loader.js")).with_context(|| format!("cannot copy {}", loader.display()))?;
    // What every build shares needs no more than what every browser here has.
    compile(kit, profile, &SIMD, "decoder", &[], &to.join("decoder"))?;
    let mut builds = builds.into_iter();
    builds.try_for_each(|build| compile(kit, profile, build, "worker", features, &to.join(build.name)))
}

fn compile(
    kit: &Kit,
    profile: Profile,
    build: &Build,
    package: &str,
    features: &[&str],
    to: &Path,
) -> Result<()> {
    let profile_name = profile.cargo_name();
    let mut cargo = kit.command("cargo");
    cargo.args(["build", "--locked", "--package", package, "--bin", package, "--target", WASM32]);
    if !features.is_empty() {
        cargo.args(["--features", &features.join(",")]);
    }
    run(build.configure(cargo.args(["--profile", profile_name])))?;

    let wasm =
        Path::new(&build.target_dir()).join(WASM32).join(profile_name).join(package).with_extension("wasm");
    let mut bindgen = kit.command("wasm-bindgen");
    if profile == Profile::Release {
        bindgen.arg("--remove-name-section"); // a tenth of the download
    }
    run(bindgen.args(["--target", "web", "--no-typescript", "--out-dir"]).arg(to).arg(wasm))
}
