//! What the measurements come to: figures, a text of tables, and JSON.

use std::env;
use std::fs;

use anyhow::{Context, Result};
use engine::accuracy::Accuracy;
use engine::measure::{Verdict, median};
use engine::zoo::Zoo;
use serde::Serialize;

use super::driver::{KernelTime, Line, NetworkRun, Peaks, Plan, Same, Session};
use crate::project::Profile;
use crate::table;

/// A median that is longer than the processor time by this factor tells of other programs.
const DISTURBED: f64 = 1.15;

/// Everything, as it is written to the file.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    session: Session,
    machine: Machine,
    /// Cargo's profile that the worker was compiled with.
    profile: &'static str,
    rounds: u32,
    peaks: Vec<Peak>,
    networks: Vec<Network>,
    kernels: Vec<Kernel>,
    /// Networks beside themselves.
    same: Vec<Same>,
}

#[derive(Debug, Serialize)]
struct Machine {
    /// What the system calls the processor, if it does.
    processor: Option<String>,
    processors: Option<usize>,
    os: &'static str,
}

/// The most multiply-adds that a build does on one thread.
#[derive(Debug, Serialize)]
struct Peak {
    build: String,
    /// The number that was fastest.
    accumulators: u32,
    gflops: f64,
    rounds: Vec<Peaks>,
}

/// A network in one configuration. Times of preparation are medians over the rounds; those of running are of the
/// round with the least median, which other programs disturbed least.
#[derive(Debug, Serialize)]
struct Network {
    network: String,
    build: String,
    threads: u32,
    resolution: (u32, u32),
    macs: u64,
    cold_ms: f64,
    prepare_ms: f64,
    first_run_ms: f64,
    median_ms: f64,
    min_ms: f64,
    p90_ms: f64,
    cpu_ms: Option<f64>,
    gflops: f64,
    /// Of the build's peak times the number of threads.
    peak_share: Option<f64>,
    rounds: Vec<NetworkRun>,
}

/// A kernel in one build, the fastest run of all rounds.
#[derive(Debug, Serialize)]
struct Kernel {
    build: String,
    #[serde(flatten)]
    time: KernelTime,
    gflops: Option<f64>,
    peak_share: Option<f64>,
}

impl Report {
    /// Sums up the driver's lines.
    pub(super) fn new(plan: &Plan, profile: Profile, lines: Vec<Line>) -> Result<Report> {
        let mut session = None;
        let mut same = Vec::new();
        let (mut peaks, mut runs, mut kernels) = (Vec::<Peak>::new(), Vec::new(), Vec::<Kernel>::new());
        for line in lines {
            match line {
                Line::Session(found) => session = Some(found),
                Line::Peak(found) => add_peak(&mut peaks, found),
                Line::Network(run) => runs.push(run),
                Line::Same(found) => same.push(found),
                Line::Kernels(run) => {
                    run.timings.into_iter().for_each(|time| add_kernel(&mut kernels, &run.build, time));
                }
            }
        }
        let peak_of = |build: &str| peaks.iter().find(|peak| peak.build == build).map(|peak| peak.gflops);
        for kernel in &mut kernels {
            kernel.gflops = kernel.time.macs.map(|macs| gflops(macs, kernel.time.best_ms));
            kernel.peak_share = kernel.gflops.zip(peak_of(&kernel.build)).map(|(rate, peak)| rate / peak);
        }
        let networks =
            group(runs).into_iter().map(|rounds| Network::new(rounds, peak_of)).collect::<Result<_>>()?;
        Ok(Report {
            session: session.context("the driver has not said where it runs")?,
            machine: Machine::this(),
            profile: profile.cargo_name(),
            rounds: plan.rounds,
            peaks,
            networks,
            kernels,
            same,
        })
    }

    /// A name that sorts by time: `2026-11-24T184511.json`.
    pub(super) fn file_name(&self) -> String {
        let seconds = self.session.started.split('.').next().unwrap_or_default();
        format!("{}.json", seconds.replace(':', ""))
    }

