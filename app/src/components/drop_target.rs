//! The whole window takes files: dropped or pasted.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, FileList};

use crate::state::{Credit, use_lab};

/// Files of a browser list, as [`crate::state::Lab::open_files`] wants them.
pub(crate) fn files(list: Option<FileList>) -> Vec<(web_sys::Blob, String, Option<Credit>)> {
    let Some(list) = list else { return Vec::new() };
    (0..list.length())
        .filter_map(|index| list.get(index))
        .map(|file| (file.clone().unchecked_into(), file.name(), None))
        .collect()
}

/// Listens to the window, and covers it while files hover over it.
#[component]
pub(crate) fn DropTarget() -> impl IntoView {
    let lab = use_lab();
    let hovering = RwSignal::new(false);
    let over = window_event_listener(ev::dragover, move |event: DragEvent| {
        if event.data_transfer().as_ref().is_some_and(carries_files) {
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
        let Some(transfer) = event.data_transfer().filter(carries_files) else { return };
        event.prevent_default();
        lab.open_files(files(transfer.files()));
    });
    let paste = window_event_listener_untyped("paste", move |event| {
        let clipboard = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data);
        let files = files(clipboard.and_then(|data| data.files()));
        if !files.is_empty() {
            event.prevent_default();
            lab.open_files(files);
        }
    });
    on_cleanup(move || {
        for handle in [over, leave, drop, paste] {
            handle.remove();
        }
    });
    view! {
        <div class="drop-overlay" class:visible=move || hovering.get() aria-hidden="true">
            <p>{lab.t(|s| s.drop_now)}</p>
        </div>
    }
}

fn carries_files(transfer: &DataTransfer) -> bool {
    transfer.types().includes(&"Files".into(), 0)
}
