//! Appends nodes with their parameters and infers their shapes.

use super::op::{
    Activate, Add, At, BatchNorm, ChannelMap, Channels, Conv, ConvTranspose, Epilogue, Filters, Flattened,
    GlobalAveragePool, Input, LayerNorm, Linear, Norm, NormOver, Op, OpError, Pad, Prelu, Scale, Weight,
};
use super::{Activation, Graph, Node, NodeId, ParamId, ParamKind, Shape, Stage, Table};
use crate::graph::Param;

/// The most multiply-accumulates of an operation: a day's work, and so few that networks of any length can be summed up.
const MOST_MACS: u64 = 1 << 48;

/// Builds a [`Graph`] node by node; names are those of the library's modules.
#[derive(Debug)]
pub struct Builder {
    graph: Graph,
    names: TensorNames,
}

/// How tensors are called within their modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TensorNames {
    /// `bn.running_mean`.
    Pytorch,
    /// `bn_moving_mean`.
    Mxnet,
}

impl TensorNames {
    /// A tensor's name, given PyTorch's.
    fn of(self, module: &str, suffix: &str, kind: ParamKind) -> String {
        match self {
            Self::Pytorch => format!("{module}.{suffix}"),
            Self::Mxnet => {
                let suffix = match kind {
                    ParamKind::Weight | ParamKind::Bias | ParamKind::Prelu => suffix,
                    ParamKind::NormWeight => "gamma",
                    ParamKind::NormBias => "beta",
                    ParamKind::BnMean => "moving_mean",
                    ParamKind::BnVar => "moving_var",
                };
                format!("{module}_{suffix}")
            }
        }
    }
}

impl Builder {
    /// A graph with an input of the given shape.
    pub fn new(shape: Shape) -> Self {
        let input = Node { name: "input".to_owned(), op: Input(shape).into(), inputs: Vec::new(), shape };
        let graph = Graph {
            nodes: vec![input],
            params: Vec::new(),
            stages: Vec::new(),
            tables: Vec::new(),
            classifier: None,
        };
        Self { graph, names: TensorNames::Pytorch }
    }

    /// The same with other names of tensors.
    #[must_use]
    pub fn with_names(self, names: TensorNames) -> Self {
        Self { names, ..self }
    }

    /// The network's input.
    pub fn input(&self) -> NodeId {
        NodeId(0)
    }

    /// Operations so far, the input included.
    pub fn nodes(&self) -> usize {
        self.graph.nodes.len()
    }

    /// What it has taken to build it: operations, and the orders of channels among them by their lengths, of which so many take as
    /// long as an operation.
    pub fn work(&self) -> usize {
        const AS_LONG: usize = 64;
        let of_node = |node: &Node| match &node.op {
            Op::Channels(Channels(map)) => 1 + map.len() / AS_LONG,
            _ => 1,
        };
        self.graph.nodes.iter().map(of_node).sum()
    }

    /// The shape of a value.
    pub fn shape(&self, id: NodeId) -> Shape {
        self.graph.node(id).shape
    }

    /// Channels of a value.
    pub fn channels(&self, id: NodeId) -> usize {
        self.shape(id).channels()
    }

    /// Records that module `name` returns `value`.
    pub fn mark(&mut self, name: &str, value: NodeId) {
        self.graph.stages.push(Stage { name: name.to_owned(), value });
    }

    /// Says that a node's weights have a row for each class.
    pub fn mark_classifier(&mut self, value: NodeId) {
        self.graph.classifier = self.graph.node(value).op.operation().params().first().copied();
    }

    /// The value that module `name` returned.
    pub fn stage(&self, name: &str) -> Option<NodeId> {
        self.graph.stage(name)
    }

    /// The finished graph; the node added last gives the logits.
    pub fn finish(self) -> Graph {
        self.graph
    }

