//! Where a value's channels lie in its rows. Nothing here touches a GPU.

use std::ops::Range;
use std::sync::Arc;

use super::lower::QUAD;
use crate::graph::op::ChannelMap;

/// Stands for no number, no channel, no place.
pub const NONE: u32 = u32::MAX;

/// The order of a value's channels in a row of quads; numbers between them belong to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Quads of a row.
    pub quads: usize,
    /// For each channel, which number of the row it is. Two may be the same.
    pub slots: Arc<[u32]>,
}

impl Layout {
    /// One channel after the other.
    pub(super) fn dense(channels: usize) -> Self {
        Self { quads: channels.div_ceil(QUAD), slots: (0..channels as u32).collect() }
    }

    /// Whether one channel comes after the other, from the first number on.
    pub(super) fn is_dense(&self) -> bool {
        self.quads == self.slots.len().div_ceil(QUAD)
            && self.slots.iter().zip(0..).all(|(slot, i)| *slot == i)
    }

    /// Some channels of it, where they are.
    pub(super) fn mapped(&self, map: &ChannelMap) -> Self {
        Self { quads: self.quads, slots: map.iter().map(|channel| self.slots[channel]).collect() }
    }

    /// One after the other.
    pub(super) fn side_by_side(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut slots = Vec::new();
        let mut quads = 0;
        for part in parts {
            slots.extend(part.slots.iter().map(|slot| (quads * QUAD) as u32 + slot));
            quads += part.quads;
        }
        Self { quads, slots: slots.into() }
    }

    /// The quads that hold channels, ascending.
    pub(super) fn used(&self) -> Vec<u32> {
        let mut is_used = vec![false; self.quads];
        self.slots.iter().for_each(|slot| is_used[*slot as usize / QUAD] = true);
        (0..).zip(is_used).filter(|(_, is_used)| *is_used).map(|(quad, _)| quad).collect()
    }

    /// The same without quads that hold no channel.
    pub(super) fn compacted(&self) -> Self {
        let used = self.used();
        let mut places = vec![0; self.quads];
        (0..).zip(&used).for_each(|(place, quad)| places[*quad as usize] = place);
        let moved = |slot: &u32| places[*slot as usize / QUAD] * QUAD as u32 + slot % QUAD as u32;
        Self { quads: used.len(), slots: self.slots.iter().map(moved).collect() }
    }

    /// Whether no two channels are the same number.
    pub(super) fn is_injective(&self) -> bool {
        let channels = self.lanes(0..self.quads).into_iter().filter(|channel| *channel != NONE).count();
        channels == self.slots.len()
    }

    /// For each number of some quads the channel that it is.
    pub(super) fn lanes(&self, quads: Range<usize>) -> Vec<u32> {
        let mut lanes = vec![NONE; quads.len() * QUAD];
        let start = quads.start * QUAD;
        for (channel, slot) in (0..).zip(self.slots.iter()) {
            if let Some(lane) = (*slot as usize).checked_sub(start).and_then(|lane| lanes.get_mut(lane)) {
                *lane = channel;
            }
        }
        lanes
    }

    /// The first of consecutive numbers that are these channels; `None` if they do not follow each other so.
    pub(super) fn run(&self, lanes: &[u32]) -> Option<usize> {
        let mut known = lanes.iter().enumerate().filter(|(_, channel)| **channel != NONE);
        let slot = |channel: &u32| self.slots[*channel as usize] as usize;
        let (lane, channel) = known.next()?;
        let start = slot(channel).checked_sub(lane).filter(|start| start.is_multiple_of(QUAD))?;
        known.all(|(lane, channel)| slot(channel) == start + lane).then_some(start)
    }
}

/// A value in a buffer.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// The buffer's number.
    pub(super) block: usize,
    /// Quads from a row to the next.
    pub(super) stride: usize,
    /// The first of its own.
    pub(super) first: usize,
    /// Where its channels lie from there on.
    pub(super) layout: Layout,
}

impl View {
    /// Some of its channels.
    pub(super) fn mapped(&self, map: &ChannelMap) -> Self {
        Self { layout: self.layout.mapped(map), ..self.clone() }
    }

    /// Whether its rows hold nothing else, and its channels in order.
    pub(super) fn is_whole(&self) -> bool {
        self.stride == self.layout.quads && self.layout.is_dense()
    }
}

/// What a quad of a result is computed from, where that is not all that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lists {
    /// Entries of each list: four numbers each.
    pub(super) depth: usize,
    /// Whether the numbers of an entry lie anywhere; else they are a quad.
    pub(super) is_scattered: bool,
    /// For each entry of each list its quad, or for each number of each entry where it lies.
    pub(super) places: Vec<u32>,
    /// For each number of each entry the channel that it is meant as.
    pub(super) channels: Vec<u32>,
}

/// How many times as many entries there may be with whole quads: reading numbers one by one takes as much longer.
const WORTH: usize = 2;

impl Lists {
    /// For results that read these channels each.
    pub(super) fn new(layout: &Layout, read: &[Range<usize>]) -> Self {
        let of_quads: Vec<Vec<u32>> = read
            .chunks(QUAD)
            .map(|read| {
                let mut channels: Vec<u32> =
                    read.iter().cloned().flatten().map(|channel| channel as u32).collect();
                channels.sort_unstable();
                channels.dedup();
                channels
            })
            .collect();
        let scattered = of_quads.iter().map(|channels| channels.len().div_ceil(QUAD)).max().unwrap_or(0);
        let lists: Vec<_> = of_quads.iter().map(|channels| whole_quads(layout, channels)).collect();
        let whole = lists.iter().map(Vec::len).max().unwrap_or(0);
        let any = layout.slots.first().copied().unwrap_or(0);
        let (mut places, mut all) = (Vec::new(), Vec::new());
        if whole > WORTH * scattered {
            for channels in of_quads {
                let numbers = channels.into_iter().map(Some).chain(std::iter::repeat(None));
                for channel in numbers.take(scattered * QUAD) {
                    places.push(channel.map_or(any, |channel| layout.slots[channel as usize]));
                    all.push(channel.unwrap_or(NONE));
                }
            }
            return Self { depth: scattered, is_scattered: true, places, channels: all };
        }
        for list in lists {
            // Shorter ones read something again and multiply it with zeros.
            let filler = (list.first().map_or(any / QUAD as u32, |(quad, _)| *quad), [NONE; QUAD]);
            for (quad, lanes) in list.into_iter().chain(std::iter::repeat(filler)).take(whole) {
                places.push(quad);
                all.extend(lanes);
            }
        }
        Self { depth: whole, is_scattered: false, places, channels: all }
    }
}

/// The quads that hold channels, each with which of them its numbers are meant as.
fn whole_quads(layout: &Layout, channels: &[u32]) -> Vec<(u32, [u32; QUAD])> {
    let mut list: Vec<(u32, [u32; QUAD])> = Vec::new();
    for channel in channels {
        let slot = layout.slots[*channel as usize];
        let (quad, lane) = (slot / QUAD as u32, slot as usize % QUAD);
        // Two channels that are one number have an entry each: they may be normalised by different numbers.
        match list.iter_mut().find(|(at, lanes)| *at == quad && lanes[lane] == NONE) {
            Some((_, lanes)) => lanes[lane] = *channel,
            None => {
                let mut lanes = [NONE; QUAD];
                lanes[lane] = *channel;
                list.push((quad, lanes));
            }
        }
    }
    list
}
