//! The page of hyperspectral images: a cube, a network for it, and the classes of its pixels.

use cube::{Scores, class_colour};
use engine::spec::Variant;
use leptos::prelude::*;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, ImageData};
use worker::protocol::CheckpointInfo;

use super::file_button::FileButton;
use super::learn::{Explained, Term};
use super::prediction_list::backend_and_threads;
use super::progress_bar::ProgressBar;
use super::select::{Group, Select};
use crate::format;
use crate::model_costs::costs;
use crate::state::{ClassMap, Cube, Lab, Scope, Step, class_at, readers, use_lab, weights_name};
use crate::strings::{Strings, fill, problem_text};

/// The page.
pub(crate) fn page() -> AnyView {
    view! { <Cubes /> }.into_any()
}

#[component]
fn Cubes() -> impl IntoView {
    let lab = use_lab();
    let cube = Memo::new(move |_| lab.cubes.cube());
    view! {
        <section class="cubes" aria-labelledby="cubes-title" data-testid="cubes">
            <div class="section-head">
                <div>
                    <h2 id="cubes-title">{lab.t(|s| s.cubes.title)}</h2>
                    <p>
                        {lab.t(|s| s.cubes.hint)} " "
                        <Explained term=Term::Bands what=lab.label(|s| s.header.cubes) />
                    </p>
                </div>
                <div class="buttons">
                    <FileButton text=file_text(lab) accept=".npy,.mat,.safetensors,.pth,.pt" class="primary" testid="cube-input" />
                    <Show when=move || lab.cubes.is_open()>
                        <button
                            type="button"
                            class="quiet"
                            data-testid="close-cube"
                            on:click=move |_| lab.close_cube()
                        >
                            {lab.t(|s| s.cubes.close)}
                        </button>
                    </Show>
                </div>
            </div>
            {move || match cube.get() {
                None => {
                    view! { <p class="card placeholder" data-testid="no-cube">{lab.t(|s| s.cubes.drop)}</p> }.into_any()
                }
                Some(cube) => {
                    view! {
                        <Controls />
                        <div class="cube-pictures">
                            <FalseColours cube=cube.clone() />
                            <Map cube=cube />
                            <KnownClasses />
                        </div>
                        <Accuracy />
                        <Legend />
                    }
                        .into_any()
                }
            }}
        </section>
    }
}

fn file_text(lab: Lab) -> Signal<String> {
    Signal::derive(move || {
        let texts = &lab.strings().cubes;
        if lab.cubes.is_open() { texts.add } else { texts.choose }.to_owned()
    })
}

