//! MicroNet's activation function.

use super::super::kernel::shader;
use super::{GpuError, Lower, Lowering, NodeId, n, quads};
use crate::graph::op::ShiftMax;

shader! {
    /// The largest of one or two sums of two channels; `range` and the starts hold floats' bits.
    Pieces "shift_max" COMMON [8, 8, 1] {
        rows, columns, channels, table, pieces, range, first_own, first_other, second_own, second_other,
    }
}

impl Lower for ShiftMax {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let (shape, inputs) = (to.shape(id), to.inputs(id));
        let columns = quads(shape);
        let mut words: Vec<u32> = self.map.table().to_vec();
        words.resize(4 * columns as usize, 0);
        let start = |piece: usize| self.start.get(piece).copied().unwrap_or_default().map(f32::to_bits);
        let ([first_own, first_other], [second_own, second_other]) = (start(0), start(1));
        let params = Pieces {
            rows: n(shape.positions()),
            columns,
            channels: n(shape.channels()),
            table: to.table(words),
            pieces: n(self.start.len()),
            range: self.range.to_bits(),
            first_own,
            first_other,
            second_own,
            second_other,
        };
        let operands = [Some(inputs[0]), None, Some(inputs[1])];
        to.step(id, params.kernel([columns, params.rows, 1]), operands);
        Ok(())
    }
}
