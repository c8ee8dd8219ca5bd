//! What the networks on the board cost, and how long they take here.

use engine::measure::{Comparison, Confidence, Reason, Verdict};
use leptos::prelude::*;
use worker::protocol::{Backend, Beside, Progress, Timing};

use super::heat_map::HeatMap;
use super::measure_button::{MeasureButton, fraction};
use super::prediction_list::backend_and_threads;
use super::scatter::ScatterCard;
use super::sharing::ResultFiles;
use crate::charts::{Bar, BarFigure, Texture};
use crate::format;
use crate::model_costs::Costs;
use crate::share::results::Entry;
use crate::state::{ColumnConfig, Imported, Lab, Measure, Parity, use_lab};
use crate::strings::{Strings, fill, problem_text};

/// The charts of the board.
#[component]
pub(crate) fn Charts() -> impl IntoView {
    let lab = use_lab();
    let headings = move |headings: fn(Lab) -> Vec<String>| Signal::derive(move || headings(lab));
    let bars = move |bar: fn(Lab, &ColumnConfig) -> Bar| {
        Signal::derive(move || {
            lab.columns.get().iter().map(|column| bar(lab, &column.config)).collect::<Vec<_>>()
        })
    };
    view! {
        <section class="charts-section" aria-labelledby="charts-title">
            <div class="section-head">
                <h2 id="charts-title">{lab.t(|s| s.costs)}</h2>
            </div>
            <div class="charts">
                <div class="wide">
                    <BarFigure
                        name="latency"
                        title=lab.label(|s| s.latency)
                        note=lab.label(|s| s.latency_note)
                        bars=Signal::derive(move || latencies(lab))
                        headings=headings(latency_headings)
                        tick=|ms| format!("{ms} ms")
                        testid="latency"
                    >
                        <MeasureButton
                            text=lab.label(|s| s.measure)
                            start=Callback::new(move |()| lab.start_measuring())
                            running=Signal::derive(move || measuring(lab))
                            stop=Callback::new(move |()| lab.stop_measuring())
                            testid="measure"
                        />
                        <ResultFiles />
                    </BarFigure>
                </div>
                <BarFigure
                    name="macs"
                    title=lab.label(|s| s.macs)
                    note=lab.label(|s| s.macs_note)
                    bars=bars(macs)
                    headings=headings(|lab| {
                        let s = lab.strings();
                        [s.conv_linear, s.attention, s.total].map(str::to_owned).into()
                    })
                    tick=|macs| format::count(macs as u64)
                />
                <BarFigure
                    name="params"
                    title=lab.label(|s| s.params)
                    note=lab.label(|s| s.params_note)
                    bars=bars(params)
                    headings=headings(|lab| vec![lab.strings().params.to_owned()])
                    tick=|params| format::count(params as u64)
                />
                <BarFigure
                    name="activations"
                    title=lab.label(|s| s.activations)
                    note=lab.label(|s| s.activations_note)
                    bars=bars(activations)
                    headings=headings(memory_headings)
                    tick=|bytes| format::bytes(bytes as u64)
                />
                <BarFigure
                    name="weights"
                    title=lab.label(|s| s.weight_bytes)
                    note=lab.label(|s| s.weight_bytes_note)
                    bars=bars(weights)
                    headings=headings(memory_headings)
                    tick=|bytes| format::bytes(bytes as u64)
                />
                <div class="wide">
                    <ScatterCard />
                </div>
                <div class="wide">
                    <HeatMap />
                </div>
            </div>
        </section>
    }
}

/// What is being measured of the columns, and how far that is.
fn measuring(lab: Lab) -> Option<(String, Option<f64>)> {
    let Measure::Running { count, progress, .. } = lab.measure.get() else { return None };
    let strings = lab.strings();
    let mut text = fill(strings.measuring, &[("count", &count.to_string())]);
    if let Some(Progress::Running { done, total }) = progress {
        let values = [("done", &*done.to_string()), ("total", &*total.to_string())];
        text.push_str(&fill(strings.runs_done, &values));
    }
    Some((text, fraction(progress)))
}

