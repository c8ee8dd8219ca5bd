//! The networks that the page knows: the built-in ones and the visitor's own. The worker hears of those with the next request
//! (see [`crate::runtime`]).

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use engine::spec::{Model, Variant};
use engine::zoo::{CUSTOM, Zoo};
use leptos::prelude::*;
use worker::network::encode;
use worker::protocol::{Code, Problem};

thread_local! {
    static ZOO: RefCell<Zoo> = RefCell::default();
    static CHANGED: ArcTrigger = ArcTrigger::new();
    /// Ids of networks that are only measured: nobody is offered them.
    static UNLISTED: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
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
    ZOO.with_borrow(|zoo| zoo.models().iter().filter(|model| is_listed(model)).cloned().collect())
}

fn is_listed(model: &Model) -> bool {
    UNLISTED.with_borrow(|unlisted| !unlisted.contains(&*model.id))
}

/// Every architecture at every width of its grid; reactive.
pub(crate) fn variants() -> Vec<Variant> {
    CHANGED.with(ArcTrigger::track);
    ZOO.with_borrow(|zoo| zoo.variants().filter(|variant| is_listed(&variant.model)).collect())
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
    let (id, is_new) = insert(model)?;
    let was_unlisted = UNLISTED.with_borrow_mut(|unlisted| unlisted.remove(&id));
    if is_new || was_unlisted {
        CHANGED.with(ArcTrigger::notify);
    }
    Ok(id)
}

/// Adds a network that is only measured, and offered to nobody; gives its id.
///
/// # Errors
/// As [`add`].
pub(crate) fn add_unlisted(model: Model) -> Result<String, Problem> {
    let (id, is_new) = insert(model)?;
    if is_new {
        UNLISTED.with_borrow_mut(|unlisted| unlisted.insert(id.clone()));
    }
    Ok(id)
}

/// The network's id, and whether it was not there before.
fn insert(model: Model) -> Result<(String, bool), Problem> {
    let count = || ZOO.with_borrow(|zoo| zoo.models().len());
    let before = count();
    let id = ZOO.with_borrow_mut(|zoo| zoo.add(model, encode)).map_err(|error| Problem::of(&error))?;
    Ok((id, count() > before))
}

/// Whether an id is that of a visitor's network.
pub(crate) fn is_added(id: &str) -> bool {
    id.starts_with(CUSTOM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_that_is_only_measured_is_found_and_not_offered() {
        let mut model = (*find("mobilenetv2_100").unwrap().model).clone();
        model.title = "only measured".into();
        let is_offered = || models().iter().any(|model| model.title == "only measured");
        let id = add_unlisted(model.clone()).unwrap();
        assert!(find(&id).is_ok() && !is_offered() && added().iter().any(|model| *model.id == *id));
        assert!(variants().iter().all(|variant| variant.id() != id));
        // Whoever adds it is offered it.
        assert_eq!(add(model.clone()).unwrap(), id);
        assert!(is_offered());
        assert_eq!(add_unlisted(model).unwrap(), id);
        assert!(is_offered());
    }
}
