//! How sums become bytes again.

use super::MOST;
use super::lanes::I32x4;
use crate::Rows;
use crate::f32x4::{F32x4, LANES};

/// What becomes of the sum of a channel, in f32, every operation rounded by itself:
///
/// 1. t = sum · multiplier + offset, two numbers of the channel;
/// 2. the activation's [`Bend`];
/// 3. t = t + (r · scale + offset), where there is a [`Residual`] r;
/// 4. t between 0 and [`MOST`] (255 before a table), rounded to the nearest integer, of two the even one.
#[derive(Clone, Copy, Debug)]
pub struct Ending<'a> {
    /// Step 2.
    pub bend: Bend<'a>,
    /// Step 3.
    pub residual: Option<Residual<'a>>,
}

/// An activation in terms of the result's bytes.
#[derive(Clone, Copy, Debug)]
pub enum Bend<'a> {
    /// t between two bounds.
    Line {
        /// The lower one.
        low: f32,
        /// The upper one.
        high: f32,
    },
    /// t · (t + 3 between 0 and 6) · `scale` + `zero`.
    HardSwish {
        /// How many steps of the result a sixth is.
        scale: f32,
        /// The byte of 0.
        zero: f32,
    },
    /// The byte that stands in the place of the rounded t. There is no residual then.
    Table(&'a [u8; 256]),
}

/// Bytes that are added to the result, with its shape.
#[derive(Clone, Copy, Debug)]
pub struct Residual<'a> {
    /// The bytes.
    pub rows: Rows<'a, u8>,
    /// How many steps of the result one of theirs is.
    pub scale: f32,
    /// Minus what their byte of 0 would add.
    pub offset: f32,
}

impl<'a> Ending<'a> {
    /// Only rounds.
    pub const PLAIN: Self = Self { bend: Bend::Line { low: 0.0, high: MOST as f32 }, residual: None };

    /// The table that has to follow.
    pub(super) fn table(&self) -> Option<&'a [u8; 256]> {
        match self.bend {
            Bend::Table(table) => Some(table),
            Bend::Line { .. } | Bend::HardSwish { .. } => None,
        }
    }

    /// Steps 2 to 4, without the table, of `R` rows of `V` vectors; `residual` gives the place of four of its bytes.
    ///
    /// # Safety
    /// Those places are valid for reading four bytes.
    #[inline(always)]
    pub(super) unsafe fn round<const R: usize, const V: usize>(
        &self,
        t: &mut [[F32x4; V]; R],
        residual: impl Fn(&Residual<'a>, usize, usize) -> *const u8,
    ) -> [[I32x4; V]; R] {
        let between = |x: F32x4, low: F32x4, high: F32x4| x.max(low).min(high);
        match self.bend {
            Bend::Line { low, high } => {
                // Without a residual the two bounds are one.
                let last = if self.residual.is_some() { f32::INFINITY } else { f32::from(MOST) };
                let first = if self.residual.is_some() { f32::NEG_INFINITY } else { 0.0 };
                let low = F32x4::splat(if low > first { low } else { first });
                let high = F32x4::splat(if high < last { high } else { last });
                t.as_flattened_mut().iter_mut().for_each(|t| *t = between(*t, low, high));
                if self.residual.is_none() {
                    return t.map(|row| row.map(I32x4::round));
                }
            }
            Bend::HardSwish { scale, zero } => {
                let [three, six, scale, zero] = [3.0, 6.0, scale, zero].map(F32x4::splat);
                for t in t.as_flattened_mut() {
                    *t = *t * between(*t + three, F32x4::zero(), six) * scale + zero;
                }
            }
            Bend::Table(_) => {}
        }
        if let Some(added) = &self.residual {
            let (scale, offset) = (F32x4::splat(added.scale), F32x4::splat(added.offset));
            for (i, row) in t.iter_mut().enumerate() {
                for (v, t) in row.iter_mut().enumerate() {
                    // SAFETY: the caller's promise.
                    let bytes = unsafe { I32x4::widen_four(residual(added, i, v)) };
                    *t = *t + (bytes.to_f32() * scale + offset);
                }
            }
        }
        let most = F32x4::splat(if self.table().is_some() { 255.0 } else { f32::from(MOST) });
        t.map(|row| row.map(|t| I32x4::round(between(t, F32x4::zero(), most))))
    }
}

/// `f32(sum) · multiplier + offset` of `R` rows of `V` vectors, whose channels' numbers follow each other from `multipliers` and
/// `offsets` on.
///
/// # Safety
/// Both are valid for reading `V` vectors.
#[inline(always)]
pub(super) unsafe fn scaled<const R: usize, const V: usize>(
    sums: [[I32x4; V]; R],
    multipliers: *const f32,
    offsets: *const f32,
) -> [[F32x4; V]; R] {
    let mut scaled = [[F32x4::zero(); V]; R];
    for v in 0..V {
        // SAFETY: the caller's promise.
        let (multiplier, offset) =
            unsafe { (F32x4::load(multipliers.add(v * LANES)), F32x4::load(offsets.add(v * LANES))) };
        for (scaled, sums) in scaled.iter_mut().zip(&sums) {
            scaled[v] = sums[v].to_f32() * multiplier + offset;
        }
    }
    scaled
}
