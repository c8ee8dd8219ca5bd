//! Other orders and parts of channels: shuffles, slices, index tables.

use std::sync::Arc;

use super::{Op, OpError, OpKind, Operation};
use crate::graph::Shape;

/// Which channel of the input each channel of the output is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelMap(Arc<[u32]>);

/// Channel j of the result is channel map\[j\] of the input, at every position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channels(pub ChannelMap);

impl ChannelMap {
    /// From an index table.
    pub fn index(channels: impl IntoIterator<Item = usize>) -> Self {
        // What does not fit is a channel that no value has.
        Self(channels.into_iter().map(|channel| u32::try_from(channel).unwrap_or(u32::MAX)).collect())
    }

    /// A range of channels.
    pub fn slice(range: std::ops::Range<usize>) -> Self {
        Self::index(range)
    }

    /// ShuffleNet's shuffle (arXiv 1707.01083, section 3.1): C channels as (groups, C / groups), transposed.
    ///
    /// # Errors
    /// [`OpError::Groups`] unless `groups` divides `channels`, [`OpError::Range`] where those are too many.
    pub fn shuffle(channels: usize, groups: usize) -> Result<Self, OpError> {
        OpError::within("the number of channels", channels, 0..=super::conv::MOST_CHANNELS)?;
        if groups == 0 || !channels.is_multiple_of(groups) {
            return Err(OpError::Groups { channels, groups });
        }
        let each = channels / groups;
        Ok(Self::index((0..channels).map(|j| j % groups * each + j / groups)))
    }

    /// MicroNet's rotation (arXiv 2108.05894, section 3.2): of C channels as (groups, C / groups), the groups and the channels of each
    /// by one.
    ///
    /// # Errors
    /// As [`ChannelMap::shuffle`].
    pub fn rotated(channels: usize, groups: usize) -> Result<Self, OpError> {
        OpError::within("the number of channels", channels, 0..=super::conv::MOST_CHANNELS)?;
        if groups == 0 || !channels.is_multiple_of(groups) {
            return Err(OpError::Groups { channels, groups });
        }
        let each = (channels / groups).max(1);
        let rotated = |j: usize| (j / each + 1) % groups * each + (j % each + 1) % each;
        Ok(Self::index((0..channels).map(rotated)))
    }

    /// The table.
    pub fn table(&self) -> &[u32] {
        &self.0
    }

    /// Channels of the result.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the result has no channels.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the result has a channel of the input twice.
    pub fn repeats(&self) -> bool {
        let distinct: std::collections::BTreeSet<u32> = self.0.iter().copied().collect();
        distinct.len() < self.len()
    }

    /// For each channel of the result the channel of the input.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.0.iter().map(|channel| *channel as usize)
    }

    /// This map of what `first` gives, in one.
    #[must_use]
    pub fn after(&self, first: &Self) -> Self {
        Self(self.0.iter().map(|channel| first.0[*channel as usize]).collect())
    }
}

impl Operation for Channels {
    fn kind(&self) -> OpKind {
        OpKind::Channels
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        let channels = inputs[0].channels();
        OpError::check("the number of channels", self.0.len(), super::conv::MOST_CHANNELS)?;
        match self.0.iter().find(|channel| *channel >= channels) {
            Some(channel) => Err(OpError::Channel { channel, channels }),
            None => Ok(inputs[0].with_channels(self.0.len())),
        }
    }

    fn gathering(&self, _: usize, map: &ChannelMap) -> Option<Op> {
        Some(Self(self.0.after(map)).into())
    }
}
