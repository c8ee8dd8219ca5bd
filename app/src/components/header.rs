//! Name, claim, the pages, and the two switches.

use leptos::prelude::*;

use super::select::{Group, Select};
use crate::charts::Mark;
use crate::families;
use crate::settings::Theme;
use crate::state::{Page, use_lab};
use crate::strings::Language;

/// The top of the page.
#[component]
pub(crate) fn Header() -> impl IntoView {
    let lab = use_lab();
    let marks = families::brand().into_iter().map(|look| {
        view! {
            <span style=look.style()>
                <Mark look=look />
            </span>
        }
    });
    let themes = Signal::derive(move || {
        let strings = lab.strings();
        let name = |theme| match theme {
            Theme::System => strings.header.theme_system,
            Theme::Light => strings.header.theme_light,
            Theme::Dark => strings.header.theme_dark,
        };
        Group::plain(Theme::ALL.map(|theme| (theme.name().to_owned(), name(theme).to_owned())))
    });
    let links = Page::ALL.map(|page| {
        let name = move || match page {
            Page::Compare => lab.strings().board.compare,
            Page::Layers => lab.strings().header.layers,
            Page::Models => lab.strings().header.models,
            Page::Learn => lab.strings().header.learn,
            Page::Cubes => lab.strings().header.cubes,
        };
        view! {
            <a
                href=move || match page {
                    Page::Compare => format!("#{}", lab.board_address()),
                    Page::Layers | Page::Models | Page::Learn | Page::Cubes => format!("#{}", page.id()),
                }
                // One that few need is there for those who have a cube.
                hidden=move || page == Page::Cubes && lab.pages.shown() != page && !lab.cubes.is_open()
                data-testid=format!("page-{}", page.id())
                aria-current=move || (lab.pages.shown() == page).then_some("page")
            >
                {name}
            </a>
        }
    });
    view! {
        <header class="site">
            <div class="brand">
                <span class="brand-marks" aria-hidden="true">
                    {marks.collect::<Vec<_>>()}
                </span>
                <h1>"MobileNet Lab"</h1>
                <p>{lab.t(|s| s.header.claim)}</p>
            </div>
            <nav aria-label=lab.t(|s| s.header.pages)>{links}</nav>
            <div class="switches">
                <button
                    type="button"
                    class="quiet"
                    data-testid="language"
                    lang=move || lab.language().other().tag()
                    on:click=move |_| lab.settings.set_language(untrack(|| lab.language()).other())
                >
                    {move || lab.language().other().name()}
                </button>
                <Select
                    label=lab.label(|s| s.header.theme)
                    groups=themes
                    value=Signal::derive(move || lab.settings.theme().name().to_owned())
                    on_change=Callback::new(move |name: String| {
                        if let Some(theme) = Theme::named(&name) {
                            lab.settings.set_theme(theme);
                        }
                    })
                    testid="theme"
                />
            </div>
        </header>
    }
}

impl Language {
    /// The one that the switch offers.
    fn other(self) -> Self {
        match self {
            Self::English => Self::Chinese,
            Self::Chinese => Self::English,
        }
    }
}
