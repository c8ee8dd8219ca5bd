//! Which articles have been opened, as the browser remembers it; for as long as the page where it does not.

use std::cell::RefCell;

use web_sys::Storage;

const KEY: &str = "mobilenet-lab.learn";

thread_local! {
    static OPENED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Where storage is forbidden, asking for it is an error already.
fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// Names of articles that have been opened.
pub fn opened() -> Vec<String> {
    let stored = storage().and_then(|storage| storage.get_item(KEY).ok()?).unwrap_or_default();
    let mut opened: Vec<String> =
        stored.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    opened.extend(OPENED.with_borrow(Clone::clone));
    opened.sort_unstable();
    opened.dedup();
    opened
}

/// Remembers an article.
pub fn open(name: &str) {
    OPENED.with_borrow_mut(|opened| opened.push(name.to_owned()));
    if let Some(storage) = storage() {
        // Full or forbidden: then it lasts as long as the page.
        let _ = storage.set_item(KEY, &opened().join(","));
    }
}
