//! Moving the keyboard's focus.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Gives an element the focus, once what has changed is on the page.
pub(crate) fn on(id: &'static str) {
    leptos::prelude::request_animation_frame(move || {
        let element = document().get_element_by_id(id);
        if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            // An element that cannot have it leaves it where it was.
            let _ = element.focus();
        }
    });
}
