//! Explanations that one can touch: articles with figures that react, each of which ends in a number counted by the engine or
//! measured on the visitor's device. A module of its own, which the page loads when the first article is opened.
//!
//! Figures are functions from values to pictures; what is measured comes to them as values, too.

pub mod article;
pub mod figures;
pub mod page;
pub mod prose;
