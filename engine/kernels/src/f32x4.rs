//! Four f32 lanes: the only file that names an instruction set.

use std::ops::{Add, Div, Mul, Sub};

#[cfg(not(any(all(target_arch = "wasm32", target_feature = "simd128"), target_arch = "x86_64")))]
use portable as arch;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use simd128 as arch;
#[cfg(target_arch = "x86_64")]
use sse2 as arch;

/// The number of lanes.
pub(crate) const LANES: usize = 4;

/// Four f32 numbers in one register.
#[derive(Clone, Copy)]
pub(crate) struct F32x4(pub(crate) arch::Lanes);

/// A number in memory, four times.
#[repr(align(16))]
pub(crate) struct Constant([f32; LANES]);

impl Constant {
    pub(crate) const fn new(x: f32) -> Self {
        Self([x; LANES])
    }

    /// Reads it. [`F32x4::splat`] of a number that the compiler knows becomes three instructions in V8, in every turn of a
    /// loop; this is one.
    #[inline(always)]
    pub(crate) fn get(&self) -> F32x4 {
        // SAFETY: four floats, aligned to 16 bytes, can be read as a register's. (Volatile, so that they are not known.)
        F32x4(unsafe { (&raw const self.0).cast::<arch::Lanes>().read_volatile() })
    }
}

impl F32x4 {
    /// Four times the same number.
    #[inline(always)]
    pub(crate) fn splat(x: f32) -> Self {
        Self(arch::splat(x))
    }

    /// Four zeros.
    #[inline(always)]
    pub(crate) fn zero() -> Self {
        Self::splat(0.0)
    }

    /// Reads four numbers.
    ///
    /// # Safety
    /// `p` is valid for reading four floats; it need not be aligned to 16 bytes.
    #[inline(always)]
    pub(crate) unsafe fn load(p: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { arch::load(p) })
    }

    /// Writes four numbers.
    ///
    /// # Safety
    /// `p` is valid for writing four floats; it need not be aligned to 16 bytes.
    #[inline(always)]
    pub(crate) unsafe fn store(self, p: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { arch::store(p, self.0) }
    }

    /// Reads `count` numbers (at most four); the other lanes are zero.
    ///
    /// # Safety
    /// `p` is valid for reading `count` floats.
    #[inline(always)]
    pub(crate) unsafe fn load_first(p: *const f32, count: usize) -> Self {
        let mut lanes = [0.0; LANES];
        for (i, lane) in lanes.iter_mut().enumerate().take(count) {
            // SAFETY: i < count.
            *lane = unsafe { *p.add(i) };
        }
        Self::from_array(lanes)
    }

    /// Writes the first `count` lanes (at most four).
    ///
    /// # Safety
    /// `p` is valid for writing `count` floats.
    #[inline(always)]
    pub(crate) unsafe fn store_first(self, p: *mut f32, count: usize) {
        for (i, lane) in self.to_array().into_iter().enumerate().take(count) {
            // SAFETY: i < count.
            unsafe { *p.add(i) = lane };
        }
    }

    #[inline(always)]
    pub(crate) fn from_array(lanes: [f32; LANES]) -> Self {
        // SAFETY: the array holds four floats.
        unsafe { Self::load(lanes.as_ptr()) }
    }

    #[inline(always)]
    pub(crate) fn to_array(self) -> [f32; LANES] {
        let mut lanes = [0.0; LANES];
        // SAFETY: the array holds four floats.
        unsafe { self.store(lanes.as_mut_ptr()) };
        lanes
    }

    /// `self * b + c`, rounded once where the machine code has a fused instruction and twice elsewhere.
    #[inline(always)]
    pub(crate) fn madd(self, b: Self, c: Self) -> Self {
        Self(arch::madd(self.0, b.0, c.0))
    }

    /// The smaller of `self` and `bound`; `self` where either is NaN.
    #[inline(always)]
    pub(crate) fn min(self, bound: Self) -> Self {
        Self(arch::min(self.0, bound.0))
    }

    /// The larger of `self` and `bound`; `self` where either is NaN.
    #[inline(always)]
    pub(crate) fn max(self, bound: Self) -> Self {
        Self(arch::max(self.0, bound.0))
    }

    /// `marks`, and a NaN in every lane where this is one.
    #[inline(always)]
    pub(crate) fn mark_nan(self, marks: Self) -> Self {
        Self(arch::or(arch::nan_where_nan(self.0), marks.0))
    }

    /// What [`F32x4::mark_nan`] has made of zeros, and these numbers elsewhere.
    #[inline(always)]
    pub(crate) fn or_marks(self, marks: Self) -> Self {
        Self(arch::or(self.0, marks.0))
    }

    /// The bits of each lane, taken as an integer, shifted left by 23: the lowest mantissa bits become an exponent.
    #[inline(always)]
    pub(crate) fn low_bits_to_exponent(self) -> Self {
        Self(arch::shift_left_23(self.0))
    }

    /// The sum of the four lanes.
    #[inline(always)]
    pub(crate) fn sum(self) -> f32 {
        let [a, b, c, d] = self.to_array();
        (a + c) + (b + d)
    }

    /// The largest of the four lanes.
    #[inline(always)]
    pub(crate) fn largest(self) -> f32 {
        let [a, b, c, d] = self.to_array();
        a.max(c).max(b.max(d))
    }
}

