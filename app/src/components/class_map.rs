//! What every pixel is, over the photo, from networks that label pixels.

use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};
use worker::protocol::{ClassMap, Prediction};

use super::select::{Group, Select};
use crate::format;
use crate::state::{Lab, Run, run_key, use_lab};
use crate::strings::{class_name, fill};

/// The colours in which Cityscapes shows its classes (Cordts 2016, `labels.py`), and black for everything else.
const CITYSCAPES: [[u8; 3]; 20] = [
    [128, 64, 128],
    [244, 35, 232],
    [70, 70, 70],
    [102, 102, 156],
    [190, 153, 153],
    [153, 153, 153],
    [250, 170, 30],
    [220, 220, 0],
    [107, 142, 35],
    [152, 251, 152],
    [70, 130, 180],
    [220, 20, 60],
    [255, 0, 0],
    [0, 0, 142],
    [0, 0, 70],
    [0, 60, 100],
    [0, 80, 100],
    [0, 0, 230],
    [119, 11, 32],
    [0, 0, 0],
];

/// The label set that has those colours.
const CITYSCAPES_LABELS: &str = "cityscapes20";

/// The colour of a class; without a convention, neighbours in number are far apart in hue.
fn colour(class: u8, is_cityscapes: bool) -> [u8; 3] {
    if let Some(colour) = CITYSCAPES.get(usize::from(class)).filter(|_| is_cityscapes) {
        return *colour;
    }
    // The golden angle.
    let hue = f64::from(class) * 137.508 % 360.0 / 60.0;
    let value = [0.9, 0.7, 0.55][usize::from(class) % 3];
    let channel = |shift: f64| {
        let k = (shift + hue) % 6.0;
        (255.0 * (value - 0.75 * value * k.min(4.0 - k).clamp(0.0, 1.0))) as u8
    };
    [5.0, 3.0, 1.0].map(channel)
}

/// A map over the selected photo, as a network of the board sees it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shown {
    /// The network's name.
    name: String,
    prediction: Prediction,
    /// Left, top, width and height, as shares of the photo's.
    place: [f64; 4],
    is_cityscapes: bool,
}

/// The maps of the selected photo, in the order of the board; reactive.
pub(super) fn maps(lab: Lab) -> Vec<Shown> {
    let Some(photo) = lab.photos.selected() else { return Vec::new() };
    let of_column = |config: &crate::state::ColumnConfig| {
        let Some(Run::Done(prediction)) = lab.runs.get(&run_key(photo.info.id, config)) else { return None };
        prediction.map.as_ref()?;
        let info = lab.checkpoints.get(&prediction.checkpoint)?;
        let size = (photo.info.height, photo.info.width);
        Some(Shown {
            name: lab.name(config),
            place: engine::preprocess::seen(size, &info.preprocess, prediction.resolution),
            is_cityscapes: info.labels == CITYSCAPES_LABELS,
            prediction,
        })
    };
    lab.board.columns().iter().filter_map(|column| of_column(&column.config)).collect()
}

/// The picture of a map, placed over the photo.
#[component]
pub(super) fn ClassMapLayer(
    /// What is shown.
    shown: Signal<Option<Shown>>,
    /// How much of the photo it hides, 0..1.
    opacity: Signal<f64>,
) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    Effect::new(move || {
        let (Some(canvas), Some(shown)) = (canvas.get(), shown.get()) else { return };
        if let Some(map) = &shown.prediction.map {
            // A canvas that cannot be had shows nothing; the legend says the rest.
            let _ = draw(&canvas, map, shown.is_cityscapes);
        }
    });
    let style = move || {
        let [left, top, width, height] =
            shown.get().map_or([0.0; 4], |shown| shown.place.map(|share| 100.0 * share));
        format!(
            "left: {left:.3}%; top: {top:.3}%; width: {width:.3}%; height: {height:.3}%; opacity: {:.2}",
            opacity.get()
        )
    };
    view! {
        <canvas
            class="class-map"
            node_ref=canvas
            style=style
            hidden=move || shown.with(Option::is_none)
            aria-hidden="true"
            data-testid="class-map"
        ></canvas>
    }
}

