//! The SIMD kernels of the CPU backend against naive loops: all of `kernel_checks`, and what panics.

use crate::kernel_checks;

kernel_checks::each_as!(test);

/// Entry points check the lengths of their slices before they use pointers.
mod short_slices_panic {
    use engine::graph::Activation;
    use kernels::conv::{self, Image, conv};
    use kernels::depthwise::depthwise;
    use kernels::gemm::{Epilogue, RowTile, gemm};
    use kernels::gemv::gemv;
    use kernels::pack::{PackedB, pack_b, packed_len};
    use kernels::softmax::softmax_rows;
    use kernels::{Rows, RowsMut, Window, winograd};
    use std::ops::Range;

    const K: usize = 5;
    const N: usize = 9;

    /// A GEMM of 4 rows with buffers of the given lengths.
    fn run_gemm(a: usize, b: usize, c: usize, residual: usize) {
        let (a, b, mut c, residual) = (vec![1.0; a], vec![1.0; b], vec![0.0; c], vec![1.0; residual]);
        gemm(
            4,
            Rows { data: &a, stride: K + 1 },
            PackedB { data: &b, k: K, n: N },
            RowsMut { data: &mut c, stride: N + 2 },
            Epilogue { activation: Activation::Relu, residual: Some(Rows { data: &residual, stride: N }) },
        );
    }

    const A_LEN: usize = 3 * (K + 1) + K;
    const C_LEN: usize = 3 * (N + 2) + N;

    #[test]
    fn exact_lengths_do_not() {
        run_gemm(A_LEN, packed_len(K, N), C_LEN, 4 * N);
    }

    #[test]
    #[should_panic(expected = "A: 4 rows of 5")]
    fn gemm_a() {
        run_gemm(A_LEN - 1, packed_len(K, N), C_LEN, 4 * N);
    }

    #[test]
    #[should_panic(expected = "too few for 5 x 9")]
    fn gemm_b() {
        run_gemm(A_LEN, packed_len(K, N) - 1, C_LEN, 4 * N);
    }

    #[test]
    #[should_panic(expected = "C: 4 rows of 9")]
    fn gemm_c() {
        run_gemm(A_LEN, packed_len(K, N), C_LEN - 1, 4 * N);
    }

    #[test]
    #[should_panic(expected = "residual: 4 rows of 9")]
    fn gemm_residual() {
        run_gemm(A_LEN, packed_len(K, N), C_LEN, 4 * N - 1);
    }

    #[test]
    #[should_panic(expected = "softmax's input: 18 elements for the shape [1, 9]")]
    fn softmax_factors() {
        softmax_rows(&mut [1.0; 2 * N], N, 0.5, &mut [0.0]);
    }

    fn run_gemv(x: usize, b: usize, y: usize) {
        let b = vec![1.0; b];
        gemv(&vec![1.0; x], PackedB { data: &b, k: K, n: N }, &mut vec![0.0; y], Activation::Relu);
    }

    #[test]
    #[should_panic(expected = "those of 5 x 9")]
    fn gemv_x() {
        run_gemv(K - 1, packed_len(K, N), N);
    }

    #[test]
    #[should_panic(expected = "too few for 5 x 9")]
    fn gemv_b() {
        run_gemv(K, packed_len(K, N) - 1, N);
    }

    #[test]
    #[should_panic(expected = "those of 5 x 9")]
    fn gemv_y() {
        run_gemv(K, packed_len(K, N), N - 1);
    }

    #[test]
    #[should_panic(expected = "weights: 9 rows of 5")]
    fn pack() {
        pack_b(Rows { data: &[0.0; N * K - 1], stride: K }, K, N, None, &mut vec![0.0; packed_len(K, N)]);
    }

    const WINDOW: Window = Window {
        height: 6,
        width: 5,
        channels: 4,
        kernel: [3; 2],
        stride: [1; 2],
        dilation: [1; 2],
        pad_top: 1,
        pad_left: 1,
        out_height: 6,
        out_width: 5,
    };

    fn run_depthwise(input: usize, out: usize) {
        let weights = PackedB { data: &[1.0; 10 * 8], k: 9, n: 4 };
        let out = RowsMut { data: &mut vec![0.0; out], stride: 4 };
        depthwise(&WINDOW, &vec![1.0; input], weights, Activation::Relu, 2..4, out);
    }

    #[test]
    fn a_depthwise_convolution_within_its_slices_does_not() {
        run_depthwise(6 * 5 * 4, 2 * 5 * 4);
    }

