//! What is being read: the article, what its figure is set to, and what was measured.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use common::dom::{self, around, on};
use common::words::{Language, words};
use learn::article::{Article, Experiment, Measured, Scene, Values};
use learn::figures::article;
use learn::{page, prose};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, Element, Event, HtmlElement, HtmlInputElement, HtmlSelectElement, Response, Window,
};

use crate::{lab, stored};

/// An article on the page.
#[derive(Clone)]
struct Reading {
    root: Element,
    article: &'static Article,
    language: Language,
}

/// What stays of an article while others are read.
struct Kept {
    values: Values,
    measured: Option<(Experiment, Measured)>,
}

thread_local! {
    static READING: RefCell<Option<Reading>> = const { RefCell::new(None) };
    static KEPT: RefCell<HashMap<&'static str, Kept>> = RefCell::default();
    static FILES: RefCell<HashMap<String, String>> = RefCell::default();
    /// Stops the measurement under way.
    static RUNNING: RefCell<Option<AbortController>> = const { RefCell::new(None) };
    /// Counts what has been asked for, of which the last is shown.
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

fn window() -> Window {
    web_sys::window().expect("the page has a window")
}

/// A file of the articles.
async fn file(name: String) -> Result<String, String> {
    if let Some(text) = FILES.with_borrow(|files| files.get(&name).cloned()) {
        return Ok(text);
    }
    let describe = |error: JsValue| lab::Failure::from(error).message;
    let response =
        JsFuture::from(window().fetch_with_str(&format!("static/learn/{name}"))).await.map_err(describe)?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        return Err(format!("HTTP {}: static/learn/{name}", response.status()));
    }
    let text = JsFuture::from(response.text().map_err(describe)?).await.map_err(describe)?;
    let text = text.as_string().unwrap_or_default();
    FILES.with_borrow_mut(|files| drop(files.insert(name, text.clone())));
    Ok(text)
}

/// See [`super::show`].
pub async fn show(root: Element, name: &str, language: Language) -> Result<(), String> {
    let asked = ASKED.get() + 1;
    ASKED.set(asked);
    let tag = language.tag();
    let index = file(format!("index.{tag}.md")).await?;
    let lines = prose::index(&index);
    let found = article(name);
    let text = match found {
        Some(article) => Some(file(format!("{}.{tag}.md", article.name)).await?),
        None => None,
    };
    if ASKED.get() != asked {
        return Ok(());
    }
    listen(&root);
    READING.set(None);
    let (Some(article), Some(text)) = (found, text) else {
        root.set_inner_html(&page::index(language, &lines, &stored::opened()));
        to_beginning(&root);
        return Ok(());
    };
    stored::open(article.name);
    let blocks = prose::read(&text).map_err(|reason| format!("{}.{tag}.md, {reason}", article.name))?;
    let values = KEPT.with_borrow(|kept| kept.get(article.name).map(|kept| kept.values.clone()));
    let values = values.unwrap_or_else(|| Values::of(article));
    root.set_inner_html(&page::article(language, article, &lines, &blocks, &values));
    KEPT.with_borrow_mut(|kept| {
        kept.entry(article.name).or_insert(Kept { values, measured: None });
    });
    READING.set(Some(Reading { root: root.clone(), article, language }));
    update();
    running();
    to_beginning(&root);
    Ok(())
}

/// Whoever comes from the end of another article begins at the beginning.
fn to_beginning(root: &Element) {
    if root.get_bounding_client_rect().top() < 0.0 {
        root.scroll_into_view();
    }
}

/// Hears what is done within an element.
fn listen(root: &Element) {
    if root.has_attribute("data-heard") {
        return;
    }
    // An attribute's name that is valid.
    let _ = root.set_attribute("data-heard", "");
    on(root, "input", changed);
    on(root, "click", pressed);
    thread_local! {
        static RESIZES: Cell<bool> = const { Cell::new(false) };
    }
    if !RESIZES.replace(true) {
        on(&window(), "resize", |_| update());
    }
}

