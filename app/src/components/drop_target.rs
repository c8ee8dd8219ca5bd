//! The whole window takes files, and pictures by their address: dropped or pasted.

use js_sys::{Array, Function, Reflect};
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, HtmlInputElement};

use super::file_button::files;
use crate::address;
use crate::state::{Lab, use_lab};

/// Listens to the window, and covers it while files hover over it.
#[component]
pub(crate) fn DropTarget() -> impl IntoView {
    let lab = use_lab();
    let hovering = RwSignal::new(false);
    // A drag that began on this page is not a drop of files.
    let own = StoredValue::new(false);
    let start = window_event_listener(ev::dragstart, move |_| own.set_value(true));
    let end = window_event_listener(ev::dragend, move |_| own.set_value(false));
    let over = window_event_listener(ev::dragover, move |event: DragEvent| {
        if !own.get_value() && event.data_transfer().as_ref().is_some_and(carries_pictures) {
            event.prevent_default();
            hovering.set(true);
        }
    });
    let leave = window_event_listener(ev::dragleave, move |event: DragEvent| {
        // Leaving for an element of the same page has a related target.
        if event.related_target().is_none() {
            hovering.set(false);
        }
    });
    let drop = window_event_listener(ev::drop, move |event: DragEvent| {
        hovering.set(false);
        let Some(transfer) = event.data_transfer().filter(carries_pictures) else { return };
        if own.get_value() {
            return;
        }
        event.prevent_default();
        let files = files(transfer.files());
        if files.is_empty() {
            lab.open_addresses(&transfer.get_data(ADDRESSES).unwrap_or_default());
        } else {
            lab.open_files(files);
        }
    });
    let paste = window_event_listener_untyped("paste", move |event| {
        let Some(data) = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data) else {
            return;
        };
        let files = files(data.files());
        let text = data.get_data("text/plain").unwrap_or_default();
        if !files.is_empty() {
            event.prevent_default();
            lab.open_files(files);
        } else if !is_field(&event) && !address::listed(&text).is_empty() {
            event.prevent_default();
            lab.open_addresses(&text);
        }
    });
    on_cleanup(move || {
        for handle in [start, end, over, leave, drop, paste] {
            handle.remove();
        }
    });
    open_early(lab);
    view! {
        <div class="drop-overlay" class:visible=move || hovering.get() aria-hidden="true">
            <p>{lab.t(|s| s.photos.drop_now)}</p>
        </div>
    }
}

/// Opens what was dropped before this listened; `static/boot.js` has kept it.
fn open_early(lab: Lab) {
    let get = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let early = get(&window(), "earlyDrops");
    let Ok(stop) = get(&early, "stop").dyn_into::<Function>() else { return };
    // It only removes listeners.
    let _ = stop.call0(&early);
    let kept: Vec<web_sys::File> =
        Array::from(&get(&early, "files")).iter().filter_map(|file| file.dyn_into().ok()).collect();
    let text = get(&early, "text").as_string().unwrap_or_default();
    if !kept.is_empty() {
        lab.open_files(kept.into_iter().map(|file| (file.clone().into(), file.name(), None)).collect());
    } else if !text.trim().is_empty() {
        lab.open_addresses(&text);
    }
}

/// The type of a dragged link or picture of another page.
const ADDRESSES: &str = "text/uri-list";

fn carries_pictures(transfer: &DataTransfer) -> bool {
    ["Files", ADDRESSES].iter().any(|kind| transfer.types().includes(&(*kind).into(), 0))
}

/// Whether an event happens where text is typed.
fn is_field(event: &ev::Event) -> bool {
    event.target().is_some_and(|target| target.has_type::<HtmlInputElement>())
}
