//! Appends nodes with their parameters and infers their shapes.

use super::{
    BatchNorm, Conv2d, Epilogue, Graph, LayerNorm, Linear, Node, NodeId, Op, Pad, Param, ParamId, ParamKind,
    Shape, Stage,
};
use crate::spec::Activation;

/// Builds a [`Graph`] node by node; names are those of the library's modules.
#[derive(Debug)]
pub struct Builder {
    graph: Graph,
}

impl Builder {
    /// A graph with an RGB input of the given height and width.
    pub fn new((h, w): (u32, u32)) -> Self {
        let shape = Shape::Map { h: h as usize, w: w as usize, c: 3 };
        let input = Node { name: "input".to_owned(), op: Op::Input, inputs: Vec::new(), shape };
        Self { graph: Graph { nodes: vec![input], params: Vec::new(), stages: Vec::new() } }
    }

    /// The network's input.
    pub fn input(&self) -> NodeId {
        NodeId(0)
    }

    /// The shape of a value.
    pub fn shape(&self, id: NodeId) -> Shape {
        self.graph.node(id).shape
    }

    /// Records that module `name` returns `value`.
    pub fn mark(&mut self, name: &str, value: NodeId) {
        self.graph.stages.push(Stage { name: name.to_owned(), value });
    }

    /// The finished graph; the node added last gives the logits.
    pub fn finish(self) -> Graph {
        self.graph
    }

    fn push(&mut self, name: &str, op: Op, inputs: &[NodeId], shape: Shape) -> NodeId {
        self.graph.nodes.push(Node { name: name.to_owned(), op, inputs: inputs.to_vec(), shape });
        self.graph.output()
    }

    fn param(&mut self, name: &str, suffix: &str, shape: &[usize], kind: ParamKind) -> ParamId {
        self.graph.params.push(Param { name: format!("{name}.{suffix}"), shape: shape.to_vec(), kind });
        ParamId(self.graph.params.len() - 1)
    }

    /// A convolution of a map without bias; `same` chooses TensorFlow's padding, else `kernel / 2` a side.
    #[expect(clippy::too_many_arguments, reason = "a convolution has this many numbers")]
    pub fn conv(
        &mut self,
        name: &str,
        x: NodeId,
        out: usize,
        kernel: usize,
        stride: usize,
        depthwise: bool,
        same: bool,
    ) -> NodeId {
        let (h, w) = self.shape(x).size();
        let (top, bottom) = padding(h, kernel, stride, same);
        let (left, right) = padding(w, kernel, stride, same);
        let input = if depthwise { 1 } else { self.shape(x).channels() };
        let weight = self.param(name, "weight", &[out, input, kernel, kernel], ParamKind::Weight);
        let pad = Pad { top, left, bottom, right };
        let shape = Shape::Map {
            h: (h + top + bottom - kernel) / stride + 1,
            w: (w + left + right - kernel) / stride + 1,
            c: out,
        };
        let conv = Conv2d { weight, bias: None, kernel, stride, pad, depthwise, epilogue: Epilogue::NONE };
        let id = self.push(name, Op::Conv2d(conv), &[x], shape);
        self.mark(name, id);
        id
    }

    /// A 1×1 convolution of a vector, which is a linear layer with a 4-D weight.
    pub fn conv_on_vector(&mut self, name: &str, x: NodeId, out: usize, bias: bool) -> NodeId {
        let input = self.shape(x).channels();
        self.dense(name, x, &[out, input, 1, 1], bias)
    }

    /// A linear layer with bias, applied to every position.
    pub fn linear(&mut self, name: &str, x: NodeId, out: usize) -> NodeId {
        let input = self.shape(x).channels();
        self.dense(name, x, &[out, input], true)
    }

    fn dense(&mut self, name: &str, x: NodeId, weight: &[usize], bias: bool) -> NodeId {
        let out = weight[0];
        let weight = self.param(name, "weight", weight, ParamKind::Weight);
        let bias = bias.then(|| self.param(name, "bias", &[out], ParamKind::Bias));
        let shape = match self.shape(x) {
            Shape::Map { h, w, .. } => Shape::Map { h, w, c: out },
            Shape::Vector { .. } => Shape::Vector { c: out },
            Shape::Tokens { sequences, tokens, .. } => Shape::Tokens { sequences, tokens, dim: out },
        };
        let id = self.push(name, Op::Linear(Linear { weight, bias, epilogue: Epilogue::NONE }), &[x], shape);
        self.mark(name, id);
        id
    }

