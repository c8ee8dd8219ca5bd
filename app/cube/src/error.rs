//! Why a file gave no cube, or a cube no components.

use serde::{Deserialize, Serialize};

use crate::array::Format;

/// What went wrong, with the offending values and what to do about it.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum CubeError {
    /// The content is of another kind.
    #[error(
        "This file begins with the bytes {first_bytes:?}: it is neither a NumPy array (.npy) nor a MATLAB file (.mat, version 5). Save the cube with numpy.save or scipy.io.savemat."
    )]
    NotAnArray {
        /// At most 8.
        first_bytes: Vec<u8>,
    },
    /// MATLAB's files since version 7.3 are HDF5.
    #[error(
        "This is a MATLAB file of version 7.3, which is HDF5 and not read here. Save it again in MATLAB with save(FILE, NAME, '-v7'), or in Python with scipy.io.savemat (h5py reads this one)."
    )]
    Hdf5,
    /// The file ends before its numbers do.
    #[error(
        "The {format} file ends too early: it has {found} of {expected} bytes. Download or copy it again."
    )]
    Truncated {
        /// What the file is.
        format: Format,
        /// Bytes that there should be.
        expected: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// The file contradicts its format.
    #[error("The {format} file cannot be read: {reason}. Save it again with {}.", .format.writer())]
    Malformed {
        /// What the file is.
        format: Format,
        /// What was found, and where.
        reason: String,
    },
    /// Numbers of a kind that is not read.
    #[error(
        "The {format} file holds {numbers}, and only real numbers of 8 to 64 bits are read. Convert them, as with array.astype('float32') in NumPy, and save it again."
    )]
    Numbers {
        /// What the file is.
        format: Format,
        /// What its numbers are, as the file says.
        numbers: String,
    },
    /// Nothing in the file is a cube or a map of classes.
    #[error(
        "The {format} file has {found}, but a cube has three dimensions (rows, columns, bands) and a map of classes two. Save one of those alone."
    )]
    NoArray {
        /// What the file is.
        format: Format,
        /// What it holds.
        found: String,
    },
    /// More than is read; found before anything is decoded.
    #[error(
        "The array is {shape}, which is too large: at most {} MB, 16 million pixels and 512 bands are read. Cut a part out, or save it as 16-bit integers.",
        .limit >> 20
    )]
    TooLarge {
        /// Its sides.
        shape: String,
        /// The most bytes.
        limit: u64,
    },
    /// A number without a value.
    #[error(
        "The cube has the value {value} in row {row}, column {column}, band {band} (counted from 0), and components need numbers everywhere. Replace such values, as with numpy.nan_to_num."
    )]
    NotFinite {
        /// NaN or an infinity.
        value: String,
        /// Its row.
        row: u32,
        /// Its column.
        column: u32,
        /// Its band.
        band: u32,
    },
    /// A class that is none.
    #[error(
        "The map of classes has the value {value} in row {row}, column {column} (counted from 0), and classes are whole numbers from 0 (no class) to 65535. Is this file the truth of a cube?"
    )]
    Label {
        /// The value.
        value: String,
        /// Its row.
        row: u32,
        /// Its column.
        column: u32,
    },
    /// Another number of components than there can be.
    #[error(
        "{asked} components were asked for, and this cube of {bands} bands and {pixels} pixels has 1 to {most}. Choose a network for at most {most} components."
    )]
    Components {
        /// How many were asked for.
        asked: u32,
        /// Bands of the cube.
        bands: u32,
        /// Pixels of the cube.
        pixels: u32,
        /// The most that there can be.
        most: u32,
    },
    /// Fewer components that vary.
    #[error(
        "Only {rank} components of this cube vary, and {asked} were asked for, which cannot all be given the variance 1. Is every band of the cube there, and none a copy of others?"
    )]
    Rank {
        /// How many were asked for.
        asked: u32,
        /// How many vary.
        rank: u32,
    },
    /// The eigenvalues could not be found.
    #[error(
        "The principal components of {bands} bands could not be found. Scale the cube's values, whose largest variance is {largest}."
    )]
    Eigenvalues {
        /// Bands of the cube.
        bands: u32,
        /// The largest variance of a band.
        largest: String,
    },
    /// A window without a pixel in its middle.
    #[error(
        "A window of {height} × {width} pixels has no pixel in its middle, or is too large. Choose odd numbers from 1 to {most}."
    )]
    Window {
        /// Its rows.
        height: u32,
        /// Its columns.
        width: u32,
        /// The most of either.
        most: u32,
    },
}
