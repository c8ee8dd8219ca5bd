//! Pooling.

use serde::{Deserialize, Serialize};

use super::{At, OpError, OpKind, Operation, Pad};
use crate::graph::{Facts, PoolFacts, Shape};

/// What becomes of the numbers under a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolKind {
    /// The largest; padding never is.
    Max,
    /// Their mean; padding counts as zeros, as in PyTorch by default.
    Average,
}

/// What becomes of a last window that goes beyond the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// It is left out.
    Floor,
    /// It is cut off at the map's end (PyTorch's `ceil_mode`; Caffe).
    Ceil,
}

/// A window that slides over every channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// What becomes of the numbers under it.
    pub kind: PoolKind,
    /// Height and width.
    pub window: [usize; 2],
    /// Steps down and across.
    pub stride: [usize; 2],
    /// Around the map.
    pub pad: Pad,
    /// What becomes of a last window that goes beyond it.
    pub rounding: Rounding,
}

/// Mean over all pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlobalAveragePool;

impl Pool {
    /// The pixels under window `at` along one side of `n` pixels with `before` of padding, and by how many an average is
    /// divided.
    pub fn under(
        self,
        side: usize,
        at: usize,
        n: usize,
        before: usize,
        after: usize,
    ) -> (std::ops::Range<usize>, usize) {
        let start = at * self.stride[side];
        let end = (start + self.window[side]).min(before + n + after);
        let first = start.saturating_sub(before).min(n);
        (first..end.saturating_sub(before).clamp(first, n), end - start)
    }
}

/// Windows along a side of `n` pixels, padding included, of which `after` lie behind the last pixel; 0 where none fits.
fn windows(n: usize, after: usize, window: usize, stride: usize, rounding: Rounding) -> usize {
    match rounding {
        Rounding::Floor => n.checked_sub(window).map_or(0, |last| last / stride + 1),
        Rounding::Ceil => {
            let windows =
                n.saturating_add(stride - 1).checked_sub(window).map_or(0, |last| last / stride + 1);
            // A window that begins behind the last pixel would have nothing under it.
            if windows > 0 && (windows - 1) * stride >= n - after { windows - 1 } else { windows }
        }
    }
}

impl Operation for Pool {
    fn kind(&self) -> OpKind {
        match self.kind {
            PoolKind::Max => OpKind::MaxPool,
            PoolKind::Average => OpKind::AveragePool,
        }
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        let [h, w, c] = OpError::map(inputs[0])?;
        let Self { window, stride, pad, rounding, .. } = *self;
        for side in 0..2 {
            OpError::check("the pooling window", window[side], super::conv::MOST_SIDE)?;
            OpError::check("the stride", stride[side], super::conv::MOST_SIDE)?;
        }
        let map = pad.around(h, w)?;
        for (zeros, window) in
            [(pad.top, window[0]), (pad.bottom, window[0]), (pad.left, window[1]), (pad.right, window[1])]
        {
            // So that there is something under every window.
            OpError::within("the padding of a pooling window", zeros, 0..=window / 2)?;
        }
        let h = windows(map[0], pad.bottom, window[0], stride[0], rounding);
        let w = windows(map[1], pad.right, window[1], stride[1], rounding);
        if h == 0 || w == 0 { Err(OpError::Window { window, map }) } else { Ok(Shape::Map { h, w, c }) }
    }

    fn stride(&self) -> usize {
        self.stride[0]
    }
}

impl Operation for GlobalAveragePool {
    fn kind(&self) -> OpKind {
        OpKind::GlobalAveragePool
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        let [_, _, c] = OpError::map(inputs[0])?;
        Ok(Shape::Vector { c })
    }

    fn facts(&self, at: &At<'_>) -> Facts {
        let pool = PoolFacts { read: at.read(0), means: at.elements() };
        if at.squeezed {
            Facts { squeeze_pool: pool, ..Facts::default() }
        } else {
            Facts { pool, ..Facts::default() }
        }
    }
}
