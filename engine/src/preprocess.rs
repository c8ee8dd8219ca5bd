//! From RGB pixels to a network's input, equal to Pillow, timm and torchvision.
//!
//! The published accuracies were measured on images that Pillow scaled, so this is Pillow's algorithm
//! (`src/libImaging/Resample.c`) to the bit: two passes, horizontal first, with weights in fixed point and
//! an 8-bit image in between. Scaling and cropping are one step: only what the crop shows is computed, which
//! also keeps an image of 1 × 4000 pixels, 256 × 1 024 000 when scaled, from taking up a gigabyte.

use std::ops::Range;

use kernels::resample::{self, FRACTION_BITS, HALF};

use crate::decode::{MAX_SIDE, RgbImage};
use crate::spec::{ChannelOrder, Interpolation, Preprocess, Resize};

/// Prepares an image for a network whose input is `input` = (height, width) pixels, each at least 1: resize,
/// centre crop, normalise. Returns `[height, width, 3]` in row-major order.
///
/// Each value is `(byte / 255 − mean) / std` in f32, in torchvision's order of operations; channels in the network's order.
pub fn preprocess(image: &RgbImage, p: &Preprocess, input: (u32, u32)) -> Vec<f32> {
    let cropped = resize_and_crop(image, p, input);
    let tables: [[f32; 256]; 3] = std::array::from_fn(|channel| {
        std::array::from_fn(|byte| (byte as f32 / 255.0 - p.mean[channel]) / p.std[channel])
    });
    let mut numbers = resample::looked_up(&cropped.pixels, &tables);
    if p.order == ChannelOrder::Bgr {
        numbers.chunks_exact_mut(3).for_each(<[f32]>::reverse);
    }
    numbers
}

/// The 8-bit part of [`preprocess`]: the picture that the network sees, `input` = (height, width) pixels.
///
/// A crop larger than the resized image is padded with black, as torchvision does.
pub fn resize_and_crop(image: &RgbImage, p: &Preprocess, input: (u32, u32)) -> RgbImage {
    let [first, rest @ ..] = &*Scaling::all((image.height, image.width), p, input) else {
        return image.clone();
    };
    rest.iter()
        .fold(first.apply(image, p.interpolation), |image, scaling| scaling.apply(&image, p.interpolation))
}

/// Where the picture that the network sees lies in an image of `image` = (height, width) pixels: left, top, width and height as
/// shares of the image's. It reaches beyond the image where black is added.
pub fn seen(image: (u32, u32), p: &Preprocess, input: (u32, u32)) -> [f64; 4] {
    let input = match p.resize {
        // The crop is enlarged as a whole.
        Resize::Enlarge(side) => {
            let small = with_short_side(side, input);
            return seen(image, &Preprocess { resize: Resize::CropPct(1.0), ..*p }, small);
        }
        Resize::Stretch | Resize::ShortSide(_) | Resize::CropPct(_) => input,
    };
    let (height, width) = resized_size(image, p.resize, input);
    let [top, left] = [(height, input.0), (width, input.1)]
        .map(|(scaled, input)| ((scaled as f64 - f64::from(input)) / 2.0).round() / scaled as f64);
    [left, top, f64::from(input.1) / width as f64, f64::from(input.0) / height as f64]
}

/// A resize and what becomes of its result.
pub(crate) struct Scaling {
    rows: Axis,
    columns: Axis,
    /// Height and width of the picture: the result, with black around it where that is smaller.
    pub(crate) size: (u32, u32),
}

impl Scaling {
    /// What [`resize_and_crop`] does to an image of this size, in order: at least one.
    pub(crate) fn all(image: (u32, u32), p: &Preprocess, input: (u32, u32)) -> Vec<Self> {
        if let Resize::Enlarge(side) = p.resize {
            let small = with_short_side(side, input);
            let mut all = Self::all(image, &Preprocess { resize: Resize::CropPct(1.0), ..*p }, small);
            all.push(Self::new(small, (input.0.into(), input.1.into()), input));
            return all;
        }
        vec![Self::new(image, resized_size(image, p.resize, input), input)]
    }

