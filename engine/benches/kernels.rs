//! Speed of the kernels on the shapes of MobileNetV1 and V2 at 224×224, one thread, in multiply-add-counted GFLOP/s.
//!
//! `cargo bench -p engine --bench kernels [filter]`. Natively the build has SSE2 only (unless RUSTFLAGS say more), so that the
//! figures compare kernels and shapes; they do not predict a browser's.

#[cfg(not(target_family = "wasm"))]
mod shapes;

#[cfg(not(target_family = "wasm"))]
fn main() {
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_default();
    let start = std::time::Instant::now();
    shapes::run(&filter, &|| start.elapsed().as_secs_f64(), &mut |line| println!("{line}"));
}

/// Browsers have no command line; the checks of the kernels run there, in `tests/kernels_web.rs`.
#[cfg(target_family = "wasm")]
fn main() {}