impl Add for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(arch::add(self.0, other.0))
    }
}

impl Sub for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(arch::sub(self.0, other.0))
    }
}

impl Mul for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(arch::mul(self.0, other.0))
    }
}

impl Div for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(arch::div(self.0, other.0))
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128 {
    use std::arch::wasm32 as wasm;

    pub(crate) use wasm::f32x4_add as add;
    pub(crate) use wasm::f32x4_div as div;
    pub(crate) use wasm::f32x4_mul as mul;
    pub(crate) use wasm::f32x4_splat as splat;
    pub(crate) use wasm::f32x4_sub as sub;
    pub(crate) use wasm::v128 as Lanes;

    #[inline(always)]
    pub(crate) unsafe fn load(p: *const f32) -> Lanes {
        // SAFETY: the caller's promise; wasm has no alignment requirement.
        unsafe { wasm::v128_load(p.cast()) }
    }

    #[inline(always)]
    pub(crate) unsafe fn store(p: *mut f32, v: Lanes) {
        // SAFETY: the caller's promise; wasm has no alignment requirement.
        unsafe { wasm::v128_store(p.cast(), v) }
    }

    // The pseudo-minimum is one x86 instruction; `f32x4_min` costs several because of NaN and -0.
    #[cfg(not(target_feature = "relaxed-simd"))]
    pub(crate) use wasm::{f32x4_pmax as max, f32x4_pmin as min};

    // With relaxed SIMD, LLVM turns the pseudo-minimum into the relaxed one, with the operands in an order that makes a
    // bound of NaN on x86. In the opposite order x86 keeps NaN (its instruction gives the second operand where either is
    // NaN), and ARM does so in any order.
    #[cfg(target_feature = "relaxed-simd")]
    #[inline(always)]
    pub(crate) fn min(a: Lanes, bound: Lanes) -> Lanes {
        wasm::f32x4_relaxed_min(bound, a)
    }

    #[cfg(target_feature = "relaxed-simd")]
    #[inline(always)]
    pub(crate) fn max(a: Lanes, bound: Lanes) -> Lanes {
        wasm::f32x4_relaxed_max(bound, a)
    }

    // LLVM never forms the relaxed instruction by itself.
    #[cfg(target_feature = "relaxed-simd")]
    pub(crate) use wasm::f32x4_relaxed_madd as madd;

    #[cfg(not(target_feature = "relaxed-simd"))]
    #[inline(always)]
    pub(crate) fn madd(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
        add(mul(a, b), c)
    }

    #[inline(always)]
    pub(crate) fn shift_left_23(a: Lanes) -> Lanes {
        wasm::i32x4_shl(a, 23)
    }

    pub(crate) use wasm::v128_or as or;

    #[inline(always)]
    pub(crate) fn nan_where_nan(a: Lanes) -> Lanes {
        wasm::f32x4_ne(a, a)
    }
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use std::arch::x86_64 as x86;

    pub(crate) type Lanes = x86::__m128;

    #[inline(always)]
    pub(crate) fn splat(x: f32) -> Lanes {
        // SAFETY: SSE2 is part of every x86-64 (so in all functions below).
        unsafe { x86::_mm_set1_ps(x) }
    }

    #[inline(always)]
    pub(crate) unsafe fn load(p: *const f32) -> Lanes {
        // SAFETY: the caller's promise; `loadu` has no alignment requirement.
        unsafe { x86::_mm_loadu_ps(p) }
    }

    #[inline(always)]
    pub(crate) unsafe fn store(p: *mut f32, v: Lanes) {
        // SAFETY: the caller's promise; `storeu` has no alignment requirement.
        unsafe { x86::_mm_storeu_ps(p, v) }
    }

    #[inline(always)]
    pub(crate) fn add(a: Lanes, b: Lanes) -> Lanes {
        // SAFETY: as in `splat`.
        unsafe { x86::_mm_add_ps(a, b) }
    }

    #[inline(always)]
    pub(crate) fn sub(a: Lanes, b: Lanes) -> Lanes {
        // SAFETY: as in `splat`.
        unsafe { x86::_mm_sub_ps(a, b) }
    }

    #[inline(always)]
    pub(crate) fn mul(a: Lanes, b: Lanes) -> Lanes {
        // SAFETY: as in `splat`.
        unsafe { x86::_mm_mul_ps(a, b) }
    }

    #[inline(always)]
    pub(crate) fn div(a: Lanes, b: Lanes) -> Lanes {
        // SAFETY: as in `splat`.
        unsafe { x86::_mm_div_ps(a, b) }
    }

    // The instruction returns its second operand where either is NaN: the order keeps NaN of `a`.
    #[inline(always)]
    pub(crate) fn min(a: Lanes, bound: Lanes) -> Lanes {
        // SAFETY: as in `splat`.
        unsafe { x86::_mm_min_ps(bound, a) }
    }

    #[inline(always)]
    pub(crate) fn max(a: Lanes, bound: Lanes) -> Lanes {
        // SAFETY: as in `splat`.
        unsafe { x86::_mm_max_ps(bound, a) }
    }

    #[cfg(target_feature = "fma")]
    #[inline(always)]
    pub(crate) fn madd(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
        // SAFETY: compiled only where the whole build requires FMA.
        unsafe { x86::_mm_fmadd_ps(a, b, c) }
    }

    #[cfg(not(target_feature = "fma"))]
    #[inline(always)]
    pub(crate) fn madd(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
        add(mul(a, b), c)
    }

    #[inline(always)]
    pub(crate) fn shift_left_23(a: Lanes) -> Lanes {
        // SAFETY: as in `splat`.
        unsafe { x86::_mm_castsi128_ps(x86::_mm_slli_epi32::<23>(x86::_mm_castps_si128(a))) }
    }

    #[inline(always)]
    pub(crate) fn or(a: Lanes, b: Lanes) -> Lanes {
        // SAFETY: as in `splat`.
        unsafe { x86::_mm_or_ps(a, b) }
    }

    #[inline(always)]
    pub(crate) fn nan_where_nan(a: Lanes) -> Lanes {
        // SAFETY: as in `splat`.
        unsafe { x86::_mm_cmpunord_ps(a, a) }
    }
}

