//! What the networks on the board cost, and how long they take here.

use leptos::prelude::*;
use worker::protocol::Progress;

use super::cost_bars::{activations, macs, memory_headings, params, weights};
use super::heat_map::HeatMap;
use super::latency_bars::{latencies, latency_headings};
use super::measure_button::{MeasureButton, fraction};
use super::scatter::ScatterCard;
use super::sharing::ResultFiles;
use crate::charts::{Bar, BarFigure};
use crate::format;
use crate::state::{ColumnConfig, Lab, use_lab};
use crate::strings::fill;

/// The charts of the board.
#[component]
pub(crate) fn CostSection() -> impl IntoView {
    let lab = use_lab();
    let headings = move |others: fn(Lab) -> Vec<String>| {
        Signal::derive(move || {
            std::iter::once(lab.strings().board.network.to_owned()).chain(others(lab)).collect::<Vec<_>>()
        })
    };
    let bars = move |bar: fn(Lab, &ColumnConfig) -> Bar| {
        Signal::derive(move || {
            lab.board.columns().iter().map(|column| bar(lab, &column.config)).collect::<Vec<_>>()
        })
    };
    view! {
        <section class="charts-section" aria-labelledby="charts-title">
            <div class="section-head">
                <h2 id="charts-title">{lab.t(|s| s.charts.title)}</h2>
            </div>
            <div class="charts">
                <div class="wide">
                    <BarFigure
                        name="latency"
                        title=lab.label(|s| s.charts.latency)
                        note=lab.label(|s| s.charts.latency_note)
                        bars=Signal::derive(move || latencies(lab))
                        headings=headings(latency_headings)
                        tick=|ms| format!("{ms} ms")
                        testid="latency"
                    >
                        <MeasureButton
                            text=lab.label(|s| s.charts.measure)
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
                    title=lab.label(|s| s.charts.macs)
                    note=lab.label(|s| s.charts.macs_note)
                    bars=bars(macs)
                    headings=headings(|lab| {
                        let s = lab.strings();
                        [s.charts.conv_linear, s.charts.attention, s.charts.total].map(str::to_owned).into()
                    })
                    tick=|macs| format::count(macs as u64)
                />
                <BarFigure
                    name="params"
                    title=lab.label(|s| s.charts.params)
                    note=lab.label(|s| s.charts.params_note)
                    bars=bars(params)
                    headings=headings(|lab| vec![lab.strings().charts.params.to_owned()])
                    tick=|params| format::count(params as u64)
                />
                <BarFigure
                    name="activations"
                    title=lab.label(|s| s.charts.activations)
                    note=lab.label(|s| s.charts.activations_note)
                    bars=bars(activations)
                    headings=headings(memory_headings)
                    tick=|bytes| format::bytes(bytes as u64)
                />
                <BarFigure
                    name="weights"
                    title=lab.label(|s| s.charts.weight_bytes)
                    note=lab.label(|s| s.charts.weight_bytes_note)
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
    let now = lab.measuring.now()?;
    let strings = lab.strings();
    let mut text = fill(strings.charts.measuring, &[("count", &now.count.to_string())]);
    if let Some(Progress::Running { done, total }) = now.progress {
        let values = [("done", &*done.to_string()), ("total", &*total.to_string())];
        text.push_str(&fill(strings.charts.runs_done, &values));
    }
    Some((text, fraction(now.progress)))
}
