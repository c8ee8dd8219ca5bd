//! What leaves the page on the visitor's wish: the board as a link, results as files.

pub(crate) mod link;
pub(crate) mod results;
