//! Speed of the kernels on the shapes of MobileNetV1 and V2 at 224×224, one thread, in multiply-add-counted GFLOP/s.
//!
//! `cargo bench -p engine --bench kernels [filter]`. Natively the build has SSE2 only (unless RUSTFLAGS say more), so that the
//! figures compare kernels and shapes; they do not predict a browser's.

#[cfg(not(target_family = "wasm"))]
fn main() {
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_default();
    let start = std::time::Instant::now();
    engine::bench::kernels(&filter, &|| start.elapsed().as_secs_f64(), &mut |timing| {
        let (name, count) = (&timing.name, timing.count);
        let rate = timing.gflops().map_or(String::new(), |gflops| format!("{gflops:7.1} GFLOP/s"));
        println!("{name:44} {:9.1} µs  x{count} {rate}", timing.best_secs * 1e6);
    });
}

/// Browsers have no command line: there, `cargo xtask bench --kernels` times the same shapes.
#[cfg(target_family = "wasm")]
fn main() {}
