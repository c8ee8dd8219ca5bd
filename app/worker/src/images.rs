//! The visitor's images. Their files stay with the browser; pixels, which take many times as much, are kept of the images
//! that were used last. They lie in the browser's memory too, because the engine's can only grow.

use std::collections::BTreeMap;

use engine::decode::RgbImage;
use engine::preprocess::resize_and_crop;
use engine::spec::{Interpolation, Preprocess, Resize};
use js_sys::{Uint8Array, Uint8ClampedArray};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ImageData, OffscreenCanvas, OffscreenCanvasRenderingContext2d};
use worker::protocol::{ImageId, Problem};

use crate::lab::Lab;
use crate::open;

/// Most bytes of pixels that are kept: those of three photos of 12 megapixels, or of a single larger one.
const KEPT_BYTES: u32 = 128 << 20;

/// Side of a thumbnail in pixels: sharp on screens of two pixels a point.
const THUMBNAIL: u32 = 112;

/// The images that are open.
#[derive(Default)]
pub struct Images {
    last: ImageId,
    files: BTreeMap<ImageId, Blob>,
    /// The ones used last, the latest at the end.
    decoded: Vec<(ImageId, Pixels)>,
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

/// An image's pixels, decoded again where they are not kept any more.
pub async fn pixels(lab: &Lab, id: ImageId) -> Result<Pixels, Problem> {
    let kept = lab.images.borrow_mut().take(id);
    let pixels = match kept {
        Some(pixels) => pixels,
        None => {
            let file = lab.images.borrow().files.get(&id).cloned();
            let missing = || {
                Problem::new("unknown_image", format!("image {id} is not here (any more)")).with("image", id)
            };
            open::decode_image(&file.ok_or_else(missing)?).await?.pixels
        }
    };
    let mut images = lab.images.borrow_mut();
    // It may have been closed meanwhile.
    if images.files.contains_key(&id) {
        images.keep(id, pixels.clone());
    }
    Ok(pixels)
}

/// A small square picture of an image's middle; `None` in browsers whose workers cannot draw.
pub async fn thumbnail(image: &RgbImage) -> Option<Blob> {
    let middle = Preprocess {
        resize: Resize::CropPct(1.0),
        interpolation: Interpolation::Bilinear,
        mean: [0.0; 3],
        std: [1.0; 3],
    };
    let small = resize_and_crop(image, &middle, (THUMBNAIL, THUMBNAIL));
    let rgba: Vec<u8> = small.pixels.chunks_exact(3).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255]).collect();
    // A copy, because the engine's memory may be shared, which canvases do not take.
    let rgba = Uint8ClampedArray::new(&Uint8Array::from(rgba.as_slice()));
    let data = ImageData::new_with_js_u8_clamped_array(&rgba, THUMBNAIL).ok()?;
    let canvas = OffscreenCanvas::new(THUMBNAIL, THUMBNAIL).ok()?;
    let context: OffscreenCanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    context.put_image_data(&data, 0.0, 0.0).ok()?;
    JsFuture::from(canvas.convert_to_blob().ok()?).await.ok()?.dyn_into().ok()
}
