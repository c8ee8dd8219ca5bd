//! What a network is, as data, and how that data becomes a [`Graph`](crate::graph::Graph).
//!
//! A [`Model`] is a table of rows from input to logits with the conventions that a checkpoint does not tell: padding,
//! batch-norm ε, rounding, preprocessing. [`Variant`] adds what a user chooses: width α, resolution ρ, number of classes.

mod model;
mod preprocess;
pub mod rows;
mod typical;
mod variant;

pub use model::{Library, Model, Row, Style};
pub use preprocess::{ChannelOrder, Interpolation, Preprocess, Resize};
pub use variant::{BlockNodes, CLASSES, SIDES, SpecError, Variant, WIDTHS};

pub use crate::blocks::{Block, Conventions};
pub use crate::graph::op::Padding;
