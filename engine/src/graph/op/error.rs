//! Why an operation cannot be applied.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::graph::Shape;

/// The longest side of a map: that of the largest input, and what zeros around it may add.
const MOST_MAP_SIDE: usize = 2 * super::conv::MOST_SIDE;
/// The most numbers of a value or a parameter: they can be counted in the 32 bits that a `usize` has in browsers.
const MOST_NUMBERS: usize = 1 << 31;

/// Why an operation cannot be applied to a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpError {
    /// A window is larger than the map under it.
    #[error("a window of {}×{} pixels does not fit on {}×{}", window[0], window[1], map[0], map[1])]
    Window {
        /// Height and width of the window, dilation included.
        window: [usize; 2],
        /// Height and width of the map, padding included.
        map: [usize; 2],
    },
    /// A side, a stride, a number of channels or of groups that is nothing or beyond what can be meant.
    #[error("{what} is {value}: choose {least} to {most}")]
    Range {
        /// What is out of range.
        what: String,
        /// The number.
        value: usize,
        /// The smallest that can be used.
        least: usize,
        /// The largest that can be used.
        most: usize,
    },
    /// Channels that do not divide.
    #[error("{channels} channels cannot be shared by {groups} groups: choose a divisor")]
    Groups {
        /// The channels.
        channels: usize,
        /// The groups.
        groups: usize,
    },
    /// Two values that ought to have one shape.
    #[error("{left} and {right} cannot meet: their shapes differ")]
    Shapes {
        /// One of them.
        left: Shape,
        /// The other.
        right: Shape,
    },
    /// A channel that does not exist.
    #[error("channel {channel} of {channels} does not exist (they count from 0)")]
    Channel {
        /// Which was asked for.
        channel: usize,
        /// How many there are.
        channels: usize,
    },
    /// Another sort of value is needed.
    #[error("it needs {needed}, and gets {found}")]
    Sort {
        /// What it needs.
        needed: String,
        /// What it gets.
        found: Shape,
    },
}

impl OpError {
    /// A number from 1 to `most`.
    ///
    /// # Errors
    /// [`OpError::Range`].
    pub fn check(what: &str, value: usize, most: usize) -> Result<(), Self> {
        Self::within(what, value, 1..=most)
    }

    /// A number in a range.
    ///
    /// # Errors
    /// [`OpError::Range`].
    pub fn within(what: &str, value: usize, range: RangeInclusive<usize>) -> Result<(), Self> {
        if range.contains(&value) {
            return Ok(());
        }
        Err(Self::Range { what: what.to_owned(), value, least: *range.start(), most: *range.end() })
    }

    /// The product of factors, which is from 1 to as many numbers as one tensor may have.
    ///
    /// # Errors
    /// [`OpError::Range`].
    pub fn product(what: &str, factors: &[usize]) -> Result<usize, Self> {
        let product = factors.iter().fold(1, |product: usize, factor| product.saturating_mul(*factor));
        Self::check(what, product, MOST_NUMBERS)?;
        Ok(product)
    }

    /// A value that can be computed: neither nothing nor beyond what can be meant.
    ///
    /// # Errors
    /// [`OpError::Range`].
    pub fn size(shape: Shape) -> Result<(), Self> {
        Self::check("the number of channels", shape.channels(), MOST_NUMBERS)?;
        let (height, width) = shape.size();
        if let Shape::Map { c, .. } = shape {
            Self::check("the height of a map", height, MOST_MAP_SIDE)?;
            Self::check("the width of a map", width, MOST_MAP_SIDE)?;
            Self::check("the number of channels", c, super::conv::MOST_CHANNELS)?;
        }
        Self::product("the size of a value", &[height, width, shape.channels()])?;
        Ok(())
    }

    /// A map's height, width and channels.
    ///
    /// # Errors
    /// [`OpError::Sort`] where the value is no map.
    pub fn map(shape: Shape) -> Result<[usize; 3], Self> {
        match shape {
            Shape::Map { h, w, c } => Ok([h, w, c]),
            Shape::Vector { .. } | Shape::Tokens { .. } => {
                Err(Self::Sort { needed: "a map".to_owned(), found: shape })
            }
        }
    }

    /// Two equal shapes.
    ///
    /// # Errors
    /// [`OpError::Shapes`].
    pub fn equal(left: Shape, right: Shape) -> Result<Shape, Self> {
        if left == right { Ok(left) } else { Err(Self::Shapes { left, right }) }
    }
}
