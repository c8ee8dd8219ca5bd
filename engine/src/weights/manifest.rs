//! The list of checkpoints that the page offers: `static/weights/manifest.json`.
//!
//! The file is read by the page and edited by `cargo xtask weights add`. Whatever a network's own data do not
//! settle (where the file is, how its input is prepared, whose padding and BN eps it was trained with) stands
//! here, since nothing in a checkpoint tells.
//!
//! Fields are never passed over silently within a checkpoint: a misspelt `"paddding"` would give wrong
//! predictions. A new field therefore means a new [`VERSION`].

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::{FloatDtype, json_message};
use crate::accuracy::Accuracy;
use crate::spec::{Padding, Preprocess, Resize, SIDES};

/// The version of the schema that this code reads and writes.
pub const VERSION: u32 = 1;

/// The longest manifest that is accepted, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// The most checkpoints that are accepted. Bounds the list of problems too, of which each takes some 200 bytes
/// however short the entry is.
pub const MAX_CHECKPOINTS: usize = 256;

/// The public repositories that hub entries name.
const HUB: &str = "https://huggingface.co";

/// The list of checkpoints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The schema's version, [`VERSION`].
    pub version: u32,
    /// The checkpoints in the order in which they are offered.
    pub checkpoints: Vec<CheckpointEntry>,
}

/// A checkpoint that can be had.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointEntry {
    /// Unique; timm's `model.tag` where there is one: `mobilenetv2_100.ra_in1k`.
    pub id: String,
    /// The network it is for, by its id in the zoo: `mobilenetv2_100`.
    pub model: String,
    /// Where the file is.
    pub source: CheckpointSource,
    /// The file's length in bytes. Bundled files always have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The file's SHA-256 in lower-case hexadecimal. Bundled files always have it; that of others is recorded
    /// in the browser when they are first used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// How the weights are stored.
    pub dtype: FloatDtype,
    /// The number of outputs.
    pub classes: u32,
    /// What the outputs mean.
    pub labels: LabelSet,
    /// How the input is prepared.
    pub preprocess: Preprocess,
    /// The input's height and width in pixels.
    pub input: [u32; 2],
    /// Where the checkpoint departs from the network's own conventions.
    #[serde(default, skip_serializing_if = "Departures::is_default")]
    pub conventions: Departures,
    /// The weights' licence: its SPDX id, or its name.
    pub licence: String,
    /// Who made it, and where it is described.
    pub origin: Reference,
    /// Accuracies that others have measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<Published>,
    /// How it was trained and tested, where whoever did that states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<Training>,
}

/// Where a checkpoint's file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CheckpointSource {
    /// Beside the manifest.
    Bundled {
        /// The file's path from the manifest's folder.
        file: String,
    },
    /// In a public repository of the Hugging Face hub.
    Hub {
        /// `owner/name`.
        repository: String,
        /// The file's path in the repository.
        file: String,
        /// A branch, tag or commit; `main` if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<String>,
    },
}

impl CheckpointSource {
    /// The file's address: absolute for the hub, relative to the manifest's folder for a bundled file.
    ///
    /// For instance `https://huggingface.co/timm/mobilenetv2_100.ra_in1k/resolve/main/model.safetensors`.
    pub fn url(&self) -> String {
        match self {
            Self::Bundled { file } => file.clone(),
            Self::Hub { repository, file, revision } => {
                let revision = revision.as_deref().unwrap_or("main");
                format!("{HUB}/{repository}/resolve/{revision}/{file}")
            }
        }
    }
}

/// What the outputs of a classifier mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LabelSet {
    /// The 1000 classes of ImageNet-1k (ILSVRC 2012) in the order of their WordNet ids.
    #[serde(rename = "imagenet_1000")]
    Imagenet1000,
    /// The same after a background class at index 0, as TensorFlow counts.
    #[serde(rename = "imagenet_1001")]
    Imagenet1001,
    /// The 10 classes of CIFAR-10.
    #[serde(rename = "cifar10")]
    Cifar10,
    /// 146 classes of everyday things.
    #[serde(rename = "everyday146")]
    Everyday146,
    /// The 19 classes of Cityscapes that are evaluated, in the order of their training ids, and one for everything else.
    #[serde(rename = "cityscapes20")]
    Cityscapes20,
}

impl LabelSet {
    /// Every label set.
    pub const ALL: [Self; 5] =
        [Self::Imagenet1000, Self::Imagenet1001, Self::Cifar10, Self::Everyday146, Self::Cityscapes20];

