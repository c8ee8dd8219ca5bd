//! Bars of how long networks take, and how far that can be trusted.

use engine::measure::{Comparison, Confidence, Reason, Verdict};
use worker::protocol::{Backend, Beside, Timing};

use super::cost_bars::counted;
use super::prediction_list::backend_and_threads;
use crate::charts::{Bar, Texture};
use crate::format;
use crate::share::results::ResultEntry;
use crate::state::{ColumnConfig, Imported, Lab, Parity};
use crate::strings::{Strings, fill, problem_text};

/// Two ratios that differ by more are not the same, which is explained.
const APART: f64 = 0.05;

/// The columns, then what files hold.
pub(super) fn latencies(lab: Lab) -> Vec<Bar> {
    let columns = lab.board.columns();
    let here = columns.iter().map(|column| latency(lab, &column.config));
    here.chain(lab.imports.all().iter().flat_map(|imported| elsewhere(lab, imported))).collect()
}

/// What a file says, outlined: it was not measured here.
fn elsewhere(lab: Lab, imported: &Imported) -> Vec<Bar> {
    let origin = imported.lines(lab.strings());
    let bar = |entry: &ResultEntry| {
        let mut bar = counted(lab, &ColumnConfig::of_protocol(&entry.config), |_, bar| {
            measured(lab, entry.timing.clone(), bar);
        });
        bar.name = format!("{} *", bar.name);
        bar.texture = Texture::Outlined;
        bar.details.splice(..0, origin.clone());
        bar
    };
    imported.results.results.iter().map(bar).collect()
}

fn latency(lab: Lab, config: &ColumnConfig) -> Bar {
    let timing = lab.measuring.timing(config);
    counted(lab, config, |_, bar| match timing {
        Some(timing) => {
            let parity = lab.parities.of(&timing);
            measured(lab, timing, bar);
            if let Some(parity) = parity {
                bar.struck = parity.is_broken();
                bar.details.push(parity_line(lab, &parity));
            }
        }
        None => {
            bar.label = lab.strings().charts.not_measured.to_owned();
            bar.cells = vec![String::new(); latency_headings(lab).len()];
        }
    })
}

/// Fills a bar with a measurement.
fn measured(lab: Lab, timing: Timing, bar: &mut Bar) {
    let strings = lab.strings();
    let ms = |value| format::sampled(value, &timing);
    let once = |value| format::milliseconds(value, timing.timer_step_ms);
    let [interval, backend, grade] = timing_lines(strings, &timing);
    let statistics = &timing.statistics;
    let (low, high) = statistics.interval_ms;
    bar.parts = vec![statistics.median_ms];
    bar.label = format!("{} ms", ms(statistics.median_ms));
    bar.interval = Some(statistics.interval_ms);
    bar.texture = texture(timing.backend, timing.threads);
    bar.details = vec![interval, backend.clone()];
    if timing.batch > 1 {
        bar.details.push(fill(strings.charts.batched, &[("runs", &timing.batch.to_string())]));
    }
    if let Some(reason) = &timing.fallback {
        bar.details.push(problem_text(lab.language(), reason));
    }
    bar.details.extend(confidence_lines(grade, reasons(strings, &timing.confidence)));
    let beside: Vec<String> =
        timing.beside_fastest.iter().flat_map(|beside| beside_lines(lab, &timing, beside)).collect();
    bar.details.extend(beside.iter().cloned());
    if timing.checkpoint.is_none() {
        bar.details.push(strings.board.random.to_owned());
    }
    let share = |share: f64| format!("{:+.1} %", 100.0 * share);
    bar.cells = vec![
        ms(statistics.median_ms),
        ms(low),
        ms(high),
        timing.samples_ms.len().to_string(),
        timing.batch.to_string(),
        timing.confidence.grade.letter().to_owned(),
        reasons(strings, &timing.confidence).join(", "),
        beside.join(", "),
        ms(statistics.p10_ms),
        ms(statistics.p90_ms),
        statistics.p95_ms.map(ms).unwrap_or_default(),
        ms(statistics.min_ms),
        ms(statistics.mad_ms),
        statistics.drift.map(share).unwrap_or_default(),
        once(timing.first_run_ms),
        once(timing.prepare_ms),
        backend,
        timing.checkpoint.unwrap_or_else(|| strings.board.random.to_owned()),
    ];
    bar.samples = timing.samples_ms;
}

/// What stands beside a time wherever it is shown: its interval, what ran, and how far it can be trusted.
pub(super) fn timing_lines(strings: &Strings, timing: &Timing) -> [String; 3] {
    let (low, high) = timing.statistics.interval_ms;
    let [low, high] = [low, high].map(|ms| format::sampled(ms, timing));
    let n = timing.samples_ms.len().to_string();
    [
        fill(strings.charts.latency_detail, &[("low", &low), ("high", &high), ("n", &n)]),
        backend_and_threads(strings, timing.backend, timing.threads),
        fill(strings.charts.confidence, &[("grade", timing.confidence.grade.letter())]),
    ]
}

