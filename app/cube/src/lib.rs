//! Hyperspectral images: from files to the windows that networks such as HybridSN classify, and what the classes come to.
//!
//! An image is a cube of rows × columns × bands. Its bands are reduced to their first principal components, each of
//! variance 1 ([`pca`]), and each pixel is classified by the window around it ([`Reduced::window`]). Where the truth is
//! known for some pixels, [`Scores`] says how often the classes are right.
//!
//! The module (`main.rs`) has its own memory, for cubes are large and the engine's can only grow. What the page and the
//! worker share with it is here.

mod array;
mod colours;
mod error;
mod false_colour;
mod labels;
mod mat;
mod npy;
#[cfg(feature = "module")]
pub mod pca;
mod scene;
mod scores;
mod windows;

use serde::{Deserialize, Serialize};

pub use array::{Array, Format, NumberKind};
pub use colours::class_colour;
pub use error::CubeError;
pub use false_colour::{Shown, false_colour};
pub use labels::Labels;
pub use scene::{MAX_BANDS, MAX_PIXELS, Scene};
pub use scores::{ClassScore, Scores};
pub use windows::Reduced;

/// Most bytes of an array's numbers: Pavia's centre, one of the largest public cubes, has 640 MB as f64.
pub const MAX_BYTES: u64 = 1 << 30;

/// Reads the array of a file that people keep cubes and their truths in, `.npy` or `.mat`: of several variables the largest with three
/// dimensions, or else the largest with two.
pub fn read(bytes: Vec<u8>) -> Result<Array, CubeError> {
    if npy::is_npy(&bytes) { npy::read(bytes) } else { mat::read(&bytes) }
}

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum About {
    /// A cube.
    Cube(CubeInfo),
    /// The classes of its pixels.
    Truth {
        /// Rows.
        height: u32,
        /// Columns.
        width: u32,
        /// The array's name, where the file names it.
        name: Option<String>,
    },
}

/// A cube, as people are told of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CubeInfo {
    /// Rows.
    pub height: u32,
    /// Columns.
    pub width: u32,
    /// Bands.
    pub bands: u32,
    /// What the numbers are stored as.
    pub numbers: NumberKind,
    /// The array's name, where the file names it.
    pub name: Option<String>,
    /// How its picture was made.
    pub shown: Shown,
}

/// What the module's functions give first.
pub type Outcome<T> = Result<T, CubeError>;