    /// Its id in manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Imagenet1000 => "imagenet_1000",
            Self::Imagenet1001 => "imagenet_1001",
            Self::Cifar10 => "cifar10",
            Self::Everyday146 => "everyday146",
            Self::Cityscapes20 => "cityscapes20",
        }
    }

    /// The label set with an id.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// The table of its classes' names in `static/labels`, which [`LabelSet::class_names`] reads.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Imagenet1000 | Self::Imagenet1001 => "imagenet_1000.tsv",
            Self::Cifar10 => "cifar10.tsv",
            Self::Everyday146 => "everyday146.tsv",
            Self::Cityscapes20 => "cityscapes20.tsv",
        }
    }

    /// The number of classes, background included.
    pub const fn classes(self) -> u32 {
        match self {
            Self::Imagenet1000 => 1000,
            Self::Imagenet1001 => 1001,
            Self::Cifar10 => 10,
            Self::Everyday146 => 146,
            Self::Cityscapes20 => 20,
        }
    }
}

/// Conventions of training that a checkpoint does not tell; absent ones are the network's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Departures {
    /// How convolutions are padded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
    /// What batch normalisation adds to the variance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bn_eps: Option<f32>,
}

impl Departures {
    /// Whether the network's own conventions hold.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Where something is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// In words.
    pub description: String,
    /// An https address, where there is one: a file's own statement of its origin is often plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// An accuracy on ImageNet-1k's validation images (or the label set's own test images) that others published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// The input's side in pixels.
    pub resolution: u32,
    /// The share of the scaled image that was cropped, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crop_pct: Option<f64>,
    /// Images whose class was the first guess, in percent.
    pub top1: f32,
    /// Images whose class was among the first five guesses, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top5: Option<f32>,
    /// Who measured it.
    pub source: Reference,
}

/// What training cost, and what came of it: networks trained with one recipe can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// First guesses on the label set's own test images, none of which was trained on, with the weights as stored.
    pub test: Accuracy,
    /// How often each training image was seen.
    pub epochs: u32,
    /// Seconds that it took …
    pub seconds: u32,
    /// … on this many processor cores.
    pub threads: u32,
}

/// What [`Manifest::parse`] has found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParsedManifest {
    /// The checkpoints that are in order.
    pub manifest: Manifest,
    /// What is wrong with the others. Writing `manifest` back would delete those.
    pub problems: Vec<ManifestProblem>,
}

/// Why a manifest as a whole is of no use.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum ManifestError {
    /// The file is too long.
    #[error("the weights manifest has {bytes} bytes, at most {limit} are accepted; split it")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
        /// The largest that is accepted.
        limit: usize,
    },
    /// The file is not JSON.
    #[error(
        "the weights manifest is not valid JSON: {message} at line {line}, column {column}; correct it there, \
         or make it anew with `cargo xtask weights add`"
    )]
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Byte within the line, from 1.
        column: usize,
        /// What the JSON parser says.
        message: String,
    },
    /// The file is JSON of another form.
    #[error(
        "the weights manifest is not of the form {{\"version\": {VERSION}, \"checkpoints\": […]}}: {message} \
         at line {line}, column {column}; correct it there"
    )]
    Malformed {
        /// Line, from 1.
        line: usize,
        /// Byte within the line, from 1.
        column: usize,
        /// What the JSON parser says.
        message: String,
    },
    /// The file follows another version of the schema.
    #[error(
        "the weights manifest has version {found}, this build reads version {supported}; reload the page, or \
         build page and manifest from the same sources"
    )]
    UnsupportedVersion {
        /// The file's version.
        found: u64,
        /// The version that this code reads.
        supported: u32,
    },
    /// The list is too long.
    #[error("the weights manifest lists {count} checkpoints, at most {limit} are accepted; remove some")]
    TooManyCheckpoints {
        /// How many there are.
        count: usize,
        /// The most that are accepted.
        limit: usize,
    },
}

/// A checkpoint of the manifest that had to be left out.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[error("checkpoint {} of the weights manifest ({}line {line}): {error}", index + 1, id_for_display(id))]
pub struct ManifestProblem {
    /// Its place in the list, from 0.
    pub index: usize,
    /// Its id, if it has one.
    pub id: Option<String>,
    /// The line of the manifest, from 1: that of the mistake where it is known, else where the entry begins.
    pub line: usize,
    /// What is wrong.
    pub error: EntryError,
}

