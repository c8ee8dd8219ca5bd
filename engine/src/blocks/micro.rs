//! MicroNet's units.

use serde::{Deserialize, Serialize};

use super::{BuildError, Net, Out, Rounding, Scope};
use crate::graph::op::{ChannelMap, Channels, Filters, Groups, OpError, ShiftMax};
use crate::graph::{Activation, NodeId};

/// k×1, then 1×k, each with BN, ReLU6, shuffle: MicroNet's stem (arXiv 2108.05894, section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MicroStem {
    /// Channels between.
    pub groups: u32,
    /// How many come out of each of them.
    pub each: u32,
}

/// Micro-factorised convolutions with dynamic shift-max between (arXiv 2108.05894, sections 3 and 4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Micro {
    /// Stride.
    pub stride: u32,
    /// Side of the depthwise convolution, which is two, k×1 and 1×k.
    pub kernel: u32,
    /// How often as many channels the first two convolutions give.
    pub expand: [u32; 2],
    /// Groups of the 1×1 convolution before the depthwise one; there is none if 0.
    pub groups: u32,
    /// Groups of the shuffle behind that, and of the rotation in its shift-max.
    pub shuffle: u32,
    /// What the last convolution is; none, where the depthwise one is left out too.
    pub project: Option<Project>,
    /// How functions are, behind each of the three convolutions.
    pub functions: [Function; 3],
    /// What the means are reduced by in shift-max, in eighths.
    pub reduction: u32,
    /// What a shift-max of two pieces begins with.
    pub start: [[f32; 2]; 2],
}

/// The 1×1 convolution at a unit's end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// Output channels.
    pub out: Out,
    /// Groups.
    pub groups: u32,
    /// Groups of the shuffle behind it, and of the rotation in its shift-max.
    pub shuffle: u32,
}

/// A function behind a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// ReLU6 within a unit, nothing at its end.
    Plain,
    /// Shift-max of one piece.
    Shift,
    /// Shift-max of two pieces.
    ShiftMax,
}

/// What shift-max's numbers, from 0 to 1 and one half subtracted, are multiplied with.
const RANGE: f32 = 4.0;
/// What a shift-max of one piece begins with.
const ONE_PIECE: [f32; 2] = [1.0, 0.0];

impl MicroStem {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (groups, each) = (self.groups as usize, self.each as usize);
        let conv = at.child("stem.0.conv");
        let tall = line(groups, 0, 3, 2, 1);
        let y = conv_norm(net, &conv, 0, x, tall)?;
        let wide = line(groups.saturating_mul(each), 1, 3, 2, groups);
        let y = conv_norm(net, &conv, 2, y, wide)?;
        // The authors shuffle first, which is the same and would keep the function from the convolution.
        let y = net.graph.activation(at.path(), y, Activation::Relu6)?;
        Ok(shuffle(net, &at.child("stem.1"), y, groups)?)
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

impl Micro {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let input = net.channels(x);
        let [first, second] = self.expand.map(|expand| expand as usize);
        let middle = input.saturating_mul(first);
        let hidden = middle.saturating_mul(second);
        let layer = |number: usize| at.child("layers").numbered(number);
        let conv = |number: usize| layer(number).child("conv");
        let (kernel, stride) = (self.kernel as usize, self.stride as usize);
        let (groups, mixing) = (self.groups as usize, self.shuffle as usize);
        let pointwise = |out: usize, groups: u32| Filters::pointwise(out).grouped(groups as usize);
        let full = 8 * self.reduction as usize;
        let inner = |net: &mut Net, number: usize, x: NodeId, which: usize, mixing: usize| {
            let function = self.functions[which];
            match function {
                Function::Plain => net.graph.activation(layer(number).path(), x, Activation::Relu6),
                _ => self.shift_max(net, &layer(number), x, function, mixing, full),
            }
        };
        let Some(project) = &self.project else {
            let y = conv_norm(net, &conv(0), 0, x, pointwise(hidden, self.groups))?;
            return Ok(match self.functions[2] {
                Function::Plain => y,
                _ => self.shift_max(net, &layer(1), y, Function::Shift, mixing, full)?,
            });
        };
        let out = net.out(&project.out)?;
        let is_plain = self.functions.map(|function| function == Function::Plain);
        let (y, mut next) = if groups == 0 {
            let y = conv_norm(net, &conv(0), 0, x, line(middle, 0, kernel, stride, input))?;
            let y = conv_norm(net, &conv(0), 2, y, line(hidden, 1, kernel, stride, middle))?;
            let y = inner(net, 1, y, 1, mixing)?;
            let mut y = shuffle(net, &layer(2), y, mixing)?;
            if !is_plain[1] {
                y = shuffle(net, &layer(3), y, hidden / 2)?;
            }
            (y, 4)
        } else {
            let y = conv_norm(net, &conv(0), 0, x, pointwise(hidden, self.groups))?;
            let y = inner(net, 1, y, 0, mixing)?;
            let y = shuffle(net, &layer(2), y, mixing)?;
            let y = conv_norm(net, &conv(3), 0, y, line(hidden, 0, kernel, stride, hidden))?;
            let y = conv_norm(net, &conv(3), 2, y, line(hidden, 1, kernel, stride, hidden))?;
            // The rotation's groups are those of the channels that each gives.
            let y = inner(net, 5, y, 1, if mixing == 1 { 1 } else { hidden / mixing.max(1) })?;
            let y = match is_plain {
                [true, true, _] => y,
                [false, false, _] => shuffle(net, &layer(6), y, hidden / 4)?,
                _ => shuffle(net, &layer(6), y, hidden / 2)?,
            };
            (y, 7)
        };
        let mixing = project.shuffle as usize;
        let mut y = conv_norm(net, &conv(next), 0, y, pointwise(out, project.groups))?;
        next += 1;
        if !is_plain[2] {
            let reduction = if groups == 0 || out < hidden { full / 2 } else { full };
            y = self.shift_max(net, &layer(next), y, Function::Shift, mixing, reduction)?;
        }
        let mut y = shuffle(net, &layer(next + 1), y, mixing)?;
        if !is_plain[2] && (groups > 0 || out.is_multiple_of(2)) {
            y = shuffle(net, &layer(next + 2), y, out / 2)?;
        }
        if self.stride == 1 { Ok(net.add_where_equal(at, x, y)?) } else { Ok(y) }
    }

