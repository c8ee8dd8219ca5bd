//! The section on the page: what is chosen, asked and shown.

use std::cell::RefCell;
use std::collections::HashMap;

use common::dom::{all, around, on};
use common::interface::{self, Output, Shown, name_of, object};
use common::words::{Language, words};
use inside::page::{self, Attributed, Found, Photo, Stage};
use inside::picture;
use js_sys::{Array, Float32Array, Reflect};
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    CanvasRenderingContext2d, Element, Event, HtmlCanvasElement, HtmlSelectElement, ImageData,
    IntersectionObserver, IntersectionObserverEntry,
};

/// A picture's height, width and pixels (red, green, blue, opacity).
type Picture = ((usize, usize), Vec<u8>);

#[derive(Default)]
struct State {
    root: Option<Element>,
    language: Language,
    /// Whether it is on the screen; nothing is computed before.
    is_seen: bool,
    /// Whether there is something to look at that has not been.
    is_due: bool,
    /// Counts looks: what belongs to an earlier one ends.
    turn: u32,
    photo: Option<Photo>,
    networks: Vec<Shown>,
    /// What the outputs of each are called.
    outputs: Vec<Vec<Output>>,
    /// The class that is looked for, by its English name; the likeliest where there is none.
    class: Option<String>,
    attributed: Vec<Attributed>,
    /// Which network's modules are shown.
    network: usize,
    stages: Vec<Stage>,
    stage: String,
    value: Option<Value>,
    /// By the names of their canvases.
    pictures: HashMap<String, Picture>,
}

/// What a module returned.
struct Value {
    size: (usize, usize, usize),
    numbers: Vec<f32>,
    seen: [f64; 4],
    /// The channel that is shown large.
    channel: usize,
}

/// Of a field's sum, the part that its extent holds.
const MOST_OF_A_FIELD: f64 = 0.9;

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// See [`super::show`].
pub fn show(root: Element, language: Language) {
    let is_new = STATE.with_borrow_mut(|state| {
        (state.language, state.is_due) = (language, true);
        let is_new = state.root.replace(root.clone()).is_none_or(|before| before != root);
        state.is_seen &= !is_new;
        is_new
    });
    root.set_inner_html(&page::frame(language));
    if is_new {
        on(&root, "change", changed);
        on(&root, "click", pressed);
        watch(&root);
    }
    look_if_seen();
}

/// Looks once the section comes onto the screen.
fn watch(root: &Element) {
    let seen = Closure::<dyn Fn(Array)>::new(|entries: Array| {
        let entry = entries.pop().dyn_into::<IntersectionObserverEntry>();
        let is_seen = entry.is_ok_and(|entry| entry.is_intersecting());
        STATE.with_borrow_mut(|state| state.is_seen = is_seen);
        look_if_seen();
    });
    match IntersectionObserver::new(seen.into_js_value().unchecked_ref()) {
        Ok(observer) => observer.observe(root),
        Err(_) => STATE.with_borrow_mut(|state| state.is_seen = true),
    }
}

fn look_if_seen() {
    let looks = STATE.with_borrow_mut(|state| state.is_seen && std::mem::take(&mut state.is_due));
    if looks {
        spawn_local(look());
    }
}

/// A new turn, which ends what is under way.
fn turn() -> u32 {
    STATE.with_borrow_mut(|state| {
        state.turn += 1;
        state.turn
    })
}

fn is_over(turn: u32) -> bool {
    STATE.with_borrow(|state| state.turn != turn)
}

fn language() -> Language {
    STATE.with_borrow(|state| state.language)
}

fn fill(attribute: &str, html: &str) {
    let Some(root) = STATE.with_borrow(|state| state.root.clone()) else { return };
    all::<Element>(&root, &format!("[{attribute}]")).iter().for_each(|place| place.set_inner_html(html));
}

fn say(text: &str) {
    fill("data-status", &common::svg::escaped(text));
}

fn changed(event: &Event) {
    let Some(select) = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok()) else {
        return;
    };
    let chosen = select.value();
    if select.has_attribute("data-class") {
        STATE.with_borrow_mut(|state| state.class = (!chosen.is_empty()).then_some(chosen));
        spawn_local(async {
            // Another look has nothing to wait for.
            let _ = attribute(turn()).await;
        });
    } else if select.has_attribute("data-network") {
        STATE.with_borrow_mut(|state| state.network = chosen.parse().unwrap_or(0));
        spawn_local(modules(turn()));
    } else if select.has_attribute("data-stage") {
        STATE.with_borrow_mut(|state| state.stage = chosen);
        spawn_local(value(turn()));
    }
}

