//! `cargo xtask bench`: networks and kernels, timed in headless Chromium.
//!
//! The worker is the one that the site ships, with the cargo feature `bench` on, beside an empty page. What is timed
//! goes through its messages; `end2end/bench/run.mjs` sends them and reads the processor's clock.

mod driver;
pub(crate) mod report;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use engine::zoo::Zoo;

use crate::build::worker::{self, Build};
use crate::estimate;
use crate::process::long_step;
use crate::project::{Profile, ProfileArgs, root, target_dir};
use crate::server::{Server, Site};
use crate::setup::{self, Kit};
use driver::{Configuration, Plan};
use report::Report;

/// Arguments of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Networks by their ids; without this, seven of the zoo, or none where --kernels is given
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    networks: Option<Vec<String>>,
    /// Builds of the worker; without this, all
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    builds: Option<Vec<String>>,
    /// Numbers of threads, for builds that have threads; without this, one and as many as there are processors
    #[arg(long, value_delimiter = ',', value_name = "N,…", value_parser = clap::value_parser!(u32).range(1..))]
    threads: Option<Vec<u32>>,
    /// Time single kernels too: all, or those whose names contain FILTER (`gemm`, `V2 depthwise`)
    #[arg(long, value_name = "FILTER", num_args = 0..=1, default_missing_value = "")]
    kernels: Option<String>,
    /// Compare each network so many times with itself instead: how often one is called faster or slower that is neither
    #[arg(long, value_name = "N", conflicts_with_all = ["kernels", "rounds"], value_parser = clap::value_parser!(u32).range(1..))]
    aa: Option<u32>,
    /// How often everything is measured; the quietest round counts
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Where the results go as JSON, instead of a file named by the time in target/bench
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Measure what was built last, whatever has been edited since
    #[arg(long)]
    skip_build: bool,
    #[command(flatten)]
    profile: ProfileArgs,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    // What can be seen to be wrong at once is said before building.
    let networks = networks(args)?;
    let kit = setup::for_bench()?;
    let builds = builds(worker::builds(&kit.build).collect(), args.builds.as_deref())?;
    let profile = args.profile.or(Profile::Dev);
    let site = target_dir().join("bench").join(profile.cargo_name());
    if args.skip_build {
        check_built(&site, &builds)?;
    } else {
        let what = format!("building the worker for the benchmark into {}", site.display());
        long_step(&what, "a minute the first time, seconds later", || {
            build(&kit.build, profile, &builds, &site)
        })?;
    }

    let server = Server::start(Site { dist: site, weights: None }, 0)?;
    let plan = Plan {
        url: server.url(),
        chrome: kit.browser.chrome,
        rounds: args.rounds,
        configurations: configurations(&builds, args.threads.as_deref()),
        networks,
        kernels: args.kernels.clone(),
        aa: args.aa,
    };
    let report = Report::new(&plan, profile, driver::run(&plan)?)?;
    print!("{}", report.text());
    let file = args.out.clone().unwrap_or_else(|| target_dir().join("bench").join(report.file_name()));
    let json = serde_json::to_string_pretty(&report).context("cannot write the results as JSON")?;
    fs::write(&file, json + "\n").with_context(|| format!("cannot write {}", file.display()))?;
    println!("Everything, every sample too, is in {}", file.display());
    Ok(ExitCode::SUCCESS)
}

fn networks(args: &Args) -> Result<Vec<String>> {
    let networks = match (&args.networks, &args.kernels) {
        (Some(ids), _) => ids.clone(),
        (None, Some(_)) => Vec::new(),
        (None, None) => estimate::DEFAULT.map(str::to_owned).to_vec(),
    };
    for id in &networks {
        Zoo::builtin().find(id)?;
    }
    Ok(networks)
}

/// Those of the builds that have these names, or all.
fn builds<'a>(there: Vec<&'a Build>, names: Option<&[String]>) -> Result<Vec<&'a Build>> {
    let Some(names) = names else { return Ok(there) };
    let find = |name: &String| {
        let build = there.iter().copied().find(|build| build.to_string() == *name);
        let known = || there.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        build.with_context(|| format!("there is no build {name}; there are {}", known()))
    };
    let builds = names.iter().map(find).collect::<Result<Vec<_>>>()?;
    ensure!(!builds.is_empty(), "--builds names no build");
    Ok(builds)
}

/// Every build with every number of threads that it can run.
fn configurations(builds: &[&Build], threads: Option<&[u32]>) -> Vec<Configuration> {
    let processors = thread::available_parallelism().map_or(1, |n| n.get() as u32);
    let default = if processors > 1 { vec![1, processors] } else { vec![1] };
    let several = threads.unwrap_or(&default);
    if threads.is_some() && !builds.iter().any(|build| build.has_threads()) {
        eprintln!("    --threads changes nothing: none of these builds has threads");
    }
    let configurations = builds.iter().flat_map(|build| {
        let threads = if build.has_threads() { several } else { &[1] };
        threads.iter().map(|&threads| Configuration { build: build.to_string(), threads })
    });
    configurations.collect()
}

/// The page and the worker with its benchmarks.
fn build(kit: &Kit, profile: Profile, builds: &[&Build], site: &Path) -> Result<()> {
    worker::build_some(kit, profile, builds.iter().copied(), &["--features", "bench"], &site.join("worker"))?;
    let page = root().join("end2end").join("bench").join("index.html");
    fs::copy(&page, site.join("index.html")).with_context(|| format!("cannot copy {}", page.display()))?;
    Ok(())
}

fn check_built(site: &Path, builds: &[&Build]) -> Result<()> {
    for build in builds {
        if !site.join("worker").join(build.to_string()).join("worker_bg.wasm").is_file() {
            bail!("build {build} is not in {}; leave out --skip-build once", site.display());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_are_found_by_name() {
        let there = || worker::BUILDS.iter().collect();
        assert_eq!(builds(there(), None).unwrap().len(), worker::BUILDS.len());
        let found = builds(there(), Some(&["relaxed".to_owned()])).unwrap();
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ["relaxed"]);
        let message = builds(there(), Some(&["fast".to_owned()])).err().unwrap().to_string();
        assert!(message.contains("fast") && message.contains("simd, relaxed"), "{message}");
    }

    #[test]
    fn builds_without_threads_run_one() {
        let found = configurations(&[&worker::SIMD], Some(&[1, 2, 4]));
        assert_eq!(found, [Configuration { build: "simd".to_owned(), threads: 1 }]);
    }
}
