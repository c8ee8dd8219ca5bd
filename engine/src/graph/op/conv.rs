//! Convolutions.

use serde::{Deserialize, Serialize};

use super::{At, ChannelMap, Norm, Op, OpError, OpKind, Operation};
use crate::graph::{Activation, Facts, ParamId, Shape};

/// The longest side, stride or dilation that can be meant.
pub(super) const MOST_SIDE: usize = 1 << 12;
/// The most channels that can be meant.
pub(super) const MOST_CHANNELS: usize = 1 << 17;

/// Where a convolution puts its zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Padding {
    /// PyTorch: half of the window on every side.
    Symmetric,
    /// TensorFlow's SAME: as much as `ceil(n / stride)` outputs need, the odd zero after the image.
    Same,
}

impl Padding {
    /// Its name in checkpoints' metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::Symmetric => "symmetric",
            Self::Same => "same",
        }
    }

    /// Zeros before and after `n` pixels under a window of `window` pixels, dilation included.
    pub fn around(self, n: usize, window: usize, stride: usize) -> (usize, usize) {
        match self {
            Self::Symmetric => (window / 2, window / 2),
            Self::Same => {
                let steps = n.div_ceil(stride).saturating_sub(1);
                let total = (steps * stride).saturating_add(window).saturating_sub(n);
                (total / 2, total - total / 2)
            }
        }
    }
}

/// Zeros around a map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pad {
    /// Rows before the first.
    pub top: usize,
    /// Columns before the first.
    pub left: usize,
    /// Rows after the last.
    pub bottom: usize,
    /// Columns after the last.
    pub right: usize,
}

impl Pad {
    /// As many on every side.
    pub const fn all(n: usize) -> Self {
        Self { top: n, left: n, bottom: n, right: n }
    }

    /// Height and width of a map with them.
    ///
    /// # Errors
    /// [`OpError::Range`] where more are meant than can be.
    pub(super) fn around(self, h: usize, w: usize) -> Result<[usize; 2], OpError> {
        for zeros in [self.top, self.left, self.bottom, self.right] {
            OpError::within("the padding", zeros, 0..=MOST_SIDE)?;
        }
        let [height, width] = [(self.top, self.bottom, h), (self.left, self.right, w)]
            .map(|(before, after, n)| n.saturating_add(before + after));
        Ok([height, width])
    }
}

/// Where a convolution's filters are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// A parameter (O, I, KH, KW), I being the channels that a filter reads.
    Parameter(ParamId),
    /// The node's second input: a vector that the network computes, in the same order.
    Computed,
}

/// Which channels of its input a filter reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Groups {
    /// So many equal parts; each has its own share of the filters and of the outputs. One for each channel is a depthwise
    /// convolution.
    Split(usize),
    /// A window over the channels, which are taken as a further dimension: all filters are applied at each of its places,
    /// and the outputs lie place by place. So a 3-D convolution is one over d · c channels, and a channel-wise convolution
    /// (arXiv 1809.01330) one with single steps.
    Sliding {
        /// Channels under the window.
        window: usize,
        /// Channels from a place to the next.
        step: usize,
        /// Zero channels before the first; those behind the last follow from `places`.
        before: usize,
        /// Places of the window.
        places: usize,
    },
}

impl Groups {
    /// How many parts there are, and how many channels a filter reads.
    pub fn parts(self, channels: usize) -> (usize, usize) {
        match self {
            Self::Split(groups) => (groups, channels / groups.max(1)),
            Self::Sliding { window, places, .. } => (places, window),
        }
    }

    /// The first channel that the filters of a part read; before the first channel there are zeros.
    pub fn first(self, part: usize, channels: usize) -> isize {
        match self {
            Self::Split(groups) => (part * (channels / groups.max(1))) as isize,
            Self::Sliding { step, before, .. } => (part * step) as isize - before as isize,
        }
    }
}

/// What is done to a convolution's or linear layer's sums: \[BN\], activation, \[+ a further input\].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epilogue {
    /// Normalisation of the sums.
    pub norm: Option<Norm>,
    /// After that.
    pub activation: Activation,
    /// Adds the node's last input at the end.
    pub residual: bool,
}

impl Epilogue {
    /// Leaves the sums as they are.
    pub const NONE: Self = Self { norm: None, activation: Activation::Identity, residual: false };
}

