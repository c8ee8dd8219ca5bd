//! Texts of figures, in both languages; prose stands in files of its own (`static/learn`).

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// The language of a document with this `lang`.
    pub fn of_document(tag: &str) -> Self {
        if tag.starts_with("zh") { Self::Chinese } else { Self::English }
    }

    /// What the names of its files contain.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// A text in this language.
    pub fn of(self, words: Words) -> &'static str {
        match self {
            Self::English => words.english,
            Self::Chinese => words.chinese,
        }
    }
}

/// A text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    english: &'static str,
    chinese: &'static str,
}

/// A text in both languages.
pub const fn words(english: &'static str, chinese: &'static str) -> Words {
    Words { english, chinese }
}

/// A name that is the same in both languages.
pub const fn name(name: &'static str) -> Words {
    Words { english: name, chinese: name }
}
