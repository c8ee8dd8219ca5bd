//! What a network is, as data.

mod activation;
mod preprocess;

pub use activation::Activation;
pub use preprocess::{Interpolation, Preprocess, Resize};
