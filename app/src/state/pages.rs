//! The pages, each of which has an address.

use leptos::prelude::*;

use super::Lab;

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// Photos, networks and charts.
    Compare,
    /// Where costs and time lie in a network.
    Layers,
    /// The checkpoints.
    Models,
    /// Explanations.
    Learn,
    /// A hyperspectral cube and the classes of its pixels.
    Cubes,
}

impl Page {
    /// All of them, in the header's order.
    pub(crate) const ALL: [Self; 5] = [Self::Compare, Self::Layers, Self::Models, Self::Learn, Self::Cubes];

    /// Its address's fragment, which is the id of its element too.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Compare => "compare",
            Self::Layers => "layers",
            Self::Models => "models",
            Self::Learn => "learn",
            Self::Cubes => "cubes",
        }
    }

    /// The page that the address names; a board and everything else is on the first one.
    pub(super) fn of_address() -> Self {
        Place::of_address().page
    }
}

/// A page, and what of it the address names: `#learn/memory`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    page: Page,
    /// The article of [`Page::Learn`]; empty for its index.
    article: String,
}

impl Place {
    fn of_address() -> Self {
        Self::of_fragment(&window().location().hash().unwrap_or_default())
    }

    fn of_fragment(fragment: &str) -> Self {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        let (id, article) = match fragment.split_once('/') {
            Some((id, article)) if id == Page::Learn.id() => (id, article),
            _ => (fragment, ""),
        };
        let page = Page::ALL.into_iter().find(|page| page.id() == id).unwrap_or(Page::Compare);
        Self { page, article: article.to_owned() }
    }
}

/// Which page is shown.
#[derive(Clone, Copy)]
pub(crate) struct Pages {
    shown: RwSignal<Place>,
}

impl Pages {
    /// The page that the address names.
    pub(super) fn start() -> Self {
        Self { shown: RwSignal::new(Place::of_address()) }
    }

    /// The page that is shown; reactive.
    pub(crate) fn shown(self) -> Page {
        self.shown.with(|place| place.page)
    }

    /// The article that is shown, if one is; reactive.
    pub(crate) fn article(self) -> String {
        self.shown.with(|place| place.article.clone())
    }

    /// Goes to a page, by way of the address.
    pub(crate) fn show(self, page: Page) {
        // The address is ahead of the page between a change of board and the browser's word about it.
        if Page::of_address() != page {
            // Refused for `file:` addresses only, from which the page cannot be loaded.
            let _ = window().location().set_hash(page.id());
        }
    }
}

impl Lab {
    /// Shows what the address names.
    pub(crate) fn follow_address(self) {
        self.pages.shown.set(Place::of_address());
        self.follow_link();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_pages_and_articles() {
        let place = |fragment| {
            let Place { page, article } = Place::of_fragment(fragment);
            (page, article)
        };
        for (fragment, page, article) in [
            ("", Page::Compare, ""),
            ("#board=1;a", Page::Compare, ""),
            ("#models", Page::Models, ""),
            ("#learn", Page::Learn, ""),
            ("#learn/memory", Page::Learn, "memory"),
            ("#models/memory", Page::Compare, ""),
        ] {
            assert_eq!(place(fragment), (page, article.to_owned()), "{fragment}");
        }
    }
}
