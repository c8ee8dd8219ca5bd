//! What the networks on the board cost, and how long they take here.

use leptos::prelude::*;

use super::cost_bars::{activations, macs, memory_headings, param_headings, params};
use super::latency_bars::{latencies, latency_headings};
use super::sharing::ResultFiles;
use crate::charts::{Bar, BarFigure};
use crate::format;
use crate::state::{ColumnConfig, Lab, use_lab};

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
        <div class="charts-section">
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
                    headings=headings(param_headings)
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
            </div>
        </div>
    }
}