/// Whether the backend's values are PyTorch's, and if not, where they begin to differ.
fn parity_line(lab: Lab, parity: &Parity) -> String {
    let strings = lab.strings();
    let cases = match parity {
        Parity::Checking => return strings.charts.parity_checking.to_owned(),
        Parity::Failed(problem) => return problem_text(lab.language(), problem),
        Parity::Checked(verification) => &verification.cases,
    };
    let golden = cases.first().map_or("", |case| case.id.as_str());
    match cases.iter().find(|case| !case.passed) {
        None => fill(strings.charts.parity_passed, &[("golden", golden)]),
        Some(case) => {
            let stage = case.first_wrong_stage.as_deref().unwrap_or(strings.charts.parity_logits);
            fill(strings.charts.parity_broken, &[("golden", golden), ("stage", stage)])
        }
    }
}

/// How the surface of a bar says what ran.
pub(super) fn texture(backend: Backend, threads: u32) -> Texture {
    match (backend, threads) {
        (Backend::Reference, _) => Texture::Lined,
        (Backend::Cpu, 0 | 1) | (Backend::CpuInt8, _) => Texture::Dotted,
        (Backend::Cpu, _) => Texture::Hatched,
        (Backend::WebGpu | Backend::WebGpuHalf, _) => Texture::Solid,
    }
}

/// Headings of what [`latencies`] writes into its cells.
pub(super) fn latency_headings(lab: Lab) -> Vec<String> {
    let s = lab.strings();
    [
        s.charts.median_ms,
        s.charts.interval_low_ms,
        s.charts.interval_high_ms,
        "n",
        s.charts.runs_per_sample,
        s.charts.confidence_heading,
        s.charts.reasons_heading,
        s.charts.beside_heading,
        "p10, ms",
        "p90, ms",
        "p95, ms",
        s.charts.min_ms,
        "MAD, ms",
        s.charts.drift_heading,
        s.charts.first_ms,
        s.charts.prepare_ms,
        s.board.backend,
        s.board.weights,
    ]
    .map(str::to_owned)
    .into()
}

/// The grade with its reasons, in lines that a phone has room for.
fn confidence_lines(grade: String, mut reasons: Vec<String>) -> Vec<String> {
    let first = if reasons.is_empty() { grade } else { format!("{grade}: {}", reasons.remove(0)) };
    [first].into_iter().chain(reasons.chunks(2).map(|reasons| reasons.join(", "))).collect()
}

fn reasons(strings: &Strings, confidence: &Confidence) -> Vec<String> {
    let text = |reason: &Reason| match reason {
        Reason::FewSamples { n } => fill(strings.charts.reason_few, &[("n", &n.to_string())]),
        Reason::WideInterval { percent } => {
            fill(strings.charts.reason_wide, &[("percent", &format!("{percent:.0}"))])
        }
        Reason::Drift { percent } => {
            fill(strings.charts.reason_drift, &[("percent", &format!("{percent:+.0}"))])
        }
        Reason::WarmUp => strings.charts.reason_warm_up.to_owned(),
        Reason::CoarseClock { step_ms } => {
            fill(strings.charts.reason_clock, &[("step", &format::milliseconds(*step_ms, *step_ms))])
        }
    };
    confidence.reasons.iter().map(text).collect()
}

/// How the time compares with that of the fastest network that took turns with it, and what that means. That one need
/// not be on the page any more, so it is named.
pub(super) fn beside_lines(lab: Lab, timing: &Timing, beside: &Beside) -> Vec<String> {
    let Comparison { ratio, interval: (low, high), verdict, .. } = &beside.comparison;
    let strings = lab.strings();
    let other = ColumnConfig::of_protocol(&beside.other);
    // What readers would compute of the two medians.
    let of_medians =
        lab.measuring.timing(&other).map(|other| timing.statistics.median_ms / other.statistics.median_ms);
    let is_apart = |of_medians: &f64| (of_medians / ratio - 1.0).abs() > APART;
    let apart = of_medians
        .filter(is_apart)
        .map(|of_medians| fill(strings.home.not_measured_beside, &[("ratio", &format!("{of_medians:.2}×"))]));
    let other = lab.name(&other);
    let [ratio, low, high] = [ratio, low, high].map(|value| format!("{value:.2}"));
    let line = fill(
        strings.charts.beside_named,
        &[("ratio", &ratio), ("other", &other), ("low", &low), ("high", &high)],
    );
    let remark = match verdict {
        Verdict::Faster | Verdict::Slower => None,
        Verdict::WithinTwoPercent => Some(strings.charts.within_two_percent.to_owned()),
        Verdict::NoDetectableDifference => Some(strings.charts.no_difference.to_owned()),
        Verdict::TooFewRounds => Some(strings.charts.too_few_rounds.to_owned()),
    };
    [line].into_iter().chain(remark).chain(apart).collect()
}
