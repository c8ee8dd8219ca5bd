//! The camera's picture, which the board's networks look at in turns: each says what it sees, how long it took and how many
//! pictures a second it has answered for. A module of its own, which the page loads when it is opened.
//!
//! Here is what needs no browser; `main.rs` has the rest.

pub mod page;
pub mod rate;
