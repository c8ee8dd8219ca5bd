//! Files of a folder, chosen or dropped, and which of them are pictures.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, File, FileList};

/// Folders in folders in folders: deeper ones are left out.
const DEEPEST: usize = 8;

/// A file with its path in the folder.
pub type Found = (String, File);

/// The files of a chosen folder.
pub fn chosen(list: &FileList) -> Vec<Found> {
    let path = |file: &File| {
        let path = get(file, "webkitRelativePath").as_string().filter(|path| !path.is_empty());
        path.unwrap_or_else(|| file.name())
    };
    (0..list.length()).filter_map(|at| list.get(at)).map(|file| (path(&file), file)).collect()
}

/// The entries of a drop, which are there only while it is handled, and which nobody else gets; none where no files are dropped.
pub fn take_entries(event: &Event) -> Option<Vec<JsValue>> {
    let items = get(&get(event, "dataTransfer"), "items");
    let count = get(&items, "length").as_f64().unwrap_or(0.0) as u32;
    let entry = |at: u32| {
        let item = Reflect::get_u32(&items, at).ok()?;
        let get_entry: Function = get(&item, "webkitGetAsEntry").dyn_into().ok()?;
        get_entry.call0(&item).ok().filter(JsValue::is_object)
    };
    let entries: Vec<JsValue> = (0..count).filter_map(entry).collect();
    if entries.is_empty() {
        return None;
    }
    event.prevent_default();
    event.stop_propagation();
    Some(entries)
}

/// The files under dropped entries.
pub async fn dropped(entries: Vec<JsValue>) -> Vec<Found> {
    let mut found = Vec::new();
    let mut rest: Vec<(JsValue, String, usize)> =
        entries.into_iter().map(|entry| (entry, String::new(), 0)).collect();
    while let Some((entry, folder, depth)) = rest.pop() {
        let path = format!("{folder}{}", get(&entry, "name").as_string().unwrap_or_default());
        if get(&entry, "isDirectory").is_truthy() {
            let Some(reader) = call(&entry, "createReader").filter(|_| depth < DEEPEST) else { continue };
            // Browsers give a hundred entries at a time.
            while let Some(some) = answer(&reader, "readEntries").await {
                let some: Array = some.unchecked_into();
                if some.length() == 0 {
                    break;
                }
                rest.extend(some.iter().map(|entry| (entry, format!("{path}/"), depth + 1)));
            }
        } else if let Some(file) = answer(&entry, "file").await.and_then(|file| file.dyn_into().ok()) {
            found.push((path, file));
        }
    }
    found
}

/// Endings of pictures that the page opens.
const PICTURES: [&str; 9] = [".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".jfif", ".heic", ".avif"];

/// Whether a file of this path is a picture, and none of a program's own.
pub fn is_picture(path: &str) -> bool {
    let lower = path.to_lowercase();
    let is_hidden = path.split('/').any(|part| part.starts_with('.') || part == "__MACOSX");
    !is_hidden && PICTURES.iter().any(|ending| lower.ends_with(ending))
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn call(object: &JsValue, name: &str) -> Option<JsValue> {
    get(object, name).dyn_into::<Function>().ok()?.call0(object).ok()
}

/// What a method gives to the first of its two callbacks.
async fn answer(object: &JsValue, name: &str) -> Option<JsValue> {
    let method: Function = get(object, name).dyn_into().ok()?;
    let promise = Promise::new(&mut |resolve, reject| {
        // A failure is heard by `reject`.
        let _ = method.call2(object, &resolve, &reject);
    });
    JsFuture::from(promise).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_names() {
        assert!(is_picture("a/B.JPG"));
        assert!(!is_picture("a/.thumbs/b.jpg") && !is_picture("a/notes.txt"));
    }
}
