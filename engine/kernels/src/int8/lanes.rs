//! Sixteen bytes, or four sums of their products: beside `f32x4.rs` the only file that names an instruction set.

use crate::f32x4::F32x4;

#[cfg(not(any(all(target_arch = "wasm32", target_feature = "simd128"), target_arch = "x86_64")))]
use portable as arch;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use simd128 as arch;
#[cfg(target_arch = "x86_64")]
use sse2 as arch;

/// Sixteen bytes in one register.
#[derive(Clone, Copy)]
pub(super) struct Bytes(arch::Bytes);

/// Four i32 numbers in one register.
#[derive(Clone, Copy)]
pub(super) struct I32x4(arch::Integers);

/// Added to a number from 0 to 2²² it leaves that number, rounded to the nearest integer and of two the even one, in the lowest
/// bits of the mantissa.
const ROUND: f32 = 12_582_912.0;

impl Bytes {
    /// Reads sixteen bytes.
    ///
    /// # Safety
    /// `p` is valid for reading them.
    #[inline(always)]
    pub(super) unsafe fn load(p: *const u8) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { arch::load(p) })
    }

    /// Reads eight bytes.
    ///
    /// # Safety
    /// `p` is valid for reading them.
    #[inline(always)]
    pub(super) unsafe fn load_half(p: *const u8) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { arch::load_half(p) })
    }

    /// Writes sixteen bytes.
    ///
    /// # Safety
    /// `p` is valid for writing them.
    #[inline(always)]
    pub(super) unsafe fn store(self, p: *mut u8) {
        // SAFETY: the caller's promise.
        unsafe { arch::store(p, self.0) }
    }

    /// Four bytes, four times.
    ///
    /// # Safety
    /// `p` is valid for reading four bytes.
    #[inline(always)]
    pub(super) unsafe fn splat_four(p: *const u8) -> Self {
        // SAFETY: the caller's promise.
        Self(arch::splat_four(unsafe { p.cast::<u32>().read_unaligned() }))
    }

    /// `count` bytes, at most four, and zeros up to four, four times.
    ///
    /// # Safety
    /// `p` is valid for reading `count` bytes.
    #[inline(always)]
    pub(super) unsafe fn splat_first(p: *const u8, count: usize) -> Self {
        let mut four = [0; 4];
        for (i, byte) in four.iter_mut().enumerate().take(count) {
            // SAFETY: i < count.
            *byte = unsafe { *p.add(i) };
        }
        Self(arch::splat_four(u32::from_ne_bytes(four)))
    }

    /// The first eight bytes of both, by turns.
    #[inline(always)]
    pub(super) fn interleave_low(self, other: Self) -> Self {
        Self(arch::interleave_low(self.0, other.0))
    }

    /// The last eight bytes of both, by turns.
    #[inline(always)]
    pub(super) fn interleave_high(self, other: Self) -> Self {
        Self(arch::interleave_high(self.0, other.0))
    }

    /// The first four pairs of bytes of both, by turns.
    #[inline(always)]
    pub(super) fn interleave_pairs_low(self, other: Self) -> Self {
        Self(arch::interleave_pairs_low(self.0, other.0))
    }

    /// The last four pairs of bytes of both, by turns.
    #[inline(always)]
    pub(super) fn interleave_pairs_high(self, other: Self) -> Self {
        Self(arch::interleave_pairs_high(self.0, other.0))
    }

    /// Sixteen numbers from 0 to 255 as bytes.
    #[inline(always)]
    pub(super) fn narrow(numbers: [I32x4; 4]) -> Self {
        let [a, b, c, d] = numbers.map(|numbers| numbers.0);
        Self(arch::narrow(a, b, c, d))
    }

    #[inline(always)]
    pub(super) fn to_array(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        // SAFETY: the array holds sixteen bytes.
        unsafe { self.store(bytes.as_mut_ptr()) };
        bytes
    }

    /// Writes the four quarters to four places.
    ///
    /// # Safety
    /// All are valid for writing four bytes.
    #[inline(always)]
    pub(super) unsafe fn store_quarters(self, places: [*mut u8; 4]) {
        // SAFETY: the caller's promise.
        unsafe { arch::store_quarters(self.0, places) }
    }

    /// Writes the two halves to two places.
    ///
    /// # Safety
    /// Both are valid for writing eight bytes.
    #[inline(always)]
    pub(super) unsafe fn store_halves(self, places: [*mut u8; 2]) {
        // SAFETY: the caller's promise.
        unsafe { arch::store_halves(self.0, places) }
    }
}