fn draw(canvas: &HtmlCanvasElement, map: &ClassMap, is_cityscapes: bool) -> Result<(), JsValue> {
    let (height, width) = map.size;
    canvas.set_width(width);
    canvas.set_height(height);
    let pixels: Vec<u8> = map
        .classes
        .iter()
        .flat_map(|class| {
            let [red, green, blue] = colour(*class, is_cityscapes);
            [red, green, blue, 255]
        })
        .collect();
    let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&pixels), width, height)?;
    let context = canvas.get_context("2d")?.ok_or("no canvas")?;
    context.dyn_into::<CanvasRenderingContext2d>()?.put_image_data(&image, 0.0, 0.0)
}

/// Which map is shown, how strongly, and what its colours mean.
#[component]
pub(super) fn ClassMapLegend(
    /// Every map of the photo.
    maps: Memo<Vec<Shown>>,
    /// The position of the one that is shown.
    position: RwSignal<usize>,
    /// How much of the photo it hides, 0..1.
    opacity: RwSignal<f64>,
) -> impl IntoView {
    let lab = use_lab();
    let choices = Signal::derive(move || {
        let names = maps.get().into_iter().enumerate().map(|(i, map)| (i.to_string(), map.name));
        Group::plain(names.collect::<Vec<_>>())
    });
    let several = move || {
        (maps.with(Vec::len) > 1).then(|| {
            view! {
                <Select
                    label=lab.label(|s| s.board.network)
                    groups=choices
                    value=Signal::derive(move || position.get().to_string())
                    on_change=Callback::new(move |chosen: String| position.set(chosen.parse().unwrap_or(0)))
                    testid="class-map-network"
                />
            }
        })
    };
    let legend = move || {
        let shown = maps.with(|maps| maps.get(position.get().min(maps.len().saturating_sub(1))).cloned())?;
        let map = shown.prediction.map.as_ref()?;
        let (height, width) = map.size;
        let pixels = f64::from(height) * f64::from(width);
        let each = format!("{:.0}", shown.prediction.run_ms * 1e6 / pixels);
        let size = format::size(map.size);
        let facts = fill(lab.strings().photos.map_facts, &[("size", &size), ("each", &each)]);
        let rows: Vec<_> = shown
            .prediction
            .top
            .iter()
            .map(|class| {
                let [red, green, blue] = colour(class.index as u8, shown.is_cityscapes);
                view! {
                    <li>
                        <span
                            class="swatch"
                            style=format!("background: rgb({red} {green} {blue})")
                            aria-hidden="true"
                        ></span>
                        <span class="label">{class_name(lab.language(), class)}</span>
                        <span class="share">{format::percent(class.probability)}</span>
                    </li>
                }
            })
            .collect();
        Some(view! {
            <ul class="map-legend">{rows}</ul>
            <small>{facts}</small>
        })
    };
    view! {
        <div class="map-controls" data-testid="map-legend">
            {several}
            <label class="slider">
                <span>{lab.t(|s| s.photos.map_opacity)}</span>
                <input
                    type="range"
                    min="0"
                    max="100"
                    step="5"
                    prop:value=move || (100.0 * opacity.get()).round().to_string()
                    data-testid="map-opacity"
                    on:input:target=move |event| {
                        opacity.set(event.target().value().parse::<f64>().unwrap_or(60.0) / 100.0);
                    }
                />
            </label>
            {legend}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn classes_have_colours_of_their_own() {
        assert_eq!(CITYSCAPES.iter().collect::<BTreeSet<_>>().len(), CITYSCAPES.len());
        let free: BTreeSet<_> = (0..40).map(|class| colour(class, false)).collect();
        assert_eq!(free.len(), 40);
        assert_eq!(colour(0, true), [128, 64, 128]);
    }
}