/// The network, its weights, the pixels, and the button that classifies them.
#[component]
fn Controls() -> impl IntoView {
    let lab = use_lab();
    let channels = move || lab.cubes.network().map(|network| network.model.channels);
    let counts = Signal::derive(|| {
        let mut counts: Vec<u32> = readers().iter().map(|network| network.model.channels).collect();
        counts.sort_unstable();
        counts.dedup();
        let option = |count: u32| (count.to_string(), count.to_string());
        Group::plain(counts.into_iter().map(option).collect::<Vec<_>>())
    });
    let networks = Signal::derive(move || {
        let channels = channels();
        let fitting = readers().into_iter().filter(|network| Some(network.model.channels) == channels);
        let option = |network: Variant| {
            let classes = network.classes.to_string();
            let values = [("name", &*network.model.title), ("classes", &*classes)];
            (network.id(), fill(lab.strings().cubes.network_of, &values))
        };
        Group::plain(fitting.map(option).collect::<Vec<_>>())
    });
    let weights = Signal::derive(move || {
        let named = |info: CheckpointInfo| {
            let name = weights_name(&info.id, &info.model).to_owned();
            (info.id, name)
        };
        let ids = lab.cube_checkpoints().into_iter().map(named);
        Group::plain(ids.collect::<Vec<_>>())
    });
    let scopes = Signal::derive(move || {
        let texts = &lab.strings().cubes;
        let known =
            lab.cubes.truth().map_or(0, |truth| truth.classes.iter().filter(|class| **class > 0).count());
        let all = lab.cubes.cube().map_or(0, |cube| cube.pixels());
        let text = |scope| match scope {
            Scope::All => (texts.scope_all, all),
            Scope::Known => (texts.scope_known, known),
        };
        Group::plain(Scope::ALL.map(|scope| {
            let (text, count) = text(scope);
            (scope.name().to_owned(), fill(text, &[("count", &format::exact(count as u64))]))
        }))
    });
    let has_networks = Memo::new(move |_| lab.cubes.network().is_some());
    let has_weights = Memo::new(move |_| !lab.cube_checkpoints().is_empty());
    let knows_classes = Memo::new(move |_| lab.cubes.truth().is_some());
    let choose_components = move |count: String| {
        let found = untrack(readers).into_iter().find(|network| network.model.channels.to_string() == count);
        if let Some(network) = found {
            lab.cubes.set_network(network.id());
        }
    };
    let nothing = move || {
        let texts = &lab.strings().cubes;
        match lab.cubes.network() {
            None => Some(texts.no_network.to_owned()),
            Some(_) if has_weights.get() => None,
            Some(network) => Some(fill(texts.no_weights, &[("name", &network.model.title)])),
        }
    };
    view! {
        <div class="card cube-controls">
            <Show when=move || has_networks.get()>
                <div class="layer-controls">
                    <Select
                        label=lab.label(|s| s.cubes.components)
                        groups=counts
                        value=Signal::derive(move || channels().unwrap_or_default().to_string())
                        on_change=Callback::new(choose_components)
                        testid="cube-components"
                    />
                    <Select
                        label=lab.label(|s| s.cubes.network)
                        groups=networks
                        value=Signal::derive(move || lab.cubes.network().map(|one| one.id()).unwrap_or_default())
                        on_change=Callback::new(move |id| lab.cubes.set_network(id))
                        testid="cube-network"
                    />
                    <Show when=move || has_weights.get()>
                        <Select
                            label=lab.label(|s| s.cubes.weights)
                            groups=weights
                            value=Signal::derive(move || {
                                lab.cube_config().and_then(|config| Some(config.checkpoint()?.to_owned())).unwrap_or_default()
                            })
                            on_change=Callback::new(move |id| lab.cubes.set_checkpoint(id))
                            testid="cube-weights"
                        />
                    </Show>
                    <Show when=move || knows_classes.get()>
                        <Select
                            label=lab.label(|s| s.cubes.scope)
                            groups=scopes
                            value=Signal::derive(move || lab.cubes.scope().name().to_owned())
                            on_change=Callback::new(move |name: String| {
                                if let Some(scope) = Scope::named(&name) {
                                    lab.cubes.set_scope(scope);
                                }
                            })
                            testid="cube-scope"
                        />
                    </Show>
                </div>
            </Show>
            <p class="note" data-testid="cube-cost">{move || cost(lab)}</p>
            {move || nothing().map(|text| view! { <p role="status" data-testid="cube-nothing">{text}</p> })}
            <Show when=move || has_weights.get()>
                <Start />
            </Show>
        </div>
    }
}

/// What the network reads, and what that takes.
fn cost(lab: Lab) -> Option<String> {
    let network = lab.cubes.network()?;
    let texts = &lab.strings().cubes;
    let macs = costs(&network.id(), network.resolution, network.classes)?.macs();
    let pixels = lab.pixels_in_scope() as u64;
    let components = network.model.channels.to_string();
    let cost = fill(
        texts.cost,
        &[
            ("name", &network.model.title),
            ("size", &format::size(network.resolution)),
            ("components", &components),
            ("macs", &format::count(macs)),
            ("count", &format::exact(pixels)),
            ("total", &format::count(macs.saturating_mul(pixels))),
        ],
    );
    let note = fill(texts.pca_note, &[("components", &components)]);
    let share = lab.cubes.share(network.model.channels as usize).map(|share| {
        let percent = format!("{:.2}", 100.0 * share);
        fill(texts.share, &[("components", &components), ("percent", &percent)])
    });
    Some([Some(cost), share, Some(note)].into_iter().flatten().collect::<Vec<_>>().join(" "))
}

