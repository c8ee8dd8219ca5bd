//! What is done to numbers one by one and no dispatch before does.

use super::super::kernel::shader;
use super::{Lowering, NodeId, Work, n};

shader! {
    /// Nothing but a tail.
    Elementwise "elementwise" STORED [8, 8, 1] { rows, columns }
}

/// Appends the dispatch.
pub(super) fn tail(to: &mut Lowering<'_>, id: NodeId) {
    let x = to.lanes_of(id);
    let (quads, depth) = to.reading(&x.layout);
    let params = Elementwise { rows: n(to.shape(id).positions()), columns: n(depth) };
    let kernel = params.kernel([params.columns, params.rows, 1]);
    to.stored(id, Work::of(kernel, x, quads));
}