fn pressed(event: &Event) {
    if let Some((_, number)) = around(event, "data-channel") {
        STATE.with_borrow_mut(|state| {
            if let (Some(value), Ok(number)) = (&mut state.value, number.parse()) {
                value.channel = number;
            }
        });
        draw_value();
        // The buttons are new: the one that was pressed keeps the focus.
        let root = STATE.with_borrow(|state| state.root.clone());
        let button =
            root.and_then(|root| root.query_selector(&format!("[data-channel=\"{number}\"]")).ok()?);
        if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
            // A button that is there can have it.
            let _ = button.focus();
        }
    } else if around(event, "data-field").is_some() {
        spawn_local(field(turn()));
    }
}

/// Looks at the page's photo with the board's networks.
async fn look() {
    let turn = turn();
    let found = async {
        let networks = interface::board().await?;
        let photo = interface::call("photo", &[]).await?;
        let mut outputs = Vec::new();
        for network in &networks {
            outputs.push(interface::classes(network.weights.as_deref().unwrap_or_default()).await?);
        }
        Ok::<_, JsValue>((networks, photo, outputs))
    };
    let (networks, photo, outputs) = match found.await {
        Ok(found) => found,
        Err(error) => return say(&interface::message(&error)),
    };
    if is_over(turn) {
        return;
    }
    let text = |name: &str| Reflect::get(&photo, &name.into()).ok()?.as_string();
    let photo = text("name").zip(text("url")).map(|(name, url)| Photo { name, url });
    let missing = if photo.is_none() {
        Some(words("Choose a photo above first.", "请先在上方选择一张照片。"))
    } else if networks.is_empty() {
        Some(words("No network on the board has weights yet.", "对比面板上还没有载入权重的网络。"))
    } else {
        None
    };
    let language = STATE.with_borrow_mut(|state| {
        let is_known = |class: &String| outputs.iter().flatten().any(|output| output.label == *class);
        state.class = state.class.take().filter(is_known);
        state.network = state.network.min(networks.len().saturating_sub(1));
        (state.photo, state.networks, state.outputs) = (photo, networks, outputs);
        state.language
    });
    if let Some(missing) = missing {
        return say(language.of(missing));
    }
    choices();
    if attribute(turn).await.is_some() {
        modules(turn).await;
    }
}

/// Fills the menus of classes and networks.
fn choices() {
    let (classes, networks) = STATE.with_borrow(|state| {
        let mut seen = std::collections::HashSet::new();
        let outputs = state.outputs.iter().flatten().filter(|output| seen.insert(&output.label));
        let names = outputs.map(|output| {
            let name = match state.language {
                Language::English => &output.label,
                Language::Chinese => &output.label_zh,
            };
            (output.label.clone(), name.clone())
        });
        let likeliest = (String::new(), state.language.of(page::LIKELIEST).to_owned());
        let chosen = state.class.as_deref().unwrap_or_default();
        let networks =
            state.networks.iter().enumerate().map(|(at, shown)| (at.to_string(), shown.name.clone()));
        (
            page::options(std::iter::once(likeliest).chain(names), chosen),
            page::options(networks, &state.network.to_string()),
        )
    });
    fill("data-class", &classes);
    fill("data-network", &networks);
}

/// Asks what speaks for the class, network by network. `None` if another look has begun.
async fn attribute(turn: u32) -> Option<()> {
    let (networks, outputs, class) = STATE.with_borrow_mut(|state| {
        state.attributed.clear();
        (state.networks.clone(), state.outputs.clone(), state.class.clone())
    });
    let language = language();
    for (at, (network, outputs)) in networks.iter().zip(&outputs).enumerate() {
        say(&working(&network.name, language));
        let number = class.as_ref().map(|class| outputs.iter().position(|output| output.label == *class));
        let (found, picture) = match number {
            Some(None) => (Err(unknown(class.as_deref().unwrap_or_default(), language)), None),
            number => match class_activation(network, number.flatten(), outputs, language).await {
                Ok((found, picture)) => (Ok(found), Some(picture)),
                Err(error) => (Err(interface::message(&error)), None),
            },
        };
        if is_over(turn) {
            return None;
        }
        STATE.with_borrow_mut(|state| {
            let (name, style) = (network.name.clone(), network.style.clone());
            state.attributed.push(Attributed { name, style, found });
            state.pictures.extend(picture.map(|picture| (format!("map-{at}"), picture)));
        });
        let html = STATE.with_borrow(|state| {
            page::maps(state.photo.as_ref().unwrap_or(&Photo::default()), &state.attributed, state.language)
        });
        fill("data-maps", &html);
        draw();
    }
    say("");
    Some(())
}

