//! A network as a list of operations with inferred shapes.

mod builder;
mod cost;
mod layers;
pub mod op;
pub mod passes;
pub mod receipt;
mod shape;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use builder::{Builder, TensorNames};
pub use cost::{Cost, LayerCost};
pub use kernels::Activation;
pub use layers::Layer;
pub use op::{ChannelMap, Op, OpError, OpKind};
pub use receipt::{Facts, PoolFacts};
pub use shape::Shape;

/// A node, and the value that it computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub usize);

/// A parameter tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParamId(pub usize);

/// What a parameter is; it decides how random and synthetic weights are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamKind {
    /// Of a convolution (O, I, K, K) or a linear layer (O, I).
    Weight,
    /// Of a convolution or a linear layer (O).
    Bias,
    /// Scale of a normalisation (C).
    NormWeight,
    /// Shift of a normalisation (C).
    NormBias,
    /// Running mean of a batch normalisation (C); not learned.
    BnMean,
    /// Running variance of a batch normalisation (C); not learned.
    BnVar,
    /// Slope of a PReLU (C).
    Prelu,
}

impl ParamKind {
    /// Whether training learns it.
    pub fn is_learned(self) -> bool {
        !matches!(self, Self::BnMean | Self::BnVar)
    }
}

/// A parameter tensor, under the name that its library's checkpoints use.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Tensor name.
    pub name: String,
    /// Tensor shape.
    pub shape: Vec<usize>,
    /// What it is.
    pub kind: ParamKind,
}

impl Param {
    /// Numbers in it.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

/// One operation of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The module that it belongs to, in its library's terms.
    pub name: String,
    /// What it does.
    pub op: Op,
    /// The values that it reads.
    pub inputs: Vec<NodeId>,
    /// The shape of what it computes.
    pub shape: Shape,
}

/// A module of the library's definition and the value that it returns.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The module's name, such as `blocks.1.0`.
    pub name: String,
    /// What it returns.
    pub value: NodeId,
}

/// An order of channels that checkpoints state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Name of the tensor of integers that holds it.
    pub name: String,
    /// The [`op::Channels`] that follows it.
    pub node: NodeId,
}

/// A network: nodes in an order in which they can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// Inputs come before the nodes that read them; the first is [`op::Input`], the last gives the logits.
    pub nodes: Vec<Node>,
    /// Every parameter, in order of execution.
    pub params: Vec<Param>,
    /// The modules whose outputs can be compared with the library's.
    pub stages: Vec<Stage>,
    /// The orders of channels that checkpoints state; none once operations are fused.
    pub tables: Vec<Table>,
    /// The parameter that has a row for each class, if one has.
    pub classifier: Option<ParamId>,
}

impl Graph {
    /// The node that computes a value.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// A parameter.
    pub fn param(&self, id: ParamId) -> &Param {
        &self.params[id.0]
    }

    /// The value that holds the logits.
    pub fn output(&self) -> NodeId {
        NodeId(self.nodes.len() - 1)
    }

    /// Nodes with their ids, in order.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(i, node)| (NodeId(i), node))
    }

    /// Shapes of what a node reads.
    pub fn input_shapes(&self, node: &Node) -> Vec<Shape> {
        node.inputs.iter().map(|input| self.node(*input).shape).collect()
    }

    /// A table, and how many channels it chooses from.
    pub fn table(&self, table: &Table) -> (&ChannelMap, usize) {
        let node = self.node(table.node);
        let Op::Channels(op::Channels(map)) = &node.op else { unreachable!("{} is a table", table.name) };
        (map, self.node(node.inputs[0]).shape.channels())
    }

    /// The same with the tables that are given, by name, in place of its own.
    ///
    /// # Panics
    /// If one has another length or names a channel that does not exist.
    pub fn with_tables(&self, given: impl Fn(&str) -> Option<ChannelMap>) -> Cow<'_, Self> {
        let mut graph = Cow::Borrowed(self);
        for table in &self.tables {
            let Some(map) = given(&table.name) else { continue };
            let (own, channels) = self.table(table);
            assert!(map.len() == own.len() && map.iter().all(|channel| channel < channels), "{}", table.name);
            graph.to_mut().nodes[table.node.0].op = op::Channels(map).into();
        }
        graph
    }

    /// What comes after a value, up to another: its image is the value. `None` where that reads something from before it, too.
    ///
    /// Parameters keep their ids.
    pub fn between(&self, from: NodeId, to: NodeId) -> Option<Self> {
        let shift = |id: NodeId| id.0.checked_sub(from.0).map(NodeId);
        let input = Node {
            name: String::new(),
            op: op::Input(self.node(from).shape).into(),
            inputs: Vec::new(),
            shape: self.node(from).shape,
        };
        let mut nodes = vec![input];
        for node in self.nodes.get(from.0 + 1..=to.0)? {
            let inputs = node.inputs.iter().map(|id| shift(*id)).collect::<Option<Vec<_>>>()?;
            nodes.push(Node { inputs, ..node.clone() });
        }
        let within = |id: NodeId| shift(id).filter(|id| id.0 < nodes.len());
        let stages = self
            .stages
            .iter()
            .filter_map(|stage| Some(Stage { value: within(stage.value)?, ..stage.clone() }));
        let tables = self.tables.iter().filter_map(|table| {
            // Its node is the image now if it is the value itself.
            Some(Table { node: within(table.node).filter(|id| id.0 > 0)?, ..table.clone() })
        });
        Some(Self {
            stages: stages.collect(),
            tables: tables.collect(),
            params: self.params.clone(),
            classifier: self.classifier,
            nodes,
        })
    }

    /// Whether everything after a value depends on what came before through that value alone.
    pub fn is_cut(&self, at: NodeId) -> bool {
        self.nodes[at.0 + 1..].iter().flat_map(|node| &node.inputs).all(|input| *input >= at)
    }

    /// For each node those that read it, once for each time.
    pub fn readers(&self) -> Vec<Vec<NodeId>> {
        let mut readers = vec![Vec::new(); self.nodes.len()];
        for (id, node) in self.iter() {
            node.inputs.iter().for_each(|input| readers[input.0].push(id));
        }
        readers
    }

    /// For each node the position of the last node that reads it (its own if none does).
    pub fn last_uses(&self) -> Vec<usize> {
        let mut last: Vec<usize> = (0..self.nodes.len()).collect();
        for (i, node) in self.nodes.iter().enumerate() {
            for input in &node.inputs {
                last[input.0] = i;
            }
        }
        last
    }

    /// How many products each sum of a convolution has whose filters a linear layer with this weight computes, if one does.
    pub fn computed_fan_in(&self, weight: ParamId) -> Option<usize> {
        let is_reader = |node: &&Node| matches!(node.op, Op::Linear(linear) if linear.weight == weight);
        let layer = self.nodes.iter().position(|node| is_reader(&node))?;
        let conv = self.nodes[layer..].iter().find_map(|node| match &node.op {
            Op::Conv(conv) if conv.parameter().is_none() && node.inputs[1].0 == layer => Some((conv, node)),
            _ => None,
        });
        let (conv, node) = conv?;
        let (_, read) = conv.filters.groups.parts(conv.channels_of(self.node(node.inputs[0]).shape));
        Some(read * conv.filters.taps())
    }

    /// The value that a module of the library's definition returns.
    pub fn stage(&self, name: &str) -> Option<NodeId> {
        self.stages.iter().find(|stage| stage.name == name).map(|stage| stage.value)
    }
}