    /// Two layers compute the factors from the means.
    fn shift_max(
        &self,
        net: &mut Net,
        at: &Scope,
        x: NodeId,
        function: Function,
        groups: usize,
        reduction: usize,
    ) -> Result<NodeId, OpError> {
        let channels = net.channels(x);
        let map = ChannelMap::rotated(channels, groups)?;
        let start = match function {
            Function::ShiftMax => self.start.to_vec(),
            Function::Plain | Function::Shift => vec![ONE_PIECE],
        };
        OpError::check("the reduction of shift-max", reduction, MOST_REDUCTION)?;
        let reduced = Rounding::FOUR.apply((channels / reduction) as f64) as usize;
        let (first, second) = (at.join("fc.0"), at.join("fc.2"));
        let mean = net.graph.global_average_pool(at.path(), x)?;
        let y = net.graph.linear(&first, mean, reduced, true)?;
        let y = net.graph.activation(&first, y, Activation::Relu)?;
        let y = net.graph.linear(&second, y, 2 * start.len() * channels, true)?;
        let y = net.graph.activation(&second, y, Activation::HardSigmoid)?;
        let y = net.graph.push(at.path(), ShiftMax { map, range: RANGE, start }, &[x, y])?;
        net.graph.mark(at.path(), y);
        Ok(y)
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, ..self.clone() }
    }
}

/// The most that channels can be reduced by.
const MOST_REDUCTION: usize = 1 << 12;

/// Filters that are `kernel` long in one direction and have a stride in it.
fn line(out: usize, side: usize, kernel: usize, stride: usize, groups: usize) -> Filters {
    let mut filters = Filters { groups: Groups::Split(groups), ..Filters::pointwise(out) };
    filters.kernel[side] = kernel;
    filters.stride[side] = stride;
    filters
}

/// A convolution and its normalisation at two places of a module.
fn conv_norm(
    net: &mut Net,
    at: &Scope,
    first: usize,
    x: NodeId,
    filters: Filters,
) -> Result<NodeId, OpError> {
    let y = net.conv(at.numbered(first).path(), x, filters)?;
    let norm = at.numbered(first + 1);
    let y = net.graph.batch_norm(norm.path(), y, net.conventions.bn_eps)?;
    net.graph.mark(norm.path(), y);
    Ok(y)
}

fn shuffle(net: &mut Net, at: &Scope, x: NodeId, groups: usize) -> Result<NodeId, OpError> {
    let map = ChannelMap::shuffle(net.channels(x), groups)?;
    net.graph.push(at.path(), Channels(map), &[x])
}
