//! `cargo xtask estimate`: milliseconds a network, natively, as a first idea of speed.
//!
//! What counts is the browser; this needs none and takes seconds.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use engine::backend::Threads;
use engine::backend::int8::Ranges;
use engine::measure::median;
use engine::spec::Variant;
use engine::weights::Weights;
use engine::{synthetic, zoo::Zoo};

use crate::bench::report::gflops;
use crate::checkpoint::Network;
use crate::table;

/// Runs before the timed ones: the first touches memory for the first time.
const WARM_UP: usize = 3;

/// What is timed if no network is named.
pub(crate) const DEFAULT: [&str; 7] = [
    "mobilenetv1_100",
    "mobilenetv2_100",
    "mobilenetv3_large_100",
    "mobilenetv3_small_100",
    "mobilevit_xxs",
    "mobilevit_xs",
    "mobilevit_s",
];

/// Arguments of `cargo xtask estimate`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Timed runs of each network
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// In int8 too
    #[arg(long)]
    int8: bool,
    /// Networks by their ids, at their default resolutions
    #[arg(value_name = "MODEL", default_values = DEFAULT)]
    models: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let networks: Vec<Variant> =
        args.models.iter().map(|id| Zoo::builtin().find(id)).collect::<Result<_, _>>()?;
    let mut rows = Vec::new();
    for variant in &networks {
        rows.push(time(variant, false, args.runs)?.cells());
        if args.int8 {
            rows.push(time(variant, true, args.runs)?.cells());
        }
    }
    println!("CPU backend, native, one thread, random weights, {} runs after {WARM_UP}:", args.runs);
    if cfg!(debug_assertions) {
        println!("(a development build: the engine is optimised, its run-time checks are on)");
    }
    print!("{}", table::render(&["network", "input", "MMACs", "median ms", "min ms", "GFLOP/s"], &rows));
    Ok(ExitCode::SUCCESS)
}

struct Timing {
    variant: Variant,
    /// Behind the network's id.
    precision: &'static str,
    /// Multiply-accumulates of one run, attention's included.
    macs: u64,
    /// Milliseconds of every timed run, ascending.
    sorted_ms: Vec<f64>,
}

/// Times a network with random weights, in bytes if asked so.
fn time(variant: &Variant, in_bytes: bool, runs: u32) -> Result<Timing> {
    let graph = variant.graph().with_context(|| format!("{} cannot be built", variant.id()))?;
    let weights = Weights::random(&graph);
    let (height, width) = variant.resolution;
    let input = synthetic::input(height as usize, width as usize);
    let calibrate =
        || Ranges::calibrate(&graph, &weights, &Threads::alone(), &[], std::slice::from_ref(&input));
    let mut network = Network::prepare(&graph, &weights, in_bytes.then(calibrate).as_ref());
    for _ in 0..WARM_UP {
        network.run(&input);
    }
    let mut sorted_ms: Vec<f64> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(network.run(std::hint::black_box(&input)));
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    sorted_ms.sort_by(f64::total_cmp);
    let cost = graph.cost();
    Ok(Timing {
        variant: variant.clone(),
        precision: if in_bytes { " int8" } else { "" },
        macs: cost.conv_linear_macs + cost.attention_macs,
        sorted_ms,
    })
}

impl Timing {
    fn median_ms(&self) -> f64 {
        median(&self.sorted_ms)
    }

    fn gflops(&self) -> f64 {
        gflops(self.macs, self.median_ms())
    }

    fn cells(&self) -> Vec<String> {
        let (height, width) = self.variant.resolution;
        vec![
            self.variant.id() + self.precision,
            format!("{height}×{width}"),
            format!("{:.1}", self.macs as f64 / 1e6),
            format!("{:.2}", self.median_ms()),
            format!("{:.2}", self.sorted_ms[0]),
            format!("{:.1}", self.gflops()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_follows_from_median_and_macs() {
        let variant = Zoo::builtin().find("mobilenetv1_025").unwrap();
        let timing =
            Timing { variant, precision: " int8", macs: 5_000_000, sorted_ms: vec![1.0, 2.0, 3.0, 9.0] };
        assert_eq!((timing.median_ms(), timing.gflops()), (2.5, 4.0));
        assert_eq!(timing.cells()[0], "mobilenetv1_025 int8");
        assert_eq!(timing.cells()[2..], ["5.0", "2.50", "1.00", "4.0"]);
        let odd = Timing { sorted_ms: vec![1.0, 2.0, 9.0], ..timing };
        assert_eq!(odd.median_ms(), 2.0);
    }

    #[test]
    fn a_network_is_timed() {
        let variant = Zoo::builtin().find("mobilenetv3_small_050").unwrap().with_resolution(32, 32);
        let timing = time(&variant, false, 3).unwrap();
        assert_eq!(timing.sorted_ms.len(), 3);
        assert!(timing.sorted_ms[0] > 0.0 && timing.sorted_ms.is_sorted());

        let args = Args { runs: 1, int8: true, models: vec!["mobilenetv8_100".to_owned()] };
        assert!(run(&args).unwrap_err().to_string().contains("mobilenetv8_100"));
    }
}