/// The geometry of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filters {
    /// Filters of a part times parts: output channels.
    pub out: usize,
    /// Height and width.
    pub kernel: [usize; 2],
    /// Steps down and across.
    pub stride: [usize; 2],
    /// Pixels from one tap to the next, down and across.
    pub dilation: [usize; 2],
    /// Which channels they read.
    pub groups: Groups,
    /// Planes of a volume, one behind the other, that the channels which a filter reads are; its numbers lie the other way round,
    /// all planes of a channel and then of the next. One, but for volumes.
    pub planes: usize,
}

/// A 2-D convolution.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// Its filters' numbers.
    pub weight: Weight,
    /// (O), O being the filters' number: that of a single place where they slide over channels.
    pub bias: Option<ParamId>,
    /// Its filters' geometry.
    pub filters: Filters,
    /// Zeros around the input.
    pub pad: Pad,
    /// Which channels of the input are meant; all until the passes fuse something, and always all but for one group.
    pub gather: Option<ChannelMap>,
    /// Nothing until the passes fuse something.
    pub epilogue: Epilogue,
}

impl Filters {
    /// Square ones over all channels.
    pub const fn square(out: usize, kernel: usize, stride: usize) -> Self {
        let (kernel, stride, dilation) = ([kernel; 2], [stride; 2], [1; 2]);
        Self { out, kernel, stride, dilation, groups: Groups::Split(1), planes: 1 }
    }

    /// 1×1 over all channels.
    pub const fn pointwise(out: usize) -> Self {
        Self::square(out, 1, 1)
    }

    /// One square filter for each channel.
    pub const fn depthwise(channels: usize, kernel: usize, stride: usize) -> Self {
        Self { groups: Groups::Split(channels), ..Self::square(channels, kernel, stride) }
    }

    /// The same in groups.
    #[must_use]
    pub const fn grouped(self, groups: usize) -> Self {
        Self { groups: Groups::Split(groups), ..self }
    }

    /// Height and width of the window, dilation included.
    pub fn window(&self) -> [usize; 2] {
        [0, 1]
            .map(|side| (self.kernel[side].max(1) - 1).saturating_mul(self.dilation[side]).saturating_add(1))
    }

    /// Taps of a window.
    pub fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// The shape of their numbers, (O, I, KH, KW), for an input of so many channels.
    pub fn weight_shape(&self, channels: usize) -> [usize; 4] {
        let (parts, read) = self.groups.parts(channels);
        let filters = match self.groups {
            Groups::Split(_) => self.out,
            Groups::Sliding { .. } => self.out / parts.max(1),
        };
        [filters, read, self.kernel[0], self.kernel[1]]
    }

    /// The shape in which a parameter holds them: of volumes (O, I, D, KH, KW).
    pub fn stored_shape(&self, channels: usize) -> Vec<usize> {
        let [filters, read, height, width] = self.weight_shape(channels);
        match self.groups {
            Groups::Sliding { .. } if self.planes > 1 => {
                vec![filters, read / self.planes, self.planes, height, width]
            }
            Groups::Sliding { .. } | Groups::Split(_) => vec![filters, read, height, width],
        }
    }

    /// Where among so many channels that a filter reads its numbers for one of them lie.
    pub fn stored(&self, channel: usize, read: usize) -> usize {
        let each = read / self.planes.max(1);
        channel % each.max(1) * self.planes + channel / each.max(1)
    }

    /// Zeros around a map of this size.
    pub fn pad(&self, (h, w): (usize, usize), padding: Padding) -> Pad {
        let window = self.window();
        let (top, bottom) = padding.around(h, window[0], self.stride[0].max(1));
        let (left, right) = padding.around(w, window[1], self.stride[1].max(1));
        Pad { top, left, bottom, right }
    }
}

impl Conv {
    /// Whether it is a matrix product over pixels: 1×1, stride 1, one group.
    pub fn is_pointwise(&self) -> bool {
        self.is_dense()
            && self.filters.kernel == [1; 2]
            && self.filters.stride == [1; 2]
            && self.pad == Pad::all(0)
    }

    /// Whether every filter reads every channel.
    pub fn is_dense(&self) -> bool {
        self.filters.groups == Groups::Split(1)
    }

    /// Whether there is one filter for each of the input's channels.
    pub fn is_depthwise(&self, channels: usize) -> bool {
        channels > 1 && self.filters.groups == Groups::Split(channels) && self.filters.out == channels
    }

    /// The channels of an input that it reads.
    pub fn channels_of(&self, input: Shape) -> usize {
        self.gather.as_ref().map_or(input.channels(), ChannelMap::len)
    }

