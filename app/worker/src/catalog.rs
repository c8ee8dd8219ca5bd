//! Which checkpoints there are.

use std::collections::BTreeMap;
use std::rc::Rc;

use engine::spec::Variant;
use engine::weights::labels::ClassName;
use engine::weights::manifest::{CheckpointEntry, CheckpointSource, LabelSet, Manifest};
use engine::weights::usage::{self, NUMBERS};
use engine::weights::{Converted, Description, Origin, Origins, Usage};
use engine::zoo::Zoo;
use web_sys::{Response, Url};
use worker::protocol::{Catalog, CheckpointInfo, Code, OWN_NAMES, Presence, Problem, SourceKind};

use crate::lab::Lab;
use crate::weights_file::WeightsFile;
use crate::{download, platform};

/// A checkpoint with what running it needs.
#[derive(Clone)]
pub struct Entry {
    /// What the page sees.
    pub info: CheckpointInfo,
    /// The network, with the checkpoint's classes, conventions and input size.
    pub variant: Variant,
    /// How it is to be used.
    pub usage: Usage,
    /// The same without the visitor's wishes.
    declared: Usage,
    /// What its classes are called, where somebody has said so and not chosen a set instead.
    pub names: Option<Rc<Vec<ClassName>>>,
    /// The same without the visitor's wishes.
    declared_names: Option<Rc<Vec<ClassName>>>,
    /// Where it can be fetched; `None` for dropped files.
    pub url: Option<String>,
    /// Its weights, once they are here.
    pub weights: Option<Rc<WeightsFile>>,
}

impl Entry {
    /// An entry of a manifest at `base`.
    fn listed(entry: CheckpointEntry, source: SourceKind, base: &str) -> Result<Self, Problem> {
        let mut variant = Zoo::builtin()
            .find(&entry.model)
            .map_err(|error| Problem::of_plain(Code::ManifestUnknownModel, &error))?;
        variant = variant.with_classes(entry.classes).with_resolution(entry.input[0], entry.input[1]);
        variant.conventions.padding = entry.conventions.padding.unwrap_or(variant.conventions.padding);
        variant.conventions.bn_eps = entry.conventions.bn_eps.unwrap_or(variant.conventions.bn_eps);
        let url = entry.source.url();
        let url = Url::new_with_base(&url, base).map_or(url, |url| url.href());
        let usage = Usage {
            resolution: variant.resolution,
            preprocess: entry.preprocess,
            labels: Some(entry.labels),
            origins: Origins::all(Origin::Manifest),
        };
        let published = entry.published.iter().find(|published| [published.resolution; 2] == entry.input);
        Ok(Self {
            info: CheckpointInfo {
                candidates: vec![entry.model.clone()],
                wrappers: Vec::new(),
                model: entry.model,
                source: match entry.source {
                    CheckpointSource::Bundled { .. } => source,
                    CheckpointSource::Hub { .. } => SourceKind::Hub,
                },
                presence: Presence::Remote,
                bytes: entry.bytes,
                sha256: entry.sha256,
                classes: entry.classes,
                labels: entry.labels.name().to_owned(),
                resolution: variant.resolution,
                preprocess: usage.preprocess,
                origins: usage.origins,
                licence: Some(entry.licence),
                origin: Some(entry.origin.description),
                origin_url: entry.origin.url,
                published_top1: published.map(|published| published.top1),
                published_source: published.map(|published| published.source.description.clone()),
                training: entry.training,
                remarks: Vec::new(),
                id: entry.id,
            },
            variant,
            declared: usage.clone(),
            usage,
            names: None,
            declared_names: None,
            url: Some(url),
            weights: None,
        })
    }