/// A control has been moved.
fn changed(event: &Event) {
    let Some((element, key)) = around(event, "data-key") else { return };
    let position = match element.dyn_ref::<HtmlSelectElement>() {
        Some(select) => select.value().parse().ok(),
        None => element.dyn_ref::<HtmlInputElement>().and_then(|input| match input.type_().as_str() {
            "checkbox" => Some(usize::from(input.checked())),
            _ => input.value().parse().ok(),
        }),
    };
    let reading = READING.with_borrow(Clone::clone);
    let Some((Reading { article, .. }, position)) = reading.zip(position) else { return };
    if let Some(control) = article.controls.iter().find(|control| control.key == key) {
        change(article, |values| values.set(control, position));
    }
}

fn change(article: &'static Article, how: impl FnOnce(&mut Values)) {
    KEPT.with_borrow_mut(|kept| {
        if let Some(kept) = kept.get_mut(article.name) {
            how(&mut kept.values);
        }
    });
    update();
}

/// Something has been pressed.
fn pressed(event: &Event) {
    let Some(Reading { article, .. }) = READING.with_borrow(Clone::clone) else { return };
    if let Some((_, link)) = around(event, "data-set") {
        // Which names what there is, as tests see to.
        change(article, |values| drop(values.follow(article, &link)));
    } else if let Some((_, link)) = around(event, "data-board") {
        spawn_local(async move {
            if let Err(failure) = lab::board(&page::networks(&link)).await {
                say(&failure.message);
            }
        });
    } else if around(event, "data-measure").is_some() {
        measure(article);
    } else if around(event, "data-stop").is_some() {
        RUNNING.with_borrow(|running| running.iter().for_each(AbortController::abort));
    }
}

/// What is measured with the present values.
fn experiment(article: &'static Article) -> Option<Experiment> {
    let values = KEPT.with_borrow(|kept| Some(kept.get(article.name)?.values.clone()))?;
    Some(article.experiment?(&values))
}

fn measure(article: &'static Article) {
    let (Some(experiment), Ok(controller)) = (experiment(article), AbortController::new()) else { return };
    let signal = controller.signal();
    if RUNNING.with_borrow(Option::is_some) {
        return;
    }
    RUNNING.set(Some(controller));
    running();
    spawn_local(async move {
        let begun = js_sys::Date::now();
        let measured = lab::measure(&experiment, &signal).await;
        RUNNING.set(None);
        let language = READING.with_borrow(|reading| reading.as_ref().map(|reading| reading.language));
        let language = language.unwrap_or(Language::English);
        let said = match measured {
            Ok(measured) => {
                KEPT.with_borrow_mut(|kept| {
                    if let Some(kept) = kept.get_mut(article.name) {
                        kept.measured = Some((experiment, measured));
                    }
                });
                page::done(language, (js_sys::Date::now() - begun) / 1000.0)
            }
            Err(failure) => match failure.code.as_str() {
                "cancelled" => language.of(words("Stopped.", "已停止。")).to_owned(),
                "bench.hidden" => {
                    let text = words(
                        "The page was hidden meanwhile, and browsers slow hidden pages down. Please measure again.",
                        "测量期间页面被隐藏，浏览器会让隐藏的页面变慢。请重新测量。",
                    );
                    language.of(text).to_owned()
                }
                _ => failure.message,
            },
        };
        update();
        running();
        say(&said);
    });
}

/// Elements of what is being read.
fn all(root: &Element, selector: &str) -> Vec<HtmlElement> {
    dom::all(root, selector)
}

fn say(text: &str) {
    let Some(Reading { root, .. }) = READING.with_borrow(Clone::clone) else { return };
    all(&root, "[data-status]").iter().for_each(|status| status.set_text_content(Some(text)));
}

