//! A picture by its address.

use leptos::prelude::*;

use crate::state::use_lab;

/// A field for an address; Enter opens it.
#[component]
pub(crate) fn AddressField() -> impl IntoView {
    let lab = use_lab();
    let input = NodeRef::<leptos::html::Input>::new();
    let open = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Some(input) = input.get() {
            lab.open_addresses(&input.value());
            input.set_value("");
        }
    };
    view! {
        <form class="address" on:submit=open>
            <label class="select">
                <span>{lab.t(|s| s.photos.address)}</span>
                <input
                    type="url"
                    required
                    autocomplete="off"
                    placeholder="https://"
                    data-testid="address"
                    node_ref=input
                />
            </label>
            <button type="submit" data-testid="open-address">
                {lab.t(|s| s.photos.open_address)}
            </button>
        </form>
    }
}