/// How four products of bytes are added to each of four sums: signed weights times values below 128.
///
/// Two such products fit into 16 bits, which is why all ways give the same sums.
pub(super) trait Dot: Copy {
    /// The sums with their products.
    fn add(self, sums: I32x4, weights: Bytes, values: Bytes) -> I32x4;
}

/// As the instruction set has it.
#[derive(Clone, Copy)]
pub(super) struct Whole;

/// By pairs, in three instructions: for browsers whose engine makes five of the one.
#[derive(Clone, Copy)]
pub(super) struct Pairs {
    ones: Bytes,
}

impl Dot for Whole {
    #[inline(always)]
    fn add(self, sums: I32x4, weights: Bytes, values: Bytes) -> I32x4 {
        I32x4(arch::dot(sums.0, weights.0, values.0))
    }
}

impl Pairs {
    /// `None` where [`Whole`] is as good or better.
    ///
    /// An engine for a processor without an instruction for the whole adds two products up in 16 bits, and what exceeds them, as
    /// values from 128 on make it, tells.
    #[inline(always)]
    pub(super) fn detect() -> Option<Self> {
        if !arch::HAS_PAIRS {
            return None;
        }
        let [weights, values] = std::hint::black_box([[127; 16], [255; 16]]);
        let start = [0; 16];
        // SAFETY: the arrays hold sixteen bytes.
        let (start, weights, values) = unsafe {
            (I32x4::load(start.as_ptr()), Bytes::load(weights.as_ptr()), Bytes::load(values.as_ptr()))
        };
        let sum = arch::first(Whole.add(start, weights, values).0);
        (sum == 2 * i32::from(i16::MAX)).then(Self::new)
    }

    #[inline(always)]
    fn new() -> Self {
        static ONES: [u16; 8] = [1; 8];
        // SAFETY: eight numbers are sixteen bytes. (Volatile, so that it is no constant, which browsers would make anew in every
        // turn of a loop.)
        let ones = unsafe { (&raw const ONES).cast::<[u8; 16]>().read_volatile() };
        // SAFETY: the array holds sixteen bytes.
        Self { ones: unsafe { Bytes::load(ones.as_ptr()) } }
    }
}

impl Dot for Pairs {
    #[inline(always)]
    fn add(self, sums: I32x4, weights: Bytes, values: Bytes) -> I32x4 {
        I32x4(arch::dot_by_pairs(sums.0, weights.0, values.0, self.ones.0))
    }
}

