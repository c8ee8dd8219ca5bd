//! Weights that come without being asked for one by one: those of the board, the smallest first, and ImageNet's for all
//! columns at once.

use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use worker::protocol::{CheckpointInfo, Presence};

use super::{ColumnConfig, ColumnId, Lab, is_near};
use crate::model_costs::file_bytes;

/// Columns that are getting other weights.
#[derive(Clone, Copy, Default)]
pub(crate) struct Exchange(RwSignal<Option<Vec<CheckpointInfo>>>);

impl Exchange {
    /// The weights on their way, those that have arrived among them; reactive.
    pub(crate) fn now(self) -> Option<Vec<CheckpointInfo>> {
        self.0.get()
    }
}

impl Lab {
    /// Loads the weights of the board that cost no download from elsewhere once there is a photo, one after another, so that
    /// the smallest network answers first.
    pub(crate) fn keep_loading(self) {
        Effect::new(move |_| {
            let is_wanted = self.photos.count() > 0 || !self.opening.is_idle();
            // While the browser looks for a GPU the weights come.
            if !self.engine.has_failed()
                && is_wanted
                && let Some(id) = self.next_load()
            {
                self.start_load(id);
            }
        });
    }

    /// The checkpoint to load next; `None` while one is on its way.
    fn next_load(self) -> Option<String> {
        let of_board = self.board.with(|columns| {
            let infos = columns.iter().filter_map(|column| self.checkpoints.get(column.config.checkpoint()?));
            infos.collect::<Vec<_>>()
        });
        let missing = of_board.into_iter().filter(|info| is_near(info) && info.presence != Presence::Loaded);
        let mut missing: Vec<_> = missing.map(|info| (self.checkpoints.load_state(&info.id), info)).collect();
        if missing.iter().any(|(load, _)| load.as_ref().is_some_and(|load| load.job().is_some())) {
            return None;
        }
        // What has failed or was stopped waits for the visitor.
        missing.retain(|(load, _)| load.is_none());
        let smallest = missing.into_iter().min_by_key(|(_, info)| bytes(info));
        smallest.map(|(_, info)| info.id)
    }

    /// The columns that ImageNet's weights could be had for, with those; reactive.
    pub(crate) fn imagenet_offers(self) -> Vec<(ColumnId, CheckpointInfo)> {
        let knows = |info: &CheckpointInfo| info.labels.starts_with("imagenet");
        self.checkpoints.with(|all| {
            let imagenet: Vec<CheckpointInfo> = all.iter().filter(|info| knows(info)).cloned().collect();
            let find = |id: &str| all.iter().find(|info| info.id == id);
            self.board.with(|columns| {
                let others = columns
                    .iter()
                    .filter(|column| !column.config.checkpoint().and_then(find).is_some_and(knows));
                let offers = others.filter_map(|column| {
                    let config = ColumnConfig::of_model(&column.config.model, &imagenet);
                    Some((column.id, find(config.checkpoint()?)?.clone()))
                });
                offers.collect()
            })
        })
    }

    /// Gives columns other weights, each as its own arrive; one whose weights do not keeps those that it has.
    pub(crate) fn exchange_weights(self, offers: Vec<(ColumnId, CheckpointInfo)>) {
        if self.exchange.0.with_untracked(Option::is_some) || offers.is_empty() {
            return;
        }
        let wanted = distinct(&offers);
        self.exchange.0.set(Some(wanted.clone()));
        spawn_local(async move {
            self.address.merge(true);
            for info in wanted {
                // Stopped: what has not begun does not begin.
                if untrack(|| self.exchange.now()).is_none() {
                    break;
                }
                match self.load(info.id.clone()).await {
                    Ok(_) => {
                        for (column, _) in offers.iter().filter(|(_, offer)| offer.id == info.id) {
                            let other = ColumnConfig::of_checkpoint(&info);
                            self.board.configure(*column, |config| {
                                *config = ColumnConfig { backend: config.backend, ..other };
                            });
                        }
                    }
                    Err(problem) => {
                        self.checkpoints.forget_load(&info.id);
                        self.tell(Some(info.id), problem);
                    }
                }
            }
            self.exchange.0.set(None);
            // The address follows once all has been said.
            tick().await;
            self.address.merge(false);
        });
    }

    /// Fetches no more of them.
    pub(crate) fn stop_exchange(self) {
        let wanted = self.exchange.0.try_update(Option::take).flatten();
        for info in wanted.into_iter().flatten() {
            if let Some(job) = untrack(|| self.checkpoints.load_state(&info.id)).and_then(|load| load.job()) {
                self.engine.cancel(job);
            }
        }
    }
}

/// The checkpoints of offers, each once, the smallest first.
pub(crate) fn distinct(offers: &[(ColumnId, CheckpointInfo)]) -> Vec<CheckpointInfo> {
    let mut infos: Vec<CheckpointInfo> = offers.iter().map(|(_, info)| info.clone()).collect();
    infos.sort_by(|a, b| (bytes(a), &a.id).cmp(&(bytes(b), &b.id)));
    infos.dedup_by(|a, b| a.id == b.id);
    infos
}

/// What a checkpoint's file weighs, as far as that is known.
pub(crate) fn bytes(info: &CheckpointInfo) -> u64 {
    file_bytes(info).map_or(0, |(bytes, _)| bytes)
}
