//! Class names.

use std::cell::RefCell;
use std::rc::Rc;

use engine::weights::labels::ClassName;
use engine::weights::manifest::LabelSet;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use crate::{download, platform};

/// Names of the classes of label sets, fetched when first needed.
#[derive(Default)]
pub struct Labels {
    /// Tables that are fetched. None fails: they have no text where they cannot be had.
    tables: RefCell<Vec<(LabelSet, Promise)>>,
    names: RefCell<Vec<(LabelSet, Rc<Vec<ClassName>>)>>,
}

impl Labels {
    /// Begins to fetch the names of a label set beside its weights, so that the first answer does not wait for them.
    pub fn prefetch(&self, set: &str) {
        if let Some(set) = LabelSet::of_name(set) {
            let _ = self.table(set); // names() awaits it
        }
    }

    /// The names of a label set's classes in the order of the outputs; none where it has none or they cannot be had, and
    /// then the next call tries again.
    pub async fn names(&self, set: &str) -> Rc<Vec<ClassName>> {
        let Some(set) = LabelSet::of_name(set) else { return Rc::default() };
        if let Some((_, names)) = self.names.borrow().iter().find(|(known, _)| *known == set) {
            return Rc::clone(names);
        }
        let table = JsFuture::from(self.table(set)).await.ok().and_then(|text| text.as_string());
        match table.and_then(|text| set.class_names(&text).ok()) {
            Some(names) => {
                let names = Rc::new(names);
                self.names.borrow_mut().push((set, Rc::clone(&names)));
                names
            }
            None => {
                self.tables.borrow_mut().retain(|(known, _)| *known != set);
                Rc::default()
            }
        }
    }

    fn table(&self, set: LabelSet) -> Promise {
        let mut tables = self.tables.borrow_mut();
        if let Some((_, table)) = tables.iter().find(|(known, _)| *known == set) {
            return table.clone();
        }
        let table = future_to_promise(text(set.file()));
        tables.push((set, table.clone()));
        table
    }
}

async fn text(file: &str) -> Result<JsValue, JsValue> {
    let url = platform::site_url(&format!("static/labels/{file}"));
    let bytes = match download::get(&url, None).await {
        Ok(response) if response.ok() => download::body(&response).await.unwrap_or_default(),
        _ => return Ok(JsValue::UNDEFINED),
    };
    Ok(JsValue::from_str(&String::from_utf8_lossy(&bytes)))
}
