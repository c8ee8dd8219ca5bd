//! The section on the page.

use std::cell::RefCell;

use common::camera;
use common::dom::{around, is_visible, on, pause};
use common::interface::{self, Shown};
use common::words::{Language, words};
use live::page::{self, Looking};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, Event, HtmlCanvasElement, HtmlElement, HtmlVideoElement, MediaStream};

/// Networks look at a picture whose shorter side has at most so many pixels: more would only take time to encode.
const MOST_PIXELS: f64 = 512.0;

#[derive(Default)]
struct State {
    root: Option<Element>,
    language: Language,
    stream: Option<MediaStream>,
    /// Counts openings: what belongs to an earlier one ends.
    turn: u32,
    is_frozen: bool,
    asked: Vec<Shown>,
    networks: Vec<Looking>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// See [`super::show`].
pub fn show(root: Element, language: Language) {
    let is_new = STATE.with_borrow_mut(|state| {
        // The picture that was frozen goes with the place where it was.
        (state.language, state.is_frozen) = (language, false);
        state.root.replace(root.clone()).is_none_or(|before| before != root)
    });
    root.set_inner_html(&page::frame(language));
    if is_new {
        on(&root, "click", pressed);
    }
    attach();
    update();
    rows();
}

fn element<T: JsCast>(attribute: &str) -> Option<T> {
    let root = STATE.with_borrow(|state| state.root.clone())?;
    root.query_selector(&format!("[{attribute}]")).ok()??.dyn_into().ok()
}

fn say(text: &str) {
    if let Some(status) = element::<HtmlElement>("data-status") {
        status.set_text_content(Some(text));
    }
}

fn pressed(event: &Event) {
    let is = |attribute: &str| around(event, attribute).is_some();
    if is("data-open") {
        spawn_local(open());
    } else if is("data-close") {
        close();
    } else if is("data-freeze") {
        STATE.with_borrow_mut(|state| state.is_frozen = !state.is_frozen);
        update();
    }
}

async fn open() {
    let turn = STATE.with_borrow_mut(|state| {
        state.turn += 1;
        state.turn
    });
    let is_over = || STATE.with_borrow(|state| state.turn != turn);
    say("");
    let opened = match camera::open().await {
        Ok(stream) if is_over() => return camera::close(&stream),
        Ok(stream) => stream,
        Err(error) => return say(STATE.with_borrow(|state| state.language.of(camera::refusal(&error)))),
    };
    STATE.with_borrow_mut(|state| (state.stream, state.is_frozen) = (Some(opened), false));
    attach();
    update();
    let asked = match interface::board().await {
        Ok(board) => board,
        Err(error) => return say(&interface::message(&error)),
    };
    let mut networks = Vec::new();
    for Shown { name, style, weights, .. } in asked.clone() {
        let outputs = interface::classes(weights.as_deref().unwrap_or_default()).await.unwrap_or_default();
        networks.push(Looking { name, style, outputs, ..Looking::default() });
    }
    if is_over() {
        return;
    }
    if asked.is_empty() {
        let text = words(
            "No network on the board has weights to classify with.",
            "对比面板上没有可用于识别的网络。",
        );
        say(STATE.with_borrow(|state| state.language).of(text));
    }
    STATE.with_borrow_mut(|state| (state.asked, state.networks) = (asked, networks));
    rows();
    look(turn).await;
}

/// Lets the networks look, one after another, until the camera is closed. It is, when nobody can see its picture any more.
async fn look(turn: u32) {
    let (mut next, mut was_frozen) = (0, false);
    loop {
        let asked = STATE.with_borrow(|state| {
            let is_on = state.turn == turn && state.stream.is_some() && !state.asked.is_empty();
            is_on.then(|| (state.asked.clone(), state.is_frozen, state.root.clone()))
        });
        let Some((asked, is_frozen, root)) = asked else { return };
        if root.is_none_or(|root| !is_visible(&root)) {
            return close();
        }
        if is_frozen != was_frozen {
            (was_frozen, next) = (is_frozen, 0);
        }
        let at = next % asked.len();
        let canvas = element::<HtmlCanvasElement>("data-frozen");
        let video = element::<HtmlVideoElement>("data-video");
        let (Some(canvas), Some(video)) = (canvas, video) else { return };
        // A frozen picture is looked at by each once.
        let is_new = if is_frozen { next < asked.len() } else { camera::draw(&video, &canvas, MOST_PIXELS) };
        let picture = if is_new { camera::picture(&canvas).await } else { None };
        let Some(picture) = picture else {
            pause(50).await;
            continue;
        };
        match interface::judge(&picture, &asked[at..=at]).await {
            Ok(judged) => STATE.with_borrow_mut(|state| {
                let network = state.networks.get_mut(at).filter(|_| state.turn == turn);
                if let (Some(network), Some(judged)) = (network, judged.first()) {
                    network.see(&judged.logits, judged.run_ms, js_sys::Date::now());
                }
            }),
            Err(error) => say(&interface::message(&error)),
        }
        rows();
        next += 1;
        // The page has its turn, too.
        pause(0).await;
    }
}

fn close() {
    let stream = STATE.with_borrow_mut(|state| {
        state.turn += 1;
        state.networks.clear();
        state.stream.take()
    });
    if let Some(stream) = stream {
        camera::close(&stream);
    }
    attach();
    update();
    rows();
}

/// Shows the camera's picture.
fn attach() {
    if let Some(video) = element::<HtmlVideoElement>("data-video") {
        video.set_src_object(STATE.with_borrow(|state| state.stream.clone()).as_ref());
    }
}

fn update() {
    let (is_open, is_frozen) = STATE.with_borrow(|state| (state.stream.is_some(), state.is_frozen));
    for (attribute, hidden) in [
        ("data-open", is_open),
        ("data-freeze", !is_open),
        ("data-close", !is_open),
        ("data-view", !is_open),
        ("data-video", is_frozen),
        ("data-frozen", !is_frozen),
    ] {
        if let Some(element) = element::<HtmlElement>(attribute) {
            element.set_hidden(hidden);
        }
    }
    if let Some(button) = element::<HtmlElement>("data-freeze") {
        // An attribute's name that is valid.
        let _ = button.set_attribute("aria-pressed", if is_frozen { "true" } else { "false" });
    }
}

fn rows() {
    let html = STATE.with_borrow(|state| page::rows(&state.networks, state.language));
    if let Some(place) = element::<Element>("data-rows") {
        place.set_inner_html(&html);
    }
}
