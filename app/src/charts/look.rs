//! What a network looks like in every picture.

use leptos::prelude::*;

/// Colour and shape of a network's family, and how light it is among networks of one family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Look {
    /// A CSS colour.
    pub(crate) colour: &'static str,
    /// The path of the mark in 12×12 pixels.
    pub(crate) mark: &'static str,
    /// How many networks of the same family come before it: each is lighter, of the same hue.
    pub(crate) rank: usize,
}

impl Look {
    /// The style that sets the colour for everything inside.
    pub(crate) fn style(self) -> String {
        let lighter = 75.0 * (1.0 - 0.6_f64.powi(self.rank.min(9) as i32));
        format!("--hue: {}; --lighter: {lighter:.0}%", self.colour)
    }
}

/// A mark, in the colour of the surrounding [`Look::style`].
#[component]
pub(crate) fn Mark(
    /// Whose.
    look: Look,
    /// Distance from the top of the surrounding picture, in pixels.
    #[prop(optional)]
    y: f64,
) -> impl IntoView {
    view! {
        <svg class="mark" y=y width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
            <path d=look.mark />
        </svg>
    }
}
