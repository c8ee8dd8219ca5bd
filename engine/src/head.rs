//! The linear layer that a network tells its classes with: what it reads, and how it is replaced, so that the network tells others.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::graph::op::{Epilogue, Linear};
use crate::graph::{Graph, NodeId, Op, ParamId, Shape, Stage};
use crate::spec::{Preprocess, Variant};
use crate::weights::write::{Outline, write_in_pieces};
use crate::weights::{FloatDtype, LABEL_NAMES, Parameters, Tables, WeightsError, metadata};

/// The name under which [`Head::observable`] has the layer's input among the modules. No library has modules of such names.
pub const FEATURES: &str = "(features)";

/// A network's last layer, where that is a linear layer with a bias that reads a vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What it reads.
    pub features: NodeId,
    /// How many numbers that is.
    pub width: usize,
    /// (classes, features), or (classes, features, 1, 1).
    weight: ParamId,
    /// (classes).
    bias: ParamId,
}

/// What a network is taught.
#[derive(Clone, Copy, Debug)]
pub struct Lesson<'a> {
    /// What the classes are called, in their order.
    pub classes: &'a [String],
    /// The layer's weight: a row of features for each class.
    pub weight: &'a [f32],
    /// The layer's bias: a number for each class.
    pub bias: &'a [f32],
}

/// Why a network cannot be taught something.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LessonError {
    /// It has no [`Head`].
    #[error("the network's last layer is no linear layer with a bias that reads a vector")]
    NoHead,
    /// Classes are too few, or have no names that can be written down.
    #[error("two classes or more are expected, each with a name of one line")]
    Classes,
    /// Numbers are missing or left over.
    #[error("{what} has {found} numbers, {expected} are expected")]
    Numbers {
        /// What they are.
        what: &'static str,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] WeightsError),
}

impl Head {
    /// Finds it in a network that has not been fused. `None` for networks that end otherwise: in a pooling of maps, in the mean
    /// of two layers, in a map.
    pub fn of(graph: &Graph) -> Option<Self> {
        let node = graph.node(graph.output());
        let Op::Linear(Linear { weight, bias: Some(bias), groups: 1, flattened: None, epilogue, .. }) =
            node.op
        else {
            return None;
        };
        let features = *node.inputs.first()?;
        let Shape::Vector { c: width } = graph.node(features).shape else { return None };
        let is_it = graph.classifier == Some(weight) && epilogue == Epilogue::NONE;
        is_it.then_some(Self { features, width, weight, bias })
    }

    /// The network with [`FEATURES`] among its modules, so that backends keep that value where they are told to; unchanged where
    /// it has no head.
    #[must_use]
    pub fn observable(mut graph: Graph) -> Graph {
        if let Some(head) = Self::of(&graph) {
            graph.stages.push(Stage { name: FEATURES.to_owned(), value: head.features });
        }
        graph
    }
}

/// Writes a checkpoint of a network with another last layer, as safetensors of f32 under the names of the network's library; `take`
/// gets the file piece by piece. All other numbers, and the orders of channels, are those of `weights`, a checkpoint of `variant`
/// with whatever number of classes. The metadata say the architecture, its conventions, `preprocess` and what the classes are
/// called, and `more` besides.
///
/// # Errors
/// [`LessonError`].
pub fn teach(
    variant: &Variant,
    weights: &dyn Parameters,
    preprocess: &Preprocess,
    lesson: Lesson<'_>,
    more: &BTreeMap<String, String>,
    take: &mut dyn FnMut(&[u8]),
) -> Result<(), LessonError> {
    let Lesson { classes, weight, bias } = lesson;
    let is_name = |name: &String| !name.trim().is_empty() && !name.contains(['\n', '\r']);
    if classes.len() < 2 || !classes.iter().all(is_name) {
        return Err(LessonError::Classes);
    }
    let count = u32::try_from(classes.len()).map_err(|_| LessonError::Classes)?;
    let variant = variant.clone().with_classes(count);
    let graph = variant.graph().map_err(|_| LessonError::Classes)?;
    let head = Head::of(&graph).ok_or(LessonError::NoHead)?;
    for (what, expected, found) in
        [("weight", classes.len() * head.width, weight.len()), ("bias", classes.len(), bias.len())]
    {
        if expected != found {
            return Err(LessonError::Numbers { what, expected, found });
        }
    }
    let mut said = metadata(&variant, preprocess, None);
    said.insert(LABEL_NAMES.to_owned(), classes.join("\n"));
    said.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
    let tables: Tables = graph
        .tables
        .iter()
        .map(|table| {
            let own = || graph.table(table).0.clone();
            (table.name.clone(), weights.table(&table.name).unwrap_or_else(own))
        })
        .collect();
    let outlines: Vec<Outline<'_>> =
        graph.params.iter().map(|param| Outline { name: &param.name, shape: &param.shape }).collect();
    let numbers = |at: usize| -> Cow<'_, [f32]> {
        match ParamId(at) {
            id if id == head.weight => weight.into(),
            id if id == head.bias => bias.into(),
            id => weights.parameter(id),
        }
    };
    Ok(write_in_pieces(&tables, &outlines, FloatDtype::F32, &said, numbers, take)?)
}