/// The button, and how far the work is.
#[component]
fn Start() -> impl IntoView {
    let lab = use_lab();
    let is_running = Memo::new(move |_| lab.cubes.now().is_some());
    let file = move || lab.cubes.cube().map(|cube| cube.file).unwrap_or_default();
    let text = Signal::derive(move || {
        let texts = &lab.strings().cubes;
        let text = match lab.cubes.now().map(|now| now.step) {
            Some(Step::Components(_)) => texts.finding,
            _ => texts.running,
        };
        fill(text, &[("file", &file())])
    });
    let count = Signal::derive(move || match lab.cubes.now().map(|now| now.step) {
        Some(Step::Pixels { done, total }) => {
            let [done, total] = [done, total].map(|count| format::exact(count as u64));
            fill(lab.strings().cubes.progress, &[("done", &done), ("total", &total)])
        }
        _ => String::new(),
    });
    let fraction = Signal::derive(move || {
        Some(match lab.cubes.now()?.step {
            Step::Components(share) => share,
            Step::Pixels { done, total } => done as f64 / total.max(1) as f64,
        })
    });
    let label = move || {
        let texts = &lab.strings().cubes;
        if lab.can_continue_map() { texts.go_on } else { texts.start }
    };
    move || {
        if is_running.get() {
            view! {
                <ProgressBar
                    text=text
                    count=Some(count)
                    fraction=fraction
                    on_cancel=Callback::new(move |()| lab.stop_map())
                />
            }
            .into_any()
        } else {
            view! {
                <div>
                    <button
                        type="button"
                        class="primary"
                        data-testid="classify-cube"
                        disabled=move || !lab.engine.is_ready() || lab.map_is_whole()
                        on:click=move |_| lab.start_map()
                    >
                        {label}
                    </button>
                </div>
            }
            .into_any()
        }
    }
}

/// The cube in false colours.
#[component]
fn FalseColours(
    /// The cube.
    cube: Cube,
) -> impl IntoView {
    let lab = use_lab();
    let (info, picture) = (cube.info, cube.picture);
    let title = cube.file.clone();
    let facts = {
        let info = info.clone();
        move || {
            let texts = &lab.strings().cubes;
            let side = |side: u32| side.to_string();
            let facts = fill(
                texts.facts,
                &[
                    ("height", &side(info.height)),
                    ("width", &side(info.width)),
                    ("bands", &side(info.bands)),
                    ("numbers", info.numbers.name()),
                ],
            );
            let name = info.name.as_ref().map(|name| fill(texts.variable, &[("name", name)]));
            std::iter::once(facts).chain(name).collect::<Vec<_>>().join(" · ")
        }
    };
    let shown = {
        let shown = info.shown.clone();
        move || {
            let texts = &lab.strings().cubes;
            let [red, green, blue] = shown.bands.map(|band| band.to_string());
            let bands = [("red", red.as_str()), ("green", &green), ("blue", &blue)];
            match (&shown.sensor, shown.wavelengths) {
                (Some(sensor), Some(wavelengths)) => {
                    let [red, green, blue] = wavelengths.map(|nm| nm.to_string());
                    let nm = [("nm_red", red.as_str()), ("nm_green", &green), ("nm_blue", &blue)];
                    let values = [&bands[..], &nm, &[("sensor", sensor)]].concat();
                    fill(texts.by_sensor, &values)
                }
                _ => fill(texts.by_quarters, &bands),
            }
        }
    };
    let rgba = Signal::derive(move || {
        picture.chunks_exact(3).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255]).collect::<Vec<u8>>()
    });
    let alt = Signal::derive(move || fill(lab.strings().cubes.picture, &[("file", &title)]));
    view! {
        <figure class="card">
            <Raster size=(info.height, info.width) rgba=rgba alt=alt testid="cube-picture" />
            <figcaption>
                <strong>{alt}</strong>
                <small data-testid="cube-facts">{facts}</small>
                <small>{shown}</small>
            </figcaption>
        </figure>
    }
}

