//! Names of classes that the visitor has given, which the browser keeps by the SHA-256 of the weights: dropped again, those have
//! them again.

use serde::{Deserialize, Serialize};

use crate::settings::{store, stored};

const KEY: &str = "mobilenet-lab.class-names";

/// As many lists are kept, the last ones: a thousand names take some twenty kilobytes of the five megabytes that browsers give.
const MOST: usize = 16;

#[derive(Serialize, Deserialize)]
struct Kept {
    sha256: String,
    /// One a line.
    names: String,
}

/// The names for weights, if they are known.
pub(crate) fn of(sha256: &str) -> Option<String> {
    read().into_iter().find(|kept| kept.sha256 == sha256).map(|kept| kept.names)
}

/// Keeps names. Where the browser stores nothing they last as long as the page.
pub(crate) fn keep(sha256: &str, names: &str) {
    let mut all = read();
    all.retain(|kept| kept.sha256 != sha256);
    all.push(Kept { sha256: sha256.to_owned(), names: names.to_owned() });
    let first = all.len().saturating_sub(MOST);
    if let Ok(text) = serde_json::to_string(&all[first..]) {
        store(KEY, &text);
    }
}

fn read() -> Vec<Kept> {
    // What another version has written counts as nothing.
    stored(KEY).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}