/// Shows whether something is being measured.
fn running() {
    let Some(Reading { root, language, .. }) = READING.with_borrow(Clone::clone) else { return };
    let is_running = RUNNING.with_borrow(Option::is_some);
    // Where the focus is, is hidden: what takes its place gets it.
    let had = window().document().and_then(|document| document.active_element());
    let is_pressed = |attribute: &str| had.as_ref().is_some_and(|element| element.has_attribute(attribute));
    let (was_start, was_stop) = (is_pressed("data-measure"), is_pressed("data-stop"));
    for (selector, hidden) in
        [("[data-measure]", is_running), ("[data-stop]", !is_running), ("[data-progress]", !is_running)]
    {
        for element in all(&root, selector) {
            element.set_hidden(hidden);
            let wanted =
                (selector == "[data-stop]" && was_start) || (selector == "[data-measure]" && was_stop);
            if wanted && !hidden {
                // An element that cannot have it leaves it where it was.
                let _ = element.focus();
            }
        }
    }
    if is_running {
        say(language.of(page::MEASURING));
    }
}

/// Draws the figure and writes its numbers into the prose.
fn update() {
    let Some(Reading { root, article, language }) = READING.with_borrow(Clone::clone) else { return };
    if !root.is_connected() {
        return;
    }
    let Some(drawing) = all(&root, "[data-drawing]").into_iter().next() else { return };
    let wanted = experiment(article);
    let scene = KEPT.with_borrow(|kept| {
        let kept = kept.get(article.name)?;
        // What was measured with other values is not shown with these.
        let measured = kept.measured.as_ref().filter(|(of, _)| Some(of) == wanted.as_ref());
        Some(Scene {
            language,
            width: f64::from(drawing.client_width()).max(240.0),
            is_small: false,
            values: kept.values.clone(),
            measured: measured.map(|(_, measured)| measured.clone()),
        })
    });
    let Some(scene) = scene else { return };
    let figure = (article.draw)(&scene);
    drawing.set_inner_html(&figure.svg);
    for twin in all(&root, "[data-twin]") {
        twin.set_hidden(figure.table.is_none());
    }
    if let Some(table) = &figure.table {
        let title = all(&root, "h2").first().map(|title| title.inner_text()).unwrap_or_default();
        all(&root, "[data-table]").iter().for_each(|place| place.set_inner_html(&page::table(table, &title)));
    }
    let number = |name: &str| figure.places.iter().find(|(of, _)| *of == name).map(|(_, text)| text.as_str());
    for place in all(&root, "[data-place]") {
        let name = place.get_attribute("data-place").unwrap_or_default();
        place.set_text_content(Some(number(&name).unwrap_or("–")));
    }
    for measured in all(&root, "[data-measured]") {
        let places = all(&measured, "[data-place]");
        let is_there =
            |place: &HtmlElement| number(&place.get_attribute("data-place").unwrap_or_default()).is_some();
        measured.set_hidden(!places.iter().all(is_there));
    }
    controls(&root, article, language, &scene.values);
}

/// Shows what the controls, and the links that set them, are at.
fn controls(root: &Element, article: &'static Article, language: Language, values: &Values) {
    for element in all(root, "[data-key]") {
        let key = element.get_attribute("data-key").unwrap_or_default();
        let Some(control) = article.controls.iter().find(|control| control.key == key) else { continue };
        let position = values.position(control.key);
        let text = page::shown(language, control, position);
        if let Some(select) = element.dyn_ref::<HtmlSelectElement>() {
            select.set_value(&position.to_string());
        } else if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
            if input.type_() == "checkbox" {
                input.set_checked(position == 1);
            } else {
                input.set_value(&position.to_string());
                // An attribute's name that is valid.
                let _ = input.set_attribute("aria-valuetext", &text);
            }
        }
        for output in all(root, &format!("[data-shown=\"{key}\"]")) {
            output.set_text_content(Some(&text));
        }
    }
    for link in all(root, "button[data-set]") {
        let mut set = values.clone();
        let is_valid = set.follow(article, &link.get_attribute("data-set").unwrap_or_default()).is_ok();
        let _ = link.set_attribute("aria-pressed", if is_valid && set == *values { "true" } else { "false" });
    }
}