/// The classes that the network has found, if it has been run.
#[component]
fn Map(
    /// The cube.
    cube: Cube,
) -> impl IntoView {
    let lab = use_lab();
    let is_there = Memo::new(move |_| lab.cubes.map().is_some());
    let size = (cube.info.height, cube.info.width);
    let file = cube.file;
    move || {
        let file = file.clone();
        is_there.get().then(|| {
            let rgba = Signal::derive(move || {
                lab.cubes.map().map(|map| painted(lab, &map, size)).unwrap_or_default()
            });
            let alt = Signal::derive(move || fill(lab.strings().cubes.map, &[("file", &file)]));
            let coarse = move || {
                let is_coarse = lab.cubes.scope() == Scope::All && lab.pixels_left() > 0;
                is_coarse.then(|| view! { <small>{lab.t(|s| s.cubes.map_coarse)}</small> })
            };
            view! {
                <figure class="card">
                    <Raster size=size rgba=rgba alt=alt testid="cube-map" />
                    <figcaption>
                        <strong>{alt}</strong>
                        <small data-testid="cube-ran">{move || ran(lab)}</small>
                        {coarse}
                    </figcaption>
                </figure>
            }
        })
    }
}

/// A class map's pixels in their classes' colours.
fn painted(lab: Lab, map: &ClassMap, (_, width): (u32, u32)) -> Vec<u8> {
    let scope = lab.cubes.scope();
    let colour = |pixel| opaque(class_at(&map.classes, width as usize, pixel, scope));
    (0..map.classes.len()).flat_map(colour).collect()
}

/// A class's colour; nothing where there is none.
fn opaque(class: u16) -> [u8; 4] {
    let [red, green, blue] = class_colour(class);
    [red, green, blue, if class > 0 { 255 } else { 0 }]
}

/// Means of many runs are shown no finer.
const FINEST_MS: f64 = 1e-3;

/// What ran on how many pixels, and why it was not something else.
fn ran(lab: Lab) -> Option<String> {
    let map = lab.cubes.map()?;
    let strings = lab.strings();
    let ran = map.ran.as_ref()?;
    let line = fill(
        strings.cubes.map_by,
        &[
            ("name", map.checkpoint().map_or("", |id| weights_name(id, &map.config.model))),
            ("done", &format::exact(map.done as u64)),
            ("total", &format::exact(map.classes.len() as u64)),
            ("backend", &backend_and_threads(strings, ran.backend, ran.threads)),
            ("ms", &format::milliseconds(ran.run_ms / map.done.max(1) as f64, FINEST_MS)),
        ],
    );
    let why = ran.fallback.as_ref().map(|problem| problem_text(lab.language(), problem));
    Some(std::iter::once(line).chain(why).collect::<Vec<_>>().join(" · "))
}

/// The classes as they are known, or what there is to gain from them.
#[component]
fn KnownClasses() -> impl IntoView {
    let lab = use_lab();
    let truth = Memo::new(move |_| lab.cubes.truth());
    move || {
        let Some(size) = lab.cubes.cube().map(|cube| (cube.info.height, cube.info.width)) else {
            return ().into_any();
        };
        match truth.get() {
            None => view! { <p class="card placeholder" data-testid="no-truth">{lab.t(|s| s.cubes.truth_add)}</p> }.into_any(),
            Some(truth) => {
                let file = truth.file.clone();
                let alt = Signal::derive(move || fill(lab.strings().cubes.truth, &[("file", &file)]));
                let rgba = Signal::derive(move || truth.classes.iter().flat_map(|class| opaque(*class)).collect());
                view! {
                    <figure class="card">
                        <Raster size=size rgba=rgba alt=alt testid="cube-truth" />
                        <figcaption>
                            <strong>{alt}</strong>
                            <button
                                type="button"
                                class="quiet"
                                data-testid="remove-truth"
                                on:click=move |_| lab.remove_truth()
                            >
                                {lab.t(|s| s.cubes.truth_remove)}
                            </button>
                        </figcaption>
                    </figure>
                }
                .into_any()
            }
        }
    }
}