impl I32x4 {
    /// Reads four numbers.
    ///
    /// # Safety
    /// `p` is valid for reading sixteen bytes.
    #[inline(always)]
    pub(super) unsafe fn load(p: *const u8) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { arch::load_integers(p) })
    }

    #[inline(always)]
    pub(super) fn to_f32(self) -> F32x4 {
        F32x4(arch::to_f32(self.0))
    }

    /// The bytes of four numbers.
    ///
    /// # Safety
    /// `p` is valid for reading four bytes.
    #[inline(always)]
    pub(super) unsafe fn widen_four(p: *const u8) -> Self {
        // SAFETY: the caller's promise.
        Self(arch::widen_four(unsafe { p.cast::<u32>().read_unaligned() }))
    }

    /// Numbers between 0 and 255, rounded to the nearest integers, of two the even one.
    #[inline(always)]
    pub(super) fn round(numbers: F32x4) -> Self {
        Self(arch::minus((numbers + F32x4::splat(ROUND)).0, ROUND.to_bits().cast_signed()))
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128 {
    use std::arch::wasm32 as wasm;
    use wasm::v128;

    pub(crate) type Bytes = v128;
    pub(crate) type Integers = v128;

    #[inline(always)]
    pub(crate) unsafe fn load(p: *const u8) -> v128 {
        // SAFETY: the caller's promise; wasm has no alignment requirement (so in all functions below).
        unsafe { wasm::v128_load(p.cast()) }
    }

    #[inline(always)]
    pub(crate) unsafe fn load_half(p: *const u8) -> v128 {
        // SAFETY: the caller's promise.
        unsafe { wasm::v128_load64_zero(p.cast()) }
    }

    #[inline(always)]
    pub(crate) unsafe fn load_integers(p: *const u8) -> v128 {
        // SAFETY: the caller's promise.
        unsafe { wasm::v128_load(p.cast()) }
    }

    #[inline(always)]
    pub(crate) unsafe fn store(p: *mut u8, v: v128) {
        // SAFETY: the caller's promise.
        unsafe { wasm::v128_store(p.cast(), v) }
    }

    pub(crate) use wasm::u32x4_splat as splat_four;

    #[inline(always)]
    pub(crate) fn interleave_low(a: v128, b: v128) -> v128 {
        wasm::u8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(a, b)
    }

    #[inline(always)]
    pub(crate) fn interleave_high(a: v128, b: v128) -> v128 {
        wasm::u8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(a, b)
    }

    #[inline(always)]
    pub(crate) fn interleave_pairs_low(a: v128, b: v128) -> v128 {
        wasm::u16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(a, b)
    }

    #[inline(always)]
    pub(crate) fn interleave_pairs_high(a: v128, b: v128) -> v128 {
        wasm::u16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(a, b)
    }

    #[inline(always)]
    pub(crate) fn narrow(a: v128, b: v128, c: v128, d: v128) -> v128 {
        wasm::u8x16_narrow_i16x8(wasm::i16x8_narrow_i32x4(a, b), wasm::i16x8_narrow_i32x4(c, d))
    }

    #[inline(always)]
    pub(crate) unsafe fn store_quarters(v: v128, [a, b, c, d]: [*mut u8; 4]) {
        // SAFETY: the caller's promise.
        unsafe {
            wasm::v128_store32_lane::<0>(v, a.cast());
            wasm::v128_store32_lane::<1>(v, b.cast());
            wasm::v128_store32_lane::<2>(v, c.cast());
            wasm::v128_store32_lane::<3>(v, d.cast());
        }
    }

    #[inline(always)]
    pub(crate) unsafe fn store_halves(v: v128, [a, b]: [*mut u8; 2]) {
        // SAFETY: the caller's promise.
        unsafe {
            wasm::v128_store64_lane::<0>(v, a.cast());
            wasm::v128_store64_lane::<1>(v, b.cast());
        }
    }

    #[cfg(target_feature = "relaxed-simd")]
    #[inline(always)]
    pub(crate) fn dot(sums: v128, weights: v128, values: v128) -> v128 {
        wasm::i32x4_relaxed_dot_i8x16_i7x16_add(weights, values, sums)
    }

    pub(crate) const HAS_PAIRS: bool = cfg!(target_feature = "relaxed-simd");

    #[cfg(target_feature = "relaxed-simd")]
    #[inline(always)]
    pub(crate) fn dot_by_pairs(sums: v128, weights: v128, values: v128, ones: v128) -> v128 {
        let pairs = wasm::i16x8_relaxed_dot_i8x16_i7x16(weights, values);
        wasm::i32x4_add(sums, wasm::i32x4_dot_i16x8(pairs, ones))
    }

    #[cfg(not(target_feature = "relaxed-simd"))]
    #[inline(always)]
    pub(crate) fn dot_by_pairs(sums: v128, weights: v128, values: v128, _: v128) -> v128 {
        dot(sums, weights, values)
    }

    #[inline(always)]
    pub(crate) fn first(a: v128) -> i32 {
        wasm::i32x4_extract_lane::<0>(a)
    }

    #[cfg(not(target_feature = "relaxed-simd"))]
    #[inline(always)]
    pub(crate) fn dot(sums: v128, weights: v128, values: v128) -> v128 {
        // Widened first: of products of bytes that are added by pairs, LLVM 22 makes an instruction of relaxed SIMD, which these builds
        // must not have, and takes the weights for the values. (Values have seven bits: as signed bytes they are the same.)
        let low = wasm::i32x4_dot_i16x8(
            wasm::i16x8_extend_low_i8x16(weights),
            wasm::i16x8_extend_low_i8x16(values),
        );
        let high = wasm::i32x4_dot_i16x8(
            wasm::i16x8_extend_high_i8x16(weights),
            wasm::i16x8_extend_high_i8x16(values),
        );
        let even = wasm::i32x4_shuffle::<0, 2, 4, 6>(low, high);
        let odd = wasm::i32x4_shuffle::<1, 3, 5, 7>(low, high);
        wasm::i32x4_add(sums, wasm::i32x4_add(even, odd))
    }

    pub(crate) use wasm::f32x4_convert_i32x4 as to_f32;

    #[inline(always)]
    pub(crate) fn widen_four(four: u32) -> v128 {
        wasm::u32x4_extend_low_u16x8(wasm::u16x8_extend_low_u8x16(wasm::u32x4_splat(four)))
    }

    #[inline(always)]
    pub(crate) fn minus(bits: v128, number: i32) -> v128 {
        wasm::i32x4_sub(bits, wasm::i32x4_splat(number))
    }
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use std::arch::x86_64 as x86;
    use x86::{__m128, __m128i};

    pub(crate) type Bytes = __m128i;
    pub(crate) type Integers = __m128i;

    #[inline(always)]
    pub(crate) unsafe fn load(p: *const u8) -> __m128i {
        // SAFETY: the caller's promise; `loadu` has no alignment requirement.
        unsafe { x86::_mm_loadu_si128(p.cast()) }
    }

    #[inline(always)]
    pub(crate) unsafe fn load_half(p: *const u8) -> __m128i {
        // SAFETY: the caller's promise; `loadl` has no alignment requirement.
        unsafe { x86::_mm_loadl_epi64(p.cast()) }
    }

    #[inline(always)]
    pub(crate) unsafe fn load_integers(p: *const u8) -> __m128i {
        // SAFETY: the caller's promise.
        unsafe { load(p) }
    }

    #[inline(always)]
    pub(crate) unsafe fn store(p: *mut u8, v: __m128i) {
        // SAFETY: the caller's promise; `storeu` has no alignment requirement.
        unsafe { x86::_mm_storeu_si128(p.cast(), v) }
    }

    #[inline(always)]
    pub(crate) fn splat_four(four: u32) -> __m128i {
        // SAFETY: SSE2 is part of every x86-64 (so in all functions below).
        unsafe { x86::_mm_set1_epi32(four.cast_signed()) }
    }

    #[inline(always)]
    pub(crate) fn interleave_low(a: __m128i, b: __m128i) -> __m128i {
        // SAFETY: as in `splat_four`.
        unsafe { x86::_mm_unpacklo_epi8(a, b) }
    }

    #[inline(always)]
    pub(crate) fn interleave_high(a: __m128i, b: __m128i) -> __m128i {
        // SAFETY: as in `splat_four`.
        unsafe { x86::_mm_unpackhi_epi8(a, b) }
    }

    #[inline(always)]
    pub(crate) fn interleave_pairs_low(a: __m128i, b: __m128i) -> __m128i {
        // SAFETY: as in `splat_four`.
        unsafe { x86::_mm_unpacklo_epi16(a, b) }
    }

    #[inline(always)]
    pub(crate) fn interleave_pairs_high(a: __m128i, b: __m128i) -> __m128i {
        // SAFETY: as in `splat_four`.
        unsafe { x86::_mm_unpackhi_epi16(a, b) }
    }

    #[inline(always)]
    pub(crate) fn narrow(a: __m128i, b: __m128i, c: __m128i, d: __m128i) -> __m128i {
        // SAFETY: as in `splat_four`.
        unsafe { x86::_mm_packus_epi16(x86::_mm_packs_epi32(a, b), x86::_mm_packs_epi32(c, d)) }
    }

    #[inline(always)]
    pub(crate) unsafe fn store_quarters(v: __m128i, places: [*mut u8; 4]) {
        let mut four = [0u32; 4];
        // SAFETY: the array holds sixteen bytes; the caller's promise.
        unsafe {
            store(four.as_mut_ptr().cast(), v);
            for (place, four) in places.into_iter().zip(four) {
                place.cast::<u32>().write_unaligned(four);
            }
        }
    }

    #[inline(always)]
    pub(crate) unsafe fn store_halves(v: __m128i, [a, b]: [*mut u8; 2]) {
        // SAFETY: the caller's promise.
        unsafe {
            x86::_mm_storel_epi64(a.cast(), v);
            x86::_mm_storel_epi64(b.cast(), x86::_mm_unpackhi_epi64(v, v));
        }
    }

    pub(crate) const HAS_PAIRS: bool = false;

    #[inline(always)]
    pub(crate) fn dot_by_pairs(sums: __m128i, weights: __m128i, values: __m128i, _: __m128i) -> __m128i {
        dot(sums, weights, values)
    }

    #[inline(always)]
    pub(crate) fn first(a: __m128i) -> i32 {
        // SAFETY: as in `splat_four`.
        unsafe { x86::_mm_cvtsi128_si32(a) }
    }

    #[cfg(target_feature = "ssse3")]
    #[inline(always)]
    pub(crate) fn dot(sums: __m128i, weights: __m128i, values: __m128i) -> __m128i {
        // SAFETY: compiled only where the whole build requires SSSE3.
        unsafe {
            let pairs = x86::_mm_maddubs_epi16(values, weights);
            x86::_mm_add_epi32(sums, x86::_mm_madd_epi16(pairs, x86::_mm_set1_epi16(1)))
        }
    }

    #[cfg(not(target_feature = "ssse3"))]
    #[inline(always)]
    pub(crate) fn dot(sums: __m128i, weights: __m128i, values: __m128i) -> __m128i {
        // SAFETY: as in `splat_four`.
        unsafe {
            let zero = x86::_mm_setzero_si128();
            // The weights' halves as 16 bits with their signs, times the values' as they are: sums of two products.
            let low = x86::_mm_srai_epi16::<8>(x86::_mm_unpacklo_epi8(weights, weights));
            let high = x86::_mm_srai_epi16::<8>(x86::_mm_unpackhi_epi8(weights, weights));
            let low = x86::_mm_madd_epi16(low, x86::_mm_unpacklo_epi8(values, zero));
            let high = x86::_mm_madd_epi16(high, x86::_mm_unpackhi_epi8(values, zero));
            let [low, high] = [low, high].map(|sums| x86::_mm_castsi128_ps(sums));
            let even = x86::_mm_castps_si128(x86::_mm_shuffle_ps::<0b10_00_10_00>(low, high));
            let odd = x86::_mm_castps_si128(x86::_mm_shuffle_ps::<0b11_01_11_01>(low, high));
            x86::_mm_add_epi32(sums, x86::_mm_add_epi32(even, odd))
        }
    }

    #[inline(always)]
    pub(crate) fn to_f32(a: __m128i) -> __m128 {
        // SAFETY: as in `splat_four`.
        unsafe { x86::_mm_cvtepi32_ps(a) }
    }

    #[inline(always)]
    pub(crate) fn widen_four(four: u32) -> __m128i {
        // SAFETY: as in `splat_four`.
        unsafe {
            let zero = x86::_mm_setzero_si128();
            let bytes = x86::_mm_cvtsi32_si128(four.cast_signed());
            x86::_mm_unpacklo_epi16(x86::_mm_unpacklo_epi8(bytes, zero), zero)
        }
    }

    #[inline(always)]
    pub(crate) fn minus(bits: __m128, number: i32) -> __m128i {
        // SAFETY: as in `splat_four`.
        unsafe { x86::_mm_sub_epi32(x86::_mm_castps_si128(bits), x86::_mm_set1_epi32(number)) }
    }
}

#[cfg(not(any(all(target_arch = "wasm32", target_feature = "simd128"), target_arch = "x86_64")))]
mod portable {
    use std::array::from_fn;

    pub(crate) type Bytes = [u8; 16];
    pub(crate) type Integers = [i32; 4];

    #[inline(always)]
    pub(crate) unsafe fn load(p: *const u8) -> Bytes {
        // SAFETY: the caller's promise; bytes are aligned everywhere.
        unsafe { p.cast::<Bytes>().read() }
    }

    #[inline(always)]
    pub(crate) unsafe fn load_half(p: *const u8) -> Bytes {
        // SAFETY: the caller's promise; bytes are aligned everywhere.
        let half = unsafe { p.cast::<[u8; 8]>().read() };
        from_fn(|i| if i < 8 { half[i] } else { 0 })
    }

    #[inline(always)]
    pub(crate) unsafe fn load_integers(p: *const u8) -> Integers {
        // SAFETY: the caller's promise.
        unsafe { p.cast::<Integers>().read_unaligned() }
    }

    #[inline(always)]
    pub(crate) unsafe fn store(p: *mut u8, v: Bytes) {
        // SAFETY: the caller's promise.
        unsafe { p.cast::<Bytes>().write(v) }
    }

    #[inline(always)]
    pub(crate) fn splat_four(four: u32) -> Bytes {
        let four = four.to_ne_bytes();
        from_fn(|i| four[i % 4])
    }

    #[inline(always)]
    pub(crate) fn interleave_low(a: Bytes, b: Bytes) -> Bytes {
        from_fn(|i| [a, b][i % 2][i / 2])
    }

    #[inline(always)]
    pub(crate) fn interleave_high(a: Bytes, b: Bytes) -> Bytes {
        from_fn(|i| [a, b][i % 2][8 + i / 2])
    }

    #[inline(always)]
    pub(crate) fn interleave_pairs_low(a: Bytes, b: Bytes) -> Bytes {
        from_fn(|i| [a, b][i / 2 % 2][i / 4 * 2 + i % 2])
    }

    #[inline(always)]
    pub(crate) fn interleave_pairs_high(a: Bytes, b: Bytes) -> Bytes {
        from_fn(|i| [a, b][i / 2 % 2][8 + i / 4 * 2 + i % 2])
    }

    #[inline(always)]
    pub(crate) fn narrow(a: Integers, b: Integers, c: Integers, d: Integers) -> Bytes {
        from_fn(|i| [a, b, c, d][i / 4][i % 4].clamp(0, 255) as u8)
    }

    #[inline(always)]
    pub(crate) unsafe fn store_quarters(v: Bytes, places: [*mut u8; 4]) {
        for (quarter, place) in v.as_chunks::<4>().0.iter().zip(places) {
            // SAFETY: the caller's promise.
            unsafe { place.cast::<[u8; 4]>().write(*quarter) }
        }
    }

    #[inline(always)]
    pub(crate) unsafe fn store_halves(v: Bytes, places: [*mut u8; 2]) {
        for (half, place) in v.as_chunks::<8>().0.iter().zip(places) {
            // SAFETY: the caller's promise.
            unsafe { place.cast::<[u8; 8]>().write(*half) }
        }
    }

    pub(crate) const HAS_PAIRS: bool = false;

    #[inline(always)]
    pub(crate) fn dot_by_pairs(sums: Integers, weights: Bytes, values: Bytes, _: Bytes) -> Integers {
        dot(sums, weights, values)
    }

    #[inline(always)]
    pub(crate) fn first(a: Integers) -> i32 {
        a[0]
    }

    #[inline(always)]
    pub(crate) fn dot(sums: Integers, weights: Bytes, values: Bytes) -> Integers {
        let product = |i: usize| i32::from(weights[i].cast_signed()) * i32::from(values[i]);
        from_fn(|i| sums[i] + (4 * i..4 * i + 4).map(product).sum::<i32>())
    }

    #[inline(always)]
    pub(crate) fn to_f32(a: Integers) -> [f32; 4] {
        a.map(|number| number as f32)
    }

    #[inline(always)]
    pub(crate) fn widen_four(four: u32) -> Integers {
        four.to_ne_bytes().map(i32::from)
    }

    #[inline(always)]
    pub(crate) fn minus(bits: [f32; 4], number: i32) -> Integers {
        bits.map(|bits| bits.to_bits().cast_signed().wrapping_sub(number))
    }
}