#[cfg(not(any(all(target_arch = "wasm32", target_feature = "simd128"), target_arch = "x86_64")))]
mod portable {
    pub(crate) type Lanes = [f32; 4];

    #[inline(always)]
    fn zip(a: Lanes, b: Lanes, f: impl Fn(f32, f32) -> f32) -> Lanes {
        std::array::from_fn(|i| f(a[i], b[i]))
    }

    #[inline(always)]
    pub(crate) fn splat(x: f32) -> Lanes {
        [x; 4]
    }

    #[inline(always)]
    pub(crate) unsafe fn load(p: *const f32) -> Lanes {
        // SAFETY: the caller's promise; an array of floats is aligned like a float.
        unsafe { p.cast::<Lanes>().read() }
    }

    #[inline(always)]
    pub(crate) unsafe fn store(p: *mut f32, v: Lanes) {
        // SAFETY: the caller's promise; an array of floats is aligned like a float.
        unsafe { p.cast::<Lanes>().write(v) }
    }

    #[inline(always)]
    pub(crate) fn add(a: Lanes, b: Lanes) -> Lanes {
        zip(a, b, |x, y| x + y)
    }

    #[inline(always)]
    pub(crate) fn sub(a: Lanes, b: Lanes) -> Lanes {
        zip(a, b, |x, y| x - y)
    }

    #[inline(always)]
    pub(crate) fn mul(a: Lanes, b: Lanes) -> Lanes {
        zip(a, b, |x, y| x * y)
    }

    #[inline(always)]
    pub(crate) fn div(a: Lanes, b: Lanes) -> Lanes {
        zip(a, b, |x, y| x / y)
    }

    #[inline(always)]
    pub(crate) fn min(a: Lanes, bound: Lanes) -> Lanes {
        zip(a, bound, |x, y| if y < x { y } else { x })
    }

    #[inline(always)]
    pub(crate) fn max(a: Lanes, bound: Lanes) -> Lanes {
        zip(a, bound, |x, y| if y > x { y } else { x })
    }

    #[inline(always)]
    pub(crate) fn madd(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
        add(mul(a, b), c)
    }

    #[inline(always)]
    pub(crate) fn shift_left_23(a: Lanes) -> Lanes {
        a.map(|x| f32::from_bits(x.to_bits() << 23))
    }

    #[inline(always)]
    pub(crate) fn or(a: Lanes, b: Lanes) -> Lanes {
        std::array::from_fn(|i| f32::from_bits(a[i].to_bits() | b[i].to_bits()))
    }

    #[inline(always)]
    pub(crate) fn nan_where_nan(a: Lanes) -> Lanes {
        a.map(|x| f32::from_bits(if x.is_nan() { u32::MAX } else { 0 }))
    }
}