fn working(name: &str, language: Language) -> String {
    match language {
        Language::English => format!("{name} is looking …"),
        Language::Chinese => format!("{name} 正在查看…"),
    }
}

fn unknown(class: &str, language: Language) -> String {
    match language {
        Language::English => format!("It does not know {class}."),
        Language::Chinese => format!("它不认识“{class}”。"),
    }
}

/// What the interface captured: its only stage's shape and numbers, and where in the photo the network's input lies.
struct Captured {
    seen: [f64; 4],
    size: (usize, usize, usize),
    numbers: Vec<f32>,
}

impl Captured {
    fn of(answer: &JsValue) -> Result<Self, JsValue> {
        let stages: Array = Reflect::get(answer, &"stages".into())?.dyn_into()?;
        let numbers = Reflect::get(&stages.get(0), &"values".into())?.dyn_into::<Float32Array>()?.to_vec();
        let size = size(&Reflect::get(&stages.get(0), &"shape".into())?).unwrap_or((1, 1, numbers.len()));
        let seen = serde_wasm_bindgen::from_value(Reflect::get(answer, &"seen".into())?)?;
        Ok(Self { seen, size, numbers })
    }
}

/// Asks the interface about the page's photo.
async fn ask(
    function: &str,
    network: &Shown,
    more: Option<(&'static str, JsValue)>,
) -> Result<JsValue, JsValue> {
    let mut fields = interface::asked(network);
    if function == "receptiveField" {
        fields.retain(|(name, _)| *name != "backend");
    }
    fields.extend(more);
    interface::call(function, &[JsValue::NULL, object(&fields)]).await
}

/// What a class map says beside its numbers.
#[derive(Deserialize)]
struct Explained {
    class: usize,
    logit: f32,
    is_exact: bool,
}

/// Height, width and channels of a map or, 1×1, of a vector, as the interface gives shapes.
fn size(shape: &JsValue) -> Option<(usize, usize, usize)> {
    let number = |of: &JsValue, name: &str| Some(Reflect::get(of, &name.into()).ok()?.as_f64()? as usize);
    let map = Reflect::get(shape, &"map".into()).ok().filter(JsValue::is_object);
    if let Some(map) = map {
        return Some((number(&map, "h")?, number(&map, "w")?, number(&map, "c")?));
    }
    let vector = Reflect::get(shape, &"vector".into()).ok().filter(JsValue::is_object)?;
    Some((1, 1, number(&vector, "c")?))
}

async fn class_activation(
    network: &Shown,
    class: Option<usize>,
    outputs: &[Output],
    language: Language,
) -> Result<(Found, Picture), JsValue> {
    let answer = ask("classActivation", network, class.map(|class| ("class", (class as u32).into()))).await?;
    let Captured { seen, size: (height, width, _), numbers } =
        Captured::of(&Reflect::get(&answer, &"captured".into())?)?;
    let Explained { class, logit, is_exact } = serde_wasm_bindgen::from_value(answer)?;
    let most = (0..numbers.len()).max_by(|a, b| numbers[*a].total_cmp(&numbers[*b])).unwrap_or(0);
    let found = Found {
        class: name_of(outputs, class, language),
        logit,
        is_exact,
        size: (height, width),
        most: (most / width.max(1), most % width.max(1)),
        seen,
    };
    Ok((found, ((height, width), picture::signed(&numbers))))
}

/// Lists the chosen network's modules, and shows one.
async fn modules(turn: u32) {
    let Some(network) = STATE.with_borrow(|state| state.networks.get(state.network).cloned()) else { return };
    let listed = match interface::call("stages", &[network.model.as_str().into()]).await {
        Ok(listed) => listed,
        Err(error) => return say(&interface::message(&error)),
    };
    if is_over(turn) {
        return;
    }
    let stage = |stage: JsValue| {
        let name = Reflect::get(&stage, &"name".into()).ok()?.as_string()?;
        let size = size(&Reflect::get(&stage, &"shape".into()).ok()?);
        Some(Stage { name, size })
    };
    let stages = Array::from(&listed).iter().filter_map(stage).filter(|stage| stage.size.is_some()).collect();
    let html = STATE.with_borrow_mut(|state| {
        state.stages = stages;
        if !state.stages.iter().any(|stage| stage.name == state.stage) {
            // The map in the middle: small enough to say something, large enough to see something.
            let is_map = |stage: &&Stage| stage.size.is_some_and(|(h, w, _)| h * w > 1);
            let maps: Vec<&Stage> = state.stages.iter().filter(is_map).collect();
            state.stage = maps.get(maps.len() / 2).map(|stage| stage.name.clone()).unwrap_or_default();
        }
        let text = |stage: &Stage| {
            let (h, w, c) = stage.size.unwrap_or_default();
            let shape = if h * w > 1 { format!("{h}×{w}×{c}") } else { c.to_string() };
            (stage.name.clone(), format!("{} ({shape})", stage.name))
        };
        page::options(state.stages.iter().map(text), &state.stage)
    });
    fill("data-stage", &html);
    value(turn).await;
}

/// Asks what the chosen module returns.
async fn value(turn: u32) {
    let Some((network, stage)) = chosen() else { return };
    STATE.with_borrow_mut(|state| state.value = None);
    fill("data-reach", "");
    say(&working(&network.name, language()));
    let stages = Array::of1(&stage.as_str().into());
    let answer = ask("capture", &network, Some(("stages", stages.into()))).await;
    if is_over(turn) {
        return;
    }
    let Captured { seen, size, numbers } = match answer.and_then(|answer| Captured::of(&answer)) {
        Ok(captured) => captured,
        Err(error) => return say(&interface::message(&error)),
    };
    say("");
    let (height, width, channels) = size;
    STATE.with_borrow_mut(|state| {
        let ranked = picture::ranked(&numbers, channels);
        let drawn = |number: usize| picture::grey(&picture::channel(&numbers, channels, number));
        for channel in ranked.iter().take(page::MOST_CHANNELS) {
            state
                .pictures
                .insert(format!("channel-{}", channel.number), ((height, width), drawn(channel.number)));
        }
        let channel = ranked.first().map_or(0, |channel| channel.number);
        state.value = Some(Value { size, numbers, seen, channel });
    });
    draw_value();
}

/// The network and the module that are chosen.
fn chosen() -> Option<(Shown, String)> {
    STATE.with_borrow(|state| {
        Some((state.networks.get(state.network)?.clone(), state.stage.clone()))
            .filter(|(_, stage)| !stage.is_empty())
    })
}

fn draw_value() {
    let drawn = STATE.with_borrow_mut(|state| {
        let (value, photo) = (state.value.as_ref()?, state.photo.as_ref()?);
        let (height, width, channels) = value.size;
        let about = page::about(value.size, state.language);
        if height * width <= 1 {
            return Some((about, page::bars(&value.numbers, state.language)));
        }
        let ranked = picture::ranked(&value.numbers, channels);
        let html = page::channels(photo, value.seen, (height, width), &ranked, value.channel, state.language);
        let large = picture::signed(&picture::channel(&value.numbers, channels, value.channel));
        state.pictures.insert("large".to_owned(), ((height, width), large));
        Some((about, html))
    });
    let Some((about, html)) = drawn else { return };
    fill("data-about", &about);
    fill("data-value", &html);
    draw();
}

/// Asks what the middle of the chosen module's value depends on.
async fn field(turn: u32) {
    let Some((network, stage)) = chosen() else { return };
    say(&working(&network.name, language()));
    let answer = ask("receptiveField", &network, Some(("stage", stage.into()))).await;
    if is_over(turn) {
        return;
    }
    let captured = answer.and_then(|answer| Captured::of(&answer));
    let Captured { seen, size: (height, width, _), numbers } = match captured {
        Ok(captured) => captured,
        Err(error) => return say(&interface::message(&error)),
    };
    say("");
    let html = STATE.with_borrow_mut(|state| {
        let extent = picture::extent(&numbers, (height, width), MOST_OF_A_FIELD);
        state.pictures.insert("field".to_owned(), ((height, width), picture::strengths(&numbers)));
        let photo = state.photo.clone().unwrap_or_default();
        page::field(&photo, seen, (height, width), extent, state.language)
    });
    fill("data-reach", &html);
    draw();
}

/// Draws every picture into its canvas.
fn draw() {
    let Some(root) = STATE.with_borrow(|state| state.root.clone()) else { return };
    for canvas in all::<HtmlCanvasElement>(&root, "canvas[data-drawn]") {
        let name = canvas.get_attribute("data-drawn").unwrap_or_default();
        STATE.with_borrow(|state| {
            if let Some((size, pixels)) = state.pictures.get(&name) {
                paint(&canvas, *size, pixels);
            }
        });
    }
}

fn paint(canvas: &HtmlCanvasElement, (height, width): (usize, usize), pixels: &[u8]) {
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let data = ImageData::new_with_u8_clamped_array_and_sh(
        wasm_bindgen::Clamped(pixels),
        width as u32,
        height as u32,
    );
    let context = canvas.get_context("2d").ok().flatten();
    let context = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok());
    if let (Ok(data), Some(context)) = (data, context) {
        // A canvas of this very size takes them.
        let _ = context.put_image_data(&data, 0.0, 0.0);
    }
}