    /// Appends an operation.
    ///
    /// # Errors
    /// [`OpError`] where it cannot be applied to these values.
    pub fn push(&mut self, name: &str, op: impl Into<Op>, inputs: &[NodeId]) -> Result<NodeId, OpError> {
        let op = op.into();
        let shapes: Vec<Shape> = inputs.iter().map(|input| self.shape(*input)).collect();
        let operation = op.operation();
        let shape = operation.shape(&shapes)?;
        shapes.iter().chain([&shape]).try_for_each(|shape| OpError::size(*shape))?;
        let macs = operation.facts(&At { inputs: &shapes, output: shape, squeezed: false }).macs();
        if macs > MOST_MACS {
            let value = usize::try_from(macs).unwrap_or(usize::MAX);
            return Err(OpError::Range {
                what: "the number of multiply-accumulates".to_owned(),
                value,
                least: 0,
                most: usize::try_from(MOST_MACS).unwrap_or(usize::MAX),
            });
        }
        self.graph.nodes.push(Node { name: name.to_owned(), op, inputs: inputs.to_vec(), shape });
        Ok(self.graph.output())
    }

    /// Adds the parameter that PyTorch calls `name.suffix`.
    pub fn param(&mut self, name: &str, suffix: &str, shape: &[usize], kind: ParamKind) -> ParamId {
        let name = self.names.of(name, suffix, kind);
        self.graph.params.push(Param { name, shape: shape.to_vec(), kind });
        ParamId(self.graph.params.len() - 1)
    }

