//! What a module hears and finds within the element that the page gives it.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, Event, EventTarget};

/// Lets a function hear events of a kind, for as long as the page lives.
pub fn on(target: &EventTarget, kind: &str, heard: fn(&Event)) {
    let closure = Closure::<dyn Fn(Event)>::new(move |event: Event| heard(&event));
    // Refused by none of the browsers that run wasm.
    let _ = target.add_event_listener_with_callback(kind, closure.into_js_value().unchecked_ref());
}

/// Lets a function hear of what is dropped on an element; the page around it does not.
pub fn on_drop(target: &EventTarget, heard: fn(&Event)) {
    on(target, "dragover", |event| {
        event.prevent_default();
        event.stop_propagation();
    });
    on(target, "drop", heard);
}

/// The nearest element around an event's that has this attribute, and its value.
pub fn around(event: &Event, attribute: &str) -> Option<(Element, String)> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let element = target.closest(&format!("[{attribute}]")).ok()??;
    let value = element.get_attribute(attribute)?;
    Some((element, value))
}

/// Elements within another, of one kind.
pub fn all<T: JsCast>(root: &Element, selector: &str) -> Vec<T> {
    let Ok(list) = root.query_selector_all(selector) else { return Vec::new() };
    (0..list.length()).filter_map(|at| list.item(at)?.dyn_into().ok()).collect()
}

/// Whether anybody can see an element, scrolled to or not.
pub fn is_visible(element: &Element) -> bool {
    let check = Reflect::get(element, &"checkVisibility".into()).ok();
    // Not in browsers before 2024. What is folded away has a width in others.
    match check.and_then(|check| check.dyn_into::<Function>().ok()) {
        Some(check) => check.call0(element).is_ok_and(|answer| answer.is_truthy()),
        None => element.client_width() > 0,
    }
}

/// Lets the page have its turn, and so many milliseconds pass.
pub async fn pause(ms: i32) {
    let waited = Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            // Refused nowhere.
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms);
        }
    });
    // It does not fail.
    let _ = JsFuture::from(waited).await;
}
