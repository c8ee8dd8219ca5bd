//! The visitor's images. Their files stay with the browser; pixels, which take many times as much, are kept of the images
//! that were used last. They lie in the browser's memory too, because the engine's can only grow.

use std::cell::OnceCell;
use std::collections::{BTreeMap, VecDeque};

use engine::decode::RgbImage;
use engine::preprocess::{resize_and_crop, seen};
use engine::spec::{ChannelOrder, Interpolation, Preprocess, Resize, Variant};
use js_sys::{Float32Array, Uint8Array, Uint8ClampedArray};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ImageData, ImageEncodeOptions, OffscreenCanvas, OffscreenCanvasRenderingContext2d};
use worker::protocol::{Code, ImageId, Problem};

use crate::catalog::Entry;
use crate::lab::Lab;
use crate::{open, platform};

/// Most bytes of pixels that are kept: those of three photos of 12 megapixels, or of a single larger one.
const KEPT_BYTES: u32 = 128 << 20;

/// Most bytes of inputs that are kept: those of a photo for every column, or of several photos for fewer. (At 4096 pixels a
/// single one has 200 MB, and is not.)
const KEPT_INPUT_BYTES: u32 = 8 << 20;

/// Side of a thumbnail in pixels: sharp on screens of two pixels a point.
const THUMBNAIL: u32 = 112;

/// Longest side of the picture that the page shows, pixels.
const PICTURE: u32 = 1024;

/// Most pixels of a picture that is kept exactly; of larger ones JPEG takes a tenth of the room.
const EXACT_PIXELS: u32 = 1 << 16;

/// The images that are open.
#[derive(Default)]
pub struct Images {
    last: ImageId,
    files: BTreeMap<ImageId, Blob>,
    /// The ones used last, the latest at the end.
    decoded: Vec<(ImageId, Pixels)>,
    /// The latest at the end.
    inputs: VecDeque<Input>,
}

/// What an image has become for networks of one size that prepare it in one way.
#[derive(Clone)]
struct Input {
    image: ImageId,
    preprocess: Preprocess,
    size: (u32, u32),
    /// `[height, width, 3]`, in the browser's memory.
    numbers: Float32Array,
    /// How long that took.
    ms: f64,
}

/// A decoded image, `[height, width, 3]` bytes.
#[derive(Clone)]
pub struct Pixels {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// In the browser's memory.
    pub bytes: Uint8Array,
}

impl Pixels {
    /// A copy in the engine's memory.
    pub fn to_image(&self) -> RgbImage {
        RgbImage { width: self.width, height: self.height, pixels: self.bytes.to_vec() }
    }
}

impl Images {
    /// Takes an image in.
    pub fn add(&mut self, file: Blob, pixels: Pixels) -> ImageId {
        self.last += 1;
        self.files.insert(self.last, file);
        self.keep(self.last, pixels);
        self.last
    }

    /// Forgets an image.
    pub fn remove(&mut self, id: ImageId) {
        self.files.remove(&id);
        self.decoded.retain(|(other, _)| *other != id);
        self.inputs.retain(|input| input.image != id);
    }

    fn take(&mut self, id: ImageId) -> Option<Pixels> {
        let at = self.decoded.iter().position(|(other, _)| *other == id)?;
        Some(self.decoded.remove(at).1)
    }

    fn keep(&mut self, id: ImageId, pixels: Pixels) {
        self.decoded.retain(|(other, _)| *other != id);
        self.decoded.push((id, pixels));
        let bytes = |decoded: &[(ImageId, Pixels)]| -> u32 {
            decoded.iter().map(|(_, pixels)| pixels.bytes.length()).sum()
        };
        while self.decoded.len() > 1 && bytes(&self.decoded) > KEPT_BYTES {
            self.decoded.remove(0);
        }
    }
}

/// A network's input for an image, as its checkpoint says or, without one, its definition, and where in the image it lies.
pub async fn input_of(
    lab: &Lab,
    image: ImageId,
    entry: Option<&Entry>,
    variant: &Variant,
) -> Result<(Vec<f32>, [f64; 4]), Problem> {
    let preprocess = entry.map_or(variant.model.style.preprocess, |entry| entry.info.preprocess);
    let Pixels { width, height, .. } = pixels(lab, image).await?;
    let seen = seen((height, width), &preprocess, variant.resolution);
    Ok((input(lab, image, &preprocess, variant.resolution).await?.0, seen))
}

/// A network's input for an image, and how many milliseconds it took to prepare it: once for all columns that want the same.
pub async fn input(
    lab: &Lab,
    image: ImageId,
    preprocess: &Preprocess,
    size: (u32, u32),
) -> Result<(Vec<f32>, f64), Problem> {
    let is_it =
        |input: &&Input| input.image == image && input.preprocess == *preprocess && input.size == size;
    let kept = lab.images.borrow().inputs.iter().find(is_it).cloned();
    if let Some(Input { numbers, ms, .. }) = kept {
        return Ok((numbers.to_vec(), ms));
    }
    let pixels = pixels(lab, image).await?.to_image();
    let start = platform::now_ms();
    let input = engine::preprocess::preprocess(&pixels, preprocess, size);
    let ms = platform::since_ms(start);
    let mut images = lab.images.borrow_mut();
    // It may have been closed meanwhile.
    if images.files.contains_key(&image) {
        let numbers = Float32Array::from(input.as_slice());
        images.inputs.push_back(Input { image, preprocess: *preprocess, size, numbers, ms });
        let bytes = |input: &Input| input.numbers.byte_length();
        while images.inputs.iter().map(bytes).sum::<u32>() > KEPT_INPUT_BYTES {
            images.inputs.pop_front();
        }
    }
    Ok((input, ms))
}

