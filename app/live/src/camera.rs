//! The camera, and pictures out of it.

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, MediaDevices, MediaStream,
    MediaStreamConstraints, MediaStreamTrack,
};

/// Networks look at fewer pixels; more would only take time to encode.
const MOST_PIXELS: f64 = 512.0;

/// Of the JPEG that carries a picture to the worker.
const QUALITY: f64 = 0.92;

/// Opens a camera, the one on the back where there are two.
///
/// # Errors
/// What the browser says.
pub async fn open() -> Result<MediaStream, JsValue> {
    let navigator = web_sys::window().ok_or(JsValue::NULL)?.navigator();
    let devices: MediaDevices = Reflect::get(&navigator, &"mediaDevices".into())?.dyn_into()?;
    let wish = Object::new();
    Reflect::set(&wish, &"facingMode".into(), &"environment".into())?;
    let constraints = MediaStreamConstraints::new();
    constraints.set_audio(&JsValue::FALSE);
    constraints.set_video(&wish);
    JsFuture::from(devices.get_user_media_with_constraints(&constraints)?).await?.dyn_into()
}

/// Switches it off.
pub fn close(stream: &MediaStream) {
    stream.get_tracks().iter().for_each(|track| track.unchecked_into::<MediaStreamTrack>().stop());
}

/// Draws what the camera sees now; `false` before it sees anything.
pub fn draw(video: &HtmlVideoElement, canvas: &HtmlCanvasElement) -> bool {
    let (width, height) = (f64::from(video.video_width()), f64::from(video.video_height()));
    if width == 0.0 || height == 0.0 {
        return false;
    }
    let scale = (MOST_PIXELS / width.min(height)).min(1.0);
    let (width, height) = ((width * scale).round(), (height * scale).round());
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let context = canvas.get_context("2d").ok().flatten();
    let context = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok());
    context.is_some_and(|context| {
        context.draw_image_with_html_video_element_and_dw_and_dh(video, 0.0, 0.0, width, height).is_ok()
    })
}

/// What has been drawn, as a file.
pub async fn picture(canvas: &HtmlCanvasElement) -> Option<Blob> {
    let blob = Promise::new(&mut |resolve, _| {
        let done = Closure::once_into_js(move |blob: JsValue| resolve.call1(&JsValue::NULL, &blob));
        // A canvas without pixels calls back with null.
        let _ =
            canvas.to_blob_with_type_and_encoder_options(done.unchecked_ref(), "image/jpeg", &QUALITY.into());
    });
    JsFuture::from(blob).await.ok()?.dyn_into().ok()
}
