//! Concatenation: most values are computed in their places, the others are copied there.

use super::super::layout::{Layout, View};
use super::channels::{Entry, gather::SOURCES};
use super::{GpuError, Lower, Lowering, NodeId};
use crate::graph::op::Concat;

impl Lower for Concat {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let whole = to.concat(id);
        let starts = to.starts(id).to_vec();
        let mut waiting: Vec<(View, usize)> = Vec::new();
        for ((i, input), start) in to.inputs(id).iter().enumerate().zip(starts) {
            // Those behind each other go together.
            if waiting.len() == SOURCES || (to.is_in_place(id, i) && !waiting.is_empty()) {
                copy(to, id, &whole, &std::mem::take(&mut waiting));
            }
            if !to.is_in_place(id, i) {
                let view = to.view(*input);
                waiting.push((self.gather(i).map_or_else(|| view.clone(), |map| view.mapped(map)), start));
            }
        }
        copy(to, id, &whole, &waiting);
        to.name_concat(id);
        Ok(())
    }
}

/// Copies values to their places, which follow each other.
fn copy(to: &mut Lowering<'_>, id: NodeId, whole: &View, values: &[(View, usize)]) {
    let Some((_, first)) = values.first() else { return };
    let mut entries = Vec::new();
    for (source, (view, _)) in values.iter().enumerate() {
        let channels = Layout::dense(view.layout.slots.len());
        let lanes = channels.lanes(0..channels.quads);
        entries.extend(lanes.into_iter().map(|channel| Entry::of(source, view, channel)));
    }
    let views: Vec<&View> = values.iter().map(|(view, _)| view).collect();
    to.gather(id, &views, entries, whole, *first);
}
