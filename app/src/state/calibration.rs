//! What networks in int8 are calibrated on.

use leptos::prelude::*;
use worker::protocol::{Backend, ImageId, Problem};

use super::Lab;

/// The photos that were chosen; none for the site's samples.
#[derive(Clone, Copy, Default)]
pub(crate) struct Calibration {
    /// How many there were then.
    photos: RwSignal<usize>,
    /// Those that a script has had opened for this.
    opened: RwSignal<Vec<ImageId>>,
}

impl Calibration {
    /// How many of the visitor's photos, if it is those; reactive.
    pub(crate) fn photos(self) -> Option<usize> {
        Some(self.photos.get()).filter(|count| *count > 0)
    }
}

impl Lab {
    /// Calibrates networks in int8 on the visitor's photos from now on, or on the site's samples; what they have answered is asked again.
    pub(crate) fn calibrate(self, on_photos: bool) {
        let images = if on_photos { untrack(|| self.own_images()) } else { Vec::new() };
        // Without an engine there is nothing to calibrate, and the page says so.
        let _ = self.calibrate_on(images, Vec::new());
    }

    /// The same on images that were opened for this, and are closed when something else is chosen.
    pub(crate) fn calibrate_on_opened(self, images: Vec<ImageId>) -> Result<(), Problem> {
        self.calibrate_on(images.clone(), images)
    }

    fn calibrate_on(self, images: Vec<ImageId>, opened: Vec<ImageId>) -> Result<(), Problem> {
        let client = self.engine.client()?;
        self.calibration.photos.set(images.len());
        // Requests are answered in their order, and these do not fail.
        drop(client.calibrate(images));
        let before = untrack(|| self.calibration.opened.get());
        before.into_iter().for_each(|image| drop(client.close(image)));
        self.calibration.opened.set(opened);
        self.drop_runs(|(_, config), _| config.backend == Some(Backend::CpuInt8));
        Ok(())
    }

    /// The photos that the visitor has brought; reactive.
    pub(crate) fn own_images(self) -> Vec<ImageId> {
        self.photos
            .with(|photos| photos.iter().filter(|photo| photo.is_own()).map(|photo| photo.info.id).collect())
    }
}
