//! How good networks are on a visitor's own labelled photos: accuracy with intervals, what is taken for what, which network is
//! better beyond chance, and how far probabilities can be believed. A module of its own, which the page loads when it is opened.
//!
//! Here is what can be computed and written without a browser; `main.rs` has the rest.

pub mod labels;
pub mod page;
pub mod report;
pub mod statistics;
pub mod study;