    /// The tables.
    pub(super) fn text(&self) -> String {
        let Session { browser, timer_step_ms, isolated, .. } = &self.session;
        let mut text = format!(
            "Headless Chromium {browser}, {}, {} processors; profile {}, random weights, rounds: {}\n",
            self.machine.processor.as_deref().unwrap_or("unknown processor"),
            self.machine.processors.map_or("unknown".to_owned(), |n| n.to_string()),
            self.profile,
            self.rounds,
        );
        if !isolated {
            text += &format!("The page is not isolated: the clock steps by {timer_step_ms} ms\n");
        }
        for Peak { build, accumulators, gflops, .. } in &self.peaks {
            text +=
                &format!("Peak of {build}, one thread: {gflops:.1} GFLOP/s ({accumulators} accumulators)\n");
        }
        if !self.networks.is_empty() {
            text += &format!("\n{}", self.network_table());
            self.networks.iter().filter_map(Network::disturbance).for_each(|line| text += &line);
        }
        if !self.kernels.is_empty() {
            text += &format!("\n{}", self.kernel_table());
        }
        if !self.same.is_empty() {
            text += &format!("\n{}", same_table(&self.same));
        }
        text + "\n"
    }

    fn network_table(&self) -> String {
        let head = [
            "network",
            "build",
            "threads",
            "MMACs",
            "cold ms",
            "prepare ms",
            "first ms",
            "median ms",
            "min ms",
            "p90 ms",
            "CPU ms",
            "GFLOP/s",
            "of peak",
        ];
        let rows: Vec<Vec<String>> = self.networks.iter().map(Network::cells).collect();
        table::render(&head, &rows)
    }

    /// A row a shape and two columns a build; after the shapes of a network, what they take together.
    fn kernel_table(&self) -> String {
        let builds: Vec<&str> = self.peaks.iter().map(|peak| peak.build.as_str()).collect();
        let mut head = vec!["kernel".to_owned(), "times".to_owned()];
        for build in &builds {
            head.extend([format!("{build} µs"), "GFLOP/s".to_owned(), "of peak".to_owned()]);
        }
        let shapes: Vec<&Kernel> =
            self.kernels.iter().filter(|k| Some(&k.build.as_str()) == builds.first()).collect();
        let mut rows = Vec::new();
        for shapes in shapes.chunk_by(|a, b| a.time.group == b.time.group) {
            for shape in shapes {
                let mut row = vec![shape.time.name.clone(), shape.time.count.to_string()];
                row.extend(builds.iter().flat_map(|build| self.kernel_cells(build, &shape.time.name)));
                rows.push(row);
            }
            // Groups that are named after a network hold all of its layers of a kind, if no filter has split them.
            let name = &shapes[0].time.group;
            if name.starts_with('V') {
                let layers: u32 = shapes.iter().map(|shape| shape.time.count).sum();
                let mut row = vec![format!("{name}, these together"), layers.to_string()];
                row.extend(builds.iter().flat_map(|build| self.sum_cells(build, name)));
                rows.push(row);
            }
        }
        table::render(&head.iter().map(String::as_str).collect::<Vec<_>>(), &rows)
    }

    fn kernel_cells(&self, build: &str, name: &str) -> [String; 3] {
        match self.kernels.iter().find(|kernel| kernel.build == build && kernel.time.name == name) {
            Some(kernel) => speed_cells(kernel.time.best_ms, kernel.gflops, kernel.peak_share),
            None => ["not measured".to_owned(), String::new(), String::new()],
        }
    }

    fn sum_cells(&self, build: &str, group: &str) -> [String; 3] {
        let of_group =
            self.kernels.iter().filter(|kernel| kernel.build == build && kernel.time.group == group);
        let (mut ms, mut macs) = (0.0, 0);
        for KernelTime { macs: one, count, best_ms, .. } in of_group.map(|kernel| &kernel.time) {
            ms += best_ms * f64::from(*count);
            macs += one.unwrap_or(0) * u64::from(*count);
        }
        let rate = gflops(macs, ms);
        let peak = self.peaks.iter().find(|peak| peak.build == build);
        speed_cells(ms, Some(rate), peak.map(|peak| rate / peak.gflops))
    }
}

