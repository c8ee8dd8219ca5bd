//! Exponential and activations.

use crate::Activation;
use crate::f32x4::{Constant, F32x4, LANES};

/// Vectors that [`Exp`] works on side by side: each of its constants is then loaded once for all of them, and their sums of
/// products do not wait for each other.
pub(crate) const BLOCK: usize = 4;

/// [`BLOCK`] vectors.
pub(crate) type Block = [F32x4; BLOCK];

/// `2^24 · e^x` for `x` that is not positive, with a relative error below 5e-7; NaN for NaN.
///
/// The power of two keeps whatever is above 0 in f32 (`x` > -104) among the normal numbers. Less is taken for -104.
#[inline(always)]
pub(crate) fn shifted_exp(x: Block) -> Block {
    static SHIFTED: Exp = Exp::new(1.0, 24.0);
    let x = each(x, |x| x.max(F32x4::splat(-104.0)));
    let [power, p] = SHIFTED.factors(x);
    zip(p, power, |p, power| p * power)
}

/// The constants of `2^shift · e^(sign · x)`, where `sign` is 1 or -1 and so takes no time.
struct Exp {
    log_2_e: Constant,
    /// Added to a number n below 2^22 it leaves the bits of 2^(n + shift)'s exponent in the lowest bits of the mantissa.
    to_bits: Constant,
    /// -sign · ln 2 in two parts; the product of the first (9 bits) and n is exact.
    ln_2_high: Constant,
    ln_2_low: Constant,
    /// Minimax polynomial of e^r for |r| <= ln(2)/2 with a constant term of 1, so that e^0 is exact; highest power first;
    /// relative error 9.5e-8.
    polynomial: [Constant; 6],
}

impl Exp {
    const fn new(sign: f32, shift: f32) -> Self {
        Self {
            log_2_e: Constant::new(sign * std::f32::consts::LOG2_E),
            to_bits: Constant::new(12_582_912.0 + 127.0 + shift),
            ln_2_high: Constant::new(-sign * 355.0 / 512.0),
            ln_2_low: Constant::new(sign * 2.121_944_4e-4),
            polynomial: [
                Constant::new(sign * 0.008_290_229),
                Constant::new(0.041_898_39),
                Constant::new(sign * 0.166_676_4),
                Constant::new(0.499_991_45),
                Constant::new(sign * 0.999_999_7),
                Constant::new(1.0),
            ],
        }
    }

    /// Two factors of the result: `2^(n + shift)` and, for `sign · x = n ln 2 + r`, a polynomial for `e^r`, which keeps NaN.
    ///
    /// `n + shift` must be from -127 to 128: the power of two is 0 for the one and ∞ for the other. Without a shift that is
    /// for `sign · x` from -88 to 88.8.
    #[inline(always)]
    fn factors(&self, x: Block) -> [Block; 2] {
        let (log_2_e, to_bits) = (self.log_2_e.get(), self.to_bits.get());
        let (ln_2_high, ln_2_low) = (self.ln_2_high.get(), self.ln_2_low.get());
        let rounded = each(x, |x| x.madd(log_2_e, to_bits));
        let n = each(rounded, |rounded| rounded - to_bits);
        // sign · r, whose odd powers have that sign.
        let r = zip(n, x, |n, x| n.madd(ln_2_high, x));
        let r = zip(n, r, |n, r| n.madd(ln_2_low, r));
        let [highest, rest @ ..] = &self.polynomial;
        let mut p = [highest.get(); BLOCK];
        for coefficient in rest {
            let coefficient = coefficient.get();
            p = zip(p, r, |p, r| p.madd(r, coefficient));
        }
        [each(rounded, F32x4::low_bits_to_exponent), p]
    }
}

/// `f` of each vector. (`array::map` is not always compiled to straight code.)
#[inline(always)]
pub(crate) fn each(mut x: Block, f: impl Fn(F32x4) -> F32x4) -> Block {
    for x in &mut x {
        *x = f(*x);
    }
    x
}

/// `f` of each pair of vectors.
#[inline(always)]
fn zip(mut a: Block, b: Block, f: impl Fn(F32x4, F32x4) -> F32x4) -> Block {
    for (a, b) in a.iter_mut().zip(b) {
        *a = f(*a, b);
    }
    a
}

/// `1 + e^-x`; 1 or ∞ beyond the bounds of [`Exp::factors`], which changes sigmoid and SiLU by less than 1e-36.
#[inline(always)]
fn one_plus_exp_neg(x: Block) -> Block {
    static NEGATED: Exp = Exp::new(-1.0, 0.0);
    let x = each(x, |x| x.min(F32x4::splat(88.0)).max(F32x4::splat(-88.8)));
    let [power, p] = NEGATED.factors(x);
    zip(p, power, |p, power| p.madd(power, F32x4::splat(1.0)))
}

/// `1 / (1 + e^-x)`.
#[inline(always)]
pub(crate) fn sigmoid(x: Block) -> Block {
    each(one_plus_exp_neg(x), |divisor| F32x4::splat(1.0) / divisor)
}

/// `x / (1 + e^-x)`; NaN for -∞, like the formula.
#[inline(always)]
pub(crate) fn silu(x: Block) -> Block {
    zip(x, one_plus_exp_neg(x), |x, divisor| x / divisor)
}

