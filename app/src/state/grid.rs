//! The widths and resolutions of one network, measured cell by cell.

use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{JobId, Timing};

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

impl Lab {
    /// What was measured of a cell; reactive.
    pub(crate) fn grid_timing(&self, config: &ColumnConfig) -> Option<Timing> {
        self.grid_timings.with(|timings| timings.get(&config.to_protocol()).cloned())
    }

    /// Measures the cells that have not been measured yet, or all anew where there are none. What is done stays when
    /// the rest is stopped.
    pub(crate) fn start_grid(self, cells: Vec<ColumnConfig>) {
        if self.grid.get_untracked().is_some() {
            return;
        }
        let missing: Vec<ColumnConfig> =
            cells.iter().filter(|cell| untrack(|| self.grid_timing(cell)).is_none()).cloned().collect();
        let cells = in_random_order(if missing.is_empty() { cells } else { missing });
        spawn_local(async move {
            let total = cells.len();
            for (done, cell) in cells.iter().enumerate() {
                let name = cell.name();
                let started = |job| self.grid.set(Some(GridRun { job, name, done, total }));
                let requests = vec![self.without_download(cell)];
                match self.bench(requests, BenchEffort::default(), started, |_| ()).await {
                    Ok(measured) => {
                        measured.into_iter().for_each(|one| self.note(self.grid_timings, cell, one));
                    }
                    Err(problem) => {
                        self.tell(None, problem);
                        break;
                    }
                }
            }
            self.grid.set(None);
            for cell in &cells {
                if let Some(timing) = untrack(|| self.grid_timing(cell)) {
                    self.check_parity(&timing.model, timing.backend).await;
                }
            }
        });
    }

    /// Ends the measurement; cells that are done stay.
    pub(crate) fn stop_grid(self) {
        if let Some(run) = self.grid.get_untracked() {
            self.cancel(run.job);
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