/// How often the classes are right.
#[component]
fn Accuracy() -> impl IntoView {
    let lab = use_lab();
    move || {
        let Scores { pixels, overall, average, kappa, .. } = lab.cubes.scores()?;
        let texts = &lab.strings().cubes;
        let percent = |share: f64| format!("{:.2} %", 100.0 * share);
        let kappa = kappa.map_or_else(|| "–".to_owned(), |kappa| format!("{kappa:.4}"));
        let rows = [
            (texts.overall, percent(overall), texts.overall_note, "cube-overall"),
            (texts.average, percent(average), texts.average_note, "cube-average"),
            (texts.kappa, kappa, texts.kappa_note, "cube-kappa"),
        ];
        let rows = rows.map(|(name, value, note, testid)| {
            view! {
                <div>
                    <dt>{name}</dt>
                    <dd data-testid=testid>{value}</dd>
                    <dd class="note">{note}</dd>
                </div>
            }
        });
        Some(view! {
            <div class="card cube-scores" data-testid="cube-scores">
                <dl>{rows}</dl>
                <p class="note">{fill(texts.scores_note, &[("count", &format::exact(pixels.into()))])}</p>
            </div>
        })
    }
}

/// The classes with their colours, and how many pixels each has.
#[component]
fn Legend() -> impl IntoView {
    let lab = use_lab();
    move || {
        let strings: &'static Strings = lab.strings();
        let texts = &strings.cubes;
        let truth = lab.cubes.truth();
        let found = lab.cubes.map().map(|map| map.counts());
        let mut classes: Vec<u16> = found.iter().flatten().map(|(class, _)| *class).collect();
        classes.extend(truth.iter().flat_map(|truth| truth.classes.iter()).filter(|class| **class > 0));
        classes.sort_unstable();
        classes.dedup();
        if classes.is_empty() {
            return None;
        }
        let scores = lab.cubes.scores();
        let row = |class: u16| {
            let [red, green, blue] = class_colour(class);
            let count =
                found.iter().flatten().find(|(other, _)| *other == class).map_or(0, |(_, count)| *count);
            let score = scores.iter().flat_map(|scores| &scores.classes).find(|score| score.class == class);
            let known = score.map(|score| format::exact(score.pixels.into()));
            let right = score.map(|score| format::exact(score.right.into()));
            let share = score.map(|score| format::percent(score.right as f32 / score.pixels as f32));
            view! {
                <tr>
                    <th scope="row">
                        <span class="swatch" style=format!("background: rgb({red} {green} {blue})") aria-hidden="true"></span>
                        {fill(texts.class, &[("number", &class.to_string())])}
                    </th>
                    <td>{format::exact(count as u64)}</td>
                    <td>{known}</td>
                    <td>{right}</td>
                    <td>{share}</td>
                </tr>
            }
        };
        let headings = [texts.legend, texts.found, texts.known, texts.right, texts.right_share];
        Some(view! {
            <div class="card scroll-x" tabindex="0" role="region" aria-label=texts.legend data-testid="cube-legend">
                <table>
                    <thead>
                        <tr>{headings.map(|heading| view! { <th scope="col">{heading}</th> })}</tr>
                    </thead>
                    <tbody>{classes.into_iter().map(row).collect::<Vec<_>>()}</tbody>
                </table>
            </div>
        })
    }
}

/// A picture of single pixels.
#[component]
fn Raster(
    /// Rows and columns.
    size: (u32, u32),
    /// Four bytes a pixel.
    rgba: Signal<Vec<u8>>,
    /// What it shows.
    #[prop(into)]
    alt: Signal<String>,
    testid: &'static str,
) -> impl IntoView {
    let canvas = NodeRef::<leptos::html::Canvas>::new();
    let (height, width) = size;
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        rgba.with(|rgba| {
            // Nothing is drawn in browsers that refuse it.
            let Ok(Some(context)) = canvas.get_context("2d") else { return };
            let context: CanvasRenderingContext2d = context.unchecked_into();
            if let Ok(data) = ImageData::new_with_u8_clamped_array_and_sh(Clamped(rgba), width, height) {
                let _ = context.put_image_data(&data, 0.0, 0.0);
            }
        });
    });
    view! {
        <canvas
            node_ref=canvas
            class="raster"
            width=width
            height=height
            role="img"
            aria-label=alt
            data-testid=testid
        ></canvas>
    }
}
