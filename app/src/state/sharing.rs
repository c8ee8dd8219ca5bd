//! Links to the board, and results from and to files.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlElement};
use worker::protocol::{Problem, WeightsChoice};

use super::{Column, ColumnConfig, EngineState, Imported, Lab};
use crate::format;
use crate::share::link;
use crate::share::results::{Entry, Results};
use crate::strings::{Strings, fill, problems};

/// Larger than any file of results.
const MOST_BYTES: f64 = 50e6;

impl Lab {
    /// Copies a link to the board as it is, and puts it into the address bar; `true` if it could be copied.
    pub(crate) async fn copy_link(self) -> bool {
        let fragment = link::fragment(&self.configs());
        let location = window().location();
        // What the browser refuses here it refuses for `file:` addresses only, where there is no page at all.
        let _ = location.set_hash(&fragment);
        crate::clipboard::write(&location.href().unwrap_or_default()).await
    }

    /// Changes the board so that the browser's Back undoes it: the address names the board before and after.
    pub(super) fn change_board(self, change: impl FnOnce()) {
        self.write_address();
        change();
        // What the browser refuses here it refuses for `file:` addresses only, where there is no page at all.
        let _ = window().location().set_hash(&link::fragment(&self.configs()));
    }

    /// Keeps an address that names a board true while columns change: Back from another page would bring the former
    /// board.
    pub(crate) fn keep_address(self) {
        Effect::new(move |before: Option<()>| {
            self.columns.track();
            let fragment = window().location().hash().unwrap_or_default();
            // What the page begins with is no change: a link is followed once the catalog is here.
            if before.is_some() && matches!(link::read_fragment(&fragment), Some(Ok(_))) {
                self.write_address();
            }
        });
    }

    /// Puts the board as it is into the address, in the place of what was there.
    fn write_address(self) {
        let here = format!("#{}", link::fragment(&self.configs()));
        // Refused where a hash is, too.
        let _ = window()
            .history()
            .and_then(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(&here)));
    }

    /// Shows the board that the address names, if it names one; says what is wrong with it otherwise. Its weights may be
    /// any of the catalog, so that it waits for that where the engine works.
    pub(crate) fn follow_link(self) {
        let is_starting = self.catalog.with_untracked(Option::is_none);
        if is_starting && !matches!(self.engine.get_untracked(), EngineState::Failed(_)) {
            return;
        }
        let fragment = window().location().hash().unwrap_or_default();
        match link::read_fragment(&fragment) {
            None => {}
            Some(Err(problem)) => self.tell(None, problem),
            Some(Ok(configs)) if configs == self.configs() => {}
            Some(Ok(configs)) => {
                let columns = configs.into_iter().map(|config| self.linked_column(config)).collect();
                self.columns.set(columns);
            }
        }
    }

    /// A column of a link. Its weights may be a file of somebody else's.
    fn linked_column(self, mut config: ColumnConfig) -> Column {
        if let Some(id) = config.checkpoint()
            && !self.checkpoints().iter().any(|info| info.id == id)
        {
            self.tell(Some(config.name()), problems::link_weights(id));
            config.weights = WeightsChoice::Random;
        }
        Column { id: self.next_key(), config }
    }

    fn configs(self) -> Vec<ColumnConfig> {
        self.columns.with_untracked(|columns| columns.iter().map(|column| column.config.clone()).collect())
    }

    /// What was measured of the columns on the board; `None` before anything was.
    pub(crate) fn results(self) -> Option<Results> {
        let EngineState::Ready(environment) = self.engine.get_untracked() else { return None };
        let checkpoints = self.checkpoints();
        let entry = |config: &ColumnConfig| {
            let timing =
                self.timings.with_untracked(|timings| timings.get(&config.to_protocol()).cloned())?;
            let info = checkpoints.iter().find(|info| Some(&info.id) == timing.checkpoint.as_ref());
            let weights_sha256 = info.and_then(|info| info.sha256.clone());
            Some(Entry { config: config.to_protocol(), weights_sha256, timing })
        };
        let results: Vec<Entry> = self.configs().iter().filter_map(entry).collect();
        let now = String::from(js_sys::Date::new_0().to_iso_string());
        let browser = window().navigator().user_agent().unwrap_or_default();
        (!results.is_empty()).then(|| Results::new(now, browser, environment, results))
    }

    /// Reads files of results and shows them beside the columns.
    pub(crate) fn import_results(self, files: Vec<(Blob, String)>) {
        spawn_local(async move {
            for (blob, name) in files {
                match read(&blob, &name).await {
                    Ok(results) => self.imported.update(|imported| {
                        // Files of several devices have the same name.
                        imported.retain(|other| other.results != results);
                        imported.push(Imported { file: name, results });
                    }),
                    Err(problem) => self.tell(Some(name), problem),
                }
            }
        });
    }
}

impl Imported {
    /// Where the results come from: the file, and when it was written, which tells files of the same name apart.
    pub(crate) fn lines(&self, strings: &Strings) -> [String; 2] {
        let exported = format::moment(&self.results.exported);
        [fill(strings.imported, &[("file", &self.file)]), fill(strings.exported, &[("time", &exported)])]
    }
}

async fn read(blob: &Blob, name: &str) -> Result<Results, Problem> {
    if blob.size() > MOST_BYTES {
        return Err(problems::results_format());
    }
    let text = JsFuture::from(blob.text()).await.ok().and_then(|text| text.as_string());
    Results::read(&text.ok_or_else(|| problems::results_unreadable(name))?)
}

/// A text as a file of this media type.
pub(crate) fn text_blob(kind: &str, text: &str) -> Result<Blob, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &options)
}

/// Hands a text to the browser's downloads.
pub(crate) fn download(name: &str, kind: &str, text: &str) {
    if let Ok(blob) = text_blob(kind, text) {
        download_blob(name, &blob);
    }
}

/// Hands a file to the browser's downloads.
pub(crate) fn download_blob(name: &str, blob: &Blob) {
    let Ok(url) = web_sys::Url::create_object_url_with_blob(blob) else { return };
    if let Ok(link) = document().create_element("a") {
        // Constant names and plain values: nothing here can be refused.
        let _ = link.set_attribute("href", &url);
        let _ = link.set_attribute("download", name);
        link.unchecked_into::<HtmlElement>().click();
    }
    let _ = web_sys::Url::revoke_object_url(&url);
}
