//! One row times a matrix: classifiers, and the linear layers of squeeze-excite.

use crate::Activation;
use crate::elementwise::add_product;
use crate::f32x4::{F32x4, LANES};
use crate::gemm::TileRow;
use crate::math::apply_activation;
use crate::matrix::check_len;
use crate::pack::{PANEL, PackedB, packed_len};

/// Panels that are read side by side. Each weight is used once, so that the time goes into reading them, and memory delivers
/// four streams faster than one.
const STREAMS: usize = 4;

/// Columns that are computed side by side: what is cut into multiples of this is computed fastest.
pub const COLUMN_MULTIPLE: usize = STREAMS * PANEL;

/// `y = activation(x × b + bias)` for one row `x` of `b.k` numbers; the bias is packed with `b`.
///
/// The same bits, wherever the columns are cut between panels. Panics where a length does not fit.
pub fn gemv(x: &[f32], b: PackedB<'_>, y: &mut [f32], activation: Activation) {
    let (k, n) = (b.k, b.n);
    let panel_len = PANEL * (k + 1);
    assert_eq!((x.len(), y.len()), (k, n), "the row and its product are those of {k} x {n}");
    assert!(b.data.len() >= packed_len(k, n), "B: {} elements are too few for {k} x {n}", b.data.len());
    let groups = b.data[..packed_len(k, n)].chunks_exact(STREAMS * panel_len);
    let rest = groups.remainder().chunks_exact(panel_len);
    let mut done = 0;
    let mut store = |sums: &[TileRow]| {
        for (to, sum) in y[done..].chunks_mut(PANEL).zip(sums) {
            to.copy_from_slice(&sum.map(F32x4::to_array).as_flattened()[..to.len()]);
        }
        done += sums.len() * PANEL;
    };
    for group in groups {
        store(&products::<STREAMS>(x, group));
    }
    for panel in rest {
        store(&products::<1>(x, panel));
    }
    apply_activation(y, activation);
}

/// The biases of `S` panels plus the products of `x` and their columns.
fn products<const S: usize>(x: &[f32], panels: &[f32]) -> [TileRow; S] {
    let panel_len = PANEL * (x.len() + 1);
    assert_eq!(panels.len(), S * panel_len, "as many panels as are asked for");
    // SAFETY: each of the panels has a row of biases and one for each element of `x`, of PANEL numbers, as just checked.
    unsafe {
        let mut rows: [*const f32; S] = std::array::from_fn(|s| panels.as_ptr().add(s * panel_len));
        let mut sums = rows.map(|row| [F32x4::load(row), F32x4::load(row.add(LANES))]);
        for x in x {
            let x = F32x4::splat(*x);
            for (sum, row) in sums.iter_mut().zip(&mut rows) {
                *row = row.add(PANEL);
                *sum = [x.madd(F32x4::load(*row), sum[0]), x.madd(F32x4::load(row.add(LANES)), sum[1])];
            }
        }
        sums
    }
}

/// `y[o] = sum of x[i] * weights[o, i]` over the inputs of the group that `o` is in: `weights` is `[outputs, inputs / groups]`, and both
/// outputs and inputs are shared evenly. Panics where the lengths do not fit.
pub fn grouped(x: &[f32], weights: &[f32], groups: usize, y: &mut [f32]) {
    let groups = groups.max(1);
    let (read, each) = (x.len() / groups, y.len() / groups);
    assert_eq!((read * groups, each * groups), (x.len(), y.len()), "inputs and outputs of {groups} groups");
    check_len("weights in groups", weights.len(), &[y.len(), read]);
    if read == 0 || each == 0 {
        return y.fill(0.0);
    }
    let parts = x.chunks_exact(read).zip(weights.chunks_exact(each * read)).zip(y.chunks_exact_mut(each));
    for ((x, weights), y) in parts {
        if let [x] = x {
            y.fill(0.0);
            add_product(y, weights, *x);
            continue;
        }
        for (row, y) in weights.chunks_exact(read).zip(y) {
            *y = row.iter().zip(x).map(|(weight, x)| weight * x).sum();
        }
    }
}
