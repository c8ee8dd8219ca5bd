//! Transposed convolutions.

use super::conv::{MOST_CHANNELS, MOST_SIDE};
use super::{At, OpError, OpKind, Operation, Pad};
use crate::graph::{Facts, ParamId, Shape};

/// A transposed 2-D convolution: every pixel of the input adds its multiples of the filters to the output, a stride apart
/// (arXiv 1603.07285, chapter 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvTranspose {
    /// (I, O, KH, KW).
    pub weight: ParamId,
    /// (O).
    pub bias: Option<ParamId>,
    /// O.
    pub out: usize,
    /// Height and width of a filter.
    pub kernel: [usize; 2],
    /// Pixels of the output from one of the input to the next, down and across.
    pub stride: [usize; 2],
    /// What is cut off around the output.
    pub pad: Pad,
}

impl Operation for ConvTranspose {
    fn kind(&self) -> OpKind {
        OpKind::ConvTranspose
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        let [h, w, channels] = OpError::map(inputs[0])?;
        let Self { out, kernel, stride, pad, .. } = *self;
        OpError::check("the number of input channels", channels, MOST_CHANNELS)?;
        OpError::check("the number of output channels", out, MOST_CHANNELS)?;
        for side in 0..2 {
            OpError::check("the kernel size", kernel[side], MOST_SIDE)?;
            OpError::check("the stride", stride[side], MOST_SIDE)?;
        }
        OpError::product("the number of weights", &[channels, out, kernel[0], kernel[1]])?;
        let cut = pad.around(0, 0)?;
        let full = [h, w].map(|n| n.max(1) - 1);
        let full = [0, 1].map(|side| full[side].saturating_mul(stride[side]).saturating_add(kernel[side]));
        if full[0] <= cut[0] || full[1] <= cut[1] {
            return Err(OpError::Window { window: cut, map: full });
        }
        Ok(Shape::Map { h: full[0] - cut[0], w: full[1] - cut[1], c: out })
    }

    fn params(&self) -> Vec<ParamId> {
        [Some(self.weight), self.bias].into_iter().flatten().collect()
    }

    /// What is cut off is computed by no backend, and counted as libraries count: every pixel meets every filter.
    fn facts(&self, at: &At<'_>) -> Facts {
        let of_each = (self.out * self.kernel[0] * self.kernel[1]) as u64;
        at.products(at.read(0) * of_each, self.bias.is_some())
    }

    fn upsampling(&self) -> usize {
        self.stride[0]
    }
}
