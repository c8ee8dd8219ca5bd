//! What the page knows, and what can be done with it: a handle per topic, whose signals are its own, and the [`Lab`] that
//! has them all. Components read and call methods; they keep no state of their own beyond what is open or hovered. What
//! concerns one topic is a method of its handle, what concerns several one of the lab.

mod answers;
mod board;
mod calibration;
mod checkpoints;
mod column_config;
mod cubes;
mod engine_handle;
mod first_choice;
mod grid;
mod imports;
mod layer_timing;
mod leaving;
mod links;
mod loading;
mod measuring;
mod messages;
mod opening;
mod pages;
mod parity;
mod photos;
mod runs;
mod samples;

use leptos::prelude::*;
use worker::protocol::Problem;

use crate::settings::Settings;
use crate::strings::{Language, Strings};

pub(crate) use answers::{Answers, Knowledge, use_answers};
pub(crate) use board::{Column, ColumnId, MAX_COLUMNS, MIN_COLUMNS};
pub(crate) use checkpoints::LoadState;
pub(crate) use column_config::{ColumnConfig, is_near, weights_name, widths};
pub(crate) use cubes::{ClassMap, Cube, Scope, Step, class_at, readers};
pub(crate) use engine_handle::EngineState;
pub(crate) use imports::Imported;
pub(crate) use loading::{bytes, distinct};
pub(crate) use pages::Page;
pub(crate) use parity::Parity;
pub(crate) use photos::{Credit, Photo, PhotoOrder};
pub(crate) use runs::{Run, RunKey, run_key};
pub(crate) use samples::Sample;

/// The page's whole state; a handle that is copied freely.
#[derive(Clone, Copy)]
pub(crate) struct Lab {
    /// Language and theme.
    pub(crate) settings: Settings,
    /// Which page is shown.
    pub(crate) pages: pages::Pages,
    /// What the visitor should know.
    pub(crate) messages: messages::Messages,
    /// The worker.
    pub(crate) engine: engine_handle::EngineHandle,
    /// Checkpoints, and which are on their way.
    pub(crate) checkpoints: checkpoints::Checkpoints,
    /// Columns that are getting other weights.
    pub(crate) exchange: loading::Exchange,
    /// Photos that ship with the page.
    pub(crate) samples: samples::Samples,
    /// Files that are being opened.
    pub(crate) opening: opening::Queue,
    /// The visitor's photos.
    pub(crate) photos: photos::Photos,
    /// A hyperspectral cube.
    pub(crate) cubes: cubes::Cubes,
    /// What networks see in photos.
    pub(crate) runs: runs::Runs,
    /// What networks in int8 are calibrated on.
    pub(crate) calibration: calibration::Calibration,
    /// The networks side by side.
    pub(crate) board: board::Board,
    /// The address, which names them.
    pub(crate) address: links::Address,
    /// How long they take.
    pub(crate) measuring: measuring::Measuring,
    /// How long one network takes over its widths and resolutions.
    pub(crate) grid: grid::Grid,
    /// How long layers take.
    pub(crate) layer_timing: layer_timing::LayerTiming,
    /// Whether values are right.
    pub(crate) parities: parity::Parities,
    /// Results from files.
    pub(crate) imports: imports::Imports,
}

impl Lab {
    /// Starts the worker and asks it what there is.
    pub(crate) fn start() -> Self {
        let keys = Keys::default();
        let lab = Self {
            settings: Settings::start(),
            pages: pages::Pages::start(),
            messages: messages::Messages::new(keys),
            engine: engine_handle::EngineHandle::start(),
            checkpoints: checkpoints::Checkpoints::new(),
            exchange: loading::Exchange::default(),
            samples: samples::Samples::default(),
            opening: opening::Queue::new(),
            photos: photos::Photos::new(keys),
            cubes: cubes::Cubes::default(),
            runs: runs::Runs::new(),
            calibration: calibration::Calibration::default(),
            board: board::Board::new(keys),
            address: links::Address::default(),
            measuring: measuring::Measuring::default(),
            grid: grid::Grid::default(),
            layer_timing: layer_timing::LayerTiming::default(),
            parities: parity::Parities::default(),
            imports: imports::Imports::default(),
        };
        lab.board.begin_with(first_choice::columns(&[]));
        leptos::task::spawn_local(lab.ask_worker());
        leptos::task::spawn_local(lab.welcome());
        lab
    }

    /// The texts in the visitor's language; reactive.
    pub(crate) fn strings(&self) -> &'static Strings {
        self.settings.strings()
    }

    /// Language of every text; reactive.
    pub(crate) fn language(&self) -> Language {
        self.settings.language()
    }

    /// One text, for views: `{lab.t(|s| s.charts.measure)}`.
    pub(crate) fn t(self, pick: fn(&'static Strings) -> &'static str) -> impl Fn() -> &'static str + Copy {
        move || pick(self.strings())
    }

    /// One text, for props that take a signal.
    pub(crate) fn label(self, pick: fn(&'static Strings) -> &'static str) -> Signal<String> {
        Signal::derive(move || pick(self.strings()).to_owned())
    }

    /// Tells the visitor something; see [`messages::Messages::tell`].
    pub(crate) fn tell(&self, about: Option<String>, problem: Problem) {
        self.messages.tell(about, problem);
    }
}

/// Gives keys that are unique on this page to photos, columns and messages.
#[derive(Clone, Copy)]
struct Keys(StoredValue<u32>);

impl Default for Keys {
    fn default() -> Self {
        Self(StoredValue::new(0))
    }
}

impl Keys {
    fn next(self) -> u32 {
        self.0.update_value(|key| *key += 1);
        self.0.get_value()
    }
}

/// The state, from any component.
pub(crate) fn use_lab() -> Lab {
    expect_context::<Lab>()
}
