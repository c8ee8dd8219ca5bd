//! What worker and page share: their messages, and networks as texts. What answers them is the binary beside.

pub mod javascript;
pub mod network;
pub mod problem;
pub mod protocol;
