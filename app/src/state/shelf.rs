//! Checkpoints that are taken off the page.

use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{CheckpointInfo, Presence, Source, WeightsChoice};

use super::{ColumnConfig, Lab};

impl Lab {
    /// Drops a checkpoint's weights and its kept download; one that came as a file is forgotten.
    pub(crate) fn remove_checkpoint(self, info: CheckpointInfo) {
        spawn_local(async move {
            let removed = match self.client() {
                Ok(client) => client.remove(info.id.clone()).answer().await,
                Err(problem) => Err(problem),
            };
            match removed {
                Ok(()) => self.forget_checkpoint(info),
                Err(problem) => self.tell(Some(info.id), problem),
            }
        });
    }

    fn forget_checkpoint(self, info: CheckpointInfo) {
        let id = info.id.clone();
        self.loads.update(|loads| {
            loads.remove(&id);
        });
        // A run that waits for its turn would download the weights again.
        self.forget_answers(&id);
        if info.source != Source::File {
            self.learn_checkpoint(CheckpointInfo { presence: Presence::Remote, remarks: Vec::new(), ..info });
            return;
        }
        self.catalog.update(|catalog| {
            catalog.get_or_insert_default().checkpoints.retain(|other| other.id != id);
        });
        let checkpoints = self.checkpoints();
        let gone = WeightsChoice::Checkpoint(id);
        self.columns.update(|columns| {
            for config in columns.iter_mut().map(|column| &mut column.config) {
                if config.weights == gone {
                    let other = ColumnConfig::of_model(&config.model, &checkpoints);
                    *config = ColumnConfig { backend: config.backend, ..other };
                }
            }
        });
    }
}
