//! What charts need of the page around them.

use leptos::prelude::*;

/// Words in the visitor's language, and what becomes of files. The page provides it as context.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings {
    /// Names the menu of a picture of this title; reactive.
    pub(crate) menu_label: Callback<String, String>,
    /// Names the switch to the table, and the one back.
    pub(crate) as_table: Signal<&'static str>,
    /// The way back.
    pub(crate) as_chart: Signal<&'static str>,
    /// Whether how numbers came about stands under every bar, or is told of the one that is pointed at.
    pub(crate) all_details: Signal<bool>,
    /// Says that a picture of this title is written in this format; reactive.
    pub(crate) export_label: Callback<(String, &'static str), String>,
    /// What stands under pictures that leave the page: what ran, where and when.
    pub(crate) origin: Callback<(), Vec<String>>,
    /// Hears that the picture of this title could not be written, and why.
    pub(crate) on_failure: Callback<(String, String)>,
}

impl Surroundings {
    pub(super) fn of_page() -> Self {
        expect_context()
    }
}