    /// A file that the visitor gave, to be known by its content.
    pub fn dropped(name: &str, bytes: u64, sha256: String, description: Description) -> Self {
        let remarks = remarks(&description);
        let id = format!("file:{name}:{}", &sha256[..8]);
        let own =
            |names: Vec<String>| Rc::new(names.iter().map(|name| ClassName::own(name)).collect::<Vec<_>>());
        let names = description.names.map(own);
        let variant = description.variant;
        let origins = description.origins;
        let usage = Usage {
            resolution: variant.resolution,
            preprocess: description.preprocess,
            // That a thousand classes are ImageNet's is for somebody to say; with a background beside them they are TensorFlow's.
            labels: description.labels.filter(|set| {
                origins.labels != Origin::Assumed
                    || matches!(set, LabelSet::Imagenet1001 | LabelSet::Cityscapes20)
            }),
            origins,
        };
        Self {
            info: CheckpointInfo {
                model: variant.id(),
                candidates: description.candidates,
                wrappers: description.wrappers,
                source: SourceKind::File,
                presence: Presence::Loaded,
                bytes: Some(bytes),
                sha256: Some(sha256),
                classes: variant.classes,
                labels: labels_of(&id, names.is_some(), &usage),
                id,
                resolution: variant.resolution,
                preprocess: usage.preprocess,
                origins,
                licence: description.licence,
                origin_url: description.origin.clone().filter(|origin| origin.starts_with("https://")),
                origin: description.origin,
                published_top1: None,
                published_source: None,
                // Nothing ties it to these weights.
                training: None,
                remarks,
            },
            variant,
            declared: usage.clone(),
            usage,
            declared_names: names.clone(),
            names,
            url: None,
            weights: None,
        }
    }

    /// Gives it the id of one that it replaces.
    pub fn replaces(&mut self, id: String) {
        self.info.labels = labels_of(&id, self.names.is_some(), &self.usage);
        self.info.id = id;
    }
}

/// What a file's metadata and names leave to be said.
fn remarks(description: &Description) -> Vec<Problem> {
    let mut remarks: Vec<Problem> = description.unusable.iter().map(unusable).collect();
    remarks.extend(description.of_others.as_ref().map(of_others));
    if description.training.is_some() {
        let message = "the accuracy in the file's metadata is not shown: nothing ties it to these weights";
        remarks.push(Problem::new(Code::WeightsMetadataAccuracy, message));
    }
    remarks.extend(description.converted.iter().flat_map(converted));
    if let Some(renaming) = description.renaming.as_ref().filter(|renaming| !renaming.wrapper.is_empty()) {
        let message = format!("{:?} before every tensor's name was left out", renaming.wrapper);
        remarks.push(Problem::new(Code::WeightsRenamed, message).with("wrapper", &renaming.wrapper));
    }
    remarks
}

/// What was done to a file of another program.
fn converted(converted: &Converted) -> Vec<Problem> {
    let Converted { format, padding, eps, folded, dequantised, is_inferred } = converted;
    let message = format!(
        "tensors were matched by the order of the layers of this {format} file, not by names; padding: {padding}, ε of batch \
         normalisations: {eps}"
    );
    let remark = Problem::new(Code::WeightsConverted, message).with("format", format);
    let mut remarks = vec![remark.with("padding", padding).with("eps", eps)];
    if *is_inferred {
        let message = format!(
            "the file has weights alone: padding and ε are taken to be those of Keras' networks, SAME and {eps}"
        );
        remarks.push(Problem::new(Code::WeightsInferred, message).with("eps", eps));
    }
    if let Some(count) = folded {
        let message = format!(
            "batch normalisations have been folded into the convolutions ({count} biases): those in their place change nothing \
             (scale 1, mean 0, variance 1 − {eps})"
        );
        remarks.push(Problem::new(Code::WeightsFolded, message).with("count", count).with("eps", eps));
    }
    if let Some(count) = dequantised {
        let message = format!(
            "{count} tensors of integers were turned into real numbers by their scales; answers differ a little from the quantised \
             model's"
        );
        remarks.push(Problem::new(Code::WeightsDequantised, message).with("count", count));
    }
    remarks
}

/// Says that a value of metadata cannot be read.
fn unusable((key, value): &(&str, String)) -> Problem {
    let message = format!("{key} = {value:?} cannot be used here and counts as not said");
    Problem::new(Code::WeightsMetadataUnusable, message).with("key", key).with("value", value)
}

