//! A family's colour and shape, the same in every picture.

use engine::spec::Family;
use leptos::prelude::*;

/// The class that sets `--family` for everything inside.
pub(crate) fn family_class(family: Option<Family>) -> &'static str {
    match family {
        Some(Family::MobileNetV1) => "family-v1",
        Some(Family::MobileNetV2) => "family-v2",
        Some(Family::MobileNetV3) => "family-v3",
        Some(Family::MobileVit) => "family-vit",
        None => "family-other",
    }
}

/// The style that lightens the family's colour for narrow networks: α changes lightness, not hue.
pub(crate) fn shade(width: f64) -> String {
    let lighter = ((1.0 - width) * 60.0).clamp(0.0, 45.0);
    format!("--lighter: {lighter:.0}%")
}

/// The family's shape in 12×12 pixels.
pub(crate) fn mark_path(family: Option<Family>) -> &'static str {
    match family {
        Some(Family::MobileNetV1) => "M1 1H11V11H1Z",
        Some(Family::MobileNetV2) => "M6 .5A5.5 5.5 0 1 1 6 11.5A5.5 5.5 0 1 1 6 .5Z",
        Some(Family::MobileNetV3) => "M6 .5L11.8 11H.2Z",
        Some(Family::MobileVit) => "M6 0L12 6L6 12L0 6Z",
        None => "M1 4H11V8H1Z",
    }
}

/// The family's shape in 12×12 pixels, in the colour of the surrounding family class.
#[component]
pub(crate) fn FamilyMark(
    /// Whose shape.
    family: Option<Family>,
    /// Distance from the top of the surrounding picture, in pixels.
    #[prop(optional)]
    y: f64,
) -> impl IntoView {
    view! {
        <svg class="mark" y=y width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
            <path d=mark_path(family) />
        </svg>
    }
}
