//! The patterns that charts lay over bars: how a number came about, without colour.

use leptos::prelude::*;

/// Definitions for `fill="url(#texture-…)"`; see [`crate::charts::Texture`].
#[component]
pub(crate) fn Textures() -> impl IntoView {
    view! {
        <svg class="definitions" width="0" height="0" aria-hidden="true">
            <defs>
                <pattern id="texture-hatched" width="6" height="6" patternUnits="userSpaceOnUse">
                    <path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" />
                </pattern>
                <pattern id="texture-dotted" width="6" height="6" patternUnits="userSpaceOnUse">
                    <circle cx="1.5" cy="1.5" r="1.1" />
                    <circle cx="4.5" cy="4.5" r="1.1" />
                </pattern>
                <pattern id="texture-lined" width="4" height="4" patternUnits="userSpaceOnUse">
                    <path d="M0 1H4" />
                </pattern>
            </defs>
        </svg>
    }
}