    /// A batch normalisation.
    pub fn batch_norm(&mut self, name: &str, x: NodeId, eps: f32) -> NodeId {
        let c = [self.shape(x).channels()];
        let norm = BatchNorm {
            weight: self.param(name, "weight", &c, ParamKind::NormWeight),
            bias: self.param(name, "bias", &c, ParamKind::NormBias),
            mean: self.param(name, "running_mean", &c, ParamKind::BnMean),
            var: self.param(name, "running_var", &c, ParamKind::BnVar),
            eps,
        };
        self.push(name, Op::BatchNorm(norm), &[x], self.shape(x))
    }

    /// A non-linearity; the identity adds no node.
    pub fn activation(&mut self, name: &str, x: NodeId, activation: Activation) -> NodeId {
        match activation {
            Activation::Identity => x,
            _ => self.push(name, Op::Activation(activation), &[x], self.shape(x)),
        }
    }

    /// x + y, of one shape.
    pub fn add(&mut self, name: &str, x: NodeId, y: NodeId) -> NodeId {
        self.push(name, Op::Add, &[x, y], self.shape(x))
    }

    /// Map x times vector `gate`, channel by channel.
    pub fn scale(&mut self, name: &str, x: NodeId, gate: NodeId) -> NodeId {
        self.push(name, Op::Scale, &[x, gate], self.shape(x))
    }

    /// Mean over all pixels.
    pub fn global_average_pool(&mut self, name: &str, x: NodeId) -> NodeId {
        let c = self.shape(x).channels();
        self.push(name, Op::GlobalAveragePool, &[x], Shape::Vector { c })
    }

    /// Channels of map x, then those of map y.
    pub fn concat(&mut self, name: &str, x: NodeId, y: NodeId) -> NodeId {
        let (h, w) = self.shape(x).size();
        let c = self.shape(x).channels() + self.shape(y).channels();
        self.push(name, Op::Concat, &[x, y], Shape::Map { h, w, c })
    }

    /// Bilinear to height and width, corners not aligned.
    pub fn resize(&mut self, name: &str, x: NodeId, (h, w): (usize, usize)) -> NodeId {
        let c = self.shape(x).channels();
        self.push(name, Op::Resize, &[x], Shape::Map { h, w, c })
    }

    /// A map, with sides that `patch` divides, to `patch`² token sequences.
    pub fn unfold(&mut self, name: &str, x: NodeId, patch: usize) -> NodeId {
        let (h, w) = self.shape(x).size();
        let shape = Shape::Tokens {
            sequences: patch * patch,
            tokens: (h / patch) * (w / patch),
            dim: self.shape(x).channels(),
        };
        self.push(name, Op::Unfold { patch }, &[x], shape)
    }

    /// Token sequences back to a map of height and width.
    pub fn fold(&mut self, name: &str, x: NodeId, patch: usize, (h, w): (usize, usize)) -> NodeId {
        let c = self.shape(x).channels();
        self.push(name, Op::Fold { patch }, &[x], Shape::Map { h, w, c })
    }

    /// A normalisation of every token.
    pub fn layer_norm(&mut self, name: &str, x: NodeId, eps: f32) -> NodeId {
        let c = [self.shape(x).channels()];
        let norm = LayerNorm {
            weight: self.param(name, "weight", &c, ParamKind::NormWeight),
            bias: self.param(name, "bias", &c, ParamKind::NormBias),
            eps,
        };
        let id = self.push(name, Op::LayerNorm(norm), &[x], self.shape(x));
        self.mark(name, id);
        id
    }

    /// Self-attention of tokens that hold query, key and value (3 · dim numbers).
    pub fn attention(&mut self, name: &str, qkv: NodeId, heads: usize) -> NodeId {
        let (sequences, tokens) = self.shape(qkv).size();
        let dim = self.shape(qkv).channels() / 3;
        self.push(name, Op::Attention { heads }, &[qkv], Shape::Tokens { sequences, tokens, dim })
    }
}

/// Zeros before and after `n` pixels.
fn padding(n: usize, kernel: usize, stride: usize, same: bool) -> (usize, usize) {
    if same {
        let total = ((n.div_ceil(stride) - 1) * stride + kernel).saturating_sub(n);
        (total / 2, total - total / 2)
    } else {
        (kernel / 2, kernel / 2)
    }
}
