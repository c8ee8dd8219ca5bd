//! From a table of blocks to a graph: the only place that knows how blocks are wired.

use super::naming::{BlockNames, Role, UnitNames, timm_unit};
use super::{
    Activation, Block, Expand, Head, Naming, Padding, Repeat, SqueezeRounding, Variant, make_divisible,
};
use crate::graph::{Builder, Graph, NodeId};

/// ε of every LayerNorm in MobileViT.
const LAYER_NORM_EPS: f32 = 1e-5;
/// Side of MobileViT's patches.
const PATCH: usize = 2;

/// Builds the graph; the caller has checked the variant's numbers.
pub(super) fn expand(variant: &Variant) -> Graph {
    let spec = variant.spec;
    let mut net = Network { variant, graph: Builder::new(variant.resolution) };
    let stem = spec.naming.stem();
    let mut x = net.unit(
        &stem,
        net.graph.input(),
        Conv::new(spec.stem.out.at(variant.width), 3, 2),
        spec.stem.activation,
    );
    let mut ordinal = 0;
    for (s, stage) in spec.stages.iter().enumerate() {
        let blocks = stage.iter().flat_map(|Repeat { count, block }| {
            (0..*count).map(|copy| if copy == 0 { *block } else { without_stride(*block) })
        });
        for (i, block) in blocks.enumerate() {
            let mut names = spec.naming.block(block, s, i, ordinal);
            x = net.block(&mut names, x, block);
            net.graph.mark(&names.path, x);
            ordinal += 1;
        }
        if let Some(name) = spec.naming.stage(s) {
            net.graph.mark(&name, x);
        }
    }
    net.head(x, ordinal);
    net.graph.finish()
}

/// A convolution's geometry.
#[derive(Clone, Copy)]
struct Conv {
    out: usize,
    kernel: usize,
    stride: usize,
    depthwise: bool,
}

impl Conv {
    fn new(out: u32, kernel: u32, stride: u32) -> Self {
        Self { out: out as usize, kernel: kernel as usize, stride: stride as usize, depthwise: false }
    }

    fn pointwise(out: u32) -> Self {
        Self::new(out, 1, 1)
    }

    fn depthwise(channels: u32, kernel: u32, stride: u32) -> Self {
        Self { depthwise: true, ..Self::new(channels, kernel, stride) }
    }
}

struct Network<'a> {
    variant: &'a Variant,
    graph: Builder,
}

