//! Bars of what networks cost: counted on the graph, and beside memory what a backend has allocated.

use worker::protocol::Timing;

use super::prediction_list::backend_and_threads;
use crate::charts::{Bar, Texture};
use crate::format;
use crate::model_costs::Costs;
use crate::state::{ColumnConfig, Lab};
use crate::strings::fill;

/// A bar that is counted on the graph, with no number where the network cannot be built.
pub(super) fn counted(lab: Lab, config: &ColumnConfig, fill_in: impl FnOnce(Costs, &mut Bar)) -> Bar {
    let mut bar = Bar {
        name: lab.name(config),
        look: lab.look(config),
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

/// Parameters, and the memory of weights, which follows from them.
pub(super) fn params(lab: Lab, config: &ColumnConfig) -> Bar {
    let mut bar = memory(lab, config, Costs::weight_bytes_f32, |timing| timing.weight_bytes);
    if let Some(costs) = lab.costs(config) {
        bar.parts = vec![costs.params as f64];
        let bytes = std::mem::replace(&mut bar.label, format::count(costs.params));
        bar.details.insert(0, fill(lab.strings().charts.as_f32, &[("bytes", &bytes)]));
        bar.cells.insert(0, format::exact(costs.params));
    }
    bar
}

/// Headings of [`params`].
pub(super) fn param_headings(lab: Lab) -> Vec<String> {
    [vec![lab.strings().charts.params.to_owned()], memory_headings(lab)].concat()
}

/// Multiply-accumulates.
pub(super) fn macs(lab: Lab, config: &ColumnConfig) -> Bar {
    counted(lab, config, |costs, bar| {
        bar.parts = vec![costs.conv_linear_macs as f64];
        bar.label = format::count(costs.macs());
        bar.cells = [costs.conv_linear_macs, costs.attention_macs, costs.macs()].map(format::exact).into();
        if costs.attention_macs > 0 {
            bar.parts.push(costs.attention_macs as f64);
            bar.details = vec![fill(
                lab.strings().charts.macs_split,
                &[
                    ("conv", &format::count(costs.conv_linear_macs)),
                    ("attention", &format::count(costs.attention_macs)),
                ],
            )];
        }
    })
}

/// Memory of activations.
pub(super) fn activations(lab: Lab, config: &ColumnConfig) -> Bar {
    memory(lab, config, |costs| costs.peak_activation_bytes, |timing| timing.activation_bytes)
}

/// Bytes that are counted, and beside them those that the backend allocated when it was measured.
fn memory(lab: Lab, config: &ColumnConfig, bytes: fn(Costs) -> u64, allocated: fn(&Timing) -> u64) -> Bar {
    let timing = lab.measuring.timing(config);
    counted(lab, config, |costs, bar| {
        bar.parts = vec![bytes(costs) as f64];
        bar.label = format::bytes(bytes(costs));
        bar.cells = vec![format::exact(bytes(costs)), String::new()];
        if let Some(timing) = timing {
            let here = allocated(&timing);
            bar.cells[1] = format::exact(here);
            bar.details = vec![fill(
                lab.strings().charts.allocated,
                &[
                    ("bytes", &format::bytes(here)),
                    ("backend", &backend_and_threads(lab.strings(), timing.backend, timing.threads)),
                ],
            )];
        }
    })
}

/// Headings of memory.
pub(super) fn memory_headings(lab: Lab) -> Vec<String> {
    let s = lab.strings();
    [s.charts.counted_bytes, s.charts.allocated_bytes].map(str::to_owned).into()
}
