//! The address, which names the board: every change of the board is one that the browser's Back undoes, and a page that is
//! loaded again shows the same board.

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use worker::protocol::WeightsChoice;

use super::{ColumnConfig, Lab, Page};
use crate::share::link;
use crate::strings::problems;

/// How changes are written into the address.
#[derive(Clone, Copy, Default)]
pub(crate) struct Address {
    /// Whether changes belong to the one before.
    is_merging: StoredValue<bool>,
}

impl Address {
    /// Changes that follow are one, which Back undoes at once, until this is called with `false`.
    pub(super) fn merge(self, on: bool) {
        self.is_merging.set_value(on);
    }
}

impl Lab {
    /// Copies a link to the board as it is, and puts it into the address bar; `true` if it could be copied.
    pub(crate) async fn copy_link(self) -> bool {
        let fragment = link::fragment(&self.board.configs());
        let location = window().location();
        // Refused for `file:` addresses only, from which the page cannot be loaded.
        let _ = location.set_hash(&fragment);
        crate::clipboard::write(&location.href().unwrap_or_default()).await
    }

    /// The fragment of the page of the board: its name while the board is the one that the page begins with; reactive.
    pub(crate) fn board_address(self) -> String {
        let configs: Vec<_> =
            self.board.with(|columns| columns.iter().map(|column| column.config.clone()).collect());
        if self.board.is_first(&configs) { Page::Compare.id().to_owned() } else { link::fragment(&configs) }
    }

    /// Has the address follow the board.
    pub(crate) fn keep_address(self) {
        // Whether the last change belongs to those that are merged.
        let was_merging = StoredValue::new(false);
        Effect::new(move |before: Option<Vec<ColumnConfig>>| {
            self.board.track();
            let configs = self.board.configs();
            // Before the catalog is here the board is not what it will be.
            let is_settled = self.checkpoints.are_listed() || self.engine.has_failed();
            let is_change = before.is_some_and(|before| before != configs);
            let address = window().location().hash().unwrap_or_default();
            let is_here = Page::of_address() == Page::Compare;
            let names_board = matches!(link::read_fragment(&address), Some(Ok(_)));
            let wanted = format!("#{}", link::fragment(&configs));
            let is_first = self.board.is_first(&configs) && !names_board;
            if is_change && is_settled && is_here && !is_first && address != wanted {
                let is_merging = self.address.is_merging.get_value();
                write(&wanted, is_merging && was_merging.get_value());
                was_merging.set_value(is_merging);
            }
            configs
        });
    }

    /// Shows the board that the address names, the first one if it names none; says what is wrong with it otherwise. Its
    /// weights may be any of the catalog, so that it waits for that where the engine works.
    pub(crate) fn follow_link(self) {
        if !untrack(|| self.checkpoints.are_listed() || self.engine.has_failed()) {
            return;
        }
        let fragment = window().location().hash().unwrap_or_default();
        match link::read_fragment(&fragment) {
            // Back to before the first change.
            None if fragment.is_empty() => self.board.begin_again(),
            None => {}
            Some(Err(problem)) => self.tell(None, problem),
            Some(Ok(configs)) if configs == self.board.configs() => {}
            Some(Ok(configs)) => {
                self.board.set(configs.into_iter().map(|config| self.linked(config)).collect());
            }
        }
    }

    /// A configuration of a link. Its weights may be a file of somebody else's.
    fn linked(self, mut config: ColumnConfig) -> ColumnConfig {
        if let Some(id) = config.checkpoint()
            && untrack(|| self.checkpoints.get(id)).is_none()
        {
            self.tell(Some(config.name()), problems::link_weights(id));
            config.weights = WeightsChoice::Random;
        }
        config
    }
}

/// Puts a fragment into the address, in place of the one that is there or as a step that Back undoes.
fn write(fragment: &str, in_place: bool) {
    let Ok(history) = window().history() else { return };
    // Refused for `file:` addresses only, from which the page cannot be loaded.
    let _ = if in_place {
        history.replace_state_with_url(&JsValue::NULL, "", Some(fragment))
    } else {
        history.push_state_with_url(&JsValue::NULL, "", Some(fragment))
    };
}
