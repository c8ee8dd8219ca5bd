//! A model with what a user chooses, and its graph.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Conventions, Model};
use crate::blocks::{BuildError, Net, Scope};
use crate::graph::{Builder, Graph, Shape};

/// A model with width, resolution and number of classes.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The architecture.
    pub model: Arc<Model>,
    /// Width multiplier α.
    pub width: f64,
    /// Input height and width in pixels.
    pub resolution: (u32, u32),
    /// Number of classes.
    pub classes: u32,
    /// The model's, unless a checkpoint declares others.
    pub conventions: Conventions,
}

/// The sides in pixels that an input, or what a photo is scaled to before, may have: up to more than anybody means. How small
/// an input may be depends on the network.
pub const SIDES: RangeInclusive<u32> = 1..=4096;

/// The numbers of classes that a network may have: more than any data set has.
pub const CLASSES: RangeInclusive<u32> = 1..=100_000;

/// The widths α that can be meant.
pub const WIDTHS: RangeInclusive<f64> = 0.05..=4.0;

/// The most operations that a network may have; the largest of the zoo have some hundreds.
const MOST_NODES: usize = 20_000;

/// Every network that runs at all runs at a size up to this one.
const LARGE: u32 = 512;

/// What is wrong with a [`Variant`].
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpecError {
    /// The input has no pixels, or more than can be meant.
    #[error("an input of {height}×{width} pixels cannot run: choose {} to {} pixels a side", SIDES.start(), SIDES.end())]
    Resolution {
        /// Height asked for.
        height: u32,
        /// Width asked for.
        width: u32,
    },
    /// The input is so small that nothing is left of it on the way.
    #[error(
        "an input of {height}×{width} pixels is too small: in {module}, {problem}; the smallest that runs is {least}×{least}"
    )]
    TooSmall {
        /// Height asked for.
        height: u32,
        /// Width asked for.
        width: u32,
        /// Where it ends.
        module: String,
        /// Why.
        problem: BuildError,
        /// The smallest square input that runs.
        least: u32,
    },
    /// The network takes smaller inputs, but not this one.
    #[error(
        "an input of {height}×{width} pixels does not fit: in {module}, {problem}; square inputs of {} pixels a side do",
        nearest.iter().map(u32::to_string).collect::<Vec<_>>().join(" or ")
    )]
    Unfit {
        /// Height asked for.
        height: u32,
        /// Width asked for.
        width: u32,
        /// Where it ends.
        module: String,
        /// Why.
        problem: BuildError,
        /// The square inputs that run next to this one.
        nearest: Vec<u32>,
    },
    /// The width multiplier is not usable.
    #[error("width α = {width} cannot be built: choose a number from {} to {}", WIDTHS.start(), WIDTHS.end())]
    Width {
        /// Width asked for.
        width: f64,
    },
    /// No classes, or more than any data set has.
    #[error("{classes} classes cannot be built: choose {} to {}", CLASSES.start(), CLASSES.end())]
    Classes {
        /// Number asked for.
        classes: u32,
    },
    /// A row of the model cannot be built.
    #[error("row {} ({module}) cannot be built: {problem}", row + 1)]
    Row {
        /// Which, from 0.
        row: usize,
        /// Its module.
        module: String,
        /// Why.
        problem: BuildError,
    },
    /// Nothing to build, or more than can be meant.
    #[error("a network of {nodes} operations cannot be built: choose 1 to {MOST_NODES}")]
    Size {
        /// How many there would be.
        nodes: usize,
    },
}

/// A block within a network's graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockNodes {
    /// Its row in the network's table.
    pub row: usize,
    /// Positions of its nodes.
    pub nodes: Range<usize>,
}

impl Variant {
    /// A model at width `alpha`, at its default resolution, with the classes of its published weights.
    pub fn new(model: &Arc<Model>, alpha: f64) -> Self {
        let side = model.resolutions.first().copied().unwrap_or(224);
        Self {
            model: Arc::clone(model),
            width: alpha,
            resolution: (side, side),
            classes: model.classes,
            conventions: model.style.conventions,
        }
    }

    /// The network's id, such as `mobilenetv2_075`; a model without a width in its id keeps it at every α.
    pub fn id(&self) -> String {
        self.model.id_at(self.width)
    }

    /// The same network for another input size.
    #[must_use]
    pub fn with_resolution(self, height: u32, width: u32) -> Self {
        Self { resolution: (height, width), ..self }
    }

    /// The same network for another number of classes.
    #[must_use]
    pub fn with_classes(self, classes: u32) -> Self {
        Self { classes, ..self }
    }

    /// The same network at another width.
    #[must_use]
    pub fn with_width(self, width: f64) -> Self {
        Self { width, ..self }
    }

    /// The network's graph.
    ///
    /// # Errors
    /// [`SpecError`] where it cannot be built, with the row and what is wrong with it.
    pub fn graph(&self) -> Result<Graph, SpecError> {
        let (height, width) = self.resolution;
        if !SIDES.contains(&height) || !SIDES.contains(&width) {
            return Err(SpecError::Resolution { height, width });
        }
        if !WIDTHS.contains(&self.width) {
            return Err(SpecError::Width { width: self.width });
        }
        if !CLASSES.contains(&self.classes) {
            return Err(SpecError::Classes { classes: self.classes });
        }
        self.build((height, width), &mut |_| ()).map_err(|error| self.explained(error))
    }

