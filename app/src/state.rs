//! What the page knows, and what can be done with it. Components read signals and call these methods; they
//! keep no state of their own beyond what is open or hovered.

mod actions;
mod classifying;
mod columns;
mod grid;
mod measuring;
mod pages;
mod parity;
mod photos;
mod profiling;
mod sharing;
mod shelf;

use std::collections::{HashMap, VecDeque};

use leptos::prelude::*;
use web_sys::AbortController;
use worker::protocol::{
    Backend, Catalog, CheckpointInfo, Config, Environment, ImageId, ImageInfo, JobId, LayerTimes, Prediction,
    Problem, Progress, Timing,
};

use crate::runtime::Client;
use crate::settings::Theme;
use crate::share::results::Results;
use crate::strings::{Language, Strings};

pub(crate) use classifying::{Answers, PhotoOrder, use_answers};
pub(crate) use columns::{Column, ColumnConfig, ColumnId, is_near, weights_name, widths};
pub(crate) use grid::GridRun;
pub(crate) use pages::Page;
pub(crate) use parity::Parity;
pub(crate) use sharing::{download, download_blob, text_blob};

/// Most columns that still fit side by side.
pub(crate) const MAX_COLUMNS: usize = 6;
/// Fewer would be no comparison.
pub(crate) const MIN_COLUMNS: usize = 2;
/// Classes that a column shows.
const TOP: usize = 5;

/// What runs here, as far as is known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum EngineState {
    /// The worker has not answered yet.
    Starting,
    /// It works.
    Ready(Environment),
    /// It cannot work here.
    Failed(Problem),
}

/// Who made a sample photo, and under which terms it may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credit {
    /// The author.
    pub(crate) author: String,
    /// The licence.
    pub(crate) licence: String,
}

/// A photo that the visitor chose.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Photo {
    /// Unique on this page.
    pub(crate) key: u32,
    /// The file's name.
    pub(crate) name: String,
    /// Object URL of the pixels that networks get, or where the worker cannot draw them, of the file; for `<img>`.
    pub(crate) url: String,
    /// Object URL of a small picture of it.
    pub(crate) thumbnail: String,
    /// Of sample photos.
    pub(crate) credit: Option<Credit>,
    /// What the worker decoded.
    pub(crate) info: ImageInfo,
}

/// What opening a file waits for, and can be stopped.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// The answer from its address.
    Fetch(AbortController),
    /// The worker, which decodes it.
    Decode(JobId),
}

/// The file that is being opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Opening {
    /// What is being done to it, once it is under way.
    pub(crate) step: Option<Step>,
    /// Its name.
    pub(crate) name: String,
    /// Files that were opened before it and came while others waited.
    pub(crate) done: usize,
}

/// Where a checkpoint's weights are on their way to memory. Once they are there, the catalog says so and
/// there is no entry any more.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LoadState {
    /// Asked for, nothing heard yet.
    Waiting(JobId),
    /// Bytes arrive.
    Downloading {
        /// The job.
        job: JobId,
        /// Bytes that have arrived.
        done_bytes: u64,
        /// Bytes in all, if known.
        total_bytes: Option<u64>,
    },
    /// The visitor stopped it.
    Cancelled,
    /// It went wrong.
    Failed(Problem),
}

/// What came of running one configuration on one photo.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Run {
    /// Not answered yet.
    Running(JobId),
    /// Answered.
    Done(Prediction),
    /// The visitor stopped it.
    Cancelled,
    /// It went wrong.
    Failed(Problem),
}

/// The measurement of all columns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Measure {
    /// None under way.
    Idle,
    /// All columns are being measured, in turns.
    Running {
        /// The job.
        job: JobId,
        /// How many columns there are.
        count: usize,
        /// What the worker said last.
        progress: Option<Progress>,
    },
}

/// The timing of a network's layers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Profiling {
    /// Its job.
    pub(crate) job: JobId,
    /// The network.
    pub(crate) name: String,
    /// What the worker said last.
    pub(crate) progress: Option<Progress>,
}

/// A file of results of another device or time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Imported {
    /// Its name.
    pub(crate) file: String,
    /// What it holds.
    pub(crate) results: Results,
}

/// Something that the visitor should know.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    /// Unique on this page.
    pub(crate) key: u32,
    /// The file or network that it is about.
    pub(crate) about: Option<String>,
    /// What, why, what next.
    pub(crate) problem: Problem,
}

