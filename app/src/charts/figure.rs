//! A chart's card: heading, switch between picture and table, and what the numbers mean.

use leptos::prelude::*;

use super::{Bar, Bars};
use crate::state::use_lab;

/// A chart with its table twin.
#[component]
pub(crate) fn Figure(
    /// What is shown.
    #[prop(into)]
    title: Signal<String>,
    /// How the numbers came about.
    #[prop(into)]
    note: Signal<String>,
    /// One row each.
    #[prop(into)]
    bars: Signal<Vec<Bar>>,
    /// Headings of the table's columns after the first, units included.
    #[prop(into)]
    headings: Signal<Vec<String>>,
    /// A tick's text.
    tick: fn(f64) -> String,
    /// Stable name for tests, put on every row's label.
    #[prop(optional)]
    testid: Option<&'static str>,
    /// Between heading and chart.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let lab = use_lab();
    let as_table = RwSignal::new(false);
    let table = move || {
        view! {
            <div class="scroll-x" tabindex="0" role="region" aria-label=title>
                <table>
                    <caption class="visually-hidden">{title}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{lab.t(|s| s.network)}</th>
                            {headings
                                .get()
                                .into_iter()
                                .map(|heading| view! { <th scope="col">{heading}</th> })
                                .collect::<Vec<_>>()}
                        </tr>
                    </thead>
                    <tbody>
                        {bars
                            .get()
                            .into_iter()
                            .map(|bar| {
                                let cells = bar.cells.into_iter().map(|cell| view! { <td>{cell}</td> });
                                view! {
                                    <tr>
                                        <th scope="row">{bar.name}</th>
                                        {cells.collect::<Vec<_>>()}
                                    </tr>
                                }
                            })
                            .collect::<Vec<_>>()}
                    </tbody>
                </table>
            </div>
        }
    };
    view! {
        <figure class="card figure">
            <figcaption class="figure-head">
                <h3>{title}</h3>
                <button
                    type="button"
                    class="quiet"
                    aria-pressed=move || as_table.get().to_string()
                    on:click=move |_| as_table.update(|on| *on = !*on)
                >
                    {move || if as_table.get() { lab.strings().as_chart } else { lab.strings().as_table }}
                </button>
            </figcaption>
            {children.map(|children| children())}
            {move || {
                if as_table.get() {
                    table().into_any()
                } else {
                    view! { <Bars title=title bars=bars tick=tick testid=testid /> }.into_any()
                }
            }}
            <p class="note">{note}</p>
        </figure>
    }
}
