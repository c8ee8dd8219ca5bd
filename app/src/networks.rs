//! The networks that the page knows: the built-in ones and the visitor's own. The worker hears of those with the next request
//! (see [`crate::runtime`]).

use std::cell::RefCell;
use std::sync::Arc;

use engine::spec::{Model, Variant};
use engine::zoo::{CUSTOM, Zoo};
use leptos::prelude::*;
use worker::network::encode;
use worker::protocol::{Code, Problem};

thread_local! {
    static ZOO: RefCell<Zoo> = RefCell::default();
    static CHANGED: ArcTrigger = ArcTrigger::new();
}

/// The network with this id.
///
/// # Errors
/// `unknown_model` with ids that begin alike.
pub(crate) fn find(id: &str) -> Result<Variant, Problem> {
    let found = ZOO.with_borrow(|zoo| zoo.find(id));
    found.map_err(|error| Problem::of_plain(Code::UnknownModel, &error))
}

/// Every architecture; reactive.
pub(crate) fn models() -> Vec<Arc<Model>> {
    CHANGED.with(ArcTrigger::track);
    ZOO.with_borrow(|zoo| zoo.models().to_vec())
}

/// Every architecture at every width of its grid; reactive.
pub(crate) fn variants() -> Vec<Variant> {
    CHANGED.with(ArcTrigger::track);
    ZOO.with_borrow(|zoo| zoo.variants().collect())
}

/// The visitor's own.
pub(crate) fn added() -> Vec<Arc<Model>> {
    ZOO.with_borrow(|zoo| zoo.added().map(|variant| variant.model).collect())
}

/// Adds a network of the visitor's; gives its id.
///
/// # Errors
/// What is wrong with it, and in which row.
pub(crate) fn add(model: Model) -> Result<String, Problem> {
    let count = || ZOO.with_borrow(|zoo| zoo.models().len());
    let before = count();
    let id = ZOO.with_borrow_mut(|zoo| zoo.add(model, encode)).map_err(|error| Problem::of(&error))?;
    if count() > before {
        CHANGED.with(ArcTrigger::notify);
    }
    Ok(id)
}

/// Whether an id is that of a visitor's network.
pub(crate) fn is_added(id: &str) -> bool {
    id.starts_with(CUSTOM)
}
