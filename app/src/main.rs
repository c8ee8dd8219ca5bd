//! The page: choose networks, drop photos, compare what they see, cost and take on this device.

#![allow(unreachable_pub, reason = "Leptos' component macro writes `pub` items into private modules")]

mod address;
mod agreement;
mod api;
mod app;
mod block_diagram;
mod camera;
mod charts;
mod clipboard;
mod components;
mod config_file;
mod families;
mod fetch;
mod focus;
mod format;
mod kept_names;
mod layers;
mod model_costs;
mod networks;
mod part;
mod presets;
mod runtime;
mod settings;
mod share;
mod shelf;
mod state;
mod storage;
mod strings;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
    if let Some(boot) = leptos::prelude::document().get_element_by_id("boot") {
        // What index.html shows while this program loads.
        boot.remove();
    }
}
