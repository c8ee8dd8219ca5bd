//! What worker and page share: their messages. What answers them is the binary beside.

pub mod javascript;
pub mod problem;
pub mod protocol;
