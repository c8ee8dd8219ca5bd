//! Links to the board: the address that names it.

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use worker::protocol::WeightsChoice;

use super::{ColumnConfig, Lab};
use crate::share::link;
use crate::strings::problems;

impl Lab {
    /// Copies a link to the board as it is, and puts it into the address bar; `true` if it could be copied.
    pub(crate) async fn copy_link(self) -> bool {
        let fragment = link::fragment(&self.board.configs());
        let location = window().location();
        // Refused for `file:` addresses only, from which the page cannot be loaded.
        let _ = location.set_hash(&fragment);
        crate::clipboard::write(&location.href().unwrap_or_default()).await
    }

    /// Changes the board so that the browser's Back undoes it: the address names the board before and after.
    pub(super) fn change_board(self, change: impl FnOnce()) {
        self.write_address();
        change();
        // Refused for `file:` addresses only, from which the page cannot be loaded.
        let _ = window().location().set_hash(&link::fragment(&self.board.configs()));
    }

    /// Keeps an address that names a board true while columns change: Back from another page would bring the former
    /// board.
    pub(crate) fn keep_address(self) {
        Effect::new(move |before: Option<()>| {
            self.board.track();
            let fragment = window().location().hash().unwrap_or_default();
            // The first board is not a change: a link is followed once the catalog is here.
            if before.is_some() && matches!(link::read_fragment(&fragment), Some(Ok(_))) {
                self.write_address();
            }
        });
    }

    /// Replaces the address by one that names the current board.
    fn write_address(self) {
        let here = format!("#{}", link::fragment(&self.board.configs()));
        // Refused where a hash is, too.
        let _ = window()
            .history()
            .and_then(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(&here)));
    }

    /// Shows the board that the address names, if it names one; says what is wrong with it otherwise. Its weights may be
    /// any of the catalog, so that it waits for that where the engine works.
    pub(crate) fn follow_link(self) {
        if !untrack(|| self.checkpoints.are_listed() || self.engine.has_failed()) {
            return;
        }
        let fragment = window().location().hash().unwrap_or_default();
        match link::read_fragment(&fragment) {
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