/// How often networks are called faster or slower than themselves.
fn same_table(all: &[Same]) -> String {
    let head = [
        "network",
        "build",
        "threads",
        "comparisons",
        "faster",
        "slower",
        "within 2 %",
        "false %",
        "95 % interval",
        "largest difference %",
    ];
    let cells = |Same { model, build, threads, comparisons }: &Same| {
        let count =
            |verdict| comparisons.iter().filter(|comparison| comparison.verdict == verdict).count() as u32;
        let (faster, slower) = (count(Verdict::Faster), count(Verdict::Slower));
        let wrong = Accuracy { correct: faster + slower, images: comparisons.len() as u32 };
        let (low, high) = wrong.interval_percent();
        let largest = comparisons.iter().map(|comparison| (comparison.ratio - 1.0).abs()).fold(0.0, f64::max);
        vec![
            model.clone(),
            build.clone(),
            threads.to_string(),
            comparisons.len().to_string(),
            faster.to_string(),
            slower.to_string(),
            count(Verdict::WithinTwoPercent).to_string(),
            format!("{:.1}", wrong.percent()),
            format!("{low:.1}–{high:.1}"),
            format!("{:.2}", 100.0 * largest),
        ]
    };
    table::render(&head, &all.iter().map(cells).collect::<Vec<_>>())
}

impl Network {
    fn new(rounds: Vec<NetworkRun>, peak_of: impl Fn(&str) -> Option<f64>) -> Result<Network> {
        let median_of = |value: fn(&NetworkRun) -> f64| median(&rounds.iter().map(value).collect::<Vec<_>>());
        let quietest = rounds.iter().min_by(|a, b| a.median_ms.total_cmp(&b.median_ms));
        let quietest = quietest.context("a network without a round")?;
        let (height, width) = quietest.resolution;
        let graph = Zoo::builtin().find(&quietest.model)?.with_resolution(height, width).graph()?;
        let cost = graph.cost();
        let macs = cost.conv_linear_macs + cost.attention_macs;
        let gflops = gflops(macs, quietest.median_ms);
        let peak = peak_of(&quietest.build).map(|peak| peak * f64::from(quietest.threads));
        Ok(Network {
            network: quietest.model.clone(),
            build: quietest.build.clone(),
            threads: quietest.threads,
            resolution: quietest.resolution,
            macs,
            cold_ms: median_of(|run| run.cold_ms),
            prepare_ms: median_of(|run| run.prepare_ms),
            first_run_ms: median_of(|run| run.first_run_ms),
            median_ms: quietest.median_ms,
            min_ms: quietest.min_ms,
            p90_ms: quietest.p90_ms,
            cpu_ms: quietest.cpu_ms,
            gflops,
            peak_share: peak.map(|peak| gflops / peak),
            rounds,
        })
    }

    /// What to say if one thread took much longer by the clock on the wall than by that of the processor.
    fn disturbance(&self) -> Option<String> {
        let ratio = self.median_ms / self.cpu_ms?;
        (self.threads == 1 && ratio > DISTURBED).then(|| {
            format!(
                "{}, {}: other programs had the processor too, the median is {ratio:.1} times the CPU time\n",
                self.network, self.build
            )
        })
    }

    fn cells(&self) -> Vec<String> {
        let (height, width) = self.resolution;
        let side = if height == width { height.to_string() } else { format!("{height}×{width}") };
        let ms = |value: f64| format!("{value:.2}");
        vec![
            format!("{} @{side}", self.network),
            self.build.clone(),
            self.threads.to_string(),
            format!("{:.1}", self.macs as f64 / 1e6),
            format!("{:.0}", self.cold_ms),
            format!("{:.1}", self.prepare_ms),
            format!("{:.1}", self.first_run_ms),
            ms(self.median_ms),
            ms(self.min_ms),
            ms(self.p90_ms),
            self.cpu_ms.map_or("no /proc".to_owned(), ms),
            format!("{:.1}", self.gflops),
            percent(self.peak_share),
        ]
    }
}

impl Machine {
    fn this() -> Machine {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processors = std::thread::available_parallelism().ok().map(|n| n.get());
        Machine { processor: processor(&cpuinfo), processors, os: env::consts::OS }
    }
}

