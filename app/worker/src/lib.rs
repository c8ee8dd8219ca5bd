//! The worker's messages, shared with the page. What answers them is the binary beside.

pub mod protocol;