fn id_for_display(id: &Option<String>) -> String {
    id.as_ref().map_or_else(String::new, |id| format!("{id:?}, "))
}

/// What is wrong with a checkpoint's entry. Numbers are given as text where they may be infinite, which JSON
/// cannot express.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum EntryError {
    /// A field is missing, unknown, or of a wrong type.
    #[error("{message}; correct or remove it")]
    Malformed {
        /// What the JSON parser says.
        message: String,
    },
    /// An id or a model's id has other characters than `A–Z a–z 0–9 . _ -`, or none.
    #[error("{field} {value:?} may consist of letters, digits, '.', '_' and '-' only; rename it")]
    BadId {
        /// `id` or `model`.
        field: String,
        /// Its value.
        value: String,
    },
    /// An earlier entry has the same id.
    #[error("the id {id:?} is taken by checkpoint {}; give it another", first + 1)]
    DuplicateId {
        /// The id.
        id: String,
        /// The earlier entry's place in the list, from 0.
        first: usize,
    },
    /// A file's path is not a plain relative one.
    #[error(
        "the file name {value:?} could lead out of its folder; give a relative path of letters, digits, '.', \
         '_' and '-', without \"..\""
    )]
    BadPath {
        /// The path.
        value: String,
    },
    /// A repository is not `owner/name`.
    #[error("the repository {value:?} is not of the form \"owner/name\"; see its page on {HUB}")]
    BadRepository {
        /// The repository.
        value: String,
    },
    /// A revision is no plain branch, tag or commit.
    #[error("the revision {value:?} is no plain branch, tag or commit; give a commit")]
    BadRevision {
        /// The revision.
        value: String,
    },
    /// An address is not https.
    #[error("the address {value:?} does not begin with https:// or has blanks; give the page's full address")]
    BadUrl {
        /// The address.
        value: String,
    },
    /// A bundled file lacks what it is verified with.
    #[error("a bundled file needs {field:?}; enter the file with `cargo xtask weights add`")]
    MissingForBundled {
        /// `bytes` or `sha256`.
        field: String,
    },
    /// A checksum is no SHA-256.
    #[error("the sha256 {value:?} is not 64 lower-case hexadecimal digits; take what `sha256sum` prints")]
    BadSha256 {
        /// The checksum.
        value: String,
    },
    /// A required text is empty.
    #[error("{field} is empty; fill it in")]
    Empty {
        /// The field.
        field: String,
    },
    /// A number is zero, infinite or out of its range.
    #[error("{field} is {value}, {expected} is expected; correct it")]
    OutOfRange {
        /// The field.
        field: String,
        /// Its value.
        value: String,
        /// What it may be, in words.
        expected: String,
    },
    /// The number of classes is not that of the labels.
    #[error("{classes} classes do not fit the label set {labels:?}, which has {expected}; choose another")]
    ClassesDoNotFitLabels {
        /// The entry's classes.
        classes: u32,
        /// The entry's label set.
        labels: LabelSet,
        /// The label set's classes.
        expected: u32,
    },
}

impl Manifest {
    /// Reads a manifest. A mistake in one checkpoint leaves out that one and is reported beside the rest.
    ///
    /// # Errors
    /// When nothing can be read, see [`ManifestError`].
    pub fn parse(json: &[u8]) -> Result<ParsedManifest, ManifestError> {
        if json.len() > MAX_BYTES {
            return Err(ManifestError::TooLong { bytes: json.len(), limit: MAX_BYTES });
        }
        // Before anything else, since another version may look different in every other respect.
        let RawVersion { version } = serde_json::from_slice(json).map_err(whole_error)?;
        if version != u64::from(VERSION) {
            return Err(ManifestError::UnsupportedVersion { found: version, supported: VERSION });
        }
        // Counted before they are collected: a vector of `IgnoredAny`, which is empty, takes no memory.
        let counted: RawManifest<IgnoredAny> = serde_json::from_slice(json).map_err(whole_error)?;
        let (count, limit) = (counted.checkpoints.len(), MAX_CHECKPOINTS);
        if count > limit {
            return Err(ManifestError::TooManyCheckpoints { count, limit });
        }
        let listed: RawManifest<&RawValue> = serde_json::from_slice(json).map_err(whole_error)?;
        let mut checkpoints = Vec::new();
        let mut problems = Vec::new();
        let mut first_with_id = BTreeMap::new();
        for (index, raw) in listed.checkpoints.into_iter().enumerate() {
            match parse_entry(raw.get(), index, &mut first_with_id) {
                Ok(entry) => checkpoints.push(entry),
                Err((line, error)) => {
                    // The raw text is a part of `json`.
                    let start = raw.get().as_ptr() as usize - json.as_ptr() as usize;
                    let line = line + json[..start].iter().filter(|&&byte| byte == b'\n').count();
                    let id = serde_json::from_str(raw.get()).ok().map(|RawId { id }| id);
                    problems.push(ManifestProblem { index, id, line, error });
                }
            }
        }
        Ok(ParsedManifest { manifest: Self { version: VERSION, checkpoints }, problems })
    }