    /// A convolution of a map.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn conv(
        &mut self,
        name: &str,
        x: NodeId,
        filters: Filters,
        pad: Pad,
        bias: bool,
    ) -> Result<NodeId, OpError> {
        let weight_shape = filters.weight_shape(self.channels(x));
        let stored = filters.stored_shape(self.channels(x));
        let weight = Weight::Parameter(self.param(name, "weight", &stored, ParamKind::Weight));
        let bias = bias.then(|| self.param(name, "bias", &weight_shape[..1], ParamKind::Bias));
        let conv = Conv { weight, bias, filters, pad, gather: None, epilogue: Epilogue::NONE };
        let id = self.push(name, conv, &[x])?;
        self.mark(name, id);
        Ok(id)
    }

    /// A convolution without bias whose filters the network computes.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn computed_conv(
        &mut self,
        name: &str,
        x: NodeId,
        numbers: NodeId,
        filters: Filters,
        pad: Pad,
    ) -> Result<NodeId, OpError> {
        let (gather, epilogue) = (None, Epilogue::NONE);
        let conv = Conv { weight: Weight::Computed, bias: None, filters, pad, gather, epilogue };
        let id = self.push(name, conv, &[x, numbers])?;
        self.mark(name, id);
        Ok(id)
    }

    /// A convolution without bias whose filters slide over channels, stored as those of one over volumes with a single channel.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn conv_over_channels(
        &mut self,
        name: &str,
        x: NodeId,
        filters: Filters,
        pad: Pad,
    ) -> Result<NodeId, OpError> {
        let [out, window, height, width] = filters.weight_shape(self.channels(x));
        let weight = self.param(name, "weight", &[out, 1, window, height, width], ParamKind::Weight);
        let (weight, epilogue) = (Weight::Parameter(weight), Epilogue::NONE);
        let id = self.push(name, Conv { weight, bias: None, filters, pad, gather: None, epilogue }, &[x])?;
        self.mark(name, id);
        Ok(id)
    }

    /// Channels in an order that checkpoints state under this name, and this one without them.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn table(&mut self, name: &str, x: NodeId, order: ChannelMap) -> Result<NodeId, OpError> {
        let node = self.push(name, Channels(order), &[x])?;
        self.graph.tables.push(Table { name: name.to_owned(), node });
        Ok(node)
    }

    /// A 1×1 convolution of a vector or of tokens, which is a linear layer with a 4-D weight.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn conv_on_vector(
        &mut self,
        name: &str,
        x: NodeId,
        out: usize,
        bias: bool,
    ) -> Result<NodeId, OpError> {
        let input = self.channels(x);
        self.dense(name, x, &[out, input, 1, 1], bias, (1, None))
    }

    /// A linear layer, applied to every position.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn linear(&mut self, name: &str, x: NodeId, out: usize, bias: bool) -> Result<NodeId, OpError> {
        let input = self.channels(x);
        self.dense(name, x, &[out, input], bias, (1, None))
    }

    /// The same in groups, and without bias.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn grouped_conv_on_vector(
        &mut self,
        name: &str,
        x: NodeId,
        out: usize,
        groups: usize,
    ) -> Result<NodeId, OpError> {
        let read = self.channels(x) / groups.max(1);
        self.dense(name, x, &[out, read, 1, 1], false, (groups, None))
    }

    /// A linear layer of a whole map.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn linear_of_map(
        &mut self,
        name: &str,
        x: NodeId,
        out: usize,
        flattened: Flattened,
    ) -> Result<NodeId, OpError> {
        let input = self.shape(x).elements();
        self.dense(name, x, &[out, input], true, (1, Some(flattened)))
    }

    fn dense(
        &mut self,
        name: &str,
        x: NodeId,
        weight: &[usize],
        bias: bool,
        (groups, flattened): (usize, Option<Flattened>),
    ) -> Result<NodeId, OpError> {
        let out = weight[0];
        let weight = self.param(name, "weight", weight, ParamKind::Weight);
        let bias = bias.then(|| self.param(name, "bias", &[out], ParamKind::Bias));
        let id = self.push(name, Linear { groups, flattened, ..Linear::new(weight, bias, out) }, &[x])?;
        self.mark(name, id);
        Ok(id)
    }

    /// A batch normalisation.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn batch_norm(&mut self, name: &str, x: NodeId, eps: f32) -> Result<NodeId, OpError> {
        self.batch_norm_of(name, x, self.channels(x), eps)
    }

    /// A batch normalisation of so many channels: of a volume, those of a plane.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn batch_norm_of(
        &mut self,
        name: &str,
        x: NodeId,
        channels: usize,
        eps: f32,
    ) -> Result<NodeId, OpError> {
        let c = [channels];
        let norm = Norm {
            weight: self.param(name, "weight", &c, ParamKind::NormWeight),
            bias: self.param(name, "bias", &c, ParamKind::NormBias),
            mean: self.param(name, "running_mean", &c, ParamKind::BnMean),
            var: self.param(name, "running_var", &c, ParamKind::BnVar),
            eps,
        };
        self.push(name, BatchNorm { norm, activation: Activation::Identity, slope: None }, &[x])
    }

    /// A PReLU with a slope for each channel.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn prelu(&mut self, name: &str, x: NodeId) -> Result<NodeId, OpError> {
        let slope = self.param(name, "weight", &[self.channels(x)], ParamKind::Prelu);
        self.push(name, Prelu { slope }, &[x])
    }

    /// A transposed convolution without bias.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn conv_transpose(
        &mut self,
        name: &str,
        x: NodeId,
        out: usize,
        kernel: usize,
        stride: usize,
    ) -> Result<NodeId, OpError> {
        let weight = self.param(name, "weight", &[self.channels(x), out, kernel, kernel], ParamKind::Weight);
        let (kernel, stride) = ([kernel; 2], [stride; 2]);
        let op = ConvTranspose { weight, bias: None, out, kernel, stride, pad: Pad::all(0) };
        let id = self.push(name, op, &[x])?;
        self.mark(name, id);
        Ok(id)
    }

    /// A non-linearity; the identity adds no node.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn activation(&mut self, name: &str, x: NodeId, activation: Activation) -> Result<NodeId, OpError> {
        match activation {
            Activation::Identity => Ok(x),
            _ => self.push(name, Activate(activation), &[x]),
        }
    }

    /// x + y, of one shape.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn add(&mut self, name: &str, x: NodeId, y: NodeId) -> Result<NodeId, OpError> {
        self.push(name, Add::PLAIN, &[x, y])
    }

    /// Map x times vector `gate`, channel by channel, or times a map of its shape.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn scale(&mut self, name: &str, x: NodeId, gate: NodeId) -> Result<NodeId, OpError> {
        self.push(name, Scale, &[x, gate])
    }

    /// Mean over all pixels.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn global_average_pool(&mut self, name: &str, x: NodeId) -> Result<NodeId, OpError> {
        self.push(name, GlobalAveragePool, &[x])
    }

    /// A layer normalisation.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn layer_norm(&mut self, name: &str, x: NodeId, over: NormOver, eps: f32) -> Result<NodeId, OpError> {
        let c = [self.channels(x)];
        let norm = LayerNorm {
            weight: self.param(name, "weight", &c, ParamKind::NormWeight),
            bias: self.param(name, "bias", &c, ParamKind::NormBias),
            eps,
            over,
        };
        let id = self.push(name, norm, &[x])?;
        self.mark(name, id);
        Ok(id)
    }
}
