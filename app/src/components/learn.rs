//! The page of explanations, which are a module of their own, and the links that lead there from words that a visitor may not
//! know.

use leptos::prelude::*;

use super::module::Module;
use crate::state::use_lab;
use crate::strings::fill;

/// The page.
#[component]
pub(crate) fn Learn() -> impl IntoView {
    let lab = use_lab();
    let texts = Signal::derive(move || vec![lab.pages.article(), lab.language().tag().to_owned()]);
    view! {
        <section class="learn" aria-labelledby="learn-title" data-testid="learn">
            <link rel="stylesheet" href="static/learn/learn.css" />
            <Module name="learn" texts=texts class="learn-shown" />
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