/// A dropped checkpoint that fits several networks.
#[derive(Clone)]
pub(crate) struct Choice {
    /// The file.
    pub(crate) blob: web_sys::Blob,
    /// Its name.
    pub(crate) name: String,
    /// What it was taken for, and what else it fits.
    pub(crate) checkpoint: CheckpointInfo,
}

/// The page's whole state; a handle that is copied freely.
#[derive(Clone, Copy)]
pub(crate) struct Lab {
    /// Language of every text.
    pub(crate) language: RwSignal<Language>,
    /// Light or dark.
    pub(crate) theme: RwSignal<Theme>,
    /// The page that is shown.
    pub(crate) page: RwSignal<Page>,
    /// What runs here.
    pub(crate) engine: RwSignal<EngineState>,
    /// What can be loaded; `None` until the worker has read the manifests.
    pub(crate) catalog: RwSignal<Option<Catalog>>,
    /// Classes of every checkpoint, by id: all that counts depend on. Charts and layers would be drawn anew otherwise
    /// whenever a checkpoint is loaded.
    classes: Memo<HashMap<String, u32>>,
    /// The visitor's photos.
    pub(crate) photos: RwSignal<Vec<Photo>>,
    /// Key of the photo that is shown large.
    pub(crate) selected: RwSignal<Option<u32>>,
    /// The file that is being opened.
    pub(crate) opening: RwSignal<Option<Opening>, LocalStorage>,
    /// Files that will be opened after it.
    pub(crate) waiting: RwSignal<VecDeque<photos::Waiting>, LocalStorage>,
    /// In which order photos are shown.
    pub(crate) photo_order: RwSignal<PhotoOrder>,
    /// Whether photos are classified that are not shown.
    pub(crate) classifying: RwSignal<bool>,
    /// The networks side by side.
    pub(crate) columns: RwSignal<Vec<Column>>,
    /// Checkpoints on their way, by id.
    pub(crate) loads: RwSignal<HashMap<String, LoadState>>,
    /// Runs by [`run_key`].
    pub(crate) runs: RwSignal<HashMap<RunKey, Run>>,
    /// Timings by what was asked for.
    pub(crate) timings: RwSignal<HashMap<Config, Timing>>,
    /// What is known of backends' values, by golden and backend.
    parities: RwSignal<HashMap<(&'static str, Backend), Parity>>,
    /// The measurement under way.
    pub(crate) measure: RwSignal<Measure>,
    /// Timings of grids: cells are measured one after another, so they stay apart from those of columns, which take turns.
    grid_timings: RwSignal<HashMap<Config, Timing>>,
    /// The grid that is being measured.
    pub(crate) grid: RwSignal<Option<GridRun>>,
    /// Results from files.
    pub(crate) imported: RwSignal<Vec<Imported>>,
    /// Times of layers by what was asked for.
    pub(crate) layer_times: RwSignal<HashMap<Config, LayerTimes>>,
    /// The layers that are being timed.
    pub(crate) profiling: RwSignal<Option<Profiling>>,
    /// What the visitor has not dismissed.
    pub(crate) messages: RwSignal<Vec<Message>>,
    /// A checkpoint whose network the visitor has to choose.
    pub(crate) choice: RwSignal<Option<Choice>, LocalStorage>,
    /// Last key given to a photo, column or message.
    last_key: RwSignal<u32>,
    client: StoredValue<Option<Client>, LocalStorage>,
}

impl Lab {
    /// Starts the worker and asks it what there is.
    pub(crate) fn start() -> Self {
        let catalog = RwSignal::new(None::<Catalog>);
        let classes = Memo::new(move |_| {
            catalog.with(|catalog| {
                let checkpoints = catalog.iter().flat_map(|catalog| &catalog.checkpoints);
                checkpoints.map(|info| (info.id.clone(), info.classes)).collect()
            })
        });
        let lab = Self {
            language: RwSignal::new(crate::settings::stored_language()),
            theme: RwSignal::new(crate::settings::stored_theme()),
            page: RwSignal::new(Page::of_address()),
            engine: RwSignal::new(EngineState::Starting),
            catalog,
            classes,
            photos: RwSignal::default(),
            selected: RwSignal::new(None),
            opening: RwSignal::new_local(None),
            waiting: RwSignal::new_local(VecDeque::new()),
            photo_order: RwSignal::new(PhotoOrder::Added),
            classifying: RwSignal::new(true),
            columns: RwSignal::default(),
            loads: RwSignal::default(),
            runs: RwSignal::default(),
            timings: RwSignal::default(),
            parities: RwSignal::default(),
            measure: RwSignal::new(Measure::Idle),
            grid_timings: RwSignal::default(),
            grid: RwSignal::new(None),
            imported: RwSignal::default(),
            layer_times: RwSignal::default(),
            profiling: RwSignal::new(None),
            messages: RwSignal::default(),
            choice: RwSignal::new_local(None),
            last_key: RwSignal::new(0),
            client: StoredValue::new_local(None),
        };
        crate::settings::apply(lab.theme, lab.language);
        lab.columns.set(lab.starting_columns(&[]));
        match Client::start(move |problem| lab.engine.set(EngineState::Failed(problem))) {
            Ok(client) => {
                lab.client.set_value(Some(client));
                leptos::task::spawn_local(lab.ask_worker());
            }
            Err(problem) => lab.engine.set(EngineState::Failed(problem)),
        }
        lab
    }

