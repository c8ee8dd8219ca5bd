//! Which checkpoints there are.

use std::rc::Rc;

use engine::spec::{Preprocess, Variant};
use engine::weights::Description;
use engine::weights::manifest::{CheckpointEntry, CheckpointSource, Manifest};
use engine::zoo::Zoo;
use web_sys::{Response, Url};
use worker::protocol::{Catalog, CheckpointInfo, Code, Presence, Problem, SourceKind};

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
    /// How its input is prepared.
    pub preprocess: Preprocess,
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
        let published = entry.published.iter().find(|published| [published.resolution; 2] == entry.input);
        Ok(Self {
            info: CheckpointInfo {
                candidates: vec![entry.model.clone()],
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
            preprocess: entry.preprocess,
            url: Some(url),
            weights: None,
        })
    }

    /// A file that the visitor gave.
    pub fn dropped(name: &str, bytes: u64, description: Description, remarks: Vec<Problem>) -> Self {
        let variant = description.variant;
        let labels = description.labels.map_or("numbers", |labels| labels.name());
        Self {
            info: CheckpointInfo {
                id: format!("file:{name}"),
                model: variant.id(),
                candidates: description.candidates,
                source: SourceKind::File,
                presence: Presence::Loaded,
                bytes: Some(bytes),
                sha256: None,
                classes: variant.classes,
                labels: labels.to_owned(),
                resolution: variant.resolution,
                licence: description.licence,
                origin_url: description.origin.clone().filter(|origin| origin.starts_with("https://")),
                origin: description.origin,
                published_top1: None,
                published_source: None,
                training: description.training,
                remarks,
            },
            variant,
            preprocess: description.preprocess,
            url: None,
            weights: None,
        }
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
