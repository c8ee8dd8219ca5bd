//! A folder of checkpoints as a manifest, made from what the files say of themselves.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use engine::weights::manifest::{CheckpointEntry, VERSION};
use engine::weights::{Header, Manifest, WeightsError, safetensors};

use super::{Stored, describe_named, entry, reference, sha256};

/// What an entry says where the file says nothing.
const NOT_STATED: &str = "not stated";

/// The manifest of the `*.safetensors` files in `dir`, for the page to list, by name. A file that cannot be used
/// is left out and named with the reason on stderr.
pub(crate) fn local_manifest(dir: &Path) -> Result<serde_json::Value> {
    let mut manifest = Manifest { version: VERSION, checkpoints: Vec::new() };
    for path in checkpoints(dir)? {
        let entered = describe_file(&path).and_then(|entry| Ok(manifest.insert(entry)?));
        if let Err(error) = entered {
            eprintln!("{} is left out: {error:#}", path.display());
        }
    }
    // By way of its text, in which 0.485 is written so and not as the f64 nearest to the f32.
    serde_json::from_str(&manifest.to_json()).context("cannot make the manifest")
}

/// The checkpoints in a folder, in the order of their names. Hidden files are none, as for the server.
fn checkpoints(dir: &Path) -> Result<Vec<PathBuf>> {
    let listing = || format!("cannot list {}", dir.display());
    let mut found = Vec::new();
    for file in fs::read_dir(dir).with_context(listing)? {
        let path = file.with_context(listing)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.extension().is_some_and(|extension| extension == "safetensors") && !is_hidden {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn describe_file(path: &Path) -> Result<CheckpointEntry> {
    let name = path.file_name().and_then(|name| name.to_str()).context("its name is not UTF-8; rename it")?;
    let id = name.strip_suffix(".safetensors").unwrap_or(name);
    let (header, bytes) = read_header(path)?;
    let description = describe_named(&header, id)?;
    let classes = description.variant.classes;
    let labels = description.labels.with_context(|| {
        format!("nothing tells what its {classes} classes are; state `labels` in its metadata")
    })?;
    let stored =
        Stored { name: name.to_owned(), bytes, sha256: remembered_sha256(path)?, dtype: description.dtype };
    let licence = description.licence.clone().unwrap_or_else(|| NOT_STATED.to_owned());
    let origin = reference(description.origin.as_deref().unwrap_or(NOT_STATED));
    entry(id, &description, stored, labels, licence, origin)
}

/// A file's header, with the file's length in bytes. Reads no more than the header.
fn read_header(path: &Path) -> Result<(Header, u64)> {
    let file = File::open(path).context("cannot open it")?;
    let got = file.metadata().context("cannot read its length")?.len();
    let mut prefix = Vec::new();
    // Eight bytes tell how many more there are to read.
    let mut needed = 8;
    let header = loop {
        let missing = needed - prefix.len() as u64;
        (&file).take(missing).read_to_end(&mut prefix).context("cannot read it")?;
        match safetensors::read_header(&prefix) {
            Err(WeightsError::Truncated { expected, .. }) if expected > needed => needed = expected,
            outcome => break outcome?,
        }
    };
    let expected = header.file_bytes();
    ensure!(got >= expected, WeightsError::Truncated { expected, got });
    ensure!(got <= expected, WeightsError::TrailingBytes { expected, got });
    Ok((header, got))
}

/// A file in a certain state: its path, length and time of change.
type FileState = (PathBuf, u64, SystemTime);

/// The SHA-256 of a file, computed once while it does not change: the manifest is asked for with every page.
fn remembered_sha256(path: &Path) -> Result<String> {
    static KNOWN: Mutex<BTreeMap<FileState, String>> = Mutex::new(BTreeMap::new());
    let metadata = fs::metadata(path).context("cannot read its length")?;
    let changed = metadata.modified().context("cannot read when it was changed")?;
    let state = (path.to_owned(), metadata.len(), changed);
    // A thread that has panicked leaves the map as it was before or after an insertion.
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(hash) = known.get(&state) {
        return Ok(hash.clone());
    }
    let hash = sha256(File::open(path).context("cannot open it")?).context("cannot read it")?;
    known.insert(state, hash.clone());
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use engine::spec::{Interpolation, Padding, Resize};
    use engine::weights::FloatDtype;
    use engine::weights::manifest::{CheckpointSource, LabelSet};
    use engine::zoo::Zoo;

    use super::super::tests::{Folder, checkpoint};
    use super::*;
    use crate::project::root;

    /// What the page will make of it.
    fn parsed(dir: &Path) -> Vec<CheckpointEntry> {
        let json = local_manifest(dir).unwrap().to_string();
        let parsed = Manifest::parse(json.as_bytes()).unwrap();
        assert_eq!(parsed.problems, []);
        parsed.manifest.checkpoints
    }

    #[test]
    fn files_describe_themselves_and_unusable_ones_are_left_out() {
        let folder = Folder::new("local");
        let small = Zoo::builtin().find("mobilenetv1_025").unwrap();
        let of_ten = small.clone().with_classes(10);
        let tf = Zoo::builtin().find("tf_mobilenetv3_small_075").unwrap();
        let stated = [("labels", "cifar10"), ("source", "https://example.org/x"), ("license", "MIT")];
        let good = checkpoint(&of_ten, &stated, 0.5);
        folder.file("a.safetensors", &good);
        folder.file("b-without-labels.safetensors", &checkpoint(&of_ten, &[], 0.5));
        folder.file("c-cut.safetensors", &good[..good.len() - 1]);
        folder.file("d-long.safetensors", &[good.as_slice(), b"more"].concat());
        folder.file("e-text.safetensors", b"<!doctype html>");
        folder.file("f-short.safetensors", b"1234");
        folder.file("g name.safetensors", &checkpoint(&small, &[], 0.5));
        folder.file("h-of-a-twin.safetensors", &checkpoint(&tf, &[], 0.5));
        folder.file("tf_mobilenetv3_small_075.in1k.safetensors", &checkpoint(&tf, &[], 0.5));
        folder.file(".hidden.safetensors", &good);
        folder.file("manifest.json", b"{}");

        let entries = parsed(&folder.0);
        let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids, ["a", "tf_mobilenetv3_small_075.in1k"]);
        let a = &entries[0];
        assert_eq!((a.model.as_str(), a.classes, a.labels), ("mobilenetv1_025", 10, LabelSet::Cifar10));
        assert_eq!((a.bytes, a.dtype), (Some(good.len() as u64), FloatDtype::F32));
        assert_eq!(a.sha256, Some(sha256(good.as_slice()).unwrap()));
        assert_eq!((a.licence.as_str(), a.origin.url.as_deref()), ("MIT", Some("https://example.org/x")));
        assert_eq!((entries[1].model.as_str(), entries[1].licence.as_str()), (tf.id().as_str(), NOT_STATED));
        assert!(entries[1].conventions.is_default());

        // A file that changes is hashed anew.
        let other = checkpoint(&of_ten, &[("labels", "cifar10"), ("license", "BSD-3-Clause")], 0.25);
        folder.file("a.safetensors", &other);
        assert_eq!(parsed(&folder.0)[0].sha256, Some(sha256(other.as_slice()).unwrap()));
    }

    #[test]
    fn an_absent_folder_is_named() {
        let error = local_manifest(Path::new("no/such/folder")).unwrap_err();
        assert!(error.to_string().contains("no/such/folder"), "{error}");
    }

    #[test]
    fn the_checkpoints_beside_the_repository_are_listed() {
        let dir = root().join("../shared/weights");
        if !dir.is_dir() {
            println!("SKIPPED: no checkpoints in ../shared/weights, so none were listed");
            return;
        }
        let entries = parsed(&dir);
        let models: Vec<&str> = entries.iter().map(|entry| entry.model.as_str()).collect();
        let expected = [
            "mobilenetv1_025",
            "mobilenetv1_075",
            "mobilenetv2_100",
            "tf_mobilenetv3_large_minimal_100",
            "tf_mobilenetv3_small_100",
        ];
        assert_eq!(models, expected);
        for entry in entries {
            assert_eq!((entry.classes, entry.labels), (1001, LabelSet::Imagenet1001));
            let preprocess = entry.preprocess;
            assert_eq!(preprocess.resize, Resize::CropPct(0.875));
            assert_eq!(preprocess.interpolation, Interpolation::Bilinear);
            assert_eq!((preprocess.mean, preprocess.std), ([0.5; 3], [0.5; 3]));
            let by_metadata = !entry.model.starts_with("tf_");
            assert_eq!(entry.conventions.padding, by_metadata.then_some(Padding::Same), "{}", entry.model);
            assert_eq!(entry.dtype, FloatDtype::F16);
            let CheckpointSource::Bundled { file } = &entry.source else { panic!("{:?}", entry.source) };
            assert!(dir.join(file).is_file());
            assert!(entry.origin.url.is_none() && entry.origin.description.contains(".tflite"));
        }
    }
}
