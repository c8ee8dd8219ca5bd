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
    /// A hyperspectral cube and the classes of its pixels.
    Cubes,
}

impl Page {
    /// All of them, in the header's order.
    pub(crate) const ALL: [Self; 4] = [Self::Compare, Self::Layers, Self::Models, Self::Cubes];

    /// Its address's fragment, which is the id of its element too.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Compare => "compare",
            Self::Layers => "layers",
            Self::Models => "models",
            Self::Cubes => "cubes",
        }
    }

    /// The page that the address names; a board and everything else is on the first one.
    pub(super) fn of_address() -> Self {
        let fragment = window().location().hash().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|page| fragment.strip_prefix('#') == Some(page.id()))
            .unwrap_or(Self::Compare)
    }
}

/// Which page is shown.
#[derive(Clone, Copy)]
pub(crate) struct Pages {
    shown: RwSignal<Page>,
}

impl Pages {
    /// The page that the address names.
    pub(super) fn start() -> Self {
        Self { shown: RwSignal::new(Page::of_address()) }
    }

    /// The page that is shown; reactive.
    pub(crate) fn shown(self) -> Page {
        self.shown.get()
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
        self.pages.shown.set(Page::of_address());
        self.follow_link();
    }
}
