//! Pictures out of the device's camera. Nothing leaves the page.

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, CanvasRenderingContext2d, DomException, HtmlCanvasElement, HtmlVideoElement, MediaDevices,
    MediaStream, MediaStreamConstraints, MediaStreamTrack,
};

use crate::words::{Words, words};

/// Of the JPEG files that pictures become.
const QUALITY: f64 = 0.95;

/// What gives cameras; none on pages that came over plain HTTP, whatever the type says.
pub fn devices() -> Option<MediaDevices> {
    let devices = web_sys::window()?.navigator().media_devices().ok()?;
    (!devices.is_undefined()).then_some(devices)
}

/// Opens a camera, the one on the back where there are two; asks the visitor for permission.
///
/// # Errors
/// What the browser says, which is a `DOMException`; undefined where there are no [`devices`].
pub async fn open() -> Result<MediaStream, JsValue> {
    let constraints = MediaStreamConstraints::new();
    constraints.set_audio(&JsValue::FALSE);
    let wish = Object::new();
    // A wish, not a condition. Setting a property of a new object does not fail.
    let _ = Reflect::set(&wish, &"facingMode".into(), &"environment".into());
    constraints.set_video(&wish);
    let devices = devices().ok_or(JsValue::UNDEFINED)?;
    JsFuture::from(devices.get_user_media_with_constraints(&constraints)?).await?.dyn_into()
}

/// Why there is no camera, by what the browser says.
pub fn refusal(error: &JsValue) -> Words {
    let name = error.dyn_ref::<DomException>().map(DomException::name).unwrap_or_default();
    match &*name {
        "NotAllowedError" | "SecurityError" => words(
            "The browser does not let this page use the camera. Allow it in the site’s settings beside the address.",
            "浏览器不允许本页使用摄像头。请在地址栏旁的网站设置中允许。",
        ),
        "NotFoundError" | "OverconstrainedError" => {
            words("There is no camera. Connect one.", "未找到摄像头。请连接摄像头。")
        }
        _ => words(
            "The camera gives no picture. Close other programs that use it, and try again. (Pages that came over plain HTTP get none.)",
            "摄像头没有画面。请关闭正在使用它的其他程序后重试。（通过 http 打开的页面无法使用摄像头。）",
        ),
    }
}

/// Switches it off.
pub fn close(stream: &MediaStream) {
    stream.get_tracks().iter().for_each(|track| track.unchecked_into::<MediaStreamTrack>().stop());
}

/// Draws what the camera sees now, its shorter side in at most so many pixels; `false` before it sees anything.
pub fn draw(video: &HtmlVideoElement, canvas: &HtmlCanvasElement, most: f64) -> bool {
    let (width, height) = (f64::from(video.video_width()), f64::from(video.video_height()));
    if width == 0.0 || height == 0.0 {
        return false;
    }
    let scale = (most / width.min(height)).min(1.0);
    let (width, height) = ((width * scale).round(), (height * scale).round());
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let context = canvas.get_context("2d").ok().flatten();
    let context = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok());
    context.is_some_and(|context| {
        context.draw_image_with_html_video_element_and_dw_and_dh(video, 0.0, 0.0, width, height).is_ok()
    })
}

/// What has been drawn, as a JPEG file.
pub async fn picture(canvas: &HtmlCanvasElement) -> Option<Blob> {
    let blob = Promise::new(&mut |resolve, _| {
        let done = Closure::once_into_js(move |blob: JsValue| resolve.call1(&JsValue::NULL, &blob));
        // A canvas of no pixels calls back with null, as the promise then says.
        let _ =
            canvas.to_blob_with_type_and_encoder_options(done.unchecked_ref(), "image/jpeg", &QUALITY.into());
    });
    JsFuture::from(blob).await.ok()?.dyn_into().ok()
}