    /// The texts in the visitor's language; reactive.
    pub(crate) fn strings(&self) -> &'static Strings {
        self.language.get().strings()
    }

    /// One text, for views: `{lab.t(|s| s.measure)}`.
    pub(crate) fn t(self, pick: fn(&'static Strings) -> &'static str) -> impl Fn() -> &'static str + Copy {
        move || pick(self.strings())
    }

    /// One text, for props that take a signal.
    pub(crate) fn label(self, pick: fn(&'static Strings) -> &'static str) -> Signal<String> {
        Signal::derive(move || pick(self.strings()).to_owned())
    }

    /// The worker's client, or why there is none.
    pub(crate) fn client(&self) -> Result<Client, Problem> {
        self.client.get_value().ok_or_else(|| match self.engine.get_untracked() {
            EngineState::Failed(problem) => problem,
            _ => crate::strings::problems::load_failed(""),
        })
    }

    /// The photo that is shown large; reactive.
    pub(crate) fn selected_photo(&self) -> Option<Photo> {
        let key = self.selected.get()?;
        self.photos.with(|photos| photos.iter().find(|photo| photo.key == key).cloned())
    }

    /// A checkpoint of the catalog; reactive.
    pub(crate) fn checkpoint(&self, id: &str) -> Option<CheckpointInfo> {
        self.with_checkpoints(|all| all.iter().find(|checkpoint| checkpoint.id == id).cloned())
    }

    /// Something of the catalog's checkpoints, of none before it is here; reactive.
    pub(crate) fn with_checkpoints<T>(&self, read: impl FnOnce(&[CheckpointInfo]) -> T) -> T {
        self.catalog.with(|catalog| read(catalog.as_ref().map_or(&[], |catalog| &catalog.checkpoints)))
    }

    /// Whether the engine can be asked to compute; reactive.
    pub(crate) fn is_ready(&self) -> bool {
        self.engine.with(|engine| matches!(engine, EngineState::Ready(_)))
    }

    /// Step of the worker's clock in milliseconds; reactive.
    pub(crate) fn timer_step_ms(&self) -> f64 {
        self.engine.with(|engine| match engine {
            EngineState::Ready(environment) => environment.timer_step_ms,
            EngineState::Starting | EngineState::Failed(_) => 1.0,
        })
    }

    /// Tells the visitor something, until it is dismissed. Cancelling is no news to who did it.
    pub(crate) fn tell(&self, about: Option<String>, problem: Problem) {
        if problem.code == "cancelled" {
            return;
        }
        let key = self.next_key();
        self.messages.update(|messages| {
            messages.retain(|message| message.problem != problem || message.about != about);
            messages.push(Message { key, about, problem });
        });
    }

    /// Takes a message off the page.
    pub(crate) fn dismiss(&self, key: u32) {
        self.messages.update(|messages| messages.retain(|message| message.key != key));
    }

    fn next_key(&self) -> u32 {
        self.last_key.update_untracked(|key| *key += 1);
        self.last_key.get_untracked()
    }
}

/// What a run's result is kept under.
pub(crate) type RunKey = (ImageId, Config);

/// The key of a configuration's run on an image.
pub(crate) fn run_key(image: ImageId, config: &ColumnConfig) -> RunKey {
    (image, config.to_protocol())
}

/// The state, from any component.
pub(crate) fn use_lab() -> Lab {
    expect_context::<Lab>()
}