    /// Enters a checkpoint: in place of the one with the same id, else at the end.
    ///
    /// # Errors
    /// What is wrong with `entry`.
    pub fn insert(&mut self, entry: CheckpointEntry) -> Result<(), EntryError> {
        entry.validate()?;
        match self.checkpoints.iter_mut().find(|other| other.id == entry.id) {
            Some(same) => *same = entry,
            None => self.checkpoints.push(entry),
        }
        Ok(())
    }

    /// The manifest as the file's text: indented JSON with the fields in a fixed order. Parsing it gives the
    /// same manifest again, provided that its entries are [valid](CheckpointEntry::validate).
    pub fn to_json(&self) -> String {
        // No field has a way to fail, no map has keys that are not text, and a String takes every byte.
        let json = serde_json::to_string_pretty(self).expect("plain data always serialise");
        json + "\n"
    }
}

impl CheckpointEntry {
    /// Checks everything that the entry alone shows.
    ///
    /// # Errors
    /// The first mistake.
    pub fn validate(&self) -> Result<(), EntryError> {
        for (field, value) in [("id", &self.id), ("model", &self.model)] {
            if !is_plain_name(value) {
                return Err(EntryError::BadId { field: field.to_string(), value: value.clone() });
            }
        }
        self.validate_source()?;
        self.validate_output()?;
        self.validate_input()?;
        if let Some(eps) = self.conventions.bn_eps {
            require(eps > 0.0 && eps < 1.0, "bn_eps", eps, "a number between 0 and 1")?;
        }
        if self.licence.trim().is_empty() {
            return Err(EntryError::Empty { field: "licence".to_string() });
        }
        self.origin.validate("origin")?;
        self.published.iter().try_for_each(Published::validate)?;
        self.training.map_or(Ok(()), Training::validate)
    }

    fn validate_source(&self) -> Result<(), EntryError> {
        let file = match &self.source {
            CheckpointSource::Bundled { file } => {
                for (field, is_there) in [("bytes", self.bytes.is_some()), ("sha256", self.sha256.is_some())]
                {
                    if !is_there {
                        return Err(EntryError::MissingForBundled { field: field.to_string() });
                    }
                }
                file
            }
            CheckpointSource::Hub { repository, file, revision } => {
                let is_repository = |(owner, name)| is_plain_name(owner) && is_plain_name(name);
                if !repository.split_once('/').is_some_and(is_repository) {
                    return Err(EntryError::BadRepository { value: repository.clone() });
                }
                if let Some(revision) = revision.as_ref().filter(|revision| !is_plain_name(revision)) {
                    return Err(EntryError::BadRevision { value: revision.clone() });
                }
                file
            }
        };
        if !file.split('/').all(is_plain_name) {
            return Err(EntryError::BadPath { value: file.clone() });
        }
        if let Some(bytes) = self.bytes {
            require(bytes > 0, "bytes", bytes, "the file's length")?;
        }
        let is_sha256 = |text: &str| {
            text.len() == 64 && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
        };
        match &self.sha256 {
            Some(text) if !is_sha256(text) => Err(EntryError::BadSha256 { value: text.clone() }),
            _ => Ok(()),
        }
    }

    fn validate_output(&self) -> Result<(), EntryError> {
        let (classes, labels, expected) = (self.classes, self.labels, self.labels.classes());
        require(classes > 0, "classes", classes, "the number of outputs")?;
        if classes != expected {
            return Err(EntryError::ClassesDoNotFitLabels { classes, labels, expected });
        }
        Ok(())
    }

