//! Kernels over slices; the only folder with `unsafe`.
