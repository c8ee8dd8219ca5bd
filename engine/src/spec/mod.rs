//! What a network is, as data.

mod preprocess;

pub use preprocess::{Interpolation, Preprocess, Resize};