    fn validate_input(&self) -> Result<(), EntryError> {
        let sides = format!("a number of pixels from {} to {}", SIDES.start(), SIDES.end());
        for side in self.input {
            require(SIDES.contains(&side), "input", side, &sides)?;
        }
        match self.preprocess.resize {
            Resize::CropPct(share) => validate_crop_pct(share)?,
            Resize::ShortSide(side) => require(SIDES.contains(&side), "short_side", side, &sides)?,
            Resize::Enlarge(side) => require(SIDES.contains(&side), "enlarge", side, &sides)?,
            Resize::Stretch => {}
        }
        for (mean, std) in self.preprocess.mean.into_iter().zip(self.preprocess.std) {
            require(mean.is_finite(), "mean", mean, "a finite number")?;
            require(std.is_finite() && std > 0.0, "std", std, "a finite number above 0")?;
        }
        Ok(())
    }
}

impl Reference {
    fn validate(&self, field: &str) -> Result<(), EntryError> {
        if self.description.trim().is_empty() {
            return Err(EntryError::Empty { field: format!("{field}.description") });
        }
        // The page makes a link of it, which must not be a script.
        let is_address = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic());
        match &self.url {
            Some(url) if !url.strip_prefix("https://").is_some_and(is_address) => {
                Err(EntryError::BadUrl { value: url.clone() })
            }
            _ => Ok(()),
        }
    }
}

impl Published {
    fn validate(&self) -> Result<(), EntryError> {
        require(self.resolution > 0, "published.resolution", self.resolution, "a number of pixels")?;
        self.crop_pct.map_or(Ok(()), validate_crop_pct)?;
        for (field, share) in [("published.top1", Some(self.top1)), ("published.top5", self.top5)] {
            let share = share.unwrap_or_default();
            require((0.0..=100.0).contains(&share), field, share, "a percentage from 0 to 100")?;
        }
        self.source.validate("published.source")
    }
}

impl Training {
    fn validate(self) -> Result<(), EntryError> {
        let Accuracy { correct, images } = self.test;
        require(images > 0, "training.test.images", images, "the number of test images")?;
        let expected = format!("a number of images from 0 to {images}");
        require(correct <= images, "training.test.correct", correct, &expected)
    }
}

fn validate_crop_pct(share: f64) -> Result<(), EntryError> {
    // Below a tenth, the image would be scaled to more than ten times the input.
    require((0.1..=1.0).contains(&share), "crop_pct", share, "a share from 0.1 to 1")
}

fn require(holds: bool, field: &str, value: impl ToString, expected: &str) -> Result<(), EntryError> {
    let error = || EntryError::OutOfRange {
        field: field.to_string(),
        value: value.to_string(),
        expected: expected.to_string(),
    };
    if holds { Ok(()) } else { Err(error()) }
}

/// Whether `text` can stand between two slashes of any path or address without a second meaning.
fn is_plain_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !text.is_empty() && text.bytes().all(is_plain) && text != "." && text != ".."
}

/// The version alone, of a manifest of any version.
#[derive(Deserialize)]
struct RawVersion {
    version: u64,
}

/// The list alone. With [`RawValue`]s, the checkpoints are text of which each can fail by itself.
#[derive(Deserialize)]
struct RawManifest<T> {
    checkpoints: Vec<T>,
}

/// The id alone, of an entry that may have mistakes elsewhere.
#[derive(Deserialize)]
struct RawId {
    id: String,
}

fn whole_error(error: serde_json::Error) -> ManifestError {
    let (line, column, message) = (error.line(), error.column(), json_message(&error));
    match error.classify() {
        Category::Data => ManifestError::Malformed { line, column, message },
        _ => ManifestError::NotJson { line, column, message },
    }
}

/// Reads and checks one entry; on failure with the lines from the entry's first to the mistake's.
fn parse_entry(
    json: &str,
    index: usize,
    first_with_id: &mut BTreeMap<String, usize>,
) -> Result<CheckpointEntry, (usize, EntryError)> {
    let entry: CheckpointEntry = serde_json::from_str(json)
        .map_err(|error| (error.line(), EntryError::Malformed { message: json_message(&error) }))?;
    entry.validate().map_err(|error| (1, error))?;
    if let Some(&first) = first_with_id.get(&entry.id) {
        return Err((1, EntryError::DuplicateId { id: entry.id, first }));
    }
    first_with_id.insert(entry.id.clone(), index);
    Ok(entry)
}