    #[test]
    #[should_panic(expected = "input: 119 elements")]
    fn depthwise_input() {
        run_depthwise(6 * 5 * 4 - 1, 2 * 5 * 4);
    }

    #[test]
    #[should_panic(expected = "output: 10 rows of 4, 4 apart, do not lie within 39 elements")]
    fn depthwise_output() {
        run_depthwise(6 * 5 * 4, 2 * 5 * 4 - 1);
    }

    /// A dense convolution of the pixels from 28 on with one filter.
    fn run_conv(input: usize, end: usize, out: usize, scratch: usize) {
        let (data, mut out, mut scratch) = (vec![1.0; input], vec![0.0; out], vec![0.0; scratch]);
        let image = Image { window: &WINDOW, data: &data };
        let weights = PackedB { data: &[1.0; 37 * 8], k: 36, n: 1 };
        let out = RowsMut { data: &mut out, stride: 1 };
        conv(RowTile::detect(), image, weights, 28..end, out, Epilogue::NONE, &mut scratch);
    }

    #[test]
    fn a_convolution_within_its_slices_does_not() {
        run_conv(6 * 5 * 4, 30, 2, conv::scratch_len(&WINDOW));
        run_conv(6 * 5 * 4, 28, 0, 0);
    }

    #[test]
    #[should_panic(expected = "is beyond")]
    fn conv_pixels() {
        run_conv(6 * 5 * 4, 31, 3, conv::scratch_len(&WINDOW));
    }

    #[test]
    #[should_panic(expected = "input")]
    fn conv_input() {
        run_conv(6 * 5 * 4 - 1, 30, 2, conv::scratch_len(&WINDOW));
    }

    #[test]
    #[should_panic(expected = "C: 2 rows")]
    fn conv_out() {
        run_conv(6 * 5 * 4, 30, 1, conv::scratch_len(&WINDOW));
    }

    #[test]
    #[should_panic(expected = "out of range")]
    fn conv_scratch() {
        run_conv(6 * 5 * 4, 30, 2, 3 * 7 * 4 - 1);
    }

    /// A convolution by transforms, of some rows, with four filters.
    fn run_winograd(input: usize, filters: usize, lines: Range<usize>, out: usize, scratch: usize) {
        let (data, filters) = (vec![1.0; input], vec![1.0; filters]);
        let image = Image { window: &WINDOW, data: &data };
        let filters = winograd::Filters { data: &filters, k: 4, n: 4 };
        let (mut out, mut scratch) = (vec![0.0; out], vec![0.0; scratch]);
        let out = RowsMut { data: &mut out, stride: 4 };
        winograd::conv(RowTile::detect(), image, filters, lines, out, Epilogue::NONE, &mut scratch);
    }

    const FILTERS: usize = winograd::PRODUCTS * 5 * 8;

    #[test]
    fn a_convolution_by_transforms_within_its_slices_does_not() {
        run_winograd(6 * 5 * 4, FILTERS, 2..6, 80, winograd::scratch_len(&WINDOW, 4));
        run_winograd(6 * 5 * 4, FILTERS, 4..4, 0, winograd::scratch_len(&WINDOW, 4));
    }

    #[test]
    #[should_panic(expected = "input: 119 elements")]
    fn winograd_input() {
        run_winograd(6 * 5 * 4 - 1, FILTERS, 2..6, 80, winograd::scratch_len(&WINDOW, 4));
    }

    #[test]
    #[should_panic(expected = "filters: 639 elements")]
    fn winograd_filters() {
        run_winograd(6 * 5 * 4, FILTERS - 1, 2..6, 80, winograd::scratch_len(&WINDOW, 4));
    }

    #[test]
    #[should_panic(expected = "3..6 of Window")]
    fn winograd_lines() {
        run_winograd(6 * 5 * 4, FILTERS, 3..6, 80, winograd::scratch_len(&WINDOW, 4));
    }

    #[test]
    #[should_panic(expected = "output: 20 rows of 4")]
    fn winograd_out() {
        run_winograd(6 * 5 * 4, FILTERS, 2..6, 79, winograd::scratch_len(&WINDOW, 4));
    }

    #[test]
    #[should_panic(expected = "scratch memory: 1539 numbers of 1540")]
    fn winograd_scratch() {
        run_winograd(6 * 5 * 4, FILTERS, 2..6, 80, winograd::scratch_len(&WINDOW, 4) - 1);
    }
}
