//! What a network's count depends on: switches, what each adds, and the figures that are in circulation.

use engine::graph::receipt::{BatchNormCount, Convention, Facts, Item, KNOWN, Known, PoolingCount, Unit};
use leptos::prelude::*;

use super::select::{Group, Select};
use crate::format;
use crate::state::{ColumnConfig, Lab, use_lab};
use crate::strings::{Strings, fill};

/// Classes of the networks that [`KNOWN`] is about.
const KNOWN_CLASSES: u32 = 1000;

/// A switch: its stable name, its label, and its place in a convention.
struct Switch {
    name: &'static str,
    label: fn(&'static Strings) -> &'static str,
    get: fn(&Convention) -> bool,
    set: fn(&mut Convention, bool),
}

const SWITCHES: [Switch; 8] = [
    Switch {
        name: "squeeze-excite",
        label: |s| s.receipt.squeeze_excite,
        get: |c| c.squeeze_excite,
        set: |c, on| c.squeeze_excite = on,
    },
    Switch {
        name: "attention",
        label: |s| s.receipt.attention,
        get: |c| c.attention,
        set: |c, on| c.attention = on,
    },
    Switch { name: "bias", label: |s| s.receipt.bias, get: |c| c.bias, set: |c, on| c.bias = on },
    Switch {
        name: "activations",
        label: |s| s.receipt.activations,
        get: |c| c.activations,
        set: |c, on| c.activations = on,
    },
    Switch {
        name: "squeeze-pooling",
        label: |s| s.receipt.squeeze_pooling,
        get: |c| c.squeeze_pooling,
        set: |c, on| c.squeeze_pooling = on,
    },
    Switch {
        name: "residuals",
        label: |s| s.receipt.residuals,
        get: |c| c.residuals,
        set: |c, on| c.residuals = on,
    },
    Switch {
        name: "layer-norm",
        label: |s| s.receipt.layer_norm,
        get: |c| c.layer_norm,
        set: |c, on| c.layer_norm = on,
    },
    Switch { name: "softmax", label: |s| s.receipt.softmax, get: |c| c.softmax, set: |c, on| c.softmax = on },
];

/// The receipt of one network.
#[component]
pub(crate) fn Receipt(
    /// The network.
    #[prop(into)]
    config: Signal<Option<ColumnConfig>>,
) -> impl IntoView {
    let lab = use_lab();
    let convention = RwSignal::new(Convention::CONV_LINEAR);
    let variant = Signal::derive(move || config.get().and_then(|config| lab.variant(&config)));
    let facts = Memo::new(move |_| {
        let graph = variant.get().and_then(|variant| variant.graph().ok());
        graph.map(|graph| graph.facts()).unwrap_or_default()
    });
    let title = move || {
        let name = config.get().map(|config| lab.name(&config)).unwrap_or_default();
        fill(lab.strings().receipt.title, &[("name", &name)])
    };
    let figures = move || {
        let variant = variant.get()?;
        let id = variant.id();
        let figure = |known: &'static Known| {
            let (side, classes) = (known.resolution, KNOWN_CLASSES);
            let graph = variant.clone().with_resolution(side, side).with_classes(classes).graph().ok()?;
            Some((known, graph.facts()))
        };
        let figures: Vec<_> = KNOWN.iter().filter(|known| known.model == id).filter_map(figure).collect();
        Some(if figures.is_empty() {
            view! { <p class="note">{lab.t(|s| s.receipt.no_figures)}</p> }.into_any()
        } else {
            figures_table(lab, figures, convention).into_any()
        })
    };
    let unit = choice(
        convention,
        "count-unit",
        |s| s.receipt.unit,
        [(Unit::Mac, "mac", |s| s.receipt.mac), (Unit::Flop, "flop", |s| s.receipt.flop)],
        |convention| &mut convention.unit,
    );
    let batch_norm = choice(
        convention,
        "count-batch-norm",
        |s| s.receipt.batch_norm,
        [
            (BatchNormCount::Folded, "0", |s| s.receipt.folded),
            (BatchNormCount::Two, "2", |s| s.receipt.two),
            (BatchNormCount::Four, "4", |s| s.receipt.four),
        ],
        |convention| &mut convention.batch_norm,
    );
    let pooling = choice(
        convention,
        "count-pooling",
        |s| s.receipt.pooling,
        [
            (PoolingCount::Nothing, "no", |s| s.receipt.not_counted),
            (PoolingCount::Additions, "additions", |s| s.receipt.additions),
            (PoolingCount::Means, "means", |s| s.receipt.means),
        ],
        |convention| &mut convention.pooling,
    );
    view! {
        <div class="card receipt" data-testid="receipt">
            <h3>{title}</h3>
            <p class="note">{lab.t(|s| s.receipt.note)}</p>
            <div class="receipt-parts">
                <fieldset>
                    <legend>{lab.t(|s| s.receipt.counted)}</legend>
                    {unit} {batch_norm} {pooling}
                    {SWITCHES
                        .iter()
                        .map(|switch| {
                            view! {
                                <label class="switch">
                                    <input
                                        type="checkbox"
                                        data-testid=format!("count-{}", switch.name)
                                        prop:checked=move || convention.with(switch.get)
                                        on:change:target=move |event| {
                                            let on = event.target().checked();
                                            convention.update(|convention| (switch.set)(convention, on));
                                        }
                                    />
                                    <span>{lab.t(switch.label)}</span>
                                </label>
                            }
                        })
                        .collect::<Vec<_>>()}
                </fieldset>
                <div>{move || lines(lab.strings(), &facts.get(), convention.get())}</div>
            </div>
            {figures}
        </div>
    }
}