/// A bar that is counted on the graph, with no number where the network cannot be built.
fn counted(lab: Lab, config: &ColumnConfig, fill_in: impl FnOnce(Costs, &mut Bar)) -> Bar {
    let mut bar = Bar {
        name: lab.name(config),
        family: config.family(),
        width: config.width(),
        parts: Vec::new(),
        label: "–".to_owned(),
        details: Vec::new(),
        texture: Texture::Solid,
        struck: false,
        interval: None,
        samples: Vec::new(),
        cells: Vec::new(),
    };
    if let Some(costs) = lab.costs(config) {
        fill_in(costs, &mut bar);
    }
    bar
}

fn params(lab: Lab, config: &ColumnConfig) -> Bar {
    counted(lab, config, |costs, bar| {
        bar.parts = vec![costs.params as f64];
        bar.label = format::count(costs.params);
        bar.cells = vec![format::exact(costs.params)];
    })
}

fn macs(lab: Lab, config: &ColumnConfig) -> Bar {
    counted(lab, config, |costs, bar| {
        bar.parts = vec![costs.conv_linear_macs as f64];
        bar.label = format::count(costs.macs());
        bar.cells = [costs.conv_linear_macs, costs.attention_macs, costs.macs()].map(format::exact).into();
        if costs.attention_macs > 0 {
            bar.parts.push(costs.attention_macs as f64);
            bar.details = vec![fill(
                lab.strings().macs_split,
                &[
                    ("conv", &format::count(costs.conv_linear_macs)),
                    ("attention", &format::count(costs.attention_macs)),
                ],
            )];
        }
    })
}

fn activations(lab: Lab, config: &ColumnConfig) -> Bar {
    memory(lab, config, |costs| costs.peak_activation_bytes, |timing| timing.activation_bytes)
}

fn weights(lab: Lab, config: &ColumnConfig) -> Bar {
    memory(lab, config, Costs::weight_bytes_f32, |timing| timing.weight_bytes)
}

/// Bytes that are counted, and beside them those that the backend allocated when it was measured.
fn memory(lab: Lab, config: &ColumnConfig, bytes: fn(Costs) -> u64, allocated: fn(&Timing) -> u64) -> Bar {
    let timing = lab.timing(config);
    counted(lab, config, |costs, bar| {
        bar.parts = vec![bytes(costs) as f64];
        bar.label = format::bytes(bytes(costs));
        bar.cells = vec![format::exact(bytes(costs)), String::new()];
        if let Some(timing) = timing {
            let here = allocated(&timing);
            bar.cells[1] = format::exact(here);
            bar.details = vec![fill(
                lab.strings().allocated,
                &[
                    ("bytes", &format::bytes(here)),
                    ("backend", &backend_and_threads(lab.strings(), timing.backend, timing.threads)),
                ],
            )];
        }
    })
}

/// The columns, then what files hold.
fn latencies(lab: Lab) -> Vec<Bar> {
    let columns = lab.columns.get();
    let here = columns.iter().map(|column| latency(lab, &column.config));
    here.chain(lab.imported.get().iter().flat_map(|imported| elsewhere(lab, imported))).collect()
}