/// The model in the text of /proc/cpuinfo.
fn processor(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Puts the rounds of one network in one configuration together, in the order of the first round.
fn group(runs: Vec<NetworkRun>) -> Vec<Vec<NetworkRun>> {
    let key = |run: &NetworkRun| (run.model.clone(), run.build.clone(), run.threads);
    let mut groups = Vec::<Vec<NetworkRun>>::new();
    for run in runs {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| key(first) == key(&run))) {
            Some(group) => group.push(run),
            None => groups.push(vec![run]),
        }
    }
    groups
}

fn add_peak(peaks: &mut Vec<Peak>, found: Peaks) {
    let best = found.rates.iter().copied().max_by(|a, b| a.gflops.total_cmp(&b.gflops));
    let Some(best) = best else { return };
    let (accumulators, gflops) = (best.accumulators, best.gflops);
    match peaks.iter_mut().find(|peak| peak.build == found.build) {
        None => peaks.push(Peak { build: found.build.clone(), accumulators, gflops, rounds: vec![found] }),
        Some(peak) => {
            if gflops > peak.gflops {
                (peak.accumulators, peak.gflops) = (accumulators, gflops);
            }
            peak.rounds.push(found);
        }
    }
}

fn add_kernel(kernels: &mut Vec<Kernel>, build: &str, time: KernelTime) {
    match kernels.iter_mut().find(|kernel| kernel.build == build && kernel.time.name == time.name) {
        Some(kernel) => kernel.time.best_ms = kernel.time.best_ms.min(time.best_ms),
        None => kernels.push(Kernel { build: build.to_owned(), time, gflops: None, peak_share: None }),
    }
}

fn speed_cells(ms: f64, gflops: Option<f64>, peak_share: Option<f64>) -> [String; 3] {
    let rate = gflops.map_or("-".to_owned(), |gflops| format!("{gflops:.1}"));
    [format!("{:.1}", ms * 1e3), rate, percent(peak_share)]
}

