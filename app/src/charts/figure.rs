//! A chart's card: heading, a menu with the table and the files of both, and what the numbers mean.

use leptos::html::{Details, Div};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Node};
use worker::javascript::describe;

use super::drawing::Drawing;
use super::{Surroundings, Table};
use common::files::{download, download_blob};

/// What a chart can be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FigureFormat {
    Svg,
    Png,
    Csv,
}

impl FigureFormat {
    const ALL: [Self; 3] = [Self::Svg, Self::Png, Self::Csv];

    /// Its name, the same in every language, and the end of the file's name.
    fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Svg => ("SVG", "svg"),
            Self::Png => ("PNG", "png"),
            Self::Csv => ("CSV", "csv"),
        }
    }
}

/// A chart with its table twin and its files.
#[component]
pub(crate) fn Figure(
    /// Stable name, for files and tests.
    name: &'static str,
    /// What is shown, units included.
    #[prop(into)]
    title: Signal<String>,
    /// How the numbers came about.
    #[prop(into)]
    note: Signal<String>,
    /// The exact numbers.
    #[prop(into)]
    table: Signal<Table>,
    /// An SVG of class `chart`, or a table.
    #[prop(into)]
    picture: ViewFn,
    /// Whether the picture is a table itself, which needs no twin.
    #[prop(optional)]
    is_table: bool,
    /// Between heading and chart.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let page = Surroundings::of_page();
    let as_table = RwSignal::new(false);
    let place = NodeRef::<Div>::new();
    let menu = NodeRef::<Details>::new();
    let close = move || {
        if let Some(menu) = menu.get_untracked() {
            menu.set_open(false);
        }
    };
    let twin = (!is_table).then(|| {
        view! {
            <button
                type="button"
                class="quiet"
                aria-pressed=move || as_table.get().to_string()
                on:click=move |_| as_table.update(|on| *on = !*on)
            >
                {move || if as_table.get() { page.as_chart.get() } else { page.as_table.get() }}
            </button>
        }
    });
    let write = move |file: FigureFormat| {
        let (_, extension) = file.name();
        let file_name = format!("mobilenet-lab-{name}.{extension}");
        if file == FigureFormat::Csv {
            return download(&file_name, "text/csv", &table.get_untracked().to_csv());
        }
        let lines = [note.get_untracked()].into_iter().chain(page.origin.run(())).collect();
        let Some(place) = place.get_untracked() else { return };
        spawn_local(async move {
            if let Err(error) = save(&place, &title.get_untracked(), lines, file, &file_name).await {
                page.on_failure.run((title.get_untracked(), describe(&error)));
            }
        });
    };
    let files = FigureFormat::ALL.map(|file| {
        let (text, extension) = file.name();
        let label = move || page.export_label.run((title.get(), text));
        view! {
            <button
                type="button"
                class="quiet"
                data-testid=format!("{name}-{extension}")
                aria-label=label
                on:click=move |_| write(file)
            >
                {text}
            </button>
        }
    });
    view! {
        <figure class="card figure" data-testid=format!("figure-{name}")>
            <figcaption class="figure-head">
                <h3>{title}</h3>
                <details
                    class="menu"
                    data-testid=format!("{name}-menu")
                    node_ref=menu
                    on:click=move |event| {
                        if event_target::<Element>(&event).closest(".menu-items").is_ok_and(|item| item.is_some()) {
                            close();
                        }
                    }
                    on:keydown=move |event| {
                        if event.key() == "Escape" {
                            close();
                        }
                    }
                    on:focusout=move |event| {
                        let inside = event.related_target().and_then(|to| to.dyn_into::<Node>().ok());
                        let is_inside = |menu: web_sys::HtmlDetailsElement| menu.contains(inside.as_ref());
                        if inside.is_some() && !menu.get_untracked().is_some_and(is_inside) {
                            close();
                        }
                    }
                >
                    <summary aria-label=move || page.menu_label.run(title.get())>"⋯"</summary>
                    <div class="menu-items">{twin} {files}</div>
                </details>
            </figcaption>
            {children.map(|children| children())}
            <div class="picture" node_ref=place>
                {move || {
                    if as_table.get() {
                        view! { <Twin title=title table=table /> }.into_any()
                    } else {
                        picture.run().into_any()
                    }
                }}
            </div>
            <p class="note">{note}</p>
        </figure>
    }
}

/// Hands what `place` shows to the browser's downloads.
async fn save(
    place: &web_sys::Element,
    title: &str,
    lines: Vec<String>,
    file: FigureFormat,
    file_name: &str,
) -> Result<(), JsValue> {
    let drawing = Drawing::of(place, title, &lines)?;
    match file {
        FigureFormat::Png => download_blob(file_name, &drawing.png().await?),
        FigureFormat::Svg | FigureFormat::Csv => download(file_name, Drawing::KIND, drawing.svg()),
    }
    Ok(())
}

/// The exact numbers.
#[component]
fn Twin(
    /// What is shown.
    title: Signal<String>,
    /// The numbers.
    table: Signal<Table>,
) -> impl IntoView {
    let headings = move || {
        let headings = table.get().headings.into_iter();
        headings.map(|heading| view! { <th scope="col">{heading}</th> }).collect::<Vec<_>>()
    };
    let row = |cells: Vec<String>| {
        let mut cells = cells.into_iter();
        view! {
            <tr>
                <th scope="row">{cells.next()}</th>
                {cells.map(|cell| view! { <td>{cell}</td> }).collect::<Vec<_>>()}
            </tr>
        }
    };
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label=title>
            <table>
                <caption class="visually-hidden">{title}</caption>
                <thead>
                    <tr>{headings}</tr>
                </thead>
                <tbody>{move || table.get().rows.into_iter().map(row).collect::<Vec<_>>()}</tbody>
            </table>
        </div>
    }
}