impl Network<'_> {
    fn scaled(&self, channels: u32) -> u32 {
        make_divisible(f64::from(channels) * self.variant.width)
    }

    fn channels(&self, x: NodeId) -> u32 {
        self.graph.shape(x).channels() as u32
    }

    fn conv(&mut self, name: &str, x: NodeId, conv: Conv) -> NodeId {
        let same = self.variant.conventions.padding == Padding::Same;
        self.graph.conv(name, x, conv.out, conv.kernel, conv.stride, conv.depthwise, same)
    }

    /// Convolution, BN, activation.
    fn unit(&mut self, names: &UnitNames, x: NodeId, conv: Conv, activation: Activation) -> NodeId {
        let convolved = self.conv(&names.conv, x, conv);
        let normed = self.graph.batch_norm(&names.norm, convolved, self.variant.conventions.bn_eps);
        let out = self.graph.activation(&names.norm, normed, activation);
        self.graph.mark(&names.norm, if names.norm_activates { out } else { normed });
        for name in &names.outputs {
            self.graph.mark(name, out);
        }
        out
    }

    fn block(&mut self, names: &mut BlockNames, x: NodeId, block: Block) -> NodeId {
        match block {
            Block::Conv { kernel, stride, out, activation } => {
                let conv = Conv::new(self.scaled(out), kernel, stride);
                self.unit(&names.unit(Role::Only), x, conv, activation)
            }
            Block::Separable { kernel, stride, out, activation, pointwise_activation, squeeze, residual } => {
                let depthwise = Conv::depthwise(self.channels(x), kernel, stride);
                let mut y = self.unit(&names.unit(Role::Depthwise), x, depthwise, activation);
                if squeeze {
                    y = self.squeeze_excite(names, y);
                }
                let pointwise = Conv::pointwise(self.scaled(out));
                y = self.unit(&names.unit(Role::Project), y, pointwise, pointwise_activation);
                if residual { self.add_where_equal(&names.path, x, y, stride) } else { y }
            }
            Block::InvertedResidual { kernel, stride, expand, out, activation, squeeze } => {
                let input = self.channels(x);
                let hidden = match expand {
                    Expand::Ratio(t) => make_divisible(f64::from(input) * t),
                    Expand::Width(width) => self.scaled(width),
                };
                let mut y = x;
                // A hidden width equal to the input's has no expansion in any of the papers' networks.
                if hidden != input {
                    y = self.unit(&names.unit(Role::Expand), y, Conv::pointwise(hidden), activation);
                }
                y = self.unit(
                    &names.unit(Role::Depthwise),
                    y,
                    Conv::depthwise(hidden, kernel, stride),
                    activation,
                );
                if squeeze {
                    y = self.squeeze_excite(names, y);
                }
                let project = Conv::pointwise(self.scaled(out));
                y = self.unit(&names.unit(Role::Project), y, project, Activation::Identity);
                self.add_where_equal(&names.path, x, y, stride)
            }
            Block::MobileVit { dim, depth, heads } => self.mobile_vit(&names.path, x, dim, depth, heads),
        }
    }

    fn add_where_equal(&mut self, name: &str, x: NodeId, y: NodeId, stride: u32) -> NodeId {
        if stride == 1 && self.graph.shape(x) == self.graph.shape(y) { self.graph.add(name, x, y) } else { y }
    }

    /// Mean over the map, 1×1 to a quarter, ReLU, 1×1 back, hard sigmoid, multiply
    /// (arXiv 1709.01507 as used in arXiv 1905.02244 section 5.3).
    fn squeeze_excite(&mut self, names: &mut BlockNames, x: NodeId) -> NodeId {
        let names = names.squeeze();
        let channels = self.channels(x);
        let quarter = f64::from(channels) / 4.0;
        let squeezed = match self.variant.spec.squeeze_rounding {
            SqueezeRounding::Divisible => make_divisible(quarter),
            SqueezeRounding::Nearest => quarter.round_ties_even() as u32,
        };
        let mean = self.graph.global_average_pool(&names.module, x);
        let reduced = self.graph.conv_on_vector(&names.reduce, mean, squeezed as usize, true);
        let reduced = self.graph.activation(&names.reduce, reduced, Activation::Relu);
        let gate = self.graph.conv_on_vector(&names.expand, reduced, channels as usize, true);
        let gate = self.graph.activation(&names.expand, gate, Activation::HardSigmoid);
        let out = self.graph.scale(&names.module, x, gate);
        self.graph.mark(&names.module, out);
        out
    }

    /// arXiv 2110.02178, figure 1b. Maps with an odd side are resized to even and back around the
    /// transformer.
    fn mobile_vit(&mut self, path: &str, x: NodeId, dim: u32, depth: u32, heads: u32) -> NodeId {
        let channels = self.channels(x);
        let name = |module: &str| format!("{path}.{module}");
        let local = self.unit(&timm_unit(&name("conv_kxk")), x, Conv::new(channels, 3, 1), Activation::Silu);
        let local = self.conv(&name("conv_1x1"), local, Conv::pointwise(dim));

        let (h, w) = self.graph.shape(local).size();
        let even = (h.next_multiple_of(PATCH), w.next_multiple_of(PATCH));
        let resized = if even == (h, w) { local } else { self.graph.resize(path, local, even) };
        let mut tokens = self.graph.unfold(path, resized, PATCH);
        for layer in 0..depth {
            tokens = self.transformer(
                &name(&format!("transformer.{layer}")),
                tokens,
                dim as usize,
                heads as usize,
            );
        }
        let tokens = self.graph.layer_norm(&name("norm"), tokens, LAYER_NORM_EPS);
        let mut global = self.graph.fold(path, tokens, PATCH, even);
        if even != (h, w) {
            global = self.graph.resize(path, global, (h, w));
        }

        let global =
            self.unit(&timm_unit(&name("conv_proj")), global, Conv::pointwise(channels), Activation::Silu);
        let both = self.graph.concat(path, x, global);
        self.unit(&timm_unit(&name("conv_fusion")), both, Conv::new(channels, 3, 1), Activation::Silu)
    }

    /// A pre-norm transformer layer: x + attention(norm(x)), then x + mlp(norm(x)).
    fn transformer(&mut self, path: &str, x: NodeId, dim: usize, heads: usize) -> NodeId {
        let name = |module: &str| format!("{path}.{module}");
        let y = self.graph.layer_norm(&name("norm1"), x, LAYER_NORM_EPS);
        let y = self.graph.linear(&name("attn.qkv"), y, 3 * dim);
        let y = self.graph.attention(&name("attn"), y, heads);
        let y = self.graph.linear(&name("attn.proj"), y, dim);
        self.graph.mark(&name("attn"), y);
        let x = self.graph.add(&name("attn"), x, y);

        let y = self.graph.layer_norm(&name("norm2"), x, LAYER_NORM_EPS);
        let y = self.graph.linear(&name("mlp.fc1"), y, 2 * dim);
        let y = self.graph.activation(&name("mlp.act"), y, Activation::Silu);
        self.graph.mark(&name("mlp.act"), y);
        let y = self.graph.linear(&name("mlp.fc2"), y, dim);
        self.graph.mark(&name("mlp"), y);
        let x = self.graph.add(path, x, y);
        self.graph.mark(path, x);
        x
    }

    fn head(&mut self, x: NodeId, blocks: usize) {
        let (naming, width) = (self.variant.spec.naming, self.variant.width);
        let pooled = match self.variant.spec.head {
            Head::Pool | Head::PoolConv { .. } => self.pool(x),
            Head::ConvPool { features, activation } => {
                let conv = Conv::pointwise(features.at(width));
                let y = self.unit(&naming.head_unit(blocks), x, conv, activation);
                self.pool(y)
            }
        };
        let features = match self.variant.spec.head {
            Head::Pool | Head::ConvPool { .. } => pooled,
            Head::PoolConv { features, bias, activation } => {
                let (conv, act) = naming.head_conv();
                let features = features.at(width) as usize;
                let y = match naming {
                    Naming::TorchvisionV2 | Naming::TorchvisionV3 => {
                        self.graph.linear(conv, pooled, features)
                    }
                    Naming::TimmBlocks | Naming::TimmStages => {
                        self.graph.conv_on_vector(conv, pooled, features, bias)
                    }
                };
                let y = self.graph.activation(act, y, activation);
                self.graph.mark(act, y);
                y
            }
        };
        self.graph.linear(naming.classifier(), features, self.variant.classes as usize);
    }

    fn pool(&mut self, x: NodeId) -> NodeId {
        let name = self.variant.spec.naming.pool();
        let y = self.graph.global_average_pool(name, x);
        self.graph.mark(name, y);
        y
    }
}

fn without_stride(block: Block) -> Block {
    let mut block = block;
    match &mut block {
        Block::Conv { stride, .. }
        | Block::Separable { stride, .. }
        | Block::InvertedResidual { stride, .. } => {
            *stride = 1;
        }
        Block::MobileVit { .. } => {}
    }
    block
}