    /// The parameter that holds its filters, if one does.
    pub fn parameter(&self) -> Option<ParamId> {
        match self.weight {
            Weight::Parameter(id) => Some(id),
            Weight::Computed => None,
        }
    }

    /// The place of the residual among its inputs, where it has one.
    pub fn residual_input(&self) -> Option<usize> {
        let first = match self.weight {
            Weight::Parameter(_) => 1,
            Weight::Computed => 2,
        };
        self.epilogue.residual.then_some(first)
    }
}

impl Operation for Conv {
    fn kind(&self) -> OpKind {
        match self.filters.groups {
            Groups::Split(1) if self.filters.kernel == [1; 2] => OpKind::PointwiseConv,
            Groups::Split(1) => OpKind::Conv,
            Groups::Split(groups) if groups == self.filters.out => OpKind::DepthwiseConv,
            Groups::Split(_) | Groups::Sliding { .. } => OpKind::GroupedConv,
        }
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        let [h, w, _] = OpError::map(inputs[0])?;
        let channels = self.channels_of(inputs[0]);
        let Filters { out, kernel, stride, dilation, groups, planes } = self.filters;
        OpError::check("the number of input channels", channels, MOST_CHANNELS)?;
        OpError::check("the number of output channels", out, MOST_CHANNELS)?;
        for side in 0..2 {
            OpError::check("the kernel size", kernel[side], MOST_SIDE)?;
            OpError::check("the stride", stride[side], MOST_SIDE)?;
            OpError::check("the dilation", dilation[side], MOST_SIDE)?;
        }
        let (parts, _) = groups.parts(channels);
        OpError::check("the number of groups", parts, MOST_CHANNELS)?;
        if let Groups::Sliding { window, step, before, .. } = groups {
            OpError::check("the window over channels", window, MOST_CHANNELS)?;
            OpError::check("the step over channels", step, MOST_CHANNELS)?;
            OpError::within("the channels before the first", before, 0..=MOST_CHANNELS)?;
        }
        let divides = |n: usize| n.is_multiple_of(parts);
        match groups {
            Groups::Split(_) if !divides(channels) => {
                return Err(OpError::Groups { channels, groups: parts });
            }
            Groups::Split(_) | Groups::Sliding { .. } if !divides(out) => {
                return Err(OpError::Groups { channels: out, groups: parts });
            }
            Groups::Split(_) | Groups::Sliding { .. } => {}
        }
        let (_, read) = groups.parts(channels);
        if planes == 0 || !read.is_multiple_of(planes) {
            return Err(OpError::Groups { channels: read, groups: planes });
        }
        let numbers = OpError::product("the number of weights", &self.filters.weight_shape(channels))?;
        if self.weight == Weight::Computed {
            OpError::equal(Shape::Vector { c: numbers }, inputs[1])?;
        }
        let window = self.filters.window();
        let map = self.pad.around(h, w)?;
        if map[0] < window[0] || map[1] < window[1] {
            return Err(OpError::Window { window, map });
        }
        Ok(Shape::Map {
            h: (map[0] - window[0]) / stride[0] + 1,
            w: (map[1] - window[1]) / stride[1] + 1,
            c: out,
        })
    }

    fn params(&self) -> Vec<ParamId> {
        let norm = self.epilogue.norm.iter().flat_map(Norm::params);
        [self.parameter(), self.bias].into_iter().flatten().chain(norm).collect()
    }

    fn facts(&self, at: &At<'_>) -> Facts {
        let (_, read) = self.filters.groups.parts(self.channels_of(at.inputs[0]));
        let of_each = read as u64 * self.filters.taps() as u64;
        at.products(at.elements() * of_each, self.bias.is_some())
    }

    fn stride(&self) -> usize {
        self.filters.stride[0]
    }

    fn epilogue_mut(&mut self) -> Option<&mut Epilogue> {
        Some(&mut self.epilogue)
    }

    fn last_activation_mut(&mut self) -> Option<&mut Activation> {
        (!self.epilogue.residual).then_some(&mut self.epilogue.activation)
    }

    fn gathering(&self, input: usize, map: &ChannelMap) -> Option<Op> {
        let can = input == 0 && self.is_pointwise() && self.weight != Weight::Computed;
        can.then(|| {
            let gather = self.gather.as_ref().map_or_else(|| map.clone(), |own| own.after(map));
            Self { gather: Some(gather), ..self.clone() }.into()
        })
    }
}
