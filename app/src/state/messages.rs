//! What the visitor should know, until it is dismissed.

use leptos::prelude::*;
use worker::protocol::Problem;

use super::Keys;

/// Something that the visitor should know.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    /// Unique on this page.
    pub(crate) key: u32,
    /// The file or network that it is about.
    pub(crate) about: Option<String>,
    /// What, why, what next.
    pub(crate) problem: Problem,
}

/// What the visitor has not dismissed.
#[derive(Clone, Copy)]
pub(crate) struct Messages {
    all: RwSignal<Vec<Message>>,
    keys: Keys,
}

impl Messages {
    pub(super) fn new(keys: Keys) -> Self {
        Self { all: RwSignal::default(), keys }
    }

    /// The messages, newest last; reactive.
    pub(crate) fn all(self) -> Vec<Message> {
        self.all.get()
    }

    /// Shows a message until it is dismissed. Cancellations are not reported.
    pub(crate) fn tell(self, about: Option<String>, problem: Problem) {
        if problem.is_cancelled() {
            return;
        }
        let key = self.keys.next();
        self.all.update(|messages| {
            messages.retain(|message| message.problem != problem || message.about != about);
            messages.push(Message { key, about, problem });
        });
    }

    /// Takes a message off the page.
    pub(crate) fn dismiss(self, key: u32) {
        self.all.update(|messages| messages.retain(|message| message.key != key));
    }
}