/// What a file says, outlined: it was not measured here.
fn elsewhere(lab: Lab, imported: &Imported) -> Vec<Bar> {
    let origin = imported.lines(lab.strings());
    let bar = |entry: &Entry| {
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
    let timing = lab.timing(config);
    counted(lab, config, |_, bar| match timing {
        Some(timing) => {
            let parity = lab.parity(&timing);
            measured(lab, timing, bar);
            if let Some(parity) = parity {
                bar.struck = parity.is_broken();
                bar.details.push(parity_line(lab, &parity));
            }
        }
        None => {
            bar.label = lab.strings().not_measured.to_owned();
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
        bar.details.push(fill(strings.batched, &[("runs", &timing.batch.to_string())]));
    }
    if let Some(reason) = &timing.fallback {
        bar.details.push(problem_text(lab.language.get(), reason));
    }
    bar.details.extend(confidence_lines(grade, reasons(strings, &timing.confidence)));
    let beside: Vec<String> =
        timing.beside_fastest.iter().flat_map(|beside| beside_lines(lab, beside)).collect();
    bar.details.extend(beside.iter().cloned());
    if timing.checkpoint.is_none() {
        bar.details.push(strings.random.to_owned());
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
        timing.checkpoint.unwrap_or_else(|| strings.random.to_owned()),
    ];
    bar.samples = timing.samples_ms;
}

/// What stands beside a time wherever it is shown: its interval, what ran, and how far it can be trusted.
pub(super) fn timing_lines(strings: &Strings, timing: &Timing) -> [String; 3] {
    let (low, high) = timing.statistics.interval_ms;
    let [low, high] = [low, high].map(|ms| format::sampled(ms, timing));
    let n = timing.samples_ms.len().to_string();
    [
        fill(strings.latency_detail, &[("low", &low), ("high", &high), ("n", &n)]),
        backend_and_threads(strings, timing.backend, timing.threads),
        fill(strings.confidence, &[("grade", timing.confidence.grade.letter())]),
    ]
}

/// Whether the backend's values are PyTorch's, and if not, where they begin to differ.
fn parity_line(lab: Lab, parity: &Parity) -> String {
    let strings = lab.strings();
    let cases = match parity {
        Parity::Checking => return strings.parity_checking.to_owned(),
        Parity::Failed(problem) => return problem_text(lab.language.get(), problem),
        Parity::Checked(verification) => &verification.cases,
    };
    let golden = cases.first().map_or("", |case| case.id.as_str());
    match cases.iter().find(|case| !case.passed) {
        None => fill(strings.parity_passed, &[("golden", golden)]),
        Some(case) => {
            let stage = case.first_wrong_stage.as_deref().unwrap_or(strings.parity_logits);
            fill(strings.parity_broken, &[("golden", golden), ("stage", stage)])
        }
    }
}

/// How the surface of a bar says what ran.
pub(super) fn texture(backend: Backend, threads: u32) -> Texture {
    match (backend, threads) {
        (Backend::Reference, _) => Texture::Lined,
        (Backend::Cpu, 0 | 1) => Texture::Dotted,
        (Backend::Cpu, _) => Texture::Hatched,
        (Backend::WebGpu | Backend::WebGpuHalf, _) => Texture::Solid,
    }
}

fn latency_headings(lab: Lab) -> Vec<String> {
    let s = lab.strings();
    [
        s.median_ms,
        s.interval_low_ms,
        s.interval_high_ms,
        "n",
        s.runs_per_sample,
        s.confidence_heading,
        s.reasons_heading,
        s.beside_heading,
        "p10, ms",
        "p90, ms",
        "p95, ms",
        s.min_ms,
        "MAD, ms",
        s.drift_heading,
        s.first_ms,
        s.prepare_ms,
        s.backend,
        s.weights,
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
        Reason::FewSamples { n } => fill(strings.reason_few, &[("n", &n.to_string())]),
        Reason::WideInterval { percent } => {
            fill(strings.reason_wide, &[("percent", &format!("{percent:.0}"))])
        }
        Reason::Drift { percent } => fill(strings.reason_drift, &[("percent", &format!("{percent:+.0}"))]),
        Reason::WarmUp => strings.reason_warm_up.to_owned(),
        Reason::CoarseClock { step_ms } => {
            fill(strings.reason_clock, &[("step", &format::milliseconds(*step_ms, *step_ms))])
        }
    };
    confidence.reasons.iter().map(text).collect()
}

/// How the time compares with that of the fastest network that took turns with it, and what that means. That one need
/// not be on the page any more, so it is named.
fn beside_lines(lab: Lab, beside: &Beside) -> Vec<String> {
    let Comparison { ratio, interval: (low, high), verdict, .. } = &beside.comparison;
    let strings = lab.strings();
    let other = lab.name(&ColumnConfig::of_protocol(&beside.other));
    let [ratio, low, high] = [ratio, low, high].map(|value| format!("{value:.2}"));
    let line =
        fill(strings.beside_named, &[("ratio", &ratio), ("other", &other), ("low", &low), ("high", &high)]);
    let remark = match verdict {
        Verdict::Faster | Verdict::Slower => None,
        Verdict::NoDetectableDifference => Some(strings.no_difference.to_owned()),
        Verdict::TooFewRounds => Some(strings.too_few_rounds.to_owned()),
    };
    [line].into_iter().chain(remark).collect()
}

fn memory_headings(lab: Lab) -> Vec<String> {
    let s = lab.strings();
    [s.counted_bytes, s.allocated_bytes].map(str::to_owned).into()
}
