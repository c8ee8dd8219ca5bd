//! The section on the page: what is given, asked and shown.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use common::camera;
use common::dom::{all, around, on, on_drop, pause};
use common::files::{download, download_blob};
use common::folder::{self, Found, is_picture};
use common::interface::{self, Shown};
use common::words::{Language, words};
use js_sys::{Array, Date};
use teach::course::Course;
use teach::linear::Rows;
use teach::page;
use teach::project::{self, Outcome, Project, Pupil};
use teach::saved;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Blob, Element, Event, File, HtmlCanvasElement, HtmlElement, HtmlInputElement, HtmlVideoElement,
    MediaStream,
};

/// Photos of the camera have at most so many pixels on their shorter side: networks see fewer.
const MOST_PIXELS: f64 = 512.0;

/// What a network's last layer read, by what ran and the photo.
type Known = HashMap<(String, u32), Rc<[f32]>>;

#[derive(Default)]
struct State {
    root: Option<Element>,
    language: Language,
    project: Project,
    /// By the photos' ids.
    files: HashMap<u32, Blob>,
    stream: Option<MediaStream>,
    is_running: bool,
    /// Counts what is under way: what belongs to an earlier turn ends.
    turn: u32,
    known: Known,
    /// What the classes were called that have been learned.
    classes: Vec<String>,
    /// The networks that are taught, as the page knows them.
    asked: Vec<Shown>,
    pupils: Vec<Pupil>,
    /// Their files, once they have been made.
    made: HashMap<usize, File>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// See [`super::show`].
pub fn show(root: Element, language: Language) {
    let is_new = STATE.with_borrow_mut(|state| {
        let is_first = state.root.is_none();
        if is_first {
            for position in 0..2 {
                state.project.add(&page::first_name(position, language));
            }
        }
        rename_first(&mut state.project, state.language, language);
        state.language = language;
        state.root.replace(root.clone()).is_none_or(|before| before != root)
    });
    root.set_inner_html(&page::frame(language));
    if is_new {
        on(&root, "input", typed);
        on(&root, "change", chosen);
        on(&root, "click", pressed);
        on_drop(&root, dropped);
        if let Ok(Some(details)) = root.closest("details") {
            // Nobody would see what it sees.
            on(&details, "toggle", |event| {
                let details = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                if details.is_some_and(|details| !details.has_attribute("open")) {
                    close();
                }
            });
        }
    }
    classes();
    attach();
    update();
    results();
}

/// Classes that nobody has named have the names of the page's language.
fn rename_first(project: &mut Project, from: Language, to: Language) {
    for (position, class) in project.classes.iter_mut().enumerate() {
        if class.name == page::first_name(position, from) {
            class.name = page::first_name(position, to);
        }
    }
}

fn language() -> Language {
    STATE.with_borrow(|state| state.language)
}

fn elements<T: JsCast>(attribute: &str) -> Vec<T> {
    let root = STATE.with_borrow(|state| state.root.clone());
    root.map_or_else(Vec::new, |root| all(&root, &format!("[{attribute}]")))
}

fn element<T: JsCast>(attribute: &str) -> Option<T> {
    elements(attribute).into_iter().next()
}

fn say(text: &str) {
    elements::<Element>("data-status").iter().for_each(|status| status.set_text_content(Some(text)));
}

fn focus(attribute: &str) {
    if let Some(element) = element::<HtmlElement>(attribute) {
        // What is on the page can have it.
        let _ = element.focus();
    }
}

/// The class around an event.
fn class_of(event: &Event) -> Option<u32> {
    around(event, "data-class")?.1.parse().ok()
}

fn is_running() -> bool {
    STATE.with_borrow(|state| state.is_running)
}

fn typed(event: &Event) {
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(input) = input.filter(|input| input.has_attribute("data-name")) else { return };
    if let Some(id) = class_of(event) {
        STATE.with_borrow_mut(|state| {
            if let Some(class) = state.project.class_mut(id) {
                class.name = input.value();
            }
        });
    }
}

fn chosen(event: &Event) {
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some((input, list)) = input.and_then(|input| input.files().map(|list| (input, list))) else { return };
    let found = folder::chosen(&list);
    // The same files may be chosen again.
    input.set_value("");
    if input.has_attribute("data-restore") {
        if let Some((_, file)) = found.into_iter().next() {
            spawn_local(restore(file));
        }
    } else if input.has_attribute("data-folder") {
        add_folder(found);
    } else if let Some(class) = class_of(event) {
        add_photos(class, found.into_iter().map(|(_, file)| file).collect());
    }
}

fn dropped(event: &Event) {
    let Some(entries) = folder::take_entries(event) else { return };
    let class = class_of(event);
    spawn_local(async move {
        let found = folder::dropped(entries).await;
        if is_running() {
            return;
        }
        match (class, found.as_slice()) {
            (_, [(path, file)]) if path.to_lowercase().ends_with(".json") => restore(file.clone()).await,
            (Some(class), _) => add_photos(class, found.into_iter().map(|(_, file)| file).collect()),
            (None, _) => add_folder(found),
        }
    });
}

/// A photo twice would be learned and held back at once: within a class it is taken once.
fn add_photos(class: u32, files: Vec<File>) {
    STATE.with_borrow_mut(|state| {
        for file in files {
            let is_same = |other: &Blob| {
                other.dyn_ref::<File>().is_some_and(|other| {
                    other.name() == file.name()
                        && other.size() == file.size()
                        && other.last_modified() == file.last_modified()
                })
            };
            let photos = state.project.class_mut(class).map(|class| class.photos.clone()).unwrap_or_default();
            let is_there = photos.iter().filter_map(|photo| state.files.get(&photo.id)).any(is_same);
            if is_there {
                continue;
            }
            if let Some(id) = state.project.add_photo(class, &file.name()) {
                state.files.insert(id, file.into());
            }
        }
    });
    say("");
    counts();
}

/// Classes after the folders that photos lie in.
fn add_folder(mut found: Vec<Found>) {
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let mut photos: Vec<(u32, File)> = Vec::new();
    STATE.with_borrow_mut(|state| {
        for (path, file) in found.into_iter().filter(|(path, _)| is_picture(path)) {
            let Some(name) = path.rsplit('/').nth(1).filter(|name| !name.is_empty()) else { continue };
            let class = state.project.named(name).unwrap_or_else(|| state.project.add(name));
            photos.push((class, file));
        }
    });
    if photos.is_empty() {
        say(language().of(words(
            "There are no photos in folders. Choose the folder above those of the classes.",
            "其中没有位于文件夹里的照片。请选择各类别文件夹的上一级文件夹。",
        )));
        return;
    }
    for (class, file) in photos {
        add_photos(class, vec![file]);
    }
    STATE.with_borrow_mut(|state| state.project.tidy());
    classes();
}

/// Takes up a saved project: its networks take the place of those that have learned, its classes are added. Photos that are there
/// stay.
async fn restore(file: File) {
    let flawed = |flaw| say(&page::not_restored(&file.name(), &flaw, language()));
    if file.size() > saved::MOST_BYTES {
        return flawed(saved::Flaw::Foreign(format!("{:.0} MB", file.size() / 1e6)));
    }
    let text = match JsFuture::from(file.text()).await {
        Ok(text) => text.as_string().unwrap_or_default(),
        Err(error) => return say(&interface::message(&error)),
    };
    let saved = match saved::read(&text) {
        Ok(saved) => saved,
        Err(flaw) => return flawed(flaw),
    };
    // Where there is none, nothing is known of colours and times.
    let board = interface::board().await.unwrap_or_default();
    if is_running() {
        return;
    }
    let said = STATE.with_borrow_mut(|state| {
        for class in &saved.classes {
            if state.project.named(&class.name).is_none() {
                state.project.add(&class.name);
            }
        }
        let firsts: Vec<String> =
            (0..state.project.classes.len()).map(|at| page::first_name(at, state.language)).collect();
        // Nobody has named them or given them anything.
        state.project.classes.retain(|class| {
            !class.photos.is_empty()
                || !firsts.contains(&class.name)
                || saved.classes.iter().any(|saved| saved.name == class.name)
        });
        state.pupils = saved.pupils();
        let same = |pupil: &Pupil| {
            let is_same = |shown: &&Shown| {
                shown.model == pupil.model
                    && shown.resolution == pupil.resolution
                    && shown.weights.as_deref() == Some(&*pupil.weights)
            };
            board.iter().find(is_same).cloned().unwrap_or_else(|| {
                let Pupil { name, model, resolution, weights, .. } = pupil.clone();
                Shown::other(name, model, resolution, weights)
            })
        };
        state.asked = state.pupils.iter().map(same).collect();
        for (pupil, shown) in state.pupils.iter_mut().zip(&state.asked) {
            pupil.style.clone_from(&shown.style);
            pupil.median_ms = shown.median_ms;
        }
        state.made.clear();
        state.classes.clone_from(&saved.taught);
        page::restored(state.pupils.len(), &state.classes, state.language)
    });
    classes();
    results();
    say(&said);
}

fn pressed(event: &Event) {
    let is = |attribute: &str| around(event, attribute).is_some();
    if is("data-stop") {
        STATE.with_borrow_mut(|state| state.turn += 1);
    } else if is_running() {
        // What is being learned stays as it is.
    } else if is("data-learn") {
        spawn_local(learn());
    } else if is("data-add") {
        add_class();
    } else if is("data-remove") {
        if let Some(class) = class_of(event) {
            remove_class(class);
        }
    } else if is("data-open") {
        spawn_local(open());
    } else if is("data-close") {
        close();
        focus("data-open");
    } else if is("data-take") {
        if let Some(class) = class_of(event) {
            spawn_local(take(class));
        }
    } else if let Some((_, at)) = around(event, "data-save") {
        if let Ok(at) = at.parse() {
            spawn_local(save(at));
        }
    } else if is("data-put") {
        spawn_local(put());
    } else if is("data-project") {
        let text = STATE.with_borrow(|state| saved::write(&state.project, &state.classes, &state.pupils));
        download(saved::FILE, "application/json", &text);
    }
}

fn add_class() {
    let id = STATE.with_borrow_mut(|state| {
        let name = page::first_name(state.project.classes.len(), state.language);
        state.project.add(&name)
    });
    classes();
    let name = element::<Element>(&format!("data-class=\"{id}\""));
    let name = name.and_then(|class| all::<HtmlInputElement>(&class, "[data-name]").into_iter().next());
    if let Some(name) = name {
        // What is on the page can have it.
        let _ = name.focus();
        name.select();
    }
}

fn remove_class(class: u32) {
    STATE.with_borrow_mut(|state| {
        for photo in state.project.remove(class) {
            state.files.remove(&photo);
            state.known.retain(|(_, other), _| *other != photo);
        }
    });
    classes();
    focus("data-add");
}

/// Draws the classes.
fn classes() {
    let html =
        STATE.with_borrow(|state| page::classes(&state.project, state.stream.is_some(), state.language));
    elements::<Element>("data-classes").iter().for_each(|place| place.set_inner_html(&html));
}

/// Says how many photos there are, and leaves everything else as it is: names may be being typed.
fn counts() {
    let texts: Vec<String> = STATE.with_borrow(|state| {
        state.project.classes.iter().map(|class| page::count(class, state.language)).collect()
    });
    let places = elements::<Element>("data-count");
    places.iter().zip(texts).for_each(|(place, text)| place.set_text_content(Some(&text)));
}

async fn open() {
    say("");
    match camera::open().await {
        // A second press would leave the first camera on.
        Ok(stream) => {
            if let Some(before) = STATE.with_borrow_mut(|state| state.stream.replace(stream)) {
                camera::close(&before);
            }
        }
        Err(error) => return say(language().of(camera::refusal(&error))),
    }
    attach();
    update();
    focus("data-close");
}

fn close() {
    if let Some(stream) = STATE.with_borrow_mut(|state| state.stream.take()) {
        camera::close(&stream);
    }
    attach();
    update();
}

/// Shows the camera's picture.
fn attach() {
    if let Some(video) = element::<HtmlVideoElement>("data-video") {
        video.set_src_object(STATE.with_borrow(|state| state.stream.clone()).as_ref());
    }
}

/// Gives a class what the camera sees now.
async fn take(class: u32) {
    let (Some(video), Some(canvas)) =
        (element::<HtmlVideoElement>("data-video"), element::<HtmlCanvasElement>("data-canvas"))
    else {
        return;
    };
    if !camera::draw(&video, &canvas, MOST_PIXELS) {
        return;
    }
    let Some(picture) = camera::picture(&canvas).await else { return };
    STATE.with_borrow_mut(|state| {
        let number = state.project.class_mut(class).map_or(0, |class| class.photos.len() + 1);
        if let Some(id) = state.project.add_photo(class, &format!("camera-{number}.jpg")) {
            state.files.insert(id, picture);
        }
    });
    counts();
}

/// What can be done.
fn update() {
    let (has_camera, is_running) = STATE.with_borrow(|state| (state.stream.is_some(), state.is_running));
    for (attribute, is_hidden) in [
        ("data-open", has_camera),
        ("data-close", !has_camera),
        ("data-view", !has_camera),
        ("data-take", !has_camera),
        ("data-learn", is_running),
        ("data-stop", !is_running),
        ("data-progress", !is_running),
    ] {
        elements::<HtmlElement>(attribute).iter().for_each(|element| element.set_hidden(is_hidden));
    }
    for place in elements::<Element>("data-editing") {
        // An attribute's name that is valid.
        let _ = place.toggle_attribute_with_force("disabled", is_running);
    }
}

fn results() {
    let html = STATE
        .with_borrow(|state| page::results(&state.pupils, &state.classes, state.is_running, state.language));
    elements::<Element>("data-results").iter().for_each(|place| place.set_inner_html(&html));
}

fn progress(done: usize, total: usize) {
    for bar in elements::<Element>("data-progress") {
        // Attributes' names that are valid.
        let _ = bar.set_attribute("max", &total.max(1).to_string());
        let _ = bar.set_attribute("value", &done.to_string());
    }
}

/// Why it ends early.
enum Ended {
    /// Somebody has said so.
    Stopped,
    /// Something is to be done first, or went wrong.
    Said(String),
}

async fn learn() {
    let flaw = STATE.with_borrow(|state| state.project.check().err());
    if let Some(flaw) = flaw {
        return say(&page::flaw(&flaw, language()));
    }
    let turn = STATE.with_borrow_mut(|state| {
        (state.is_running, state.turn) = (true, state.turn + 1);
        (state.asked, state.pupils, state.made) = Default::default();
        state.classes = state.project.names();
        state.turn
    });
    close();
    results();
    focus("data-stop");
    let begun = Date::now();
    let ended = teach_all(turn).await;
    let had_focus =
        element::<Element>("data-stop").is_some_and(|stop| stop.matches(":focus").unwrap_or(false));
    STATE.with_borrow_mut(|state| {
        state.is_running = false;
        // Those whose turn has not come, the last ones, will not learn.
        state.pupils.retain(|pupil| pupil.outcome != Outcome::Waiting);
        state.asked.truncate(state.pupils.len());
    });
    update();
    counts();
    results();
    if had_focus {
        focus("data-learn");
    }
    match ended {
        Ok(()) => {
            let seconds = (Date::now() - begun) / 1000.0;
            let text = STATE.with_borrow(|state| {
                let learned = state.pupils.iter().filter(|pupil| pupil.learned().is_some()).count();
                page::done(&state.project, learned, seconds, state.language)
            });
            say(&text);
        }
        Err(Ended::Stopped) => say(language().of(page::STOPPED)),
        Err(Ended::Said(text)) => say(&text),
    }
}

fn check(turn: u32) -> Result<(), Ended> {
    if STATE.with_borrow(|state| state.turn != turn) { Err(Ended::Stopped) } else { Ok(()) }
}

/// Teaches the board's networks: each photo is read by all of them, for opening it takes longer than many networks do; then they
/// learn one after another.
async fn teach_all(turn: u32) -> Result<(), Ended> {
    let networks = interface::board().await.map_err(|error| Ended::Said(interface::message(&error)))?;
    if networks.is_empty() {
        return Err(Ended::Said(language().of(page::NO_NETWORK).to_owned()));
    }
    let pupil = |network: &Shown| Pupil {
        name: network.name.clone(),
        style: network.style.clone(),
        model: network.model.clone(),
        resolution: network.resolution,
        weights: network.weights.clone().unwrap_or_default(),
        median_ms: network.median_ms,
        outcome: Outcome::Waiting,
    };
    STATE.with_borrow_mut(|state| {
        state.pupils = networks.iter().map(pupil).collect();
        state.asked.clone_from(&networks);
    });
    results();
    let photos = usable();
    for (number, (_, photo)) in photos.iter().enumerate() {
        check(turn)?;
        progress(10 * number, 11 * photos.len());
        say(&page::reading(number + 1, photos.len(), language()));
        read(*photo).await;
    }
    check(turn)?;
    counts();
    let (flaw, language) = STATE.with_borrow(|state| (state.project.check().err(), state.language));
    if let Some(flaw) = flaw {
        return Err(Ended::Said(page::flaw(&flaw, language)));
    }
    for (at, network) in networks.iter().enumerate() {
        let Some(mut course) = course(at, network) else { continue };
        let steps = course.steps();
        for step in 1..=steps {
            say(&page::learning(&network.name, step, steps, language));
            let done = (at * steps + step - 1) as f64 / (networks.len() * steps) as f64;
            progress(1000 + (100.0 * done) as usize, 1100);
            // The page shows it, and hears whether it is to stop.
            pause(0).await;
            check(turn)?;
            if let Some(learned) = course.step() {
                end(at, Outcome::Learned(Box::new(learned)));
            }
        }
        results();
    }
    Ok(())
}

/// The photos that can be used, as far as is known, with the positions of their classes.
fn usable() -> Vec<(usize, u32)> {
    STATE.with_borrow(|state| {
        let of_class = |(label, class): (usize, &project::Class)| {
            class.usable().map(|photo| (label, photo.id)).collect::<Vec<_>>()
        };
        state.project.classes.iter().enumerate().flat_map(of_class).collect()
    })
}

fn end(at: usize, outcome: Outcome) {
    STATE.with_borrow_mut(|state| {
        if let Some(pupil) = state.pupils.get_mut(at) {
            pupil.outcome = outcome;
        }
    });
}

/// Lets the networks read a photo that have not.
async fn read(photo: u32) {
    let (file, asked) = STATE.with_borrow(|state| {
        let is_asked = |at: &usize| {
            state.pupils[*at].outcome == Outcome::Waiting
                && !state.known.contains_key(&(state.asked[*at].key(), photo))
        };
        let asked: Vec<(usize, Shown)> =
            (0..state.asked.len()).filter(is_asked).map(|at| (at, state.asked[at].clone())).collect();
        (state.files.get(&photo).cloned(), asked)
    });
    let Some(file) = file.filter(|_| !asked.is_empty()) else { return };
    match read_by(photo, &file, &asked).await {
        Ok(()) => {}
        Err(error) if is_of_photo(&error) => refuse(photo, &error),
        Err(_) => {
            // One of them cannot: each is asked alone.
            for network in &asked {
                match read_by(photo, &file, std::slice::from_ref(network)).await {
                    Ok(()) => {}
                    Err(error) if is_of_photo(&error) => return refuse(photo, &error),
                    Err(error) => {
                        end(network.0, Outcome::Failed(reason(&error)));
                        results();
                    }
                }
            }
        }
    }
}

async fn read_by(photo: u32, file: &Blob, networks: &[(usize, Shown)]) -> Result<(), JsValue> {
    let asked: Vec<Shown> = networks.iter().map(|(_, network)| network.clone()).collect();
    let read = interface::features(file, &asked).await?;
    STATE.with_borrow_mut(|state| {
        for (network, values) in asked.iter().zip(read) {
            state.known.insert((network.key(), photo), values.into());
        }
    });
    Ok(())
}

fn refuse(photo: u32, error: &JsValue) {
    STATE.with_borrow_mut(|state| state.project.refuse(photo, &interface::message(error)));
}

/// Why a network cannot be taught.
fn reason(error: &JsValue) -> String {
    match &*interface::code(error) {
        "model.no_linear_head" => language().of(page::NO_HEAD).to_owned(),
        _ => interface::message(error),
    }
}

/// The course of a network that has read all photos.
fn course(at: usize, network: &Shown) -> Option<Course> {
    let (mut rows, mut labels) = (Vec::new(), Vec::new());
    let key = network.key();
    for (label, photo) in usable() {
        let known = STATE.with_borrow(|state| state.known.get(&(key.clone(), photo)).cloned());
        // Without it the network has failed, and said so.
        rows.push(known?);
        labels.push(label);
    }
    let classes = STATE.with_borrow(|state| {
        let is_waiting = state.pupils.get(at)?.outcome == Outcome::Waiting;
        is_waiting.then_some(state.project.classes.len())
    })?;
    let width = rows.first().map_or(0, |values: &Rc<[f32]>| values.len());
    let numbers = rows.iter().map(|values| values.iter().copied().map(f64::from));
    Some(Course::new(Rows::new(width, numbers), labels, classes))
}

/// Whether a photo is to blame, and the next one may do.
fn is_of_photo(error: &JsValue) -> bool {
    let code = interface::code(error);
    code.starts_with("decode.") || ["api.argument", "canvas_noise", "file.unreadable"].contains(&&*code)
}

/// A taught network's file.
async fn made(at: usize) -> Result<File, JsValue> {
    let (made, parts) = STATE.with_borrow(|state| {
        let layer = state.pupils.get(at).and_then(Pupil::learned).map(|learned| learned.layer.clone());
        let network = state.asked.get(at).cloned();
        (state.made.get(&at).cloned(), network.zip(layer).map(|parts| (parts, state.classes.clone())))
    });
    if let Some(made) = made {
        return Ok(made);
    }
    let ((network, layer), classes) = parts.ok_or(JsValue::UNDEFINED)?;
    let short = |numbers: &[f64]| numbers.iter().map(|number| *number as f32).collect::<Vec<f32>>();
    let blob = interface::teach(&network, &classes, &short(&layer.weight), &short(&layer.bias)).await?;
    let name = project::file_name(&network.model, &classes);
    let file = File::new_with_blob_sequence(&Array::of1(&blob), &name)?;
    STATE.with_borrow_mut(|state| state.made.insert(at, file.clone()));
    Ok(file)
}

async fn save(at: usize) {
    match made(at).await {
        Ok(file) => download_blob(&file.name(), &file),
        Err(error) => say(&interface::message(&error)),
    }
}

/// Puts the taught networks on the board.
async fn put() {
    say(language().of(words("Writing the networks down …", "正在写出网络…")));
    match put_all().await {
        Ok(count) => say(&page::on_board(count, language())),
        Err(error) => say(&interface::message(&error)),
    }
}

async fn put_all() -> Result<usize, JsValue> {
    let asked: Vec<(usize, Shown)> = STATE.with_borrow(|state| {
        let pairs = state.pupils.iter().zip(&state.asked).enumerate();
        let learned = pairs.filter(|(_, (pupil, _))| pupil.learned().is_some());
        learned.map(|(at, (_, network))| (at, network.clone())).collect()
    });
    let mut taught = Vec::new();
    for (at, network) in &asked {
        let file = made(*at).await?;
        let checkpoint = interface::load(&network.model, &file).await?;
        taught.push(network.clone().with_weights(checkpoint));
    }
    let count = taught.len();
    // A board has two networks at least: the one that was taught stands beside what it has become.
    if count == 1 {
        taught.extend(asked.into_iter().map(|(_, network)| network));
    }
    interface::set_board(&taught).await?;
    Ok(count)
}
