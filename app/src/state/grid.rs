//! The widths and resolutions of one network, measured cell by cell.

use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{JobId, Timing, WeightsChoice};

use super::measuring::Timings;
use super::{ColumnConfig, Lab};
use crate::runtime::BenchEffort;

/// A grid that is being measured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GridRun {
    /// The job of the present cell.
    job: JobId,
    /// The present cell.
    pub(crate) name: String,
    /// Cells that are done.
    pub(crate) done: usize,
    /// All of them.
    pub(crate) total: usize,
}

/// What was measured of cells: one after another, so it stays apart from columns, which take turns.
#[derive(Clone, Copy, Default)]
pub(crate) struct Grid {
    timings: Timings,
    now: RwSignal<Option<GridRun>>,
}

impl Grid {
    /// What was measured of a cell; reactive.
    pub(crate) fn timing(self, config: &ColumnConfig) -> Option<Timing> {
        self.timings.get(config)
    }

    /// The grid that is being measured; reactive.
    pub(crate) fn now(self) -> Option<GridRun> {
        self.now.get()
    }

    pub(super) fn forget(self, weights: &WeightsChoice) {
        self.timings.forget(weights);
    }
}

impl Lab {
    /// Measures the cells that have not been measured yet, or all anew where there are none. What is done stays when
    /// the rest is stopped.
    pub(crate) fn start_grid(self, cells: Vec<ColumnConfig>) {
        let now = self.grid.now;
        if now.with_untracked(Option::is_some) {
            return;
        }
        let is_missing = |cell: &&ColumnConfig| untrack(|| self.grid.timing(cell)).is_none();
        let missing: Vec<ColumnConfig> = cells.iter().filter(is_missing).cloned().collect();
        let cells = in_random_order(if missing.is_empty() { cells } else { missing });
        spawn_local(async move {
            let total = cells.len();
            for (done, cell) in cells.iter().enumerate() {
                let name = cell.name();
                let started = |job| now.set(Some(GridRun { job, name, done, total }));
                let requests = vec![self.without_download(cell)];
                match self.bench(requests, BenchEffort::default(), started, |_| ()).await {
                    Ok(measured) => {
                        measured.into_iter().for_each(|one| self.note(self.grid.timings, cell, one));
                    }
                    Err(problem) => {
                        self.tell(None, problem);
                        break;
                    }
                }
            }
            now.set(None);
            self.check_parities(self.grid.timings, &cells).await;
        });
    }

    /// Ends the measurement; cells that are done stay.
    pub(crate) fn stop_grid(self) {
        if let Some(job) = self.grid.now.with_untracked(|now| now.as_ref().map(|now| now.job)) {
            self.engine.cancel(job);
        }
    }
}

/// So that a device that slows down over the minutes does not make one corner of the grid look slow.
fn in_random_order(cells: Vec<ColumnConfig>) -> Vec<ColumnConfig> {
    let mut cells: Vec<(f64, ColumnConfig)> =
        cells.into_iter().map(|cell| (js_sys::Math::random(), cell)).collect();
    cells.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    cells.into_iter().map(|(_, cell)| cell).collect()
}
