//! What the visitor prefers, remembered by the browser.

use gloo::storage::{LocalStorage, Storage};
use leptos::prelude::*;

use crate::strings::Language;

const LANGUAGE_KEY: &str = "mobilenet-lab.language";
const THEME_KEY: &str = "mobilenet-lab.theme";

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// All of them, in the switch's order.
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The value of the document's `data-theme`, which the style sheet reads.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }
}

/// The remembered theme.
pub(crate) fn stored_theme() -> Theme {
    LocalStorage::get::<String>(THEME_KEY).ok().and_then(|name| Theme::named(&name)).unwrap_or_default()
}

/// The remembered language, else the browser's.
pub(crate) fn stored_language() -> Language {
    let stored = LocalStorage::get::<String>(LANGUAGE_KEY).ok();
    let wanted = stored.or_else(|| window().navigator().language()).unwrap_or_default();
    if wanted.starts_with("zh") { Language::Chinese } else { Language::English }
}

/// Keeps document and storage in step with the two preferences.
///
/// Storage may be forbidden (private windows); then they last as long as the page.
pub(crate) fn apply(theme: RwSignal<Theme>, language: RwSignal<Language>) {
    Effect::new(move |_| {
        let theme = theme.get();
        set_document_attribute("data-theme", theme.name());
        let _ = LocalStorage::set(THEME_KEY, theme.name());
    });
    Effect::new(move |_| {
        let language = language.get();
        set_document_attribute("lang", language.tag());
        let _ = LocalStorage::set(LANGUAGE_KEY, language.tag());
    });
}

fn set_document_attribute(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        // Only an invalid name is refused, and both names are constants.
        let _ = root.set_attribute(name, value);
    }
}