    fn new(image: (u32, u32), scaled: (u64, u64), size: (u32, u32)) -> Self {
        let rows = Axis::centre_crop(image.0, scaled.0, size.0);
        let columns = Axis::centre_crop(image.1, scaled.1, size.1);
        Self { rows, columns, size }
    }

    fn apply(&self, image: &RgbImage, interpolation: Interpolation) -> RgbImage {
        let shown = scale(image, &self.rows, &self.columns, interpolation);
        if (shown.height, shown.width) == self.size {
            return shown;
        }
        pad(&shown, self.pad(), self.size)
    }

    /// Black rows above and columns to the left of the result.
    pub(crate) fn pad(&self) -> (u32, u32) {
        (self.rows.pad, self.columns.pad)
    }

    /// Height and width of the result.
    pub(crate) fn shown(&self) -> (usize, usize) {
        (self.rows.len(), self.columns.len())
    }

    /// The rows of the source that the result depends on.
    pub(crate) fn needed_rows(&self, interpolation: Interpolation) -> Range<usize> {
        self.rows.taps_or_copies(interpolation).needed()
    }

    /// For each row of the result the first row of the source, counted from the first that is needed, the number of
    /// rows, and the place of its first weight; then the weights. And how many numbers come before the weights.
    pub(crate) fn row_table(&self, interpolation: Interpolation) -> (Vec<i32>, usize) {
        let taps = self.rows.taps_or_copies(interpolation);
        taps.table(taps.needed().start)
    }

    /// The same for columns, counted from the source's first.
    pub(crate) fn column_table(&self, interpolation: Interpolation) -> (Vec<i32>, usize) {
        self.columns.taps_or_copies(interpolation).table(0)
    }
}

/// Puts an image into a black one of `size` = (height, width), `offset` = (rows, columns) from its corner.
fn pad(image: &RgbImage, offset: (u32, u32), (height, width): (u32, u32)) -> RgbImage {
    let mut pixels = vec![0; height as usize * width as usize * 3];
    for (row, y) in image.pixels.chunks_exact(image.width as usize * 3).zip(offset.0 as usize..) {
        let start = (y * width as usize + offset.1 as usize) * 3;
        pixels[start..start + row.len()].copy_from_slice(row);
    }
    RgbImage { width, height, pixels }
}

/// Scales an image to `width` × `height` pixels, each at least 1, equal to Pillow's `Image.resize`.
pub fn resize(image: &RgbImage, width: u32, height: u32, interpolation: Interpolation) -> RgbImage {
    let rows = Axis::centre_crop(image.height, height.into(), height);
    let columns = Axis::centre_crop(image.width, width.into(), width);
    scale(image, &rows, &columns, interpolation)
}

/// `input` = (height, width), reduced so that its shorter side has `side` pixels; as it is if it has fewer.
fn with_short_side(side: u32, (height, width): (u32, u32)) -> (u32, u32) {
    let short = height.min(width);
    let ratio = f64::from(side.clamp(1, short)) / f64::from(short);
    let reduced = |side: u32| (f64::from(side) * ratio).round() as u32;
    (reduced(height), reduced(width))
}

/// The size (height, width) that an image is scaled to before the crop. Both sides of it may exceed `u32` in
/// principle, hence `u64`; no image of that size is ever built.
fn resized_size(image: (u32, u32), resize: Resize, input: (u32, u32)) -> (u64, u64) {
    match resize {
        Resize::Stretch | Resize::Enlarge(_) => (input.0.into(), input.1.into()),
        Resize::ShortSide(side) => short_side(image, u64::from(side)),
        Resize::CropPct(crop_pct) => {
            let target = |side: u32| (f64::from(side) / crop_pct).floor() as u64;
            match (target(input.0), target(input.1)) {
                (height, width) if height == width => short_side(image, height),
                target => keep_ratio(image, target),
            }
        }
    }
}

