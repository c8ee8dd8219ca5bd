//! Batch normalisation folded into numbers that are applied without it.

use std::borrow::Cow;
use std::ops::Range;

use crate::graph::ParamId;
use crate::graph::op::{Epilogue, Filters, Norm};
use crate::weights::Parameters;

/// The biases of a convolution or a linear layer with its batch normalisation folded in, and what that does to its filters.
pub(super) struct Folded {
    /// One a filter.
    pub(super) bias: Vec<f32>,
    scale: Option<Vec<f32>>,
    planes: usize,
    taps: usize,
}

impl Folded {
    /// Of a layer with `out` filters.
    pub(super) fn new(
        weights: &dyn Parameters,
        bias: Option<ParamId>,
        epilogue: &Epilogue,
        out: usize,
    ) -> Self {
        let mut bias = bias.map_or_else(|| vec![0.0; out], |bias| weights.parameter(bias).into_owned());
        let norm = epilogue.norm.as_ref().map(|norm| fold(weights, norm));
        if let Some((scale, shift)) = &norm {
            for ((bias, scale), shift) in bias.iter_mut().zip(scale).zip(shift) {
                *bias = *bias * scale + shift;
            }
        }
        Self { bias, scale: norm.map(|(scale, _)| scale), planes: 1, taps: 1 }
    }

    /// The same of filters with so many planes (see [`crate::graph::op::Filters::planes`]).
    pub(super) fn of_planes(self, filters: &Filters) -> Self {
        Self { planes: filters.planes, taps: filters.taps(), ..self }
    }

    /// Some filters of `k` weights each, scaled.
    pub(super) fn filters<'w>(
        &self,
        weights: &'w dyn Parameters,
        weight: ParamId,
        k: usize,
        outputs: Range<usize>,
    ) -> Cow<'w, [f32]> {
        let mut filters = weights.part(weight, outputs.start * k..outputs.end * k);
        if self.planes > 1 {
            filters = by_planes(&filters, k, self.planes, self.taps).into();
        }
        if self.scale.is_some() {
            self.scale(filters.to_mut(), k, outputs);
        }
        filters
    }

    /// Scales some filters of `k` weights each.
    pub(super) fn scale(&self, filters: &mut [f32], k: usize, outputs: Range<usize>) {
        let Some(scale) = &self.scale else { return };
        for (filter, scale) in filters.chunks_exact_mut(k).zip(&scale[outputs]) {
            filter.iter_mut().for_each(|weight| *weight *= scale);
        }
    }
}

/// Filters of `k` weights each, from (channels, planes, taps) to (planes, channels, taps).
pub(super) fn by_planes(filters: &[f32], k: usize, planes: usize, taps: usize) -> Vec<f32> {
    let channels = k / (planes * taps).max(1);
    let mut moved = Vec::with_capacity(filters.len());
    for filter in filters.chunks_exact(k.max(1)) {
        for plane in 0..planes {
            for channel in 0..channels {
                moved.extend_from_slice(&filter[(channel * planes + plane) * taps..][..taps]);
            }
        }
    }
    moved
}

/// A batch normalisation as x · scale + shift, per channel.
pub(super) fn fold(weights: &dyn Parameters, norm: &Norm) -> (Vec<f32>, Vec<f32>) {
    let [weight, bias, mean, var] = norm.params().map(|id| weights.parameter(id));
    let scale = |c: usize| f64::from(weight[c]) / (f64::from(var[c]) + f64::from(norm.eps)).sqrt();
    let shift = |c: usize| f64::from(bias[c]) - f64::from(mean[c]) * scale(c);
    let channels = 0..weight.len();
    (channels.clone().map(|c| scale(c) as f32).collect(), channels.map(|c| shift(c) as f32).collect())
}