/// Says that a list of names is of other classes.
fn names_count(count: usize, classes: u32) -> Problem {
    let message = format!(
        "the list has {count} names, the weights have {classes} classes; give a list of all classes in the order of the outputs"
    );
    Problem::new(Code::NamesCount, message).with("count", count).with("classes", classes)
}

/// Says that metadata are of other weights.
fn of_others((key, value): &(&str, String)) -> Problem {
    let message =
        format!("{key} = {value:?} is of other weights than these: none of those settings are believed");
    Problem::new(Code::WeightsMetadataOfOthers, message).with("key", key).with("value", value)
}

/// What the names of a checkpoint's classes go by; `is_own` where somebody has said them.
fn labels_of(id: &str, is_own: bool, usage: &Usage) -> String {
    match is_own {
        true => format!("{OWN_NAMES}{id}"),
        false => usage.labels.map_or(NUMBERS, |labels| labels.name()).to_owned(),
    }
}

/// Lets somebody say how a checkpoint is to be used; see [`worker::protocol::Request::Declare`].
pub fn declare(
    lab: &Lab,
    id: &str,
    by: Origin,
    said: &BTreeMap<String, String>,
) -> Result<CheckpointInfo, Problem> {
    let mut entry = entry(lab, id)?;
    let info = &mut entry.info;
    let architecture = said.get("architecture").and_then(|name| usage::named(&lab.zoo.borrow(), name));
    let is_other = architecture.is_some_and(|named| !info.candidates.contains(&named.id()));
    let key = if is_other { Some("architecture") } else { usage::of_others(said, info.classes) };
    if let Some(key) = key {
        return Err(of_others(&(key, said[key].clone())));
    }
    if said.is_empty() {
        entry.usage = entry.declared.clone();
    }
    let names: Option<Vec<ClassName>> =
        said.get("label_names").map(|names| names.lines().map(ClassName::own).collect());
    let (names, other_count) = match names {
        Some(names) if names.len() != info.classes as usize => {
            (None, Some(names_count(names.len(), info.classes)))
        }
        names => (names.map(Rc::new), None),
    };
    let left = entry.usage.declare(said, by, &entry.variant);
    let mut problems: Vec<Problem> = left.iter().map(unusable).chain(other_count).collect();
    if said.contains_key("labels") {
        entry.names = None;
    }
    if let Some(names) = names {
        entry.names = Some(names);
        entry.usage.origins.labels = by;
    }
    if by == Origin::Visitor {
        if !problems.is_empty() {
            return Err(problems.swap_remove(0));
        }
        if said.is_empty() {
            entry.names = entry.declared_names.clone();
        }
    } else {
        entry.declared = entry.usage.clone();
        entry.declared_names = entry.names.clone();
        info.remarks
            .retain(|remark| !matches!(remark.code, Code::WeightsMetadataUnusable | Code::NamesCount));
        info.remarks.extend(problems);
    }
    info.labels = labels_of(id, entry.names.is_some(), &entry.usage);
    info.resolution = entry.usage.resolution;
    info.preprocess = entry.usage.preprocess;
    info.origins = entry.usage.origins;
    let (height, width) = info.resolution;
    entry.variant = entry.variant.with_resolution(height, width);
    let info = info.clone();
    replace(lab, entry);
    Ok(info)
}

/// Puts an entry in the place of the one with its id, or at the end.
pub fn replace(lab: &Lab, entry: Entry) {
    let mut checkpoints = lab.checkpoints.borrow_mut();
    match checkpoints.iter_mut().find(|other| other.info.id == entry.info.id) {
        Some(place) => *place = entry,
        None => checkpoints.push(entry),
    }
}

