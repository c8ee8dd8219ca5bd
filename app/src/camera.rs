//! The camera, with what visitors are told where there is none. Nothing is asked of the browser before the visitor opens it.

use common::camera;
use leptos::prelude::document;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, DomException, HtmlVideoElement, MediaStream};
use worker::javascript::describe;
use worker::protocol::Problem;

pub(crate) use common::camera::close;

use crate::strings::problems;

/// Whether the browser lets this page ask for a camera.
pub(crate) fn is_offered() -> bool {
    camera::devices().is_some()
}

/// Opens a camera; asks the visitor for permission.
pub(crate) async fn open() -> Result<MediaStream, Problem> {
    if !is_offered() {
        return Err(problems::camera("NotSupportedError"));
    }
    camera::open().await.map_err(|error| problem(&error))
}

/// What the camera sees now, as a JPEG file; `None` before it sees anything.
pub(crate) async fn take(video: &HtmlVideoElement) -> Option<Blob> {
    let canvas = document().create_element("canvas").ok()?.unchecked_into();
    if camera::draw(video, &canvas, f64::INFINITY) { camera::picture(&canvas).await } else { None }
}

fn problem(error: &JsValue) -> Problem {
    problems::camera(&error.dyn_ref::<DomException>().map_or_else(|| describe(error), DomException::name))
}
