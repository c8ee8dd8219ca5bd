//! `cargo xtask weights`: the checkpoints that the page offers.

mod add;
mod download;
mod imagenet;
mod local;

use std::fmt::Write;
use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail, ensure};
use engine::weights::manifest::{
    CheckpointEntry, CheckpointSource, Departures, LabelSet, ParsedManifest, Reference, VERSION,
};
use engine::weights::{Description, FloatDtype, Header, Manifest, describe};
use engine::zoo::Zoo;
use sha2::{Digest, Sha256};

pub(crate) use add::as_safetensors;
pub(crate) use imagenet::add_imagenet;
pub(crate) use local::local_manifest;

use crate::project::root;
use crate::table;

/// The manifest's name in its folder.
const MANIFEST: &str = "manifest.json";

/// Arguments of `cargo xtask weights`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Convert checkpoints, store them with the site and enter them in its list
    Add(add::Args),
    /// Print the site's list
    List,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    match &args.command {
        Command::Add(args) => add::run(args, &folder()),
        Command::List => list(&folder()),
    }
}

/// Where the site's checkpoints and their list are.
pub(crate) fn folder() -> PathBuf {
    root().join("static").join("weights")
}

fn list(folder: &Path) -> Result<ExitCode> {
    let ParsedManifest { manifest, problems } = read_manifest(folder)?;
    print!("{}", overview(&manifest));
    for problem in &problems {
        eprintln!("error: {problem}");
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn overview(manifest: &Manifest) -> String {
    let head = ["id", "network", "labels", "input", "type", "bytes", "licence", "file"];
    let row = |entry: &CheckpointEntry| {
        let [height, width] = entry.input;
        vec![
            entry.id.clone(),
            entry.model.clone(),
            entry.labels.name().to_owned(),
            format!("{height}×{width}"),
            format!("{:?}", entry.dtype).to_uppercase(),
            entry.bytes.map_or_else(|| "?".to_owned(), |bytes| bytes.to_string()),
            entry.licence.clone(),
            entry.source.url(),
        ]
    };
    table::render(&head, &manifest.checkpoints.iter().map(row).collect::<Vec<_>>())
}

/// The folder's manifest; an empty one where there is none yet.
pub(crate) fn read_manifest(folder: &Path) -> Result<ParsedManifest> {
    let path = folder.join(MANIFEST);
    match fs::read(&path) {
        Ok(json) => Manifest::parse(&json).with_context(|| path.display().to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let manifest = Manifest { version: VERSION, checkpoints: Vec::new() };
            Ok(ParsedManifest { manifest, problems: Vec::new() })
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Replaces the folder's manifest.
fn write_manifest(folder: &Path, manifest: &Manifest) -> Result<()> {
    write(&folder.join(MANIFEST), manifest.to_json().as_bytes())
}

/// Replaces a file at once, so that an interruption leaves the old one.
fn write(path: &Path, content: &[u8]) -> Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    fs::write(&part, content)
        .and_then(|()| fs::rename(&part, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Describes a checkpoint called `name`: where its tensors fit networks that differ in conventions alone and its
/// metadata are silent, the name decides, as in `tf_mobilenetv3_small_100.in1k`.
pub(crate) fn describe_named(header: &Header, name: &str) -> Result<Description> {
    let description = describe(header, Zoo::builtin(), None)?;
    let candidates = &description.candidates;
    if candidates.len() == 1 {
        return Ok(description);
    }
    match candidates.iter().filter(|id| name.starts_with(id.as_str())).max_by_key(|id| id.len()) {
        Some(id) => Ok(describe(header, Zoo::builtin(), Some(id))?),
        None => bail!(
            "these weights fit {} equally well, which pad and normalise differently; begin the file's name \
             with the right one, or enter it with `cargo xtask weights add --model`",
            candidates.join(" and ")
        ),
    }
}

/// A file in the manifest's folder.
struct Stored {
    name: String,
    bytes: u64,
    sha256: String,
    dtype: FloatDtype,
}

/// The entry of a described checkpoint in the folder's own manifest.
fn entry(
    id: &str,
    description: &Description,
    stored: Stored,
    labels: LabelSet,
    licence: String,
    origin: Reference,
) -> Result<CheckpointEntry> {
    let variant = &description.variant;
    let model = variant.id();
    let named = Zoo::builtin().find(&model)?;
    ensure!(
        named.width == variant.width,
        "these weights are {model} at width {}, but the id {model} means width {}; the list cannot hold them",
        variant.width,
        named.width
    );
    let (theirs, own) = (variant.conventions, variant.model.style.conventions);
    let (height, width) = variant.resolution;
    Ok(CheckpointEntry {
        id: id.to_owned(),
        model,
        source: CheckpointSource::Bundled { file: stored.name },
        bytes: Some(stored.bytes),
        sha256: Some(stored.sha256),
        dtype: stored.dtype,
        classes: variant.classes,
        labels,
        preprocess: description.preprocess,
        input: [height, width],
        conventions: Departures {
            padding: (theirs.padding != own.padding).then_some(theirs.padding),
            bn_eps: (theirs.bn_eps != own.bn_eps).then_some(theirs.bn_eps),
        },
        licence,
        origin,
        published: Vec::new(),
        training: description.training,
    })
}

/// A file's statement of its origin: an address, or words.
fn reference(text: &str) -> Reference {
    let address = text.strip_prefix("https://");
    Reference { description: address.unwrap_or(text).to_owned(), url: address.map(|_| text.to_owned()) }
}

/// SHA-256 in hexadecimal.
fn sha256(mut content: impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match content.read(&mut buffer)? {
            0 => break,
            read => hasher.update(&buffer[..read]),
        }
    }
    Ok(hasher.finalize().iter().fold(String::new(), |mut hex, byte| {
        // A String takes every character.
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

/// The label set with this name.
fn label_set(name: &str) -> Result<LabelSet> {
    LabelSet::of_name(name).ok_or_else(|| {
        anyhow!("there is no such label set; known are {}", LabelSet::ALL.map(LabelSet::name).join(", "))
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use engine::graph::ParamId;
    use engine::spec::Variant;
    use engine::weights::Weights;
    use engine::weights::write::{TensorRef, write_safetensors};

    use super::*;

    /// A folder that goes away with the test.
    pub(crate) struct Folder(pub(crate) PathBuf);

    impl Folder {
        pub(crate) fn new(name: &str) -> Folder {
            let folder = std::env::temp_dir().join(format!("mobilenet-lab-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            Folder(folder)
        }

        pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
            let file = self.0.join(name);
            fs::write(&file, content).unwrap();
            file
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// A checkpoint of random weights, of which the first is `first`; tensors in reverse order.
    pub(super) fn checkpoint(variant: &Variant, metadata: &[(&str, &str)], first: f32) -> Vec<u8> {
        let graph = variant.graph().unwrap();
        let weights = Weights::random(&graph);
        let mut values: Vec<Vec<f32>> =
            (0..graph.params.len()).map(|i| weights.get(ParamId(i)).to_vec()).collect();
        values[0][0] = first;
        let tensors: Vec<TensorRef<'_>> = graph
            .params
            .iter()
            .zip(&values)
            .map(|(param, data)| TensorRef { name: &param.name, shape: &param.shape, data })
            .rev()
            .collect();
        let metadata = metadata.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        write_safetensors(&tensors, FloatDtype::F32, &metadata).unwrap()
    }

    #[test]
    fn origins_become_links_only_where_they_are_addresses() {
        let words = reference("owner/name@commit:file.tflite");
        assert_eq!((words.description.as_str(), words.url), ("owner/name@commit:file.tflite", None));
        let address = reference("https://example.org/a");
        assert_eq!(address.description, "example.org/a");
        assert_eq!(address.url.as_deref(), Some("https://example.org/a"));
    }

    #[test]
    fn hashes_are_those_of_sha256sum() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(io::empty()).unwrap(), empty);
    }

    #[test]
    fn a_folder_without_a_manifest_lists_nothing() {
        let folder = Folder::new("no-manifest");
        let parsed = read_manifest(&folder.0).unwrap();
        assert!(parsed.manifest.checkpoints.is_empty() && parsed.problems.is_empty());
        folder.file(MANIFEST, b"{");
        let error = format!("{:#}", read_manifest(&folder.0).unwrap_err());
        assert!(error.contains(MANIFEST) && error.contains("not valid JSON"), "{error}");
    }
}
