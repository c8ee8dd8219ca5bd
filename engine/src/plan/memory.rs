//! Offsets in one arena for values with lifetimes.

use std::ops::Range;

use crate::order;

/// A value to be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Its numbers.
    pub len: usize,
    /// The steps at which it exists.
    pub alive: Range<usize>,
}

/// Gives each value an offset so that blocks alive at the same step do not overlap; returns the offsets and the
/// length of the arena.
///
/// Blocks are placed one after the other, each into the tightest gap between those already placed that live at
/// the same time (arXiv 2001.03288, section 5.2). Largest first is the paper's order; a plain chain of layers
/// packs tighter in the order of execution, and maps that wait for a decoder do when those that live longest, or are large for
/// long, come first. Of blocks that only follow each other, every second one lies at the arena's other end, and then it need be no
/// longer than the most that is alive at once. The shortest arena wins.
pub fn arrange(blocks: &[Lifetime]) -> (Vec<usize>, usize) {
    let steps =
        |block: &Lifetime| block.alive.end.min(blocks.len()).saturating_sub(block.alive.start) as u128;
    let orders = [
        order::descending(blocks.iter().map(|block| block.len as u128)),
        order::ascending(blocks.iter().map(|block| block.alive.start as u128)),
        order::descending(blocks.iter().map(steps)),
        order::descending(blocks.iter().map(|block| block.len as u128 * steps(block))),
    ];
    let arrangements = orders.iter().map(|order| place(blocks, order));
    arrangements.chain(place_at_ends(blocks, &orders[1])).min_by_key(|(_, arena)| *arena).unwrap_or_default()
}

/// Places blocks in the order of execution in an arena as long as the most that is alive at once, by turns as near as possible to
/// its beginning and to its end; nothing where one does not fit.
fn place_at_ends(blocks: &[Lifetime], order: &[usize]) -> Option<(Vec<usize>, usize)> {
    let alive_at =
        |step: usize| blocks.iter().filter(move |block| block.alive.contains(&step)).map(|block| block.len);
    let arena = blocks.iter().map(|block| alive_at(block.alive.start).sum()).max()?;
    let mut placed: Vec<(usize, Range<usize>)> = Vec::new();
    let mut offsets = vec![0; blocks.len()];
    for (turn, &i) in order.iter().enumerate() {
        let block = &blocks[i];
        let taken = placed.iter().filter(|(other, _)| overlap(&blocks[*other].alive, &block.alive));
        let taken = order::sorted(taken.map(|(_, place)| place.clone()).collect::<Vec<_>>(), |place| {
            place.start as u128
        });
        let mut gaps = Vec::new();
        let mut end = 0;
        for place in taken.into_iter().chain(std::iter::once(arena..arena)) {
            if place.start >= end + block.len {
                gaps.push(end..place.start);
            }
            end = end.max(place.end);
        }
        offsets[i] = if turn % 2 == 0 { gaps.first()?.start } else { gaps.last()?.end - block.len };
        placed.push((i, offsets[i]..offsets[i] + block.len));
    }
    Some((offsets, arena))
}

/// Gives each value one of several objects so that blocks alive at the same step have different ones; returns the
/// object of each and the objects' lengths.
///
/// Largest block first, each into the smallest object that is free for as long as it lives (arXiv 2001.03288,
/// section 4.3). That is for backends that cannot read and write one buffer in the same step.
pub fn share(blocks: &[Lifetime]) -> (Vec<usize>, Vec<usize>) {
    let by_size = order::descending(blocks.iter().map(|block| block.len as u128));
    let mut objects: Vec<(usize, Vec<Range<usize>>)> = Vec::new();
    let mut shared = vec![0; blocks.len()];
    for &i in &by_size {
        let block = &blocks[i];
        let free = (0..objects.len())
            .filter(|object| !objects[*object].1.iter().any(|alive| overlap(alive, &block.alive)))
            .min_by_key(|object| objects[*object].0);
        shared[i] = free.unwrap_or_else(|| {
            objects.push((block.len, Vec::new()));
            objects.len() - 1
        });
        objects[shared[i]].1.push(block.alive.clone());
    }
    (shared, objects.into_iter().map(|(len, _)| len).collect())
}

fn place(blocks: &[Lifetime], order: &[usize]) -> (Vec<usize>, usize) {
    let mut placed: Vec<(usize, Range<usize>)> = Vec::new();
    let mut offsets = vec![0; blocks.len()];
    for &i in order {
        let block = &blocks[i];
        let neighbours: Vec<Range<usize>> = placed
            .iter()
            .filter(|(other, _)| overlap(&blocks[*other].alive, &block.alive))
            .map(|(_, place)| place.clone())
            .collect();
        let neighbours = order::sorted(neighbours, |place| place.start as u128);
        let (mut end, mut best) = (0, None::<Range<usize>>);
        for place in neighbours {
            let gap = end..place.start;
            if gap.len() >= block.len && best.as_ref().is_none_or(|best| gap.len() < best.len()) {
                best = Some(gap);
            }
            end = end.max(place.end);
        }
        offsets[i] = best.map_or(end, |gap| gap.start);
        placed.push((i, offsets[i]..offsets[i] + block.len));
    }
    let arena = placed.iter().map(|(_, place)| place.end).max().unwrap_or(0);
    (offsets, arena)
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}
