//! The worker's builds: one crate, compiled once per set of processor features.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use wasmparser::{Validator, WasmFeatures};

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
const MODULES: [(&str, bool); 8] = [
    ("decoder", true),
    ("cube", true),
    ("reader", false),
    ("learn", false),
    ("validation", false),
    ("teach", false),
    ("live", false),
    ("inside", false),
];

/// Networks in bytes, a module for who asks for them; `loader.js` picks the plain or the relaxed build.
const INT8: &str = "int8";

/// The packages that are compiled for themselves: the page, the worker and the modules.
pub(crate) fn packages() -> Vec<&'static str> {
    ["app", "worker", INT8].into_iter().chain(MODULES.map(|(module, _)| module)).collect()
}

/// All builds that a site carries; `app/worker/loader.js` picks one of them.
pub(crate) const BUILDS: [Build; 4] = [SIMD, RELAXED, THREADS, THREADS_SIMD];

/// Those that can be made here.
pub(crate) fn builds(kit: &Kit) -> impl Iterator<Item = &'static Build> {
    BUILDS.iter().filter(|build| !build.threads || kit.threaded_std().is_ok())
}

/// Those in which the engine's own tests run: together they have all code that differs between builds, unless there are none with
/// threads.
pub(crate) fn tested(kit: &Kit) -> impl Iterator<Item = &'static Build> {
    let relaxed = if kit.threaded_std().is_ok() { THREADS.name } else { RELAXED.name };
    builds(kit).filter(move |build| [SIMD.name, relaxed].contains(&build.name))
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

    /// What a browser can do that loads this build.
    fn features(&self) -> WasmFeatures {
        // WebAssembly 2.0 has SIMD128.
        let mut features = WasmFeatures::WASM2;
        features.set(WasmFeatures::RELAXED_SIMD, self.rustflags.contains("+relaxed-simd"));
        features.set(WasmFeatures::THREADS, self.threads);
        features
    }

    /// Fails where a module asks for more than the browsers can do that its build is for: they would refuse to load it.
    fn check(&self, module: &[u8]) -> Result<()> {
        Validator::new_with_features(self.features()).validate_all(module).map(drop).with_context(|| {
            format!(
                "browsers for which {self} is built cannot load it; has the compiler put in an instruction of another build?"
            )
        })
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
    compile(kit, profile, &SIMD, &[("worker", to.to_owned())], &["--no-default-features"])
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
    let in_bytes = |build: &Build| (INT8, to.join(INT8).join(build.name));
    // What every build shares needs no more than what every browser here has.
    let mut shared = MODULES.map(|(module, _)| (module, to.join(module))).to_vec();
    shared.push(in_bytes(&SIMD));
    let mut wanted: Vec<(&Build, Vec<Package>)> = vec![(&SIMD, shared), (&RELAXED, vec![in_bytes(&RELAXED)])];
    for build in builds {
        let worker = ("worker", to.join(build.name));
        match wanted.iter_mut().find(|(other, _)| other.name == build.name) {
            Some((_, packages)) => packages.push(worker),
            None => wanted.push((build, vec![worker])),
        }
    }
    wanted.iter().try_for_each(|(build, packages)| {
        // Together they take less time, but each may hold what only another one needs.
        let at_once = if profile == Profile::Release { 1 } else { packages.len() };
        packages.chunks(at_once).try_for_each(|packages| {
            let options =
                if packages.iter().any(|(package, _)| *package == "worker") { options } else { &[] };
            compile(kit, profile, build, packages, options)
        })
    })
}

/// A package, and the folder for its module.
type Package<'a> = (&'a str, PathBuf);

/// Compiles packages, and puts the module of each into its folder. Cargo gets `options`.
fn compile(kit: &Kit, profile: Profile, build: &Build, packages: &[Package], options: &[&str]) -> Result<()> {
    let profile_name = profile.cargo_name();
    let mut cargo = kit.command("cargo");
    cargo.args(["build", "--locked", "--target", WASM32, "--profile", profile_name]).args(options);
    for (package, _) in packages {
        cargo.args(["--package", package, "--bin", package]);
    }
    if packages.iter().any(|(package, _)| MODULES.contains(&(package, true))) {
        // No budget counts them.
        for fast in ["engine", "cube", "nalgebra"] {
            cargo.args(["--config", &format!("profile.{profile_name}.package.{fast}.opt-level=3")]);
        }
    }
    run(build.configure(kit, &mut cargo))?;
    packages.iter().try_for_each(|(package, to)| bind(kit, profile, build, package, to))
}

/// Puts a compiled module into a folder, with the script that loads it.
fn bind(kit: &Kit, profile: Profile, build: &Build, package: &str, to: &Path) -> Result<()> {
    let compiled = build.target_dir().join(WASM32).join(profile.cargo_name());
    let mut bindgen = kit.command("wasm-bindgen");
    if profile == Profile::Release {
        bindgen.arg("--remove-name-section"); // a tenth of the download
    }
    bindgen.args(["--target", "web", "--no-typescript", "--out-dir"]).arg(to);
    run(bindgen.arg(compiled.join(package).with_extension("wasm")))?;
    let module = to.join(format!("{package}_bg.wasm"));
    let bytes = fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
    build.check(&bytes).with_context(|| module.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module of one function () -> v128 with the given code.
    fn module(code: &[u8]) -> Vec<u8> {
        let head = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0];
        let length = code.len() as u8;
        [&head[..], &[10, length + 4, 1, length + 2, 0], code, &[11]].concat()
    }

    #[test]
    fn builds_have_the_instructions_of_their_browsers_only() {
        let zeros = [65, 0, 253, 15];
        let with = |zeros_before: usize, code: &[u8]| module(&[&zeros.repeat(zeros_before), code].concat());
        // i16x8.extmul_low_i8x16_s, and what a compiler may make of it: i16x8.relaxed_dot_i8x16_i7x16_s.
        let (plain, relaxed) = (with(2, &[253, 0x9c, 1]), with(2, &[253, 0x92, 2]));
        let shared = [0, 97, 115, 109, 1, 0, 0, 0, 5, 4, 1, 3, 1, 1];
        for build in &BUILDS {
            let is_relaxed = build.name == RELAXED.name || build.name == THREADS.name;
            assert!(build.check(&plain).is_ok(), "{build}");
            assert_eq!(build.check(&relaxed).is_ok(), is_relaxed, "{build}");
            assert_eq!(build.check(&shared).is_ok(), build.threads, "{build}");
        }
    }
}