/// A setting: its value, its stable name, and its text.
type Setting<T> = (T, &'static str, fn(&'static Strings) -> &'static str);

/// A choice of more than on and off; `part` is what it sets.
fn choice<T: Copy + PartialEq + Send + Sync + 'static, const N: usize>(
    convention: RwSignal<Convention>,
    testid: &'static str,
    label: fn(&'static Strings) -> &'static str,
    settings: [Setting<T>; N],
    part: fn(&mut Convention) -> &mut T,
) -> impl IntoView {
    let lab = use_lab();
    let groups = Signal::derive(move || {
        let option = |(_, name, text): Setting<T>| (name.to_owned(), text(lab.strings()).to_owned());
        Group::plain(settings.map(option))
    });
    let value = Signal::derive(move || {
        let now = *part(&mut convention.get());
        let chosen = settings.iter().find(|(value, ..)| *value == now);
        chosen.map_or("", |(_, name, _)| *name).to_owned()
    });
    let choose = Callback::new(move |chosen: String| {
        if let Some((value, ..)) = settings.iter().find(|(_, name, _)| *name == chosen) {
            convention.update(|convention| *part(convention) = *value);
        }
    });
    view! { <Select label=lab.label(label) groups=groups value=value on_change=choose testid=testid /> }
}

/// The receipt itself.
fn lines(strings: &'static Strings, facts: &Facts, convention: Convention) -> impl IntoView + use<> {
    let rows = convention.receipt(facts).into_iter().map(|line| {
        view! {
            <tr>
                <th scope="row">{item_name(strings, line.item)}</th>
                <td>{format::exact(line.operations)}</td>
            </tr>
        }
    });
    let unit = match convention.unit {
        Unit::Mac => strings.receipt.mac,
        Unit::Flop => strings.receipt.flop,
    };
    view! {
        <table>
            <caption class="visually-hidden">{strings.receipt.counted}</caption>
            <thead>
                <tr>
                    <th scope="col">{strings.receipt.item}</th>
                    <th scope="col">{unit}</th>
                </tr>
            </thead>
            <tbody>{rows.collect::<Vec<_>>()}</tbody>
            <tfoot aria-live="polite">
                <tr>
                    <th scope="row">{strings.charts.total}</th>
                    <td data-testid="receipt-total">{format::exact(convention.total(facts))}</td>
                </tr>
            </tfoot>
        </table>
    }
}

/// Published figures, each beside the count with these switches, and a button that sets the switches which reproduce it.
fn figures_table(
    lab: Lab,
    figures: Vec<(&'static Known, Facts)>,
    convention: RwSignal<Convention>,
) -> impl IntoView {
    let strings = lab.strings();
    let row = |(known, facts): (&'static Known, Facts)| {
        let figure = if known.step == 1 {
            format::exact(known.operations)
        } else {
            format!("{} M", known.operations / 1_000_000)
        };
        let source = strings.quoted(known.source);
        let counted = move || convention.get().total(&facts);
        let agrees = move || known.agrees_with(counted());
        let means = match known.convention {
            None => view! { <small>{strings.receipt.odd}</small> }.into_any(),
            Some(its_own) => view! {
                <button
                    type="button"
                    class="quiet"
                    aria-label=fill(strings.receipt.set_named, &[("source", source)])
                    on:click=move |_| convention.set(its_own)
                >
                    {strings.receipt.set}
                </button>
            }
            .into_any(),
        };
        view! {
            <tr data-testid="figure" data-agrees=move || agrees().to_string()>
                <th scope="row">{source}</th>
                <td>{known.resolution}</td>
                <td>{figure}</td>
                <td>{move || format::exact(counted())}</td>
                <td>{move || if agrees() { strings.receipt.agrees } else { "" }}</td>
                <td>{means}</td>
            </tr>
        }
    };
    let headings = [
        strings.receipt.source,
        strings.receipt.input,
        strings.receipt.figure,
        strings.receipt.now,
        strings.receipt.agreement,
        strings.receipt.switches,
    ]
    .map(|heading| view! { <th scope="col">{heading}</th> });
    view! {
        <h4>{strings.receipt.figures}</h4>
        <div class="scroll-x" tabindex="0" role="region" aria-label=strings.receipt.figures>
            <table>
                <caption class="visually-hidden">{strings.receipt.figures}</caption>
                <thead>
                    <tr>{headings}</tr>
                </thead>
                <tbody>{figures.into_iter().map(row).collect::<Vec<_>>()}</tbody>
            </table>
        </div>
    }
}

fn item_name(strings: &Strings, item: Item) -> &'static str {
    match item {
        Item::ConvLinear => strings.charts.conv_linear,
        Item::SqueezeExcite => strings.receipt.squeeze_excite,
        Item::Attention => strings.receipt.attention,
        Item::Bias => strings.receipt.bias,
        Item::BatchNorm => strings.receipt.batch_norm,
        Item::Activations => strings.receipt.activations,
        Item::Pooling => strings.receipt.pooling,
        Item::Residuals => strings.receipt.residuals,
        Item::LayerNorm => strings.receipt.layer_norm,
        Item::Softmax => strings.receipt.softmax,
    }
}
