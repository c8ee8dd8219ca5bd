//! Self-attention.

use super::super::kernel::shader;
use super::{GpuError, Lower, Lowering, NodeId, n};
use crate::graph::op::Attention;

shader! {
    /// Self-attention; `scale` holds a float's bits.
    Attend "attention" COMMON [64, 1, 1] {
        sequences, tokens, heads, scale, s_group, s_far, s_near, t_group, t_far, t_near,
    }
}

/// The most numbers of a head.
const MAX_HEAD: usize = 128;

impl Lower for Attention {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let ((sequences, tokens), dim) = (to.shape(id).size(), to.shape(id).channels());
        let head = dim / self.heads;
        if head > MAX_HEAD {
            let reason = format!("its heads have {head} numbers, and the shader has room for {MAX_HEAD}");
            return Err(to.unsupported(id, reason));
        }
        let source = to.inputs(id)[0];
        let strides = to.order(source).strides(tokens);
        let [[s_group, s_far, s_near], [t_group, t_far, t_near]] = strides.map(|of| of.map(n));
        let params = Attend {
            sequences: n(sequences),
            tokens: n(tokens),
            heads: n(self.heads),
            scale: (1.0 / (head as f64).sqrt() as f32).to_bits(),
            s_group,
            s_far,
            s_near,
            t_group,
            t_far,
            t_near,
        };
        let kernel = params.kernel([params.tokens, params.heads, params.sequences]).with("HEAD", n(head));
        let x = to.whole(id, source);
        to.alone(id, kernel, [Some(x), None, None]);
        Ok(())
    }
}
