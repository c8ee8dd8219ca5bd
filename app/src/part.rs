//! Parts of the program: what the first screen does not need lies in files of its own, which are loaded when it is first asked for
//! and share the program's memory and state. The build cuts the program up (`xtask/src/build/parts.rs`): a part is all code that
//! can be reached through nothing but the functions that it gives.

use js_sys::Promise;
use leptos::prelude::AnyView;
use leptos::wasm_split::SplitLoaderError;
use wasm_bindgen::JsValue;
use worker::protocol::Problem;

use crate::api::{self, Function};
use crate::components::{cubes, heat_map, layers, models, preparation};
use crate::share::{File, Form};
use crate::state::Lab;
use crate::strings::problems;

/// A part's files could not be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotLoaded;

impl From<SplitLoaderError> for NotLoaded {
    fn from(_: SplitLoaderError) -> Self {
        Self
    }
}

impl From<NotLoaded> for Problem {
    fn from(_: NotLoaded) -> Self {
        problems::page_incomplete()
    }
}

/// Defines a function that loads a part and gives its functions. What is compiled without parts has them in place.
macro_rules! part {
    ($(#[$about:meta])* $name:ident: $functions:ident = $value:expr) => {
        $(#[$about])*
        #[cfg(parts)]
        #[leptos::wasm_split::wasm_split($name, wasm_split_path = leptos::wasm_split, fallible)]
        pub(crate) fn $name() -> Result<$functions, NotLoaded> {
            Ok($value)
        }

        $(#[$about])*
        #[cfg(not(parts))]
        pub(crate) async fn $name() -> Result<$functions, NotLoaded> {
            Ok($value)
        }
    };
}

part! {
    /// Loads what is shown beyond the first screen.
    views: Views = Views {
        models: models::page,
        cubes: cubes::page,
        layers: layers::page,
        heat_map: heat_map::card,
        preparation: preparation::form,
    }
}

part! {
    /// Loads what reads and writes files, and answers scripts.
    exchange: Exchange = Exchange { read: File::read, write: Form::write, call: api::calls::call }
}

/// What shows a section of the page.
pub(crate) type View = fn() -> AnyView;

/// What is shown beyond the first screen.
#[derive(Clone, Copy)]
pub(crate) struct Views {
    pub(crate) models: View,
    pub(crate) cubes: View,
    pub(crate) layers: View,
    pub(crate) heat_map: View,
    /// Of a checkpoint, by its id.
    pub(crate) preparation: fn(String) -> AnyView,
}

/// What leaves the page, and comes back.
#[derive(Clone, Copy)]
pub(crate) struct Exchange {
    /// Reads the text of a file of this page's.
    pub(crate) read: fn(&str) -> Result<File, Problem>,
    /// What was measured, as a file's text.
    pub(crate) write: fn(Form, Lab) -> Option<String>,
    /// Answers a script.
    pub(crate) call: fn(Lab, Function, JsValue, JsValue) -> Promise,
}
