//! `cargo xtask test`: every check and test, each with its seconds, and what they add up to.

mod tally;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::build::{self, worker};
use crate::end2end;
use crate::process::{command, human};
use crate::project::{Profile, WASM32, root, target_dir};
use crate::setup::{self, TestKit};
use crate::supply;
use tally::Tally;

/// Arguments of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only what needs no browser: formatting, licences, lints and tests, natively
    #[arg(long)]
    quick: bool,
}

/// A step's name and what runs it, given a `Kit`.
type Step<Kit> = (&'static str, fn(&Kit) -> Result<Tally>);

/// What runs everywhere.
const NATIVE: &[Step<()>] = &[
    ("formatting", formatting),
    ("licences", licences),
    ("lints, native", native_lints),
    ("tests, native", native_tests),
];

/// What needs the wasm32 target and a browser.
const BROWSER: &[Step<TestKit>] = &[
    ("lints, wasm32", wasm_lints),
    ("engine in the browser", engine_in_browser),
    ("site build", site_build),
    ("end to end", end_to_end),
];

/// Runs the command: all steps, whatever fails, and the totals in the last line.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let kit = if args.quick { None } else { Some(setup::for_tests()?) };
    let mut report = Report::default();
    for (name, step) in NATIVE {
        report.step(name, || step(&()));
    }
    if let Some(kit) = &kit {
        for (name, step) in BROWSER {
            report.step(name, || step(kit));
        }
    }
    print!("{}", report.summary());
    Ok(if report.total().failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the steps came to.
#[derive(Default)]
struct Report {
    steps: Vec<(&'static str, Duration, Tally)>,
}

impl Report {
    /// Runs a step. One that cannot be run at all counts as a failed test.
    fn step(&mut self, name: &'static str, run: impl FnOnce() -> Result<Tally>) {
        println!("==> {name}");
        let start = Instant::now();
        let tally = run().unwrap_or_else(|error| {
            println!("error: {error:#}");
            Tally { failed: 1, ..Tally::default() }
        });
        println!("    {name}: {}, {tally}\n", human(start.elapsed()));
        self.steps.push((name, start.elapsed(), tally));
    }

    fn total(&self) -> Tally {
        self.steps.iter().fold(Tally::default(), |sum, (.., tally)| sum + tally)
    }

    /// A line per step, the reason of everything skipped, and the totals.
    fn summary(&self) -> String {
        let mut text = String::new();
        for (name, duration, tally) in &self.steps {
            let verdict = if tally.failed == 0 { "ok" } else { "FAILED" };
            text += &format!("{verdict:<6} {name:<22} {:>12}  {tally}\n", human(*duration));
            for reason in &tally.skip_reasons {
                text += &format!("       {reason}\n");
            }
        }
        text + &format!("{}\n", self.total())
    }
}

fn formatting((): &()) -> Result<Tally> {
    check(command("cargo").args(["fmt", "--all", "--check"]))
}

/// The rules for packages of others, see `deny.toml`.
fn licences((): &()) -> Result<Tally> {
    let failed = supply::judge()?;
    Ok(Tally { passed: u32::from(failed == 0), failed, ..Tally::default() })
}

fn native_lints((): &()) -> Result<Tally> {
    // The page is linted for the target that it is written for only: its libraries take minutes to compile.
    let mut cargo = command("cargo");
    cargo.args([
        "clippy",
        "--locked",
        "--workspace",
        "--exclude",
        "app",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    check(&mut cargo)
}

fn native_tests((): &()) -> Result<Tally> {
    // This program apart: what it needs has been compiled for it already, with fewer features than all packages together ask for.
    [["--workspace", "--exclude", "xtask"].as_slice(), &["--package", "xtask"]].into_iter().try_fold(
        Tally::default(),
        |sum, packages| {
            let mut cargo = command("cargo");
            // Shown output is what tells a test that skipped itself from one that passed.
            cargo.args(["test", "--locked", "--no-fail-fast"]).args(packages).args(["--", "--show-output"]);
            Ok(sum + &counted(&mut cargo, tally::libtest)?)
        },
    )
}

fn wasm_lints(kit: &TestKit) -> Result<Tally> {
    // What ships, what measures, and what is without WebGPU.
    let mut cargo = kit.build.command("cargo");
    cargo.args(["clippy", "--locked"]);
    for package in worker::packages().into_iter().chain(["engine", "common"]) {
        cargo.args(["--package", package]);
    }
    cargo.args(["--lib", "--bins", "--tests", "--target", WASM32, "--", "-D", "warnings"]);
    let shipped = check(worker::SIMD.configure(&kit.build, &mut cargo))?;
    [["--features", "bench"].as_slice(), &["--no-default-features"]].into_iter().try_fold(
        shipped,
        |sum, features| {
            let mut cargo = kit.build.command("cargo");
            cargo.args(["clippy", "--locked", "--package", "worker"]).args(features);
            cargo.args(["--lib", "--bins", "--target", WASM32, "--", "-D", "warnings"]);
            Ok(sum + &check(worker::SIMD.configure(&kit.build, &mut cargo))?)
        },
    )
}

/// The engine's tests in the browser, as the worker's builds run them.
fn engine_in_browser(kit: &TestKit) -> Result<Tally> {
    let missing = kit.build.threaded_std().err().map(|reason| Tally {
        skipped: 1,
        skip_reasons: vec![format!("SKIPPED: the engine in the build with threads: {reason}")],
        ..Tally::default()
    });
    let tests = tests_in_the_browser()?;
    worker::tested(&kit.build).try_fold(missing.unwrap_or_default(), |sum, build| {
        println!("--> build {build}");
        let mut pack = kit.build.command("wasm-pack");
        pack.args(["test", "--headless", "--chrome", "--mode", "no-install", "--chromedriver"]);
        pack.arg(&kit.browser.driver).arg("engine");
        // No doc tests: they run natively.
        pack.args(["--locked", "--lib"]);
        for test in &tests {
            pack.args(["--test", test]);
        }
        pack.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", webdriver_json(&kit.browser.chrome)?);
        // The defaults of 20 and 5 seconds are too short for two busy cores.
        pack.env("WASM_BINDGEN_TEST_TIMEOUT", "300").env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
        Ok(sum + &counted(build.configure(&kit.build, &mut pack), tally::libtest)?)
    })
}

/// The engine's test files with tests for the browser; each of the others would be linked for nothing in every build.
fn tests_in_the_browser() -> Result<Vec<String>> {
    let folder = root().join("engine").join("tests");
    let cannot_read = || format!("cannot read {}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(cannot_read)? {
        let file = entry.with_context(cannot_read)?.path();
        let Some(name) = file.file_stem().and_then(|name| name.to_str()).filter(|_| file.is_file()) else {
            continue;
        };
        if fs::read_to_string(&file).with_context(cannot_read)?.contains("wasm_bindgen_test") {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The engine's webdriver.json, with the browser that was found.
fn webdriver_json(chrome: &Path) -> Result<PathBuf> {
    let shared = root().join("engine").join("webdriver.json");
    let text = fs::read_to_string(&shared).with_context(|| format!("cannot read {}", shared.display()))?;
    let mut capabilities: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("{} is not JSON", shared.display()))?;
    capabilities["goog:chromeOptions"]["binary"] = chrome.to_string_lossy().into();

    let dir = target_dir().join("xtask");
    fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let file = dir.join("webdriver.json");
    fs::write(&file, capabilities.to_string()).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

fn site_build(kit: &TestKit) -> Result<Tally> {
    build::site(&kit.build, Profile::Dev).map(|_| Tally { passed: 1, ..Tally::default() })
}

/// The tests of `end2end/`.
fn end_to_end(kit: &TestKit) -> Result<Tally> {
    let mut stage = end2end::stage(kit)?;
    counted(&mut stage.node, tally::node)
}

/// Runs a command whose success is one test.
fn check(command: &mut Command) -> Result<Tally> {
    let success = command.status().context("cannot start the check")?.success();
    Ok(Tally { passed: u32::from(success), failed: u32::from(!success), ..Tally::default() })
}

/// Runs a command whose output tells its tests, showing it meanwhile.
fn counted(command: &mut Command, count: fn(&str) -> Tally) -> Result<Tally> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start the tests")?;
    let mut output = String::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.context("cannot read the tests' output")?;
            let line = String::from_utf8_lossy(&line);
            writeln!(std::io::stdout(), "{line}").context("cannot write")?;
            output.push_str(&line);
            output.push('\n');
        }
    }
    let success = child.wait().context("cannot wait for the tests")?.success();
    let mut tally = count(&output);
    if !success && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_the_sum() {
        let mut report = Report::default();
        report.step("one", || Ok(Tally { passed: 3, ..Tally::default() }));
        report.step("two", || anyhow::bail!("no browser"));
        assert!(report.summary().ends_with("\n3 passed, 1 failed\n"), "{}", report.summary());
        assert!(report.summary().contains("FAILED two"), "{}", report.summary());

        let reason = "SKIPPED: no weights".to_owned();
        report.step("three", || Ok(Tally { skipped: 2, skip_reasons: vec![reason], ..Tally::default() }));
        assert!(report.summary().contains("SKIPPED: no weights"), "{}", report.summary());
        assert!(report.summary().ends_with("\n3 passed, 1 failed, 2 skipped\n"), "{}", report.summary());
    }

    #[test]
    fn browsers_run_the_tests_that_are_for_them() {
        assert_eq!(tests_in_the_browser().unwrap(), ["kernels_web", "web", "webgpu_web"]);
    }

    #[test]
    fn a_runner_that_breaks_off_has_failed() {
        let broken = counted(command("cargo").arg("no-such-command-here"), tally::libtest).unwrap();
        assert_eq!((broken.passed, broken.failed), (0, 1));
    }
}
