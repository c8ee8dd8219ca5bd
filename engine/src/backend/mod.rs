//! What executes a plan.

pub mod cpu;
