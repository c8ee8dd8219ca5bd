//! Costs of networks, counted on the engine's graph; remembered, because every chart asks for them.

use std::cell::RefCell;
use std::collections::HashMap;

use engine::zoo;

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
    let counted = count(model, height, width, classes);
    KNOWN.with_borrow_mut(|known| known.insert(key, counted));
    counted
}

fn count(model: &str, height: u32, width: u32, classes: u32) -> Option<Costs> {
    let variant = zoo::find(model).ok()?.with_resolution(height, width).with_classes(classes);
    let cost = variant.graph().ok()?.cost();
    Some(Costs {
        params: cost.params,
        conv_linear_macs: cost.conv_linear_macs,
        attention_macs: cost.attention_macs,
        peak_activation_bytes: cost.peak_activation_bytes,
    })
}
