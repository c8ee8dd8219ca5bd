//! The worker's builds: one crate, compiled once per set of processor features.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::run;
use crate::project::{Profile, WASM32, root, target_dir};
use crate::setup::Kit;

/// One build of the worker.
pub(crate) struct Build {
    /// Its folder beside the loader.
    name: &'static str,
    rustflags: &'static str,
    /// Whether it needs the standard library for threads.
    threads: bool,
}

/// Without LLVM's loop strength reduction, loads keep their constant offsets and the steps of a loop their order: V8 makes one
/// addition less of a matrix product's and needs fewer registers. Products are a tenth faster.
const KEEP_OFFSETS: &str = "-Cllvm-args=-disable-lsr";

/// The worker's stack is part of the memory that a visitor gives; Rust's default is a quarter larger. It lies below everything
/// else, so that running out of it traps.
const STACK: &str = "-Clink-arg=-zstack-size=786432";

/// Flags for memory that threads share. The compiler warns in every crate that atomics are not stable; the builds without them show
/// the warnings that matter.
macro_rules! shared {
    ($features:literal) => {
        concat!(
            "-Awarnings -Ctarget-feature=",
            $features,
            ",+atomics -Clink-arg=--shared-memory -Clink-arg=--import-memory \
             -Clink-arg=--max-memory=2147483648 -Clink-arg=--export=__wasm_init_tls -Clink-arg=--export=__tls_size \
             -Clink-arg=--export=__tls_align -Clink-arg=--export=__tls_base"
        )
    };
}

/// Fixed-width SIMD, one thread: what every current browser runs.
pub(crate) const SIMD: Build = Build { name: "simd", rustflags: "-Ctarget-feature=+simd128", threads: false };

/// Relaxed SIMD, whose multiply-add is one instruction; one thread.
const RELAXED: Build =
    Build { name: "relaxed", rustflags: "-Ctarget-feature=+simd128,+relaxed-simd", threads: false };

/// Relaxed SIMD on several threads, in memory that they share.
const THREADS: Build = Build { name: "threads", rustflags: shared!("+simd128,+relaxed-simd"), threads: true };

/// Several threads for browsers without relaxed SIMD, as Safari and Firefox were until 2025.
const THREADS_SIMD: Build = Build { name: "threads-simd", rustflags: shared!("+simd128"), threads: true };

/// The packages that not every visitor needs, each a module of its own, and whether it goes through millions of pixels.
const MODULES: [(&str, bool); 7] = [
    ("decoder", true),
    ("cube", true),
    ("reader", false),
    ("learn", false),
    ("validation", false),
    ("live", false),
    ("inside", false),
];

/// All builds that a site carries; `app/worker/loader.js` picks one of them.
pub(crate) const BUILDS: [Build; 4] = [SIMD, RELAXED, THREADS, THREADS_SIMD];

/// Those that can be made here.
pub(crate) fn builds(kit: &Kit) -> impl Iterator<Item = &'static Build> {
    BUILDS.iter().filter(|build| !build.threads || kit.threaded_std().is_ok())
}

/// Those in which the engine's own tests run: together they have all code that differs between builds.
pub(crate) fn tested(kit: &Kit) -> impl Iterator<Item = &'static Build> {
    builds(kit).filter(|build| build.name != THREADS_SIMD.name)
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Build {
    /// Whether it can run on more than one thread.
    pub(crate) fn has_threads(&self) -> bool {
        self.threads
    }

    /// Lets a Cargo command compile for this build.
    pub(crate) fn configure<'a>(&self, kit: &Kit, cargo: &'a mut Command) -> &'a mut Command {
        let mut rustflags = format!("{KEEP_OFFSETS} {STACK} {}", self.rustflags);
        if let (true, Ok(sysroot)) = (self.threads, kit.threaded_std()) {
            rustflags += &format!(" --sysroot={}", sysroot.display());
            // Otherwise a stable compiler would hide the atomics from the code, which asks for them.
            cargo.env("RUSTC_BOOTSTRAP", "1");
        }
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", rustflags);
        cargo.env("CARGO_TARGET_DIR", self.target_dir())
    }

    /// Builds share what runs while others are compiled, but for those that let a stable compiler do what it may not: libraries ask
    /// whether it does.
    fn target_dir(&self) -> PathBuf {
        if self.threads { target_dir().join("threads") } else { target_dir().to_owned() }
    }
}

/// Puts the loader, the modules and all builds into `to`.
pub(super) fn build_all(kit: &Kit, profile: Profile, to: &Path) -> Result<()> {
    if let Err(reason) = kit.threaded_std() {
        eprintln!("    the site is built without threads: {reason}");
    }
    build_some(kit, profile, builds(kit), &[], to)
}

/// Puts the worker alone into `to`, as [`SIMD`] and without what its features add: the least that classifies.
pub(crate) fn build_least(kit: &Kit, profile: Profile, to: &Path) -> Result<()> {
    compile(kit, profile, &SIMD, "worker", &["--no-default-features"], to)
}

/// Puts the loader, the modules and the given builds into `to`; Cargo gets `options` for the worker.
pub(crate) fn build_some<'a>(
    kit: &Kit,
    profile: Profile,
    builds: impl IntoIterator<Item = &'a Build>,
    options: &[&str],
    to: &Path,
) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for script in ["loader.js", "helper.js", "probed.js", "simulate.js"] {
        let from = root().join("app").join("worker").join(script);
        fs::copy(&from, to.join(script)).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    let builds: Vec<&Build> = builds.into_iter().collect();
    let names: Vec<&str> = builds.iter().map(|build| build.name).collect();
    let list = to.join("builds.js");
    fs::write(&list, format!("export default {names:?};\n"))
        .with_context(|| format!("cannot write {}", list.display()))?;
    // What every build shares needs no more than what every browser here has.
    for (module, _) in MODULES {
        compile(kit, profile, &SIMD, module, &[], &to.join(module))?;
    }
    builds.iter().try_for_each(|build| compile(kit, profile, build, "worker", options, &to.join(build.name)))
}

fn compile(
    kit: &Kit,
    profile: Profile,
    build: &Build,
    package: &str,
    options: &[&str],
    to: &Path,
) -> Result<()> {
    let profile_name = profile.cargo_name();
    let mut cargo = kit.command("cargo");
    cargo.args(["build", "--locked", "--package", package, "--bin", package, "--target", WASM32]);
    cargo.args(["--profile", profile_name]).args(options);
    if MODULES.contains(&(package, true)) {
        // No budget counts them.
        for fast in ["engine", "cube", "nalgebra"] {
            cargo.args(["--config", &format!("profile.{profile_name}.package.{fast}.opt-level=3")]);
        }
    }
    run(build.configure(kit, &mut cargo))?;

    let wasm =
        build.target_dir().join(WASM32).join(profile_name).join(package).with_extension("wasm");
    let mut bindgen = kit.command("wasm-bindgen");
    if profile == Profile::Release {
        bindgen.arg("--remove-name-section"); // a tenth of the download
    }
    run(bindgen.args(["--target", "web", "--no-typescript", "--out-dir"]).arg(to).arg(wasm))
}
