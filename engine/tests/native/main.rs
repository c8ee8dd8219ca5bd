//! The engine's tests outside browsers, in one program: linking one for each file would take longer than they run. Those that count
//! memory are programs of their own.

#![cfg(not(target_family = "wasm"))]

mod aliases;
mod backends;
#[path = "../checksum/mod.rs"]
mod checksum;
mod clocks;
mod decode;
mod decode_many;
mod espnet_real;
mod explain;
mod golden;
mod golden_real;
mod graph;
mod head;
mod int8;
#[path = "../int8_golden/mod.rs"]
mod int8_golden;
#[path = "../kernel_checks/mod.rs"]
mod kernel_checks;
mod kernels;
mod labels;
mod located;
mod manifest;
mod merged;
mod operations;
mod partial;
mod preprocess;
mod recognise;
mod safetensors;
mod shaders;
mod tables;
mod threads;
mod usage;
mod webgpu;
