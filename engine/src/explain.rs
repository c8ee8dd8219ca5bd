//! What an answer comes from: class activation maps (Zhou et al. 2016, "Learning Deep Features for Discriminative Localization",
//! section 2) and effective receptive fields (Luo et al. 2016, section 2).

use crate::backend::reference::Reference;
use crate::graph::op::{Add, BatchNorm, Conv, Pool, PoolKind, Weight};
use crate::graph::{Activation, Graph, NodeId, Op, Shape};
use crate::weights::Parameters;

/// Where a network's last map lies: all that it answers comes through it.
#[derive(Clone, Debug)]
pub struct LastMap {
    /// A module at or before it that everything comes through, too, and that backends can show.
    pub stage: String,
    /// From that module's value to the logits.
    rest: Graph,
    /// The map in [`Self::rest`].
    map: NodeId,
}

/// What each position of a network's last map adds to a class.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassActivation {
    /// Height and width of the last map.
    pub size: (usize, usize),
    /// For every position the sum over channels of value times derivative of the class's logit.
    pub values: Vec<f32>,
    /// The class's logit.
    pub logit: f32,
    /// Whether what follows the map is linear: then the values add up to the logit less a constant, the biases' share.
    /// Otherwise they are what a small change of the map would do.
    pub is_exact: bool,
    /// The class.
    pub class: usize,
}

impl LastMap {
    /// Finds it; `None` for networks whose answer is a map or that have no map of more than one position.
    pub fn of(graph: &Graph) -> Option<Self> {
        let Shape::Vector { .. } = graph.node(graph.output()).shape else { return None };
        let is_map = |id: &NodeId| matches!(graph.node(*id).shape, Shape::Map { h, w, .. } if h * w > 1);
        let map = (1..graph.nodes.len()).rev().map(NodeId).filter(is_map).find(|id| graph.is_cut(*id))?;
        let before = graph.stages.iter().filter(|stage| stage.value <= map && graph.is_cut(stage.value));
        let stage = before.max_by_key(|stage| stage.value)?;
        Some(Self {
            stage: stage.name.clone(),
            rest: graph.between(stage.value, graph.output())?,
            map: NodeId(map.0 - stage.value.0),
        })
    }

    /// The class map of a class, by default of the likeliest, from the value of [`Self::stage`] (maps channels-last).
    /// `None` if the network has no such class.
    ///
    /// # Panics
    /// If the value has another length.
    pub fn class_activation(
        &self,
        value: &[f32],
        weights: &dyn Parameters,
        class: Option<usize>,
    ) -> Option<ClassActivation> {
        let mut rest = Reference::of_part(&self.rest, weights);
        let logits = rest.run(value, &mut |_, _| {}).to_vec();
        let likeliest = || (0..logits.len()).max_by(|a, b| logits[*a].total_cmp(&logits[*b]));
        let class = class.or_else(likeliest)?;
        let logit = *logits.get(class)?;
        let mut seed = vec![0.0; logits.len()];
        seed[class] = 1.0;
        let output = self.rest.output();
        let gradient = rest.gradient(output, &seed, self.map);
        let shape = self.rest.node(self.map).shape;
        let positions = rest.value(self.map).chunks_exact(shape.channels());
        let sum = |(x, gradient): (&[f32], &[f64])| -> f32 {
            x.iter().zip(gradient).map(|(x, gradient)| f64::from(*x) * gradient).sum::<f64>() as f32
        };
        Some(ClassActivation {
            size: shape.size(),
            values: positions.zip(gradient.chunks_exact(shape.channels())).map(sum).collect(),
            logit,
            is_exact: self.rest.nodes[self.map.0 + 1..].iter().all(|node| is_linear(&node.op)),
            class,
        })
    }
}

/// Whether an operation of one variable value is linear in it, but for a constant.
fn is_linear(op: &Op) -> bool {
    match op {
        Op::Input(_)
        | Op::ConvTranspose(_)
        | Op::Linear(_)
        | Op::Concat(_)
        | Op::Channels(_)
        | Op::GlobalAveragePool(_)
        | Op::Resize(_)
        | Op::Unfold(_)
        | Op::Fold(_) => true,
        Op::Conv(Conv { weight, .. }) => matches!(weight, Weight::Parameter(_)),
        Op::BatchNorm(BatchNorm { activation, slope, .. }) => {
            *activation == Activation::Identity && slope.is_none()
        }
        Op::Activate(activate) => activate.0 == Activation::Identity,
        Op::Add(Add { activation, .. }) => *activation == Activation::Identity,
        Op::Pool(Pool { kind, .. }) => *kind == PoolKind::Average,
        Op::Prelu(_)
        | Op::Scale(_)
        | Op::ShiftMax(_)
        | Op::LayerNorm(_)
        | Op::Attention(_)
        | Op::SeparableAttention(_) => false,
    }
}

/// How much each pixel of an image moves the middle of what a module returns: the sum over the image's channels of the absolute
/// derivatives of the sum over the module's channels at the middle position. Height × width numbers.
/// `None` if the network has no such module.
///
/// # Panics
/// If the image has another length.
pub fn receptive_field(
    graph: &Graph,
    stage: &str,
    weights: &dyn Parameters,
    image: &[f32],
) -> Option<Vec<f32>> {
    let part = graph.between(NodeId(0), graph.stage(stage)?)?;
    let (h, w) = part.node(part.output()).shape.size();
    let channels = part.node(part.output()).shape.channels();
    let mut network = Reference::of_part(&part, weights);
    network.run(image, &mut |_, _| {});
    let mut seed = vec![0.0; h * w * channels];
    seed[(h / 2 * w + w / 2) * channels..][..channels].fill(1.0);
    let gradient = network.gradient(part.output(), &seed, NodeId(0));
    let pixels = gradient.chunks_exact(part.nodes[0].shape.channels());
    Some(pixels.map(|pixel| pixel.iter().map(|x| x.abs()).sum::<f64>() as f32).collect())
}
