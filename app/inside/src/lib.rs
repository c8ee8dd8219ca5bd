//! A look inside the board's networks, at the photo that the page shows: what each part of it adds to a class, what modules return,
//! and which pixels they depend on. A module of its own, which the page loads when it is opened.
//!
//! Here is what needs no browser; `main.rs` has the rest.

pub mod page;
pub mod picture;
