//! Separable self-attention.

use super::super::kernel::shader;
use super::{GpuError, Lower, Lowering, NodeId, n};
use crate::graph::op::SeparableAttention;

shader! {
    /// The sum of a sequence's keys, weighed by the softmax of its queries.
    Context "separable_context" COMMON [4, 1, 1] {
        tokens, dim, s_group, s_far, s_near, t_group, t_far, t_near,
    }
}

shader! {
    /// Every token's value times its sequence's context.
    Values "separable_values" COMMON [8, 8, 1] {
        sequences, tokens, dim, s_group, s_far, s_near, t_group, t_far, t_near,
    }
}

impl Lower for SeparableAttention {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let ((sequences, tokens), dim) = (to.shape(id).size(), to.shape(id).channels());
        let source = to.inputs(id)[0];
        let strides = to.order(source).strides(tokens);
        let [[s_group, s_far, s_near], [t_group, t_far, t_near]] = strides.map(|of| of.map(n));
        let columns = n(dim.div_ceil(4));
        let x = to.whole(id, source);
        let context =
            Context { tokens: n(tokens), dim: n(dim), s_group, s_far, s_near, t_group, t_far, t_near };
        let kernel = context.kernel([columns, n(sequences), 1]);
        let contexts = to.aside(id, kernel, [Some(x), None, None], sequences * dim.div_ceil(4));
        let sequences = n(sequences);
        let values = Values {
            sequences,
            tokens: n(tokens),
            dim: n(dim),
            s_group,
            s_far,
            s_near,
            t_group,
            t_far,
            t_near,
        };
        to.alone(id, values.kernel([columns, values.tokens, sequences]), [Some(x), None, Some(contexts)]);
        Ok(())
    }
}