/// An image's pixels, decoded again where they are not kept any more.
pub async fn pixels(lab: &Lab, id: ImageId) -> Result<Pixels, Problem> {
    let kept = lab.images.borrow_mut().take(id);
    let pixels = match kept {
        Some(pixels) => pixels,
        None => open::decode_image(&file(lab, id)?).await?.pixels,
    };
    let mut images = lab.images.borrow_mut();
    // It may have been closed meanwhile.
    if images.files.contains_key(&id) {
        images.keep(id, pixels.clone());
    }
    Ok(pixels)
}

/// An image's file, if it is open.
pub fn file(lab: &Lab, id: ImageId) -> Result<Blob, Problem> {
    let missing =
        || Problem::new(Code::UnknownImage, format!("image {id} is not here (any more)")).with("image", id);
    lab.images.borrow().files.get(&id).cloned().ok_or_else(missing)
}

/// What the page shows of an image: the pixels that networks get, small enough for a screen.
pub fn picture(image: &RgbImage) -> RgbImage {
    let longest = image.width.max(image.height);
    if longest <= PICTURE {
        return image.clone();
    }
    let scaled = |side: u32| {
        (u64::from(side) * u64::from(PICTURE)).div_ceil(longest.into()).max(1).min(PICTURE.into()) as u32
    };
    resize_and_crop(image, &shrunk(Resize::Stretch), (scaled(image.height), scaled(image.width)))
}

/// A small square picture of an image's middle.
pub fn thumbnail(image: &RgbImage) -> RgbImage {
    resize_and_crop(image, &shrunk(Resize::CropPct(1.0)), (THUMBNAIL, THUMBNAIL))
}

fn shrunk(resize: Resize) -> Preprocess {
    let (interpolation, order) = (Interpolation::Bilinear, ChannelOrder::Rgb);
    Preprocess { resize, interpolation, mean: [0.0; 3], std: [1.0; 3], order }
}

/// A file of an image for the page; `None` in browsers whose workers cannot draw, or change what is drawn.
pub async fn file_of(image: &RgbImage) -> Option<Blob> {
    if canvas_noise()? > 0 {
        return None;
    }
    let context = canvas(image.width, image.height)?;
    let opaque: Vec<u8> =
        image.pixels.chunks_exact(3).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255]).collect();
    put(&context, &opaque, image.width)?;
    let options = ImageEncodeOptions::new();
    if image.width * image.height > EXACT_PIXELS {
        options.set_type("image/jpeg");
        options.set_quality(0.95);
    }
    let blob = context.canvas().convert_to_blob_with_options(&options).ok()?;
    JsFuture::from(blob).await.ok()?.dyn_into().ok()
}

/// A canvas of this size; `None` in browsers whose workers cannot draw.
pub fn canvas(width: u32, height: u32) -> Option<OffscreenCanvasRenderingContext2d> {
    let canvas = OffscreenCanvas::new(width, height).ok()?;
    Some(canvas.get_context("2d").ok()??.unchecked_into())
}

fn put(context: &OffscreenCanvasRenderingContext2d, rgba: &[u8], width: u32) -> Option<()> {
    // A copy, because the engine's memory may be shared, which canvases do not take.
    let rgba = Uint8ClampedArray::new(&Uint8Array::from(rgba));
    let data = ImageData::new_with_js_u8_clamped_array(&rgba, width).ok()?;
    context.put_image_data(&data, 0.0, 0.0).ok()
}

/// By how much the bytes that a canvas gives differ from those that it got: 0, unless a privacy setting of the browser changes
/// them. `None` in browsers whose workers cannot draw.
pub fn canvas_noise() -> Option<u8> {
    thread_local!(static NOISE: OnceCell<Option<u8>> = const { OnceCell::new() });
    const SIDE: u32 = 64;
    let look = || {
        // Many colours: a canvas of few is left alone.
        let drawn: Vec<u8> = (0..SIDE * SIDE)
            .flat_map(|at| [(at % SIDE * 4) as u8, (at / SIDE * 4) as u8, (at * 7) as u8, 255])
            .collect();
        let context = canvas(SIDE, SIDE)?;
        put(&context, &drawn, SIDE)?;
        let read = context.get_image_data(0.0, 0.0, SIDE.into(), SIDE.into()).ok()?.data().0;
        read.iter().zip(&drawn).map(|(read, drawn)| read.abs_diff(*drawn)).max()
    };
    NOISE.with(|noise| *noise.get_or_init(look))
}
