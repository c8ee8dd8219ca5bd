//! The most multiply-adds that this machine can do in this build: what the other kernels are measured against.

use std::hint::black_box;

use crate::f32x4::{F32x4, LANES};

/// How many independent sums the kernels keep. A multiply-add takes several cycles, so that few sums leave the unit
/// waiting; more than the machine has registers are kept in memory. Which number is best depends on the machine and the
/// build.
pub const ACCUMULATORS: [usize; 2] = [8, 12];

/// Adds up products in registers, `steps` times in each of `accumulators` sums, and gives the number of multiply-adds done.
///
/// # Panics
/// If `accumulators` is not one of [`ACCUMULATORS`].
pub fn multiply_add(accumulators: usize, steps: usize) -> usize {
    match accumulators {
        8 => run::<8>(steps),
        12 => run::<12>(steps),
        _ => panic!("no kernel with {accumulators} accumulators"),
    }
    steps * accumulators * LANES
}

#[inline(never)]
fn run<const N: usize>(steps: usize) {
    // Halving and adding a half keeps every sum near 1: numbers that vanish or overflow could be slower. The compiler
    // does not know the factors.
    let half = F32x4::splat(black_box(0.5));
    let mut sums: [F32x4; N] = std::array::from_fn(|i| F32x4::splat(i as f32));
    for _ in 0..steps {
        for sum in &mut sums {
            *sum = sum.madd(half, half);
        }
    }
    black_box(sums.into_iter().fold(F32x4::zero(), |all, sum| all + sum).sum());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_accumulators_has_a_kernel() {
        for accumulators in ACCUMULATORS {
            assert_eq!(multiply_add(accumulators, 10), 40 * accumulators);
        }
    }
}
