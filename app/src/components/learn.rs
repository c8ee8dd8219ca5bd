//! The page of explanations. They are a module of their own, which is loaded when the first one is opened; here is the place
//! where it shows them, and the links that lead there from words that a visitor may not know.

use js_sys::Promise;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;
use worker::javascript::describe;

use crate::state::use_lab;
use crate::strings::fill;

#[wasm_bindgen]
extern "C" {
    /// The module, loaded at most once; a failed attempt can be repeated. Set by `static/boot.js`.
    #[wasm_bindgen(js_name = loadLearn, catch)]
    fn load_learn() -> Result<Promise, JsValue>;

    type Module;

    #[wasm_bindgen(method, catch)]
    fn show(this: &Module, root: &Element, name: &str, language: &str) -> Result<Promise, JsValue>;
}

/// The page.
#[component]
pub(crate) fn Learn() -> impl IntoView {
    let lab = use_lab();
    let place = NodeRef::<Div>::new();
    let failure = RwSignal::new(None::<String>);
    let is_shown = RwSignal::new(false);
    let tries = RwSignal::new(0);
    Effect::new(move |_| {
        tries.track();
        let (article, language) = (lab.pages.article(), lab.language().tag());
        let Some(root) = place.get() else { return };
        failure.set(None);
        spawn_local(async move {
            let shown = async {
                let module: Module = JsFuture::from(load_learn()?).await?.unchecked_into();
                JsFuture::from(module.show(&root, &article, language)?).await
            };
            match shown.await {
                Ok(_) => is_shown.set(true),
                Err(error) => failure.set(Some(describe(&error))),
            }
        });
    });
    let failed = move || {
        failure.get().map(|reason| {
            view! {
                <div class="card placeholder" role="alert" data-testid="learn-failed">
                    <p>{fill(lab.strings().learn.failed, &[("reason", &reason)])}</p>
                    <button type="button" on:click=move |_| tries.update(|tries| *tries += 1)>
                        {lab.t(|s| s.learn.again)}
                    </button>
                </div>
            }
        })
    };
    view! {
        <section class="learn" aria-labelledby="learn-title" data-testid="learn">
            <link rel="stylesheet" href="static/learn/learn.css" />
            {failed}
            <Show when=move || !is_shown.get() && failure.with(Option::is_none)>
                <p class="card placeholder late" role="status">{lab.t(|s| s.learn.loading)}</p>
            </Show>
            <div class="learn-shown" node_ref=place></div>
        </section>
    }
}

/// A word that has an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    /// Multiply-accumulates.
    Macs,
    /// Width α and resolution ρ.
    WidthAndResolution,
    /// What is alive while a network runs.
    Memory,
    /// The least time that a layer takes.
    Roofline,
    /// Blocks of families.
    Families,
    /// Bands of hyperspectral images.
    Bands,
    /// Depthwise and pointwise convolutions.
    Separable,
}

/// Which article explains a word.
const ARTICLES: [(Term, &str); 7] = [
    (Term::Macs, "one-convolution"),
    (Term::WidthAndResolution, "width-and-resolution"),
    (Term::Memory, "memory"),
    (Term::Roofline, "macs-are-not-milliseconds"),
    (Term::Families, "families"),
    (Term::Bands, "two-dimensions-and-three"),
    (Term::Separable, "one-convolution"),
];

impl Term {
    /// The address of its article.
    fn address(self) -> String {
        let article = ARTICLES.iter().find(|(term, _)| *term == self).map_or("", |(_, article)| article);
        format!("#learn/{article}")
    }
}

/// A link to the explanation of a word.
#[component]
pub(crate) fn Explained(
    /// Which.
    term: Term,
    /// What it is called where the link stands.
    #[prop(into)]
    what: Signal<String>,
    /// Whether that does not stand beside the link already.
    #[prop(optional)]
    shown: bool,
) -> impl IntoView {
    let lab = use_lab();
    let label = move || fill(lab.strings().learn.explain, &[("what", &what.get())]);
    view! {
        <a
            class="explained"
            href=term.address()
            data-testid="explained"
            aria-label=label
        >
            {move || if shown { label() } else { lab.strings().learn.explained.to_owned() }}
        </a>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_leads_to_an_article_that_there_is() {
        for (term, article) in ARTICLES {
            assert!(learn::figures::article(article).is_some(), "{term:?}: {article}");
            assert_eq!(term.address(), format!("#learn/{article}"));
        }
    }
}
