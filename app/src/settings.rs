//! What the visitor prefers, remembered by the browser.

use leptos::prelude::*;

use crate::strings::{Language, Strings};

const LANGUAGE_KEY: &str = "mobilenet-lab.language";
const THEME_KEY: &str = "mobilenet-lab.theme";
const DETAILS_KEY: &str = "mobilenet-lab.details";

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

/// Language, theme, and how much is shown; a handle that is copied freely.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    language: RwSignal<Language>,
    theme: RwSignal<Theme>,
    details: RwSignal<bool>,
}

impl Settings {
    /// The remembered ones. From now on document and storage follow them.
    pub(crate) fn start() -> Self {
        let settings = Self {
            language: RwSignal::new(stored_language()),
            theme: RwSignal::new(stored_theme()),
            details: RwSignal::new(stored(DETAILS_KEY).as_deref() == Some("true")),
        };
        Effect::new(move |_| keep("data-theme", THEME_KEY, settings.theme().name()));
        Effect::new(move |_| keep("lang", LANGUAGE_KEY, settings.language().tag()));
        settings
    }

    /// Language of every text; reactive.
    pub(crate) fn language(self) -> Language {
        self.language.get()
    }

    /// Changes the language.
    pub(crate) fn set_language(self, language: Language) {
        self.language.set(language);
    }

    /// The texts in the visitor's language; reactive.
    pub(crate) fn strings(self) -> &'static Strings {
        self.language().strings()
    }

    /// Light or dark; reactive.
    pub(crate) fn theme(self) -> Theme {
        self.theme.get()
    }

    /// Whether the rows of the board are open unless the visitor closes them; reactive.
    pub(crate) fn details(self) -> bool {
        self.details.get()
    }

    /// Opens or closes the rows of the board.
    pub(crate) fn set_details(self, open: bool) {
        self.details.set(open);
        store(DETAILS_KEY, if open { "true" } else { "false" });
    }

    /// Changes the theme.
    pub(crate) fn set_theme(self, theme: Theme) {
        self.theme.set(theme);
    }
}

fn stored_theme() -> Theme {
    stored(THEME_KEY).and_then(|name| Theme::named(&name)).unwrap_or_default()
}

/// The remembered language, else the browser's.
fn stored_language() -> Language {
    let wanted = stored(LANGUAGE_KEY).or_else(|| window().navigator().language()).unwrap_or_default();
    if wanted.starts_with("zh") { Language::Chinese } else { Language::English }
}

/// A remembered text. Where the browser forbids storage, asking for it is an error already.
pub(crate) fn stored(key: &str) -> Option<String> {
    let text = window().local_storage().ok()??.get_item(key).ok()??;
    // As it was written by earlier versions, as JSON.
    Some(text.trim_matches('"').to_owned())
}

/// Writes a setting into the document, and into the storage, which may be forbidden: then it lasts as long as the page.
fn keep(attribute: &str, key: &str, value: &str) {
    if let Some(root) = document().document_element() {
        // Only an invalid name is refused, and both names are constants.
        let _ = root.set_attribute(attribute, value);
    }
    store(key, value);
}

/// Remembers a text.
pub(crate) fn store(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // Full or forbidden: then it lasts as long as the page.
        let _ = storage.set_item(key, value);
    }
}
