//! Results from and to files, and networks from files.

use std::collections::BTreeMap;

use common::version::version;
use engine::weights::name_list::{self, NameListError};
use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;
use worker::protocol::{Environment, GpuStatus, Problem};

use super::{ColumnConfig, EngineState, Lab};
use crate::share::File;
use crate::share::results::{ResultEntry, Results};
use crate::strings::{Strings, fill, problems};
use crate::{config_file, format, networks, part};

/// Larger than any file of this page's.
const MOST_BYTES: f64 = 50e6;

/// A file of results of another device or time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Imported {
    /// Its name.
    pub(crate) file: String,
    /// What it holds.
    pub(crate) results: Results,
}

impl Imported {
    /// Where the results come from: the file, when it was written, which tells files of the same name apart, and the device.
    pub(crate) fn lines(&self, strings: &Strings) -> [String; 3] {
        let exported = format::moment(&self.results.exported);
        let Environment { build, threads, hardware_threads, gpu, .. } = &self.results.environment;
        let gpu = match gpu {
            GpuStatus::Present { name, .. } => name,
            GpuStatus::Absent(_) => "",
        };
        let threads = fill(
            strings.environment.threads_of,
            &[("threads", &threads.to_string()), ("hardware", &hardware_threads.to_string())],
        );
        let device: Vec<&str> = [build, &*threads, gpu].into_iter().filter(|part| !part.is_empty()).collect();
        [
            fill(strings.sharing.imported, &[("file", &self.file)]),
            fill(strings.sharing.exported, &[("time", &exported)]),
            device.join(" · "),
        ]
    }
}

/// Results from files.
#[derive(Clone, Copy, Default)]
pub(crate) struct Imports(RwSignal<Vec<Imported>>);

impl Imports {
    /// All of them, in the order in which they came; reactive.
    pub(crate) fn all(self) -> Vec<Imported> {
        self.0.get()
    }

    /// Takes one off the page.
    pub(crate) fn remove(self, index: usize) {
        self.0.update(|imported| {
            imported.remove(index);
        });
    }

    fn add(self, file: Imported) {
        self.0.update(|imported| {
            // Files of several devices have the same name.
            imported.retain(|other| other.results != file.results);
            imported.push(file);
        });
    }
}

impl Lab {
    /// What was measured of the columns on the board; `None` before anything was.
    pub(crate) fn results(self) -> Option<Results> {
        let EngineState::Ready(environment) = untrack(|| self.engine.state()) else { return None };
        let checkpoints = self.checkpoints.all();
        let entry = |config: &ColumnConfig| {
            let timing = untrack(|| self.measuring.timing(config))?;
            let info = checkpoints.iter().find(|info| Some(&info.id) == timing.checkpoint.as_ref());
            let weights_sha256 = info.and_then(|info| info.sha256.clone());
            let classes = untrack(|| self.checkpoints.classes(config));
            Some(ResultEntry::new(config.to_protocol(), weights_sha256, classes, timing))
        };
        let results: Vec<ResultEntry> = self.board.configs().iter().filter_map(entry).collect();
        let now = String::from(js_sys::Date::new_0().to_iso_string());
        let browser = window().navigator().user_agent().unwrap_or_default();
        (!results.is_empty()).then(|| Results::new(now, browser, version(), environment, results))
    }

    /// Reads JSON files and lists: results are shown beside the columns, networks get one, settings and names of classes are for
    /// the checkpoint that they came with.
    pub(super) async fn import_files(self, files: Vec<(Blob, String)>) {
        for (blob, name) in files {
            match read(&blob, &name).await {
                Ok(File::Config(said)) => self.opening.await_checkpoint(name, said),
                Ok(File::Results(results)) => self.imports.add(Imported { file: name, results }),
                Ok(File::Network(network)) => match networks::add(network) {
                    Ok(id) => {
                        self.show_config(ColumnConfig::of_model(&id, &untrack(|| self.checkpoints.all())));
                    }
                    Err(problem) => self.tell(Some(name), problem),
                },
                Err(problem) => self.tell(Some(name), problem),
            }
        }
    }
}

async fn read(blob: &Blob, name: &str) -> Result<File, Problem> {
    if config_file::is_list(name) {
        return read_names(blob, name).await.map(File::Config);
    }
    if blob.size() > MOST_BYTES {
        return Err(problems::results_format());
    }
    let exchange = part::exchange().await?;
    (exchange.read)(&text(blob, name).await?)
}

/// A list of class names, as a checkpoint's metadata say them.
async fn read_names(blob: &Blob, name: &str) -> Result<BTreeMap<String, String>, Problem> {
    let (bytes, most) = (blob.size() as u64, name_list::MOST_BYTES);
    let names = if bytes > most {
        Err(NameListError::TooLong { bytes, most })
    } else {
        name_list::read(&text(blob, name).await?)
    };
    let names = names.map_err(|error| problems::names_unreadable(&error))?;
    Ok(BTreeMap::from([("label_names".to_owned(), names.join("\n"))]))
}

async fn text(blob: &Blob, name: &str) -> Result<String, Problem> {
    let text = JsFuture::from(blob.text()).await.ok().and_then(|text| text.as_string());
    text.ok_or_else(|| problems::results_unreadable(name))
}
