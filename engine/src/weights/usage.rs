//! How a checkpoint is to be used, as far as its tensors do not tell, and who says so: its publisher's list, metadata in the
//! file or beside it, the visitor, or nobody.
//!
//! All but the list say it by the same keys, those that [`metadata`](super::metadata) writes; numbers may stand in brackets, as
//! Python writes lists. What cannot be read counts as absent, and is named.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::manifest::LabelSet;
use crate::spec::{Interpolation, Preprocess, Resize, SIDES, Variant};
use crate::zoo::Zoo;

/// Who says how a checkpoint is to be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Nobody: it is what the network's family, or the library whose names the file has, usually does.
    #[default]
    Assumed,
    /// The list that has the checkpoint.
    Manifest,
    /// The file's own metadata.
    File,
    /// A file of settings that came with it.
    Config,
    /// Who looks at the page.
    Visitor,
}

/// Who says what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of Usage and Preprocess")]
pub struct Origins {
    pub resolution: Origin,
    pub resize: Origin,
    pub interpolation: Origin,
    pub mean: Origin,
    pub std: Origin,
    pub labels: Origin,
}

impl Origins {
    /// All said by one.
    pub const fn all(by: Origin) -> Self {
        Self { resolution: by, resize: by, interpolation: by, mean: by, std: by, labels: by }
    }
}

/// How a checkpoint is to be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Usage {
    /// The input's height and width.
    pub resolution: (u32, u32),
    /// How its input is prepared.
    pub preprocess: Preprocess,
    /// What its outputs mean, where that is known.
    pub labels: Option<LabelSet>,
    /// Who says so.
    pub origins: Origins,
}

/// Keys with values that are of no use.
pub type Unusable = Vec<(&'static str, String)>;

impl Usage {
    /// Takes over what somebody says of the checkpoint of a network; gives what cannot be read.
    pub fn declare(&mut self, said: &BTreeMap<String, String>, by: Origin, variant: &Variant) -> Unusable {
        let mut said = Said { said, unusable: Vec::new() };
        let Origins { resolution, resize, interpolation, mean, std, labels } = &mut self.origins;
        take(&mut self.resolution, resolution, said.resolution(variant), by);
        take(&mut self.preprocess.resize, resize, said.resize(), by);
        let filter = |name: &str| {
            [Interpolation::Bilinear, Interpolation::Bicubic].into_iter().find(|filter| filter.name() == name)
        };
        take(&mut self.preprocess.interpolation, interpolation, said.read("interpolation", filter), by);
        // Both count in shares of white; numbers up to 255 are of another convention.
        let is_mean = |mean: &f32| mean.abs() <= 1.0;
        take(&mut self.preprocess.mean, mean, said.read("mean", |text| three(text, is_mean)), by);
        let is_std = |std: &f32| *std > 0.0 && *std <= 1.0;
        take(&mut self.preprocess.std, std, said.read("std", |text| three(text, is_std)), by);
        let set = |name: &str| match LabelSet::of_name(name) {
            None if name == NUMBERS => Some(None),
            set => set.filter(|set| set.classes() == variant.classes).map(Some),
        };
        take(&mut self.labels, labels, said.read("labels", set), by);
        said.unusable
    }
}

fn take<T>(field: &mut T, origin: &mut Origin, said: Option<T>, by: Origin) {
    if let Some(said) = said {
        (*field, *origin) = (said, by);
    }
}

/// Stands for classes without names.
pub const NUMBERS: &str = "numbers";

/// timm's word for a scaling of both sides to the input's.
pub(super) const SQUASH: &str = "squash";

/// What somebody says, and what of it cannot be read.
pub(super) struct Said<'a> {
    pub(super) said: &'a BTreeMap<String, String>,
    pub(super) unusable: Unusable,
}

impl Said<'_> {
    /// The value of a key, if it is there and can be read.
    pub(super) fn read<T>(&mut self, key: &'static str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        // What Python and JSON write for nothing.
        let text = self.said.get(key)?.trim();
        if matches!(text, "" | "None" | "null") {
            return None;
        }
        let value = read(text);
        if value.is_none() {
            self.unusable.push((key, text.to_owned()));
        }
        value
    }

    fn resolution(&mut self, variant: &Variant) -> Option<(u32, u32)> {
        self.read("input_size", |text| {
            let [channels, height, width] = three(text, |_: &u32| true)?;
            let runs = variant.clone().with_resolution(height, width).graph().is_ok();
            (runs && channels == variant.model.channels).then_some((height, width))
        })
    }

    fn resize(&mut self) -> Option<Resize> {
        let side = |text: &str| text.parse().ok().filter(|side| SIDES.contains(side));
        let share = |text: &str| text.parse().ok().filter(|share| (0.1..=1.0).contains(share));
        let (enlarge, side) = (self.read("enlarge_from", side), self.read("resize_size", side));
        let share = self.read("crop_pct", share);
        let squash = self.read("crop_mode", |mode| match mode {
            // With a smaller share, timm crops the stretched image, which nothing here does.
            SQUASH => (side.is_none() && share.is_none_or(|share| share == 1.0)).then_some(true),
            "center" => Some(false),
            _ => None,
        });
        match (enlarge, share, side) {
            (Some(side), ..) => Some(Resize::Enlarge(side)),
            (None, ..) if squash == Some(true) => Some(Resize::Stretch),
            (None, Some(share), _) => Some(Resize::CropPct(share)),
            (None, None, side) => side.map(Resize::ShortSide),
        }
    }
}

/// Three numbers, as `0.5, 0.5, 0.5` or in brackets.
fn three<T: std::str::FromStr>(text: &str, is_usable: impl Fn(&T) -> bool) -> Option<[T; 3]> {
    let bare = text.strip_prefix(['[', '(']).and_then(|text| text.strip_suffix([']', ')'])).unwrap_or(text);
    let mut numbers = bare.trim_end_matches(',').split(',').map(|part| part.trim().parse().ok());
    let mut next = || numbers.next()?.filter(|number| is_usable(number));
    let three = [next()?, next()?, next()?];
    numbers.next().is_none().then_some(three)
}

/// The key by which metadata say that they are of another number of classes, if they do.
pub fn of_others(said: &BTreeMap<String, String>, classes: u32) -> Option<&'static str> {
    let text = |key| said.get(key).map(|text| text.trim());
    let of_labels = text("labels").and_then(LabelSet::of_name).map(LabelSet::classes);
    let stated = text("num_classes").and_then(|text| text.parse().ok());
    let is_other = |stated: Option<u32>| stated.is_some_and(|stated| stated != classes);
    [("num_classes", stated), ("labels", of_labels)]
        .into_iter()
        .find_map(|(key, stated)| is_other(stated).then_some(key))
}

/// The network that an architecture's name means; timm's may carry the tag of its weights.
pub fn named(zoo: &Zoo, architecture: &str) -> Option<Variant> {
    let bare = architecture.split_once('.').map_or(architecture, |(bare, _)| bare);
    zoo.find(bare).ok()
}