/// torchvision's `Resize(side)`: the longer side is truncated, not rounded.
fn short_side((height, width): (u32, u32), side: u64) -> (u64, u64) {
    let side = legal(side);
    let long = |long: u32, short: u32| side * u64::from(long) / u64::from(short);
    if height <= width { (side, long(width, height)) } else { (long(height, width), side) }
}

/// timm's `ResizeKeepRatio` for inputs that are not square: the image covers `target` = (height, width).
fn keep_ratio((height, width): (u32, u32), target: (u64, u64)) -> (u64, u64) {
    let (height, width) = (f64::from(height), f64::from(width));
    let ratio = (height / legal(target.0) as f64).min(width / legal(target.1) as f64);
    let scaled = |side: f64| (side / ratio).round_ties_even() as u64;
    (scaled(height), scaled(width))
}

/// Keeps a nonsensical `crop_pct` or side from giving an empty or endless image.
fn legal(side: u64) -> u64 {
    side.clamp(1, MAX_SIDE.into())
}

/// One axis of a resize and crop.
struct Axis {
    /// Length of the source, pixels.
    source: u32,
    /// Length after scaling, pixels.
    scaled: u64,
    /// The part of the scaled axis that the crop shows.
    shown: Range<u64>,
    /// Black pixels in front of that part.
    pad: u32,
}

impl Axis {
    /// torchvision's `CenterCrop` along one axis: half differences round to even, `(scaled − crop) / 2`, unless
    /// the image is the smaller one and is padded, `(crop − scaled) / 2` rounded down.
    fn centre_crop(source: u32, scaled: u64, crop: u32) -> Self {
        match scaled.checked_sub(crop.into()) {
            Some(surplus) => {
                let half = surplus / 2;
                let start = half + (surplus & half & 1);
                Self { source, scaled, shown: start..start + u64::from(crop), pad: 0 }
            }
            None => Self { source, scaled, shown: 0..scaled, pad: (crop - scaled as u32) / 2 },
        }
    }

    /// Number of pixels shown; at most the crop's, which is a `u32`.
    fn len(&self) -> usize {
        (self.shown.end - self.shown.start) as usize
    }

    /// The weights of every shown pixel, or `None` where Pillow skips the pass because the length stays.
    fn taps(&self, interpolation: Interpolation) -> Option<Taps> {
        (self.scaled != u64::from(self.source)).then(|| Taps::new(self, interpolation))
    }

    /// The weights of every shown pixel; where Pillow skips the pass, those that copy it.
    fn taps_or_copies(&self, interpolation: Interpolation) -> Taps {
        self.taps(interpolation).unwrap_or_else(|| Taps {
            spans: self.shown.clone().zip(0..).map(|(at, i)| (at as usize..at as usize + 1, i)).collect(),
            weights: vec![1 << FRACTION_BITS; self.len()],
        })
    }
}

/// For each pixel of an output axis the source pixels that it sums up, and their weights.
struct Taps {
    /// Source pixels and position of the first weight, for each output pixel.
    spans: Vec<(Range<usize>, usize)>,
    /// All weights, in units of `2^-FRACTION_BITS`.
    weights: Vec<i32>,
}

impl Taps {
    /// Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc`: the filter is as wide as the scale, so that
    /// shrinking averages (antialiasing), and its weights are normalised in f64, then rounded half away from 0.
    fn new(axis: &Axis, interpolation: Interpolation) -> Self {
        let (filter, support): (fn(f64) -> f64, f64) = match interpolation {
            Interpolation::Bilinear => (triangle, 1.0),
            Interpolation::Bicubic => (cubic, 2.0),
        };
        let scale = f64::from(axis.source) / axis.scaled as f64;
        let stretch = scale.max(1.0);
        let support = support * stretch;
        let mut taps = Self { spans: Vec::with_capacity(axis.len()), weights: Vec::new() };
        let mut exact = Vec::new();
        for output in axis.shown.clone() {
            let centre = (output as f64 + 0.5) * scale;
            let first = (centre - support + 0.5).max(0.0) as usize;
            let last = ((centre + support + 0.5) as usize).min(axis.source as usize);
            exact.clear();
            exact.extend((first..last).map(|x| filter((x as f64 - centre + 0.5) * (1.0 / stretch))));
            let sum: f64 = exact.iter().sum();
            taps.spans.push((first..last, taps.weights.len()));
            let unit = f64::from(1 << FRACTION_BITS);
            taps.weights.extend(exact.iter().map(|weight| (weight / sum * unit).round() as i32));
        }
        taps
    }