/// `max(x, 0) - |x| / 2 · erfc(|x| / √2)`, which is GELU, with an error below 4e-7 |x|.
#[inline(always)]
pub(crate) fn gelu(x: Block) -> Block {
    /// `ln(erfc(z) · (1 + z/2)) + z²` in `1 / (1 + z/2)`, for z below 9.5, beyond which nothing remains of GELU; highest power
    /// first. A least-squares fit whose weights even out its errors: 4.6e-8 at most, and 0 at z = 0.
    static TAIL: [Constant; 10] = [
        Constant::new(0.134_290_01),
        Constant::new(-0.624_126_6),
        Constant::new(1.026_209_5),
        Constant::new(-0.526_358_25),
        Constant::new(-0.217_670_23),
        Constant::new(0.072_625_79),
        Constant::new(0.010_876_476),
        Constant::new(0.391_494_87),
        Constant::new(0.998_079_7),
        Constant::new(-1.265_421_3),
    ];
    // Beyond 30 nothing of the tail is left, and ∞ · 0 would be no number.
    let size = each(x, |x| x.max(F32x4::zero() - x).min(F32x4::splat(30.0)));
    let half_of_z = F32x4::splat(0.5 * std::f32::consts::FRAC_1_SQRT_2);
    let t = each(size, |size| F32x4::splat(1.0) / size.madd(half_of_z, F32x4::splat(1.0)));
    let [highest, rest @ ..] = &TAIL;
    let mut p = [highest.get(); BLOCK];
    for coefficient in rest {
        let coefficient = coefficient.get();
        p = zip(p, t, |p, t| p.madd(t, coefficient));
    }
    let exponent = zip(p, x, |p, x| p - x * x * F32x4::splat(0.5));
    let tail = zip(shifted_exp(exponent), t, |exp, t| exp * t);
    // Without the factor of `shifted_exp`.
    let half = F32x4::splat(0.5 / (1u32 << 24) as f32);
    let tail = zip(tail, size, |tail, size| tail * size * half);
    zip(x, tail, |x, tail| x.max(F32x4::zero()) - tail)
}

#[inline(always)]
pub(crate) fn relu6(x: F32x4) -> F32x4 {
    x.max(F32x4::zero()).min(F32x4::splat(6.0))
}

#[inline(always)]
pub(crate) fn hard_sigmoid(x: F32x4) -> F32x4 {
    relu6(x + F32x4::splat(3.0)) * F32x4::splat(1.0 / 6.0)
}

/// How a kernel splits an activation between its epilogue and a second pass over what it has just stored.
///
/// Without the exponential the epilogue stays small enough for the compiler of the browser to keep the accumulators of the
/// hot loop in registers, and the second pass finds its data in the cache.
#[derive(Clone, Copy)]
pub(crate) struct Split {
    /// For [`activate`].
    pub(crate) in_registers: Activation,
    /// For [`apply_activation`] afterwards.
    pub(crate) afterwards: Option<Activation>,
}

impl Split {
    pub(crate) fn new(activation: Activation) -> Self {
        match activation {
            Activation::Sigmoid | Activation::Silu | Activation::Gelu => {
                Self { in_registers: Activation::Identity, afterwards: Some(activation) }
            }
            _ => Self { in_registers: activation, afterwards: None },
        }
    }
}

/// Applies the part of an activation that [`Split`] leaves to the epilogue to `R` rows of `N` vectors.
#[inline(always)]
pub(crate) fn activate<const R: usize, const N: usize>(x: &mut [[F32x4; N]; R], activation: Activation) {
    let x = x.as_flattened_mut().iter_mut();
    match activation {
        Activation::Relu => x.for_each(|x| *x = x.max(F32x4::zero())),
        Activation::Relu6 => x.for_each(|x| *x = relu6(*x)),
        Activation::HardSwish => x.for_each(|x| *x = *x * hard_sigmoid(*x)),
        Activation::HardSigmoid => x.for_each(|x| *x = hard_sigmoid(*x)),
        Activation::Identity | Activation::Sigmoid | Activation::Silu | Activation::Gelu => {}
    }
}

/// Replaces every element by `f` of it. The lanes beyond the end that `f` sees are zero.
#[inline(always)]
pub(crate) fn map_in_place(x: &mut [f32], f: impl Fn(Block) -> Block) {
    let (blocks, rest) = x.as_chunks_mut::<{ BLOCK * LANES }>();
    for block in blocks {
        map_block(block, &f);
    }
    if !rest.is_empty() {
        let mut block = [0.0; BLOCK * LANES];
        block[..rest.len()].copy_from_slice(rest);
        map_block(&mut block, &f);
        rest.copy_from_slice(&block[..rest.len()]);
    }
}

/// Replaces a block by `f` of it, and gives that.
#[inline(always)]
pub(crate) fn map_block(block: &mut [f32; BLOCK * LANES], f: impl Fn(Block) -> Block) -> Block {
    let vectors = block.as_chunks_mut::<LANES>().0;
    let mut values = [F32x4::zero(); BLOCK];
    for (value, lanes) in values.iter_mut().zip(&*vectors) {
        *value = F32x4::from_array(*lanes);
    }
    let values = f(values);
    for (lanes, value) in vectors.iter_mut().zip(values) {
        *lanes = value.to_array();
    }
    values
}

/// Applies an activation to every element.
pub fn apply_activation(x: &mut [f32], activation: Activation) {
    match activation {
        Activation::Identity => {}
        Activation::Relu => map_in_place(x, |x| each(x, |x| x.max(F32x4::zero()))),
        Activation::Relu6 => map_in_place(x, |x| each(x, relu6)),
        Activation::HardSwish => map_in_place(x, |x| each(x, |x| x * hard_sigmoid(x))),
        Activation::HardSigmoid => map_in_place(x, |x| each(x, hard_sigmoid)),
        Activation::Sigmoid => map_in_place(x, sigmoid),
        Activation::Silu => map_in_place(x, silu),
        Activation::Gelu => map_in_place(x, gelu),
    }
}
