//! Self-attention.

use super::{At, OpError, OpKind, Operation};
use crate::graph::{Facts, Shape};

/// Multi-head self-attention over tokens that hold query, key and value one after the other:
/// softmax(q · kᵀ / √(dim / heads)) · v (arXiv 1706.03762, section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attention {
    /// Number of heads.
    pub heads: usize,
}

impl Operation for Attention {
    fn kind(&self) -> OpKind {
        OpKind::Attention
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        let Shape::Tokens { sequences, tokens, dim } = inputs[0] else {
            return Err(OpError::Sort { needed: "tokens".to_owned(), found: inputs[0] });
        };
        let groups = self.heads.saturating_mul(3);
        if groups == 0 || !dim.is_multiple_of(groups) {
            return Err(OpError::Groups { channels: dim, groups });
        }
        Ok(Shape::Tokens { sequences, tokens, dim: dim / 3 })
    }

    fn facts(&self, at: &At<'_>) -> Facts {
        let (sequences, tokens) = at.output.size();
        let [sequences, tokens, heads] = [sequences, tokens, self.heads].map(|count| count as u64);
        Facts {
            attention_macs: 2 * at.elements() * tokens,
            softmax_elements: sequences * heads * tokens * tokens,
            ..Facts::default()
        }
    }
}