    /// The graph, and which of its nodes each block has become.
    ///
    /// # Errors
    /// As [`Self::graph`].
    pub fn blocks(&self) -> Result<(Graph, Vec<BlockNodes>), SpecError> {
        let mut blocks = Vec::new();
        let graph = self.build(self.resolution, &mut |block| blocks.push(block));
        Ok((graph.map_err(|error| self.explained(error))?, blocks))
    }

    /// An error of a row, or what lies behind it: an input of a size that the network does not take.
    fn explained(&self, error: SpecError) -> SpecError {
        let SpecError::Row { row, module, problem } = error else { return error };
        let (height, width) = self.resolution;
        let (least, most) = (height.min(width), height.max(width));
        if problem.is_about_size() {
            // A square of the shorter side says whether that is wrong; if not, it is the longer one.
            let wrong = if self.side_among([least].into_iter()).is_none() { least } else { most };
            let below = self.side_among((1..wrong.min(LARGE + 1)).rev());
            let nearest: Vec<u32> = below.into_iter().chain(self.side_among(wrong + 1..=LARGE)).collect();
            match (below, nearest.as_slice()) {
                (None, [least]) => {
                    return SpecError::TooSmall { height, width, module, problem, least: *least };
                }
                (None, _) => {}
                (Some(_), _) => return SpecError::Unfit { height, width, module, problem, nearest },
            }
        }
        SpecError::Row { row, module, problem }
    }

    /// Whether it ends in a map: a class for each of its pixels.
    pub fn labels_pixels(&self) -> bool {
        self.graph().is_ok_and(|graph| matches!(graph.node(graph.output()).shape, Shape::Map { .. }))
    }

    /// The smallest square input that runs, if one does.
    pub fn smallest(&self) -> Option<u32> {
        self.side_among(1..=LARGE)
    }

    /// The first of some square inputs that runs.
    fn side_among(&self, mut sides: impl Iterator<Item = u32>) -> Option<u32> {
        /// Operations that may be built on the search: those of all sizes for every network that somebody means.
        const MOST_BUILT: usize = 1 << 18;
        let mut left = MOST_BUILT;
        sides.find(|side| {
            if left == 0 {
                return false;
            }
            let (built, work) = self.built((*side, *side), &mut |_| ());
            left = left.saturating_sub(work);
            built.is_ok()
        })
    }

    fn build(&self, size: (u32, u32), each: &mut dyn FnMut(BlockNodes)) -> Result<Graph, SpecError> {
        self.built(size, each).0
    }

    /// The graph, and what it took ([`Builder::work`]) before it ended or could not go on.
    fn built(
        &self,
        (height, width): (u32, u32),
        each: &mut dyn FnMut(BlockNodes),
    ) -> (Result<Graph, SpecError>, usize) {
        let model = &self.model;
        let input = Shape::Map { h: height as usize, w: width as usize, c: model.channels as usize };
        let mut net = Net {
            graph: Builder::new(input).with_names(model.style.library.tensor_names()),
            width: self.width,
            classes: self.classes,
            conventions: self.conventions,
            rounding: model.style.rounding,
            images: Vec::new(),
            counts: BTreeMap::new(),
        };
        match self.append(&mut net, each) {
            Ok(()) => {
                let work = net.graph.work();
                (Ok(net.finish()), work)
            }
            Err(error) => (Err(error), net.graph.work()),
        }
    }

    /// Appends all blocks.
    fn append(&self, net: &mut Net, each: &mut dyn FnMut(BlockNodes)) -> Result<(), SpecError> {
        let model = &self.model;
        let (mut x, mut child, mut blocks) = (net.graph.input(), 0, 0);
        for (i, row) in model.rows.iter().enumerate() {
            let whole = row.whole();
            let continues = i > 0 && model.rows[i - 1].module == row.module && row.count > 0;
            child = if continues { child } else { 0 };
            let problem = |problem| SpecError::Row { row: i, module: row.module.to_string(), problem };
            if row.count == 0 {
                let first = net.graph.nodes();
                x = row.block.build(net, &whole, x).map_err(problem)?;
                mark(net, &whole, x);
                each(BlockNodes { row: i, nodes: first..net.graph.nodes() });
            }
            let rest = row.block.repeated();
            for copy in 0..row.count {
                let at = row.child(child);
                let block = if copy == 0 { &row.block } else { &rest };
                let first = net.graph.nodes();
                x = block.build(net, &at, x).map_err(problem)?;
                mark(net, &at, x);
                each(BlockNodes { row: i, nodes: first..net.graph.nodes() });
                child += 1;
                // Some blocks have no operations.
                blocks += 1;
                let nodes = net.graph.nodes().max(blocks);
                if nodes > MOST_NODES {
                    return Err(SpecError::Size { nodes });
                }
            }
            let ends = model.rows.get(i + 1).is_none_or(|next| next.module != row.module);
            if row.count > 0 && ends {
                mark(net, &whole, x);
            }
        }
        if net.graph.nodes() < 2 || x.0 + 1 != net.graph.nodes() {
            return Err(SpecError::Size { nodes: net.graph.nodes() - 1 });
        }
        Ok(())
    }
}

/// The whole network has no name, and the beginning of names is none.
fn mark(net: &mut Net, at: &Scope, x: crate::graph::NodeId) {
    if !at.path().is_empty() && !at.is_prefix() {
        net.graph.mark(at.path(), x);
    }
}
