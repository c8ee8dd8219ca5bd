//! What the browser stores for this site.

use js_sys::Reflect;
use leptos::prelude::window;
use wasm_bindgen_futures::JsFuture;
use web_sys::{StorageEstimate, StorageManager};

/// What is stored, as the browser estimates it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Storage {
    /// Bytes that this site takes.
    pub(crate) usage_bytes: f64,
    /// Bytes that it may take.
    pub(crate) quota_bytes: f64,
    /// Whether the browser leaves it alone when space runs short.
    pub(crate) is_persistent: bool,
}

/// What is stored; `None` where the browser does not say.
pub(crate) async fn estimate() -> Option<Storage> {
    let manager = manager()?;
    let estimate: StorageEstimate = JsFuture::from(manager.estimate().ok()?).await.ok()?.into();
    let persisted = JsFuture::from(manager.persisted().ok()?).await.ok()?;
    Some(Storage {
        usage_bytes: estimate.get_usage()?,
        quota_bytes: estimate.get_quota()?,
        is_persistent: persisted.is_truthy(),
    })
}

/// Asks the browser to leave this site's storage alone; `true` if it will.
pub(crate) async fn persist() -> bool {
    let asked = async { JsFuture::from(manager()?.persist().ok()?).await.ok() };
    asked.await.is_some_and(|granted| granted.is_truthy())
}

/// Absent where the page is not in a secure context, whatever the type says.
fn manager() -> Option<StorageManager> {
    let navigator = window().navigator();
    let there = Reflect::get(&navigator, &"storage".into()).is_ok_and(|value| value.is_object());
    there.then(|| navigator.storage())
}
