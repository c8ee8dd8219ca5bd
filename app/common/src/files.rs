//! Files that the page hands to the browser's downloads.

use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, HtmlElement};

/// A text as a file of this media type.
///
/// # Errors
/// Where the browser has no room.
pub fn text_blob(kind: &str, text: &str) -> Result<Blob, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &options)
}

/// Hands a text to the browser's downloads.
pub fn download(name: &str, kind: &str, text: &str) {
    if let Ok(blob) = text_blob(kind, text) {
        download_blob(name, &blob);
    }
}

/// Hands a file to the browser's downloads.
pub fn download_blob(name: &str, blob: &Blob) {
    let Ok(url) = web_sys::Url::create_object_url_with_blob(blob) else { return };
    let document = web_sys::window().and_then(|window| window.document());
    if let Some(link) = document.and_then(|document| document.create_element("a").ok()) {
        // Constant names and plain values: nothing here can be refused.
        let _ = link.set_attribute("href", &url);
        let _ = link.set_attribute("download", name);
        link.unchecked_into::<HtmlElement>().click();
    }
    let _ = web_sys::Url::revoke_object_url(&url);
}
