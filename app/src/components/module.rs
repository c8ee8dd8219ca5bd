//! What few visitors open is in modules of its own, each a wasm with its own markup: here is the place where one shows it.

use js_sys::{Array, Function, Promise, Reflect};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;
use worker::javascript::describe;

use super::later::{Coming, NotHere};
use crate::state::use_lab;
use crate::strings::fill;

#[wasm_bindgen]
extern "C" {
    /// A module, loaded at most once; a failed attempt can be repeated. Set by `static/boot.js`.
    #[wasm_bindgen(js_name = loadModule, catch)]
    fn load_module(name: &str) -> Result<Promise, JsValue>;
}

/// A module's place: it is loaded, and its `show` called with the place and these texts whenever they change.
#[component]
pub(crate) fn Module(
    /// Its name, which is that of its folder in the site's `worker`.
    name: &'static str,
    /// What `show` takes after the place.
    #[prop(into)]
    texts: Signal<Vec<String>>,
    /// The place's class.
    class: &'static str,
) -> impl IntoView {
    let lab = use_lab();
    let place = NodeRef::<Div>::new();
    let failure = RwSignal::new(None::<String>);
    let is_shown = RwSignal::new(false);
    let tries = RwSignal::new(0);
    Effect::new(move |_| {
        tries.track();
        let texts = texts.get();
        let Some(root) = place.get() else { return };
        failure.set(None);
        spawn_local(async move {
            match show(name, &root, &texts).await {
                Ok(()) => is_shown.set(true),
                Err(error) => failure.set(Some(describe(&error))),
            }
        });
    });
    let failed = move || {
        failure.get().map(|reason| {
            let text =
                Signal::derive(move || fill(lab.strings().messages.not_loaded, &[("reason", &reason)]));
            let retry = Callback::new(move |()| tries.update(|tries| *tries += 1));
            view! { <NotHere text=text retry=retry testid=format!("{name}-failed") /> }
        })
    };
    view! {
        {failed}
        <Show when=move || !is_shown.get() && failure.with(Option::is_none)>
            <Coming />
        </Show>
        <div class=class node_ref=place></div>
    }
}

async fn show(name: &str, root: &Element, texts: &[String]) -> Result<(), JsValue> {
    let module = JsFuture::from(load_module(name)?).await?;
    let show: Function = Reflect::get(&module, &"show".into())?.dyn_into()?;
    let arguments: Array = [root.into()].into_iter().chain(texts.iter().map(JsValue::from)).collect();
    JsFuture::from(Promise::resolve(&show.apply(&module, &arguments)?)).await?;
    Ok(())
}
