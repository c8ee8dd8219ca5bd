//! The networks that the page knows.

use std::cell::RefCell;
use std::sync::Arc;

use engine::spec::{Model, Variant};
use engine::zoo::{UnknownModel, Zoo};

thread_local! {
    static ZOO: RefCell<Zoo> = RefCell::new(Zoo::builtin().clone());
}

/// The network with this id.
pub(crate) fn find(id: &str) -> Result<Variant, UnknownModel> {
    ZOO.with_borrow(|zoo| zoo.find(id))
}

/// Every architecture.
pub(crate) fn models() -> Vec<Arc<Model>> {
    ZOO.with_borrow(|zoo| zoo.models().to_vec())
}

/// Every architecture at every width of its grid.
pub(crate) fn variants() -> Vec<Variant> {
    ZOO.with_borrow(|zoo| zoo.variants().collect())
}