    /// Source pixels and weights of each output pixel, in order.
    fn iter(&self) -> impl Iterator<Item = (Range<usize>, &[i32])> {
        self.spans.iter().map(|(span, at)| (span.clone(), &self.weights[*at..at + span.len()]))
    }

    /// See [`Scaling::row_table`].
    fn table(&self, first: usize) -> (Vec<i32>, usize) {
        let spans = self.spans.iter().flat_map(|(span, at)| [span.start - first, span.len(), *at]);
        let mut table: Vec<i32> = spans.map(|number| number as i32).collect();
        let start = table.len();
        table.extend(&self.weights);
        (table, start)
    }

    /// All source pixels that any output pixel needs.
    fn needed(&self) -> Range<usize> {
        let first = self.spans.iter().map(|(span, _)| span.start).min().unwrap_or(0);
        first..self.spans.iter().map(|(span, _)| span.end).max().unwrap_or(first)
    }
}

/// Triangle filter.
fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

/// Keys' cubic with a = −0.5.
fn cubic(x: f64) -> f64 {
    const A: f64 = -0.5;
    match x.abs() {
        x if x < 1.0 => ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0,
        x if x < 2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * A,
        _ => 0.0,
    }
}

/// The shown part of the scaled image.
fn scale(image: &RgbImage, rows: &Axis, columns: &Axis, interpolation: Interpolation) -> RgbImage {
    let vertical = rows.taps(interpolation);
    let needed = match &vertical {
        Some(taps) => taps.needed(),
        None => rows.shown.start as usize..rows.shown.end as usize,
    };
    let band = resample_rows(image, needed.clone(), columns, interpolation);
    let pixels = match &vertical {
        Some(taps) => combine_rows(&band, columns.len() * 3, needed.start, taps),
        None => band,
    };
    RgbImage { width: columns.len() as u32, height: rows.len() as u32, pixels }
}

/// The horizontal pass over some rows of the image: `[rows, columns.len(), 3]`.
fn resample_rows(
    image: &RgbImage,
    rows: Range<usize>,
    columns: &Axis,
    interpolation: Interpolation,
) -> Vec<u8> {
    let stride = image.width as usize * 3;
    let source = image.pixels[rows.start * stride..rows.end * stride].chunks_exact(stride);
    let mut band = Vec::with_capacity(rows.len() * columns.len() * 3);
    match columns.taps(interpolation) {
        Some(taps) => {
            for row in source {
                for (span, weights) in taps.iter() {
                    let pixels = &row[span.start * 3..span.end * 3];
                    band.extend(resample::weighted_pixel(pixels, weights));
                }
            }
        }
        None => {
            let shown = columns.shown.start as usize * 3..columns.shown.end as usize * 3;
            for row in source {
                band.extend_from_slice(&row[shown.clone()]);
            }
        }
    }
    band
}

/// The vertical pass: each output row is a weighted sum of rows of `stride` bytes, of which `band` holds those
/// from `first` on.
fn combine_rows(band: &[u8], stride: usize, first: usize, taps: &Taps) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(taps.spans.len() * stride);
    let mut sums = vec![HALF; stride];
    for (span, weights) in taps.iter() {
        sums.fill(HALF);
        let rows = band[(span.start - first) * stride..(span.end - first) * stride].chunks_exact(stride);
        for (row, &weight) in rows.zip(weights) {
            resample::add_weighted(&mut sums, row, weight);
        }
        resample::extend_bytes(&mut pixels, &sums);
    }
    pixels
}
