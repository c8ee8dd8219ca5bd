//! Convolutions and linear layers.

use super::norm;
use crate::graph::{Conv2d, Epilogue, Linear, Shape};
use crate::weights::Weights;

/// y[oy, ox, o] = bias[o] + Σ over ky, kx and the channels i (only o itself if depthwise) of
/// x[oy · stride + ky - top, ox · stride + kx - left, i] · w[o, i, ky, kx], zero outside the map.
pub(super) fn conv2d(conv: &Conv2d, weights: &Weights, x: &[f32], from: Shape, to: Shape) -> Vec<f32> {
    let (weight, bias) = (weights.get(conv.weight), conv.bias.map(|bias| weights.get(bias)));
    let ((h, w), c) = (from.size(), from.channels());
    let ((out_h, out_w), out_c) = (to.size(), to.channels());
    let filter_channels = if conv.depthwise { 1 } else { c };
    let k = conv.kernel;
    let mut y = Vec::with_capacity(to.elements());
    for oy in 0..out_h {
        for ox in 0..out_w {
            for o in 0..out_c {
                let first = if conv.depthwise { o } else { 0 };
                let mut sum = bias.map_or(0.0, |bias| f64::from(bias[o]));
                for ky in 0..k {
                    for kx in 0..k {
                        let Some(iy) = (oy * conv.stride + ky).checked_sub(conv.pad.top).filter(|iy| *iy < h)
                        else {
                            continue;
                        };
                        let Some(ix) =
                            (ox * conv.stride + kx).checked_sub(conv.pad.left).filter(|ix| *ix < w)
                        else {
                            continue;
                        };
                        let pixel = &x[(iy * w + ix) * c + first..][..filter_channels];
                        for (i, value) in pixel.iter().enumerate() {
                            sum += f64::from(*value)
                                * f64::from(weight[((o * filter_channels + i) * k + ky) * k + kx]);
                        }
                    }
                }
                y.push(sum as f32);
            }
        }
    }
    y
}

/// y[p, o] = bias[o] + Σ over i of x[p, i] · w[o, i].
pub(super) fn linear(linear: &Linear, weights: &Weights, x: &[f32], inputs: usize) -> Vec<f32> {
    let (weight, bias) = (weights.get(linear.weight), linear.bias.map(|bias| weights.get(bias)));
    let mut y = Vec::with_capacity(x.len() / inputs * (weight.len() / inputs));
    for position in x.chunks_exact(inputs) {
        for (o, row) in weight.chunks_exact(inputs).enumerate() {
            let products = position.iter().zip(row).map(|(x, w)| f64::from(*x) * f64::from(*w));
            y.push((bias.map_or(0.0, |bias| f64::from(bias[o])) + products.sum::<f64>()) as f32);
        }
    }
    y
}

/// Normalisation, activation, residual, each where the epilogue has one.
pub(super) fn epilogue(
    epilogue: &Epilogue,
    weights: &Weights,
    mut y: Vec<f32>,
    residual: Option<&[f32]>,
) -> Vec<f32> {
    if let Some(batch_norm) = &epilogue.norm {
        y = norm::batch_norm(batch_norm, weights, &y);
    }
    for value in &mut y {
        *value = epilogue.activation.apply(*value);
    }
    for (value, other) in y.iter_mut().zip(residual.into_iter().flatten()) {
        *value += other;
    }
    y
}
