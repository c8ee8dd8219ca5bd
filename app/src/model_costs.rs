//! Costs of networks, counted on the engine's graph; remembered, because every chart asks for them.

use std::cell::RefCell;
use std::collections::HashMap;

use engine::spec::Variant;
use worker::protocol::CheckpointInfo;

use crate::format;
use crate::strings::Strings;

/// What a network costs for one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Costs {
    /// Learned parameters.
    pub(crate) params: u64,
    /// Multiply-accumulates of convolutions and linear layers.
    pub(crate) conv_linear_macs: u64,
    /// Multiply-accumulates of attention's two matrix products.
    pub(crate) attention_macs: u64,
    /// Most bytes of activations alive at once, as f32.
    pub(crate) peak_activation_bytes: u64,
}

impl Costs {
    /// All multiply-accumulates.
    pub(crate) fn macs(self) -> u64 {
        self.conv_linear_macs + self.attention_macs
    }

    /// Bytes of the parameters as f32.
    pub(crate) fn weight_bytes_f32(self) -> u64 {
        4 * self.params
    }
}

/// Bytes of a checkpoint's file, and whether somebody states them: publishers store f32, so that the parameters tell the rest.
pub(crate) fn file_bytes(info: &CheckpointInfo) -> Option<(u64, bool)> {
    let counted = || Some(costs(&info.model, info.resolution, info.classes)?.weight_bytes_f32());
    info.bytes.map(|bytes| (bytes, true)).or_else(|| Some((counted()?, false)))
}

/// A count, and how it is shown.
#[derive(Debug)]
pub(crate) struct Count {
    /// Stable name, for choices and tests.
    pub(crate) name: &'static str,
    /// What is counted.
    pub(crate) label: fn(&'static Strings) -> &'static str,
    /// The number.
    pub(crate) get: fn(Costs) -> u64,
    /// The number with its unit.
    pub(crate) text: fn(u64) -> String,
    /// The same of a position on an axis.
    pub(crate) tick: fn(f64) -> String,
}

/// A position on an axis of counts.
const COUNT_TICK: fn(f64) -> String = |value| format::count(value as u64);
/// A position on an axis of bytes.
const BYTES_TICK: fn(f64) -> String = |value| format::bytes(value as u64);

/// The counts that networks are compared by.
pub(crate) static COUNTS: [Count; 4] = [
    Count { name: "macs", label: |s| s.charts.macs, get: Costs::macs, text: format::count, tick: COUNT_TICK },
    Count {
        name: "params",
        label: |s| s.charts.params,
        get: |costs| costs.params,
        text: format::count,
        tick: COUNT_TICK,
    },
    Count {
        name: "activations",
        label: |s| s.charts.activations,
        get: |costs| costs.peak_activation_bytes,
        text: format::bytes,
        tick: BYTES_TICK,
    },
    Count {
        name: "weights",
        label: |s| s.charts.weight_bytes,
        get: Costs::weight_bytes_f32,
        text: format::bytes,
        tick: BYTES_TICK,
    },
];

type Key = (String, u32, u32, u32);

thread_local! {
    static KNOWN: RefCell<HashMap<Key, Option<Costs>>> = RefCell::default();
}

/// Costs of a network at an input size (height, width) and number of classes; `None` where the zoo does not
/// know it or cannot build it.
pub(crate) fn costs(model: &str, (height, width): (u32, u32), classes: u32) -> Option<Costs> {
    let key = (model.to_owned(), height, width, classes);
    if let Some(known) = KNOWN.with_borrow(|known| known.get(&key).copied()) {
        return known;
    }
    // What is not known yet may be added.
    let variant = crate::networks::find(model).ok()?;
    let counted = count(&variant.with_resolution(height, width).with_classes(classes));
    KNOWN.with_borrow_mut(|known| known.insert(key, counted));
    counted
}

fn count(variant: &Variant) -> Option<Costs> {
    let cost = variant.graph().ok()?.cost();
    Some(Costs {
        params: cost.params,
        conv_linear_macs: cost.conv_linear_macs,
        attention_macs: cost.attention_macs,
        peak_activation_bytes: cost.peak_activation_bytes,
    })
}