fn percent(share: Option<f64>) -> String {
    share.map_or("-".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

/// A multiply-accumulate is two floating-point operations.
pub(crate) fn gflops(macs: u64, ms: f64) -> f64 {
    2.0 * macs as f64 / (ms * 1e6)
}

#[cfg(test)]
mod tests {
    use engine::measure::Comparison;

    use super::super::driver::{Configuration, KernelRun, Rate};
    use super::*;

    fn run(build: &str, threads: u32, median_ms: f64, cold_ms: f64) -> NetworkRun {
        NetworkRun {
            model: "mobilenetv1_025".to_owned(),
            build: build.to_owned(),
            threads,
            resolution: (224, 224),
            cold_ms,
            prepare_ms: 2.0,
            first_run_ms: 9.0,
            warmup: 3,
            median_ms,
            min_ms: median_ms - 0.5,
            p90_ms: median_ms + 1.0,
            cpu_ms: None,
            weight_bytes: 1,
            activation_bytes: 1,
            samples_ms: vec![median_ms],
        }
    }

    fn peak(build: &str, rates: [(u32, f64); 2]) -> Line {
        let rates = rates.map(|(accumulators, gflops)| Rate { accumulators, gflops }).to_vec();
        Line::Peak(Peaks { build: build.to_owned(), rates })
    }

    fn kernel(group: &str, shape: &str, macs: Option<u64>, count: u32, best_ms: f64) -> KernelTime {
        let name = format!("{group} {shape}");
        KernelTime { group: group.to_owned(), name, macs, count, best_ms }
    }

    fn report(lines: Vec<Line>) -> Report {
        let plan = Plan {
            url: String::new(),
            chrome: "chromium".into(),
            rounds: 2,
            configurations: vec![Configuration { build: "simd".to_owned(), threads: 1 }],
            networks: Vec::new(),
            kernels: None,
            aa: None,
        };
        let started = "2026-01-02T03:04:05.678Z".to_owned();
        let session = Session { started, browser: "1.2".to_owned(), isolated: true, ..Session::default() };
        let lines = std::iter::once(Line::Session(session)).chain(lines).collect();
        Report::new(&plan, Profile::Dev, lines).unwrap()
    }

    #[test]
    fn the_quietest_round_counts() {
        let report = report(vec![
            peak("simd", [(8, 30.0), (12, 40.0)]),
            Line::Network(run("simd", 1, 4.0, 50.0)),
            Line::Network(run("simd", 2, 2.5, 50.0)),
            peak("simd", [(8, 50.0), (12, 40.0)]),
            Line::Network(run("simd", 1, 3.0, 90.0)),
            Line::Network(run("simd", 2, 2.0, 50.0)),
        ]);
        assert_eq!((report.peaks[0].accumulators, report.peaks[0].gflops), (8, 50.0));
        let [one, two] = &report.networks[..] else { panic!("{:?}", report.networks) };
        assert_eq!((one.median_ms, one.min_ms, one.p90_ms, one.cold_ms), (3.0, 2.5, 4.0, 70.0));
        assert_eq!((one.threads, one.rounds.len(), two.threads, two.rounds.len()), (1, 2, 2, 2));
        assert_eq!(one.gflops, 2.0 * one.macs as f64 / 3e6);
        assert_eq!(one.peak_share, Some(one.gflops / 50.0));
        // Two threads could do twice as much.
        assert_eq!(two.peak_share, Some(two.gflops / 100.0));

        assert_eq!(report.file_name(), "2026-01-02T030405.json");
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["networks"][0]["rounds"][1]["samples_ms"][0], 3.0);
        assert_eq!(json["networks"][0]["cpu_ms"], serde_json::Value::Null);
        assert!(report.text().contains("no /proc"), "{}", report.text());
    }

    #[test]
    fn kernels_stand_side_by_side_with_sums_per_network() {
        let run = |build: &str, ms: f64| {
            let timings = vec![
                kernel("V1 gemm", "1 x 2 x 3", Some(1_000_000), 1, ms),
                kernel("V1 gemm", "4 x 5 x 6", Some(1_000_000), 2, 2.0 * ms),
                kernel("SiLU", "of 10", None, 1, ms),
            ];
            Line::Kernels(KernelRun { build: build.to_owned(), timings })
        };
        let report = report(vec![
            peak("simd", [(8, 10.0), (12, 5.0)]),
            peak("relaxed", [(8, 20.0), (12, 5.0)]),
            run("simd", 2.0),
            run("relaxed", 0.5),
            run("simd", 1.0),
        ]);
        let text = report.text();
        let cells = |start: &str| {
            let line = text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{text}"));
            line[start.len()..].split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(cells("V1 gemm 1 x 2 x 3"), "1 1000.0 2.0 20 % 500.0 4.0 20 %");
        assert_eq!(cells("V1 gemm, these together"), "3 5000.0 1.2 12 % 2500.0 2.4 12 %");
        assert_eq!(cells("SiLU of 10"), "1 1000.0 - - 500.0 - -");
    }

    #[test]
    fn what_is_said_of_a_network_beside_itself_is_counted() {
        let comparison =
            |ratio: f64, verdict| Comparison { ratio, interval: (ratio, ratio), rounds: 9, verdict };
        let comparisons = vec![
            comparison(1.0, Verdict::NoDetectableDifference),
            comparison(0.99, Verdict::WithinTwoPercent),
            comparison(1.031, Verdict::Slower),
            comparison(1.0, Verdict::NoDetectableDifference),
        ];
        let (model, build) = ("mobilenetv3_small_100".to_owned(), "simd".to_owned());
        let report = report(vec![Line::Same(Same { model, build, threads: 1, comparisons })]);
        let text = report.text();
        let line = text.lines().find(|line| line.starts_with("mobilenetv3_small_100")).unwrap();
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(cells[2..], ["1", "4", "0", "1", "1", "25.0", "4.6–69.9", "3.10"]);
    }

    #[test]
    fn disturbed_measurements_are_told() {
        let quiet = NetworkRun { cpu_ms: Some(3.9), ..run("simd", 1, 4.0, 1.0) };
        assert!(!report(vec![Line::Network(quiet.clone())]).text().contains("other programs"));
        let disturbed = NetworkRun { cpu_ms: Some(2.0), ..quiet };
        assert!(
            report(vec![Line::Network(disturbed)]).text().contains("the median is 2.0 times the CPU time")
        );
    }

    #[test]
    fn the_processors_name() {
        assert_eq!(processor("processor : 0\nmodel name\t: A B 7\n"), Some("A B 7".to_owned()));
        assert_eq!(processor(""), None);
    }
}
