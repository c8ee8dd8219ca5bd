//! What a network looks like in every picture.

use leptos::prelude::*;

/// Colour and shape of a network's family, and how light its width makes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Look {
    /// A CSS colour.
    pub(crate) colour: &'static str,
    /// The path of the mark in 12×12 pixels.
    pub(crate) mark: &'static str,
    /// α: narrow networks are lighter, of the same hue.
    pub(crate) width: f64,
}

impl Look {
    /// The style that sets the colour for everything inside.
    pub(crate) fn style(self) -> String {
        let lighter = ((1.0 - self.width) * 60.0).clamp(0.0, 45.0);
        format!("--family: {}; --lighter: {lighter:.0}%", self.colour)
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
