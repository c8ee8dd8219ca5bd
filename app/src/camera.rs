//! Pictures out of the device's camera. Nothing is asked of the browser before the visitor opens the camera, and nothing
//! leaves the page.

use js_sys::{Promise, Reflect};
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, CanvasRenderingContext2d, DomException, HtmlCanvasElement, HtmlVideoElement, MediaDevices,
    MediaStream, MediaStreamConstraints, MediaStreamTrack,
};
use worker::javascript::describe;
use worker::protocol::Problem;

use crate::strings::problems;

/// Whether the browser lets this page ask for a camera; it lets no page that came over plain HTTP.
pub(crate) fn is_offered() -> bool {
    devices().is_some()
}

/// Opens a camera, the one on the back where there are two; asks the visitor for permission.
pub(crate) async fn open() -> Result<MediaStream, Problem> {
    let constraints = MediaStreamConstraints::new();
    constraints.set_audio(&JsValue::FALSE);
    constraints.set_video(&back());
    let devices = devices().ok_or_else(|| problems::camera("NotSupportedError"))?;
    let stream = devices.get_user_media_with_constraints(&constraints).map_err(|error| problem(&error))?;
    Ok(JsFuture::from(stream).await.map_err(|error| problem(&error))?.unchecked_into())
}

/// Switches a camera off.
pub(crate) fn close(stream: &MediaStream) {
    stream.get_tracks().iter().for_each(|track| track.unchecked_into::<MediaStreamTrack>().stop());
}

/// What the camera sees now, as a JPEG file; `None` before it sees anything.
pub(crate) async fn take(video: &HtmlVideoElement) -> Option<Blob> {
    const QUALITY: f64 = 0.95;
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
    canvas.set_width(video.video_width());
    canvas.set_height(video.video_height());
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    context.draw_image_with_html_video_element(video, 0.0, 0.0).ok()?;
    let blob = Promise::new(&mut |resolve, _| {
        let done = Closure::once_into_js(move |blob: JsValue| resolve.call1(&JsValue::NULL, &blob));
        // A canvas of no pixels calls back with null, as the promise then says.
        let _ =
            canvas.to_blob_with_type_and_encoder_options(done.unchecked_ref(), "image/jpeg", &QUALITY.into());
    });
    JsFuture::from(blob).await.ok()?.dyn_into().ok()
}

/// `{ facingMode: "environment" }`: a wish, not a condition.
fn back() -> JsValue {
    let wish = js_sys::Object::new();
    // Setting a property of a new object does not fail.
    let _ = Reflect::set(&wish, &"facingMode".into(), &"environment".into());
    wish.into()
}

fn devices() -> Option<MediaDevices> {
    // Undefined, against its type, on pages that came over plain HTTP.
    window().navigator().media_devices().ok().filter(|devices| !devices.is_undefined())
}

fn problem(error: &JsValue) -> Problem {
    problems::camera(&error.dyn_ref::<DomException>().map_or_else(|| describe(error), DomException::name))
}
