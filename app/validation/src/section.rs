//! The section on the page: what is chosen, asked and shown.

use std::cell::RefCell;
use std::rc::Rc;

use common::dom::{self, around, on, on_drop};
use common::folder::{self, Found};
use common::interface::{self, Shown};
use common::version::version;
use common::words::{Language, words};
use js_sys::Date;
use validation::study::{Network, Photos, Study};
use validation::{labels, page, report};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Element, Event, File, HtmlElement, HtmlInputElement, HtmlSelectElement, Url};

/// Between two pictures of what has been found so far, in milliseconds.
const REDRAW_MS: f64 = 700.0;

/// A list of photos larger than this is none.
const MOST_LIST_BYTES: f64 = 20e6;

#[derive(Default)]
struct State {
    root: Option<Element>,
    language: Language,
    study: Study,
    /// The networks, as the page knows them.
    asked: Rc<[Shown]>,
    /// The photos' files.
    files: Vec<File>,
    is_running: bool,
    is_stopped: bool,
    /// Which networks are looked at.
    first: usize,
    second: usize,
    /// Addresses of the pictures that are shown.
    pictures: Vec<String>,
}

impl State {
    /// The elements with this attribute.
    fn all(&self, attribute: &str) -> Vec<HtmlElement> {
        self.root.as_ref().map_or_else(Vec::new, |root| dom::all(root, &format!("[{attribute}]")))
    }
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// See [`super::show`].
pub fn show(root: Element, language: Language) {
    let is_new = STATE.with_borrow_mut(|state| {
        state.language = language;
        state.root.replace(root.clone()).is_none_or(|before| before != root)
    });
    root.set_inner_html(&page::frame(language));
    if is_new {
        on(&root, "change", changed);
        on(&root, "click", pressed);
        on_drop(&root, dropped);
    }
    update();
    results();
}

fn language() -> Language {
    STATE.with_borrow(|state| state.language)
}

/// The elements with this attribute.
fn all(attribute: &str) -> Vec<HtmlElement> {
    STATE.with_borrow(|state| state.all(attribute))
}

fn say(text: &str) {
    all("data-status").iter().for_each(|status| status.set_text_content(Some(text)));
}

fn changed(event: &Event) {
    let Some(target) = event.target() else { return };
    if let Some(input) =
        target.dyn_ref::<HtmlInputElement>().filter(|input| input.has_attribute("data-choose"))
    {
        if let Some(list) = input.files() {
            spawn_local(choose(folder::chosen(&list)));
        }
        // The same folder may be chosen again.
        input.set_value("");
    } else if let Some(select) = target.dyn_ref::<HtmlSelectElement>() {
        let chosen = select.value().parse().unwrap_or(0);
        STATE.with_borrow_mut(|state| match select.get_attribute("data-choice").as_deref() {
            Some("network") => state.first = chosen,
            _ => state.second = chosen,
        });
        details();
    }
}

fn dropped(event: &Event) {
    let Some(entries) = folder::take_entries(event) else { return };
    spawn_local(async move { choose(folder::dropped(entries).await).await });
}

fn pressed(event: &Event) {
    if around(event, "data-start").is_some() {
        start();
    } else if around(event, "data-stop").is_some() {
        STATE.with_borrow_mut(|state| state.is_stopped = true);
    } else if let Some((_, cell)) = around(event, "data-cell") {
        cell_photos(&cell);
    } else if let Some((_, list)) = around(event, "data-list") {
        list_photos(&list);
    } else if let Some((_, kind)) = around(event, "data-export") {
        export(&kind);
    }
}

/// Takes labelled photos, and the networks of the board.
async fn choose(found: Vec<Found>) {
    if STATE.with_borrow(|state| state.is_running) {
        return;
    }
    let language = language();
    let list = match found.iter().find(|(path, file)| is_list(path, file)) {
        Some((_, file)) => text(file).await.and_then(|text| labels::list(&text)),
        None => None,
    };
    let (paths, all_files): (Vec<String>, Vec<File>) = found.into_iter().unzip();
    let (photos, places) = Photos::of(&paths, list.as_ref());
    if photos.photos.is_empty() {
        say(language.of(words(
            "There are no photos with a class in it. Choose the folder above the folders of the classes.",
            "其中没有带类别的照片。请选择各类别文件夹的上一级文件夹。",
        )));
        return;
    }
    say("");
    let asked = match interface::board().await {
        Ok(board) => board,
        Err(error) => return say(&interface::message(&error)),
    };
    let mut networks = Vec::new();
    for shown in &asked {
        let outputs = match interface::classes(shown.weights.as_deref().unwrap_or_default()).await {
            Ok(outputs) => outputs,
            Err(error) => return say(&interface::message(&error)),
        };
        let Shown { name, style, median_ms, .. } = shown.clone();
        let mut network = Network { name, style, median_ms, outputs, ..Network::default() };
        network.learn(&photos.classes);
        networks.push(network);
    }
    let is_any = networks.iter().any(|network| network.stands_for.iter().any(Option::is_some));
    let files = places.into_iter().map(|at| all_files[at].clone()).collect();
    STATE.with_borrow_mut(|state| {
        state.study = Study { photos, networks, ..Study::default() };
        (state.asked, state.files) = (asked.into(), files);
        (state.first, state.second) = (0, 1);
    });
    if !is_any {
        say(language.of(words(
            "None of the networks on the board has outputs with these names. Name the folders after their classes, or give the weights their class names.",
            "对比面板上的网络都没有这些名称的输出。请以它们的类别命名文件夹，或为权重给出类别名称。",
        )));
    }
    update();
    results();
}

fn is_list(path: &str, file: &File) -> bool {
    let path = path.to_lowercase();
    [".csv", ".tsv"].iter().any(|ending| path.ends_with(ending)) && file.size() <= MOST_LIST_BYTES
}

async fn text(file: &File) -> Option<String> {
    JsFuture::from(file.text()).await.ok()?.as_string()
}

/// Asks the networks about photo after photo.
fn start() {
    let may = STATE.with_borrow_mut(|state| {
        let may = !state.is_running && !state.study.is_complete();
        (state.is_running, state.is_stopped) = (state.is_running || may, false);
        may
    });
    if !may {
        return;
    }
    update();
    spawn_local(async {
        let begun = Date::now();
        let (mut drawn, first) = (begun, STATE.with_borrow(|state| state.study.done));
        let mut failure = None;
        loop {
            let next = STATE.with_borrow(|state| {
                let file = state.files.get(state.study.done).cloned().filter(|_| !state.is_stopped)?;
                Some((file, Rc::clone(&state.asked)))
            });
            let Some((file, asked)) = next else { break };
            match interface::judge(&file, &asked).await {
                Ok(judged) => STATE.with_borrow_mut(|state| state.study.judge(&judged)),
                Err(error) if is_of_photo(&error) => {
                    STATE.with_borrow_mut(|state| state.study.skip(interface::message(&error)));
                }
                Err(error) => {
                    failure = Some(interface::message(&error));
                    break;
                }
            }
            if Date::now() - drawn > REDRAW_MS {
                drawn = Date::now();
                progress(begun, first);
                summary();
            }
        }
        STATE.with_borrow_mut(|state| state.is_running = false);
        update();
        results();
        match failure {
            Some(reason) => say(&reason),
            None => done(begun, first),
        }
    });
}

/// Whether a photo is to blame, and the next one may do: it cannot be decoded, or is no picture.
fn is_of_photo(error: &JsValue) -> bool {
    let code = interface::code(error);
    code.starts_with("decode.") || code == "api.argument"
}

/// How far it is, and how long the rest may take.
fn progress(begun: f64, first: usize) {
    let (done, total) = STATE.with_borrow(|state| (state.study.done, state.files.len()));
    let each = (Date::now() - begun) / (done - first).max(1) as f64;
    let rest = (each * (total - done) as f64 / 1000.0).ceil();
    for bar in all("data-progress") {
        // Attributes' names that are valid.
        let _ = bar.set_attribute("max", &total.to_string());
        let _ = bar.set_attribute("value", &done.to_string());
    }
    say(&match language() {
        Language::English => format!("{done} of {total} photos; about {rest} s to go."),
        Language::Chinese => format!("{done} / {total} 张照片，约还需 {rest} 秒。"),
    });
}

fn done(begun: f64, first: usize) {
    let text = STATE.with_borrow(|state| {
        let count = state.study.done - first;
        let seconds = (Date::now() - begun) / 1000.0;
        let mut text = match state.language {
            Language::English => format!("{count} photos in {seconds:.1} s."),
            Language::Chinese => format!("{count} 张照片，用时 {seconds:.1} 秒。"),
        };
        let bad = &state.study.unreadable;
        if let Some((photo, reason)) = bad.first() {
            let path = state.study.photos.photos.get(*photo).map_or("", |photo| &*photo.path);
            text += &match state.language {
                Language::English => {
                    format!(" {} could not be read, the first is {path}: {reason}", bad.len())
                }
                Language::Chinese => format!(" {} 张无法读取，第一张为 {path}：{reason}", bad.len()),
            };
        }
        text
    });
    say(&text);
}

/// What can be done, and what was chosen.
fn update() {
    STATE.with_borrow(|state| {
        let (is_any, is_complete) = (!state.files.is_empty(), state.study.is_complete());
        let language = state.language;
        for start in state.all("data-start") {
            start.set_hidden(state.is_running || !is_any || is_complete);
            start.set_text_content(Some(language.of(if state.study.done > 0 {
                page::GO_ON
            } else {
                page::START
            })));
        }
        let stops = state.all("data-stop").into_iter().chain(state.all("data-progress"));
        stops.for_each(|element| element.set_hidden(!state.is_running));
        if is_any {
            let text = page::chosen(&state.study, language);
            state.all("data-chosen").iter().for_each(|place| place.set_text_content(Some(&text)));
        }
    });
}

fn summary() {
    let html = STATE.with_borrow(|state| page::summary(&state.study, state.language));
    let places = all("data-summary");
    if places.is_empty() {
        all("data-results")
            .iter()
            .for_each(|place| place.set_inner_html(&format!("<div data-summary>{html}</div>")));
    }
    places.iter().for_each(|place| place.set_inner_html(&html));
}

/// Everything that has been found.
fn results() {
    let Some(place) = all("data-results").into_iter().next() else { return };
    forget_pictures();
    let width = f64::from(place.client_width()).clamp(240.0, 720.0);
    let html = STATE.with_borrow(|state| {
        let (study, language) = (&state.study, state.language);
        if study.done == 0 {
            return String::new();
        }
        page::found(study, [state.first, state.second], width, language)
    });
    place.set_inner_html(&html);
    details();
}

/// What has been found of the networks that are looked at.
fn details() {
    let Some(place) = all("data-details").into_iter().next() else { return };
    let width = f64::from(place.client_width()).clamp(240.0, 720.0);
    let html = STATE
        .with_borrow(|state| page::details(&state.study, [state.first, state.second], width, state.language));
    place.set_inner_html(&html);
}

/// Shows the photos of a cell of the confusion matrix.
fn cell_photos(cell: &str) {
    let mut numbers = cell.split(' ').filter_map(|number| number.parse::<u16>().ok());
    let (Some(label), Some(class)) = (numbers.next(), numbers.next()) else { return };
    let found = STATE.with_borrow(|state| {
        let network = state.study.networks.get(state.first)?;
        let photos: Vec<usize> =
            network.tally.confused(label, class).map(|guess| guess.photo as usize).collect();
        let title = match state.language {
            Language::English => format!(
                "{}: {} taken for {}",
                network.name,
                network.output(label, state.language),
                network.output(class, state.language)
            ),
            Language::Chinese => format!(
                "{}：{} 判为 {}",
                network.name,
                network.output(label, state.language),
                network.output(class, state.language)
            ),
        };
        Some((photos, title))
    });
    if let Some((photos, title)) = found {
        pictures(&photos, &title);
    }
}

fn list_photos(list: &str) {
    let (photos, title) = STATE.with_borrow(|state| {
        let t = |words| state.language.of(words);
        match (list, state.study.networks.get(state.first)) {
            ("wrong", Some(network)) => {
                let photos: Vec<usize> =
                    network.tally.most_wrong().iter().map(|guess| guess.photo as usize).collect();
                (
                    photos,
                    format!("{} · {}", network.name, t(words("most confident mistakes", "最有把握的错误"))),
                )
            }
            _ => (state.study.most_disputed(), t(words("Most disputed photos", "分歧最大的照片")).to_owned()),
        }
    });
    pictures(&photos, &title);
}

fn forget_pictures() {
    for address in STATE.with_borrow_mut(|state| std::mem::take(&mut state.pictures)) {
        // One that was made here.
        let _ = Url::revoke_object_url(&address);
    }
}

fn pictures(photos: &[usize], title: &str) {
    let Some(place) = all("data-pictures").into_iter().next() else { return };
    forget_pictures();
    let html = STATE.with_borrow(|state| page::photos(&state.study, photos, title, state.language));
    place.set_inner_html(&html);
    for picture in all("data-photo") {
        let photo: usize =
            picture.get_attribute("data-photo").and_then(|at| at.parse().ok()).unwrap_or(usize::MAX);
        let file = STATE.with_borrow(|state| state.files.get(photo).cloned());
        let Some(address) = file.and_then(|file| Url::create_object_url_with_blob(&file).ok()) else {
            continue;
        };
        let _ = picture.set_attribute("src", &address);
        STATE.with_borrow_mut(|state| state.pictures.push(address));
    }
    if let Some(title) = all("data-photos").first() {
        title.scroll_into_view();
        // An element that cannot have it leaves it where it was.
        let _ = title.focus();
    }
}

/// Hands the results to the browser's downloads.
fn export(kind: &str) {
    let (text, media) = STATE.with_borrow(|state| match kind {
        "csv" => (report::csv(&state.study, &version()), "text/csv"),
        "json" => (report::json(&state.study, &version()), "application/json"),
        _ => (report::markdown(&state.study, &version()), "text/markdown"),
    });
    common::files::download(&format!("validation.{kind}"), media, &text);
}
