//! The pages, each of which has an address.

use leptos::prelude::*;

use super::Lab;

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// Photos, board, charts and layers.
    Compare,
    /// The checkpoints.
    Models,
}

impl Page {
    /// All of them, in the header's order.
    pub(crate) const ALL: [Self; 2] = [Self::Compare, Self::Models];

    /// Its address's fragment, which is the id of its element too.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Compare => "compare",
            Self::Models => "models",
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

impl Lab {
    /// Goes to a page.
    pub(crate) fn show_page(self, page: Page) {
        // The address is ahead of the page between a change of board and the browser's word about it.
        if Page::of_address() != page {
            // What the browser refuses here it refuses for `file:` addresses only, where there is no page at all.
            let _ = window().location().set_hash(page.id());
        }
    }

    /// Shows what the address names.
    pub(crate) fn follow_address(self) {
        self.page.set(Page::of_address());
        self.follow_link();
    }
}
