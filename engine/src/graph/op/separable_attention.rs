//! Self-attention of linear cost.

use super::{At, OpError, OpKind, Operation};
use crate::graph::{Facts, Shape};

/// Separable self-attention (arXiv 2206.02680, section 3.2) over tokens that hold a query of one number, a key and a value one
/// after the other: softmax of the queries over a sequence's tokens weighs their keys, and the sum of those multiplies
/// relu(value) of every token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeparableAttention;

impl Operation for SeparableAttention {
    fn kind(&self) -> OpKind {
        OpKind::Attention
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        let Shape::Tokens { sequences, tokens, dim } = inputs[0] else {
            return Err(OpError::Sort { needed: "tokens".to_owned(), found: inputs[0] });
        };
        OpError::check("the number of tokens", tokens, MOST_TOKENS)?;
        if dim < 3 || dim.is_multiple_of(2) {
            return Err(OpError::Groups { channels: dim.saturating_sub(1), groups: 2 });
        }
        Ok(Shape::Tokens { sequences, tokens, dim: dim / 2 })
    }

    /// The weighted keys and the products with values are no matrix products, and counted as gates are.
    fn facts(&self, at: &At<'_>) -> Facts {
        let (sequences, tokens) = at.output.size();
        Facts {
            scaled_elements: 2 * at.elements(),
            softmax_elements: sequences as u64 * tokens as u64,
            activation_elements: at.elements(),
            ..Facts::default()
        }
    }
}

/// The most tokens that can be meant.
const MOST_TOKENS: usize = 1 << 24;
