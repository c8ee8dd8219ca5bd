//! Writing to the clipboard.

use js_sys::Reflect;
use leptos::prelude::window;
use wasm_bindgen_futures::JsFuture;

/// Puts a text there; `false` where the browser does not allow it.
pub(crate) async fn write(text: &str) -> bool {
    let navigator = window().navigator();
    // Absent where the page is not in a secure context, whatever the type says.
    let there = Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|value| value.is_object());
    there && JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}
