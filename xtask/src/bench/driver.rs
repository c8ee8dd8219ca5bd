//! The program that drives Chromium: what it is told and what it tells.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{ChildStdout, Stdio};

use anyhow::{Context, Result, ensure};
use engine::measure::Comparison;
use serde::{Deserialize, Serialize};

use crate::process::command;
use crate::project::root;

/// What to measure, as `end2end/bench/run.mjs` reads it.
#[derive(Debug, Serialize)]
pub(super) struct Plan {
    pub(super) url: String,
    pub(super) chrome: PathBuf,
    pub(super) rounds: u32,
    pub(super) configurations: Vec<Configuration>,
    /// Zoo ids.
    pub(super) networks: Vec<String>,
    /// What the names of kernels contain; `None` for no kernels.
    pub(super) kernels: Option<String>,
    /// How often each network is compared with itself instead.
    pub(super) aa: Option<u32>,
}

/// What runs a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Configuration {
    pub(super) build: String,
    pub(super) threads: u32,
}

/// A line of the driver's output.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Session(Session),
    Peak(Peaks),
    Network(NetworkRun),
    Kernels(KernelRun),
    Same(Same),
}

/// Where everything ran.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Session {
    /// UTC, in ISO 8601.
    pub(super) started: String,
    pub(super) browser: String,
    pub(super) isolated: bool,
    pub(super) timer_step_ms: f64,
    /// The engine's.
    pub(super) version: String,
}

/// The peak of a build on one thread, with each number of accumulators.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Peaks {
    pub(super) build: String,
    pub(super) rates: Vec<Rate>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Rate {
    pub(super) accumulators: u32,
    pub(super) gflops: f64,
}

/// A network in one configuration and round: the worker's timing, and what was measured around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct NetworkRun {
    pub(super) model: String,
    pub(super) build: String,
    pub(super) threads: u32,
    pub(super) resolution: (u32, u32),
    /// From starting the worker to its first answer.
    pub(super) cold_ms: f64,
    /// Folding and packing the weights.
    pub(super) prepare_ms: f64,
    pub(super) first_run_ms: f64,
    pub(super) warmup: u32,
    pub(super) median_ms: f64,
    pub(super) min_ms: f64,
    pub(super) p90_ms: f64,
    /// Processor time of the renderer's threads a run; `None` where the system has no /proc.
    pub(super) cpu_ms: Option<f64>,
    pub(super) weight_bytes: u64,
    pub(super) activation_bytes: u64,
    pub(super) samples_ms: Vec<f64>,
}

/// A network beside itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Same {
    pub(super) model: String,
    pub(super) build: String,
    pub(super) threads: u32,
    pub(super) comparisons: Vec<Comparison>,
}

/// Kernels in one build and round.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KernelRun {
    pub(super) build: String,
    pub(super) timings: Vec<KernelTime>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KernelTime {
    pub(super) group: String,
    pub(super) name: String,
    /// `None` where the kernel is no sum of products.
    pub(super) macs: Option<u64>,
    /// How often the network has this shape.
    pub(super) count: u32,
    pub(super) best_ms: f64,
}

/// Carries out the plan, telling on standard error how far it is.
pub(super) fn run(plan: &Plan) -> Result<Vec<Line>> {
    let mut node = command("node");
    node.current_dir(root().join("end2end")).arg("bench/run.mjs");
    let mut child = node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start node")?;
    if let Some(mut stdin) = child.stdin.take() {
        let plan = serde_json::to_vec(plan).context("cannot write the plan")?;
        stdin.write_all(&plan).context("cannot hand over the plan")?;
    }
    let lines = child.stdout.take().map_or_else(|| Ok(Vec::new()), read);
    if lines.is_err() {
        // Neither it nor its browser would end.
        child.kill().context("cannot stop the browser's driver")?;
    }
    let status = child.wait().context("cannot wait for the browser's driver")?;
    let lines = lines?;
    ensure!(status.success(), "measuring in the browser failed; its message is above");
    Ok(lines)
}

/// All that the driver says.
fn read(stdout: ChildStdout) -> Result<Vec<Line>> {
    BufReader::new(stdout)
        .lines()
        .map(|line| {
            let line = line.context("cannot read what the browser's driver says")?;
            let line =
                serde_json::from_str(&line).with_context(|| format!("unexpected from the driver: {line}"))?;
            eprintln!("    {}", progress(&line));
            Ok(line)
        })
        .collect()
}

fn progress(line: &Line) -> String {
    match line {
        Line::Session(session) => format!("Chromium {}", session.browser),
        Line::Peak(Peaks { build, rates }) => {
            let rates: Vec<String> = rates.iter().map(|r| format!("{:.1}", r.gflops)).collect();
            format!("peak, {build}: {} GFLOP/s", rates.join(" / "))
        }
        Line::Network(NetworkRun { model, build, threads, median_ms, .. }) => {
            format!("{model}, {build}, threads {threads}: {median_ms:.2} ms")
        }
        Line::Same(Same { model, build, threads, comparisons }) => {
            format!("{model}, {build}, threads {threads}: {} times beside itself", comparisons.len())
        }
        Line::Kernels(KernelRun { build, timings }) => format!("{} kernels, {build}", timings.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_driver_are_understood() {
        let line = r#"{"network":{"model":"mobilenetv2_100","checkpoint":null,"build":"simd","threads":1,
            "resolution":[224,224],"backend":"cpu","cold_ms":40,"cpu_ms":null,"prepare_ms":9.5,"first_run_ms":30,
            "warmup":4,"samples_ms":[12,13],"median_ms":12.5,"min_ms":12,"p10_ms":12.1,"p90_ms":12.9,
            "weight_bytes":14000000,"activation_bytes":5000000}}"#;
        let line: Line = serde_json::from_str(line).unwrap();
        assert_eq!(progress(&line), "mobilenetv2_100, simd, threads 1: 12.50 ms");
        let peak: Line =
            serde_json::from_str(r#"{"peak":{"build":"simd","rates":[{"accumulators":8,"gflops":35}]}}"#)
                .unwrap();
        assert_eq!(progress(&peak), "peak, simd: 35.0 GFLOP/s");
    }
}