/// Reads the manifests. Checkpoints that are in memory stay, wherever they came from.
pub async fn read(lab: &Lab) -> Catalog {
    let mut problems = Vec::new();
    let mut entries = Vec::new();
    for (path, source) in [
        ("static/weights/manifest.json", SourceKind::Bundled),
        ("weights-local/manifest.json", SourceKind::Local),
    ] {
        let url = platform::site_url(path);
        match manifest(&url, source).await {
            Ok(Some((listed, more_problems))) => {
                problems.extend(more_problems);
                for entry in listed {
                    match Entry::listed(entry, source, &url) {
                        Ok(entry) => entries.push(entry),
                        Err(problem) => problems.push(problem),
                    }
                }
            }
            Ok(None) => {}
            Err(problem) => problems.push(problem),
        }
    }
    // What is ready to use comes first, whatever the manifests' order.
    let (far, mut entries): (Vec<Entry>, Vec<Entry>) =
        entries.into_iter().partition(|entry| entry.info.source == SourceKind::Hub);
    entries.extend(far);
    for entry in &mut entries {
        if let Some(url) = entry.url.as_ref().filter(|_| entry.info.source == SourceKind::Hub)
            && let Some(kept) = download::kept(url).await
        {
            entry.info.presence = Presence::Cached;
            entry.info.sha256 = entry.info.sha256.take().or(kept.sha256);
            entry.info.bytes = entry.info.bytes.or(kept.bytes);
        }
    }
    let mut checkpoints = lab.checkpoints.borrow_mut();
    for old in checkpoints.drain(..) {
        match entries.iter_mut().find(|entry| entry.info.id == old.info.id) {
            Some(entry) if old.weights.is_some() => *entry = old,
            None if old.url.is_none() => entries.push(old),
            _ => {}
        }
    }
    *checkpoints = entries;
    Catalog { checkpoints: checkpoints.iter().map(|entry| entry.info.clone()).collect(), problems }
}

/// What the page may know of a checkpoint.
pub fn info(lab: &Lab, id: &str) -> Result<CheckpointInfo, Problem> {
    Ok(entry(lab, id)?.info)
}

/// A checkpoint by its id.
pub fn entry(lab: &Lab, id: &str) -> Result<Entry, Problem> {
    let checkpoints = lab.checkpoints.borrow();
    checkpoints.iter().find(|entry| entry.info.id == id).cloned().ok_or_else(|| {
        Problem::new(Code::UnknownCheckpoint, format!("no checkpoint is called {id:?} here"))
            .with("checkpoint", id)
    })
}

type Listed = (Vec<CheckpointEntry>, Vec<Problem>);

/// A manifest's entries; `None` where there is no local folder, which is no fault.
async fn manifest(url: &str, source: SourceKind) -> Result<Option<Listed>, Problem> {
    let optional = source == SourceKind::Local;
    let response = match download::get(url, None).await {
        Ok(response) => response,
        Err(_) if optional => return Ok(None),
        Err(problem) => return Err(missing(url, problem.values.get("reason").map_or("", String::as_str))),
    };
    if !response.ok() || (optional && !is_json(&response)) {
        let status = format!("HTTP {}", response.status());
        return if optional { Ok(None) } else { Err(missing(url, &status)) };
    }
    let bytes = download::body(&response).await?;
    let parsed = Manifest::parse(&bytes).map_err(|error| Problem::of(&error))?;
    let problems = parsed.problems.iter().map(|problem| {
        Problem::new(Code::ManifestEntry, problem.to_string())
            .with("position", problem.index + 1)
            .with("line", problem.line)
            .with("reason", &problem.error)
    });
    Ok(Some((parsed.manifest.checkpoints, problems.collect())))
}

/// Static hosts answer unknown paths with a page; that is no manifest.
fn is_json(response: &Response) -> bool {
    response.headers().get("content-type").ok().flatten().is_some_and(|kind| kind.contains("json"))
}

fn missing(url: &str, reason: &str) -> Problem {
    let message = format!(
        "the list of weights {url} could not be read ({reason}); networks can still be timed with random weights, \
         and weights files can be dropped"
    );
    Problem::new(Code::ManifestMissing, message).with("url", url).with("reason", reason)
}
