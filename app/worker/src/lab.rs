//! What the worker keeps between requests.

use std::cell::RefCell;

use engine::zoo::Zoo;
use web_sys::AbortController;
use worker::protocol::JobId;

use crate::calibration::Calibration;
use crate::catalog::Entry;
use crate::cubes::Cubes;
use crate::gpu::Gpus;
use crate::images::Images;
use crate::labels::Labels;
use crate::session::Sessions;

/// The worker's state. Jobs interleave at every `await`, so nothing stays borrowed across one.
#[derive(Default)]
pub struct Lab {
    /// Every network.
    pub zoo: RefCell<Zoo>,
    /// Every checkpoint, in the order of the catalog.
    pub checkpoints: RefCell<Vec<Entry>>,
    /// The visitor's images.
    pub images: RefCell<Images>,
    /// The visitor's hyperspectral cubes.
    pub cubes: RefCell<Cubes>,
    /// Networks that are ready to run.
    pub sessions: RefCell<Sessions>,
    /// What networks in bytes are calibrated on.
    pub calibration: Calibration,
    /// The GPU.
    pub gpus: Gpus,
    /// Class names.
    pub labels: Labels,
    /// Running jobs.
    pub jobs: RefCell<Vec<(JobId, AbortController)>>,
}
