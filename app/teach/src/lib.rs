//! The board's networks are taught a visitor's own classes: a linear layer is trained on what the last layer of each reads of some
//! photos, and takes that layer's place. A module of its own, which the page loads when it is opened.
//!
//! Here is what needs no browser; `main.rs` has the rest.

pub mod course;
pub mod folds;
pub mod linear;
pub mod page;
pub mod project;
pub mod regression;
pub mod saved;
