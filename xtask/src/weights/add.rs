//! `cargo xtask weights add`: from anybody's checkpoint to one that the site serves.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::Cursor;
use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail, ensure};
use engine::backend::Threads;
use engine::backend::cpu::Cpu;
use engine::file_kind::sniff_named;
use engine::graph::{Graph, NodeId, ParamId};
use engine::synthetic;
use engine::weights::aliases::Renaming;
use engine::weights::manifest::{CheckpointEntry, LabelSet, ParsedManifest, Reference};
use engine::weights::write::{TensorRef, write_with_tables};
use engine::weights::{
    Description, FloatDtype, Tables, Weights, WeightsError, describe, metadata, safetensors, tables,
};
use engine::zoo::Zoo;

use super::download::download;
use super::{
    MANIFEST, Stored, describe_named, entry, label_set, read_manifest, reference, sha256, write,
    write_manifest,
};

/// How far rounding may move a logit, relative to the largest. Trained networks in f16 stay below a tenth of it.
const MAX_ROUNDING_EFFECT: f32 = 0.02;

/// Arguments of `cargo xtask weights add`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Safetensors files or PyTorch's with the tensor names of timm or torchvision, or ONNX, TensorFlow Lite or Keras files, or their
    /// https addresses
    #[arg(required = true, value_name = "FILE|URL")]
    sources: Vec<String>,
    #[command(flatten)]
    options: Options,
}

/// What is said about checkpoints on the command line. It goes before what their metadata state, that before
/// what the list says about a checkpoint of this id, and that before the network's own conventions.
#[derive(clap::Args, Default)]
pub(super) struct Options {
    /// The network, where names and shapes leave a choice
    #[arg(long, value_name = "ID")]
    pub(super) model: Option<String>,
    /// What the outputs mean: imagenet_1000, imagenet_1001, cifar10 or everyday146
    #[arg(long, value_name = "SET", value_parser = label_set)]
    pub(super) labels: Option<LabelSet>,
    /// The licence: its SPDX id, or its name
    #[arg(long, value_name = "TEXT")]
    pub(super) licence: Option<String>,
    /// Where the checkpoint is described
    #[arg(long, value_name = "URL")]
    pub(super) origin: Option<String>,
    /// The checkpoint's id in the list [default: the repository's or the file's name]
    #[arg(long, value_name = "NAME")]
    pub(super) id: Option<String>,
    /// Store f32: twice as long, nothing rounded
    #[arg(long)]
    pub(super) f32: bool,
}

/// Runs the command: enters the checkpoints in `folder`, one after the other.
pub(super) fn run(args: &Args, folder: &Path) -> Result<ExitCode> {
    let Args { sources, options } = args;
    ensure!(
        options.id.is_none() || sources.len() == 1,
        "--id names one checkpoint, {} are given",
        sources.len()
    );
    for source in sources {
        let bytes = if source.contains("://") {
            download(source)?
        } else {
            fs::read(source).with_context(|| format!("cannot read {source}"))?
        };
        let bytes = as_safetensors(source, bytes).with_context(|| source.clone())?;
        println!("{}", add(source, &bytes, options, folder).with_context(|| source.clone())?);
    }
    Ok(ExitCode::SUCCESS)
}

/// The same checkpoint as safetensors.
pub(crate) fn as_safetensors(name: &str, bytes: Vec<u8>) -> Result<Vec<u8>> {
    if !sniff_named(&bytes, name).is_converted() {
        return Ok(bytes);
    }
    let mut file = Cursor::new(bytes);
    Ok(reader::read(&mut file)?.bytes(&mut file)?)
}

/// What has been entered, for the user to see.
pub(super) struct Added {
    entry: CheckpointEntry,
    /// The source's length in bytes.
    source_bytes: usize,
    /// How the source's names differ from those of the network's library.
    renaming: Option<Renaming>,
    /// Tensors of the source that the network has no use for.
    unused: Vec<String>,
    effect: f32,
}

impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entry, source_bytes, renaming, unused, effect } = self;
        writeln!(f, "{}: {}, {} classes ({})", entry.id, entry.model, entry.classes, entry.labels.name())?;
        let stored = entry.bytes.unwrap_or_default() as f64 / 1e6;
        writeln!(
            f,
            "  stored as {:?}, {stored:.2} MB from {:.2} MB",
            entry.dtype,
            *source_bytes as f64 / 1e6
        )?;
        if let Some(renaming) = renaming {
            writeln!(f, "  {renaming}")?;
        }
        match effect {
            0.0 => write!(f, "  nothing was rounded")?,
            _ => write!(f, "  rounding moves the logits of a test image by {effect:.1e} of the largest")?,
        }
        if !unused.is_empty() {
            write!(f, "\n  left out, since {} has no use for them: {}", entry.model, unused.join(", "))?;
        }
        Ok(())
    }
}

/// Enters one checkpoint in `folder`.
pub(super) fn add(source: &str, bytes: &[u8], options: &Options, folder: &Path) -> Result<Added> {
    let ParsedManifest { mut manifest, problems } = read_manifest(folder)?;
    if let Some(problem) = problems.first() {
        bail!("{}: {problem}; writing the list would delete that entry", folder.join(MANIFEST).display());
    }
    let name = options.id.clone().or_else(|| name_of(source));
    let listed = manifest.checkpoints.iter().find(|entry| name.as_ref() == Some(&entry.id)).cloned();

    let mut header = safetensors::read_header(bytes)?;
    let stated_origin = header.metadata.get("source").cloned();
    if let Some(listed) = &listed {
        for (key, value) in metadata_of(listed)? {
            header.metadata.entry(key).or_insert(value);
        }
    }
    let description = match &options.model {
        Some(model) => describe(&header, Zoo::builtin(), Some(model))?,
        None => describe_named(&header, name.as_deref().unwrap_or_default())?,
    };
    let labels = options.labels.or(description.labels).with_context(|| {
        format!("nothing tells what the {} classes are; say it with --labels", description.variant.classes)
    })?;
    let licence = options.licence.clone().or(description.licence.clone()).context(
        "the file does not state its licence; find it where the file is published, and give it with --licence",
    )?;
    let origin = match (&options.origin, stated_origin, &listed) {
        (Some(url), ..) => Reference { url: Some(url.clone()), ..reference(url) },
        (None, Some(stated), _) => reference(&stated),
        (None, None, Some(listed)) => listed.origin.clone(),
        (None, None, None) if source.contains("://") => reference(page_of(source)),
        _ => bail!("the file does not state where it is from; give the address with --origin"),
    };

    let id = name.unwrap_or_else(|| description.variant.id());
    let mut statements = metadata(&description.variant, &description.preprocess, description.training);
    for (key, value) in [
        ("labels", labels.name()),
        ("license", licence.as_str()),
        ("source", origin.url.as_deref().unwrap_or(&origin.description)),
    ] {
        statements.insert(key.to_owned(), value.to_owned());
    }
    let dtype = if options.f32 { FloatDtype::F32 } else { FloatDtype::F16 };
    let Converted { file, unused, effect } = convert(bytes, &description, dtype, &statements)?;

    let stored = Stored {
        name: format!("{id}.safetensors"),
        bytes: file.len() as u64,
        sha256: sha256(file.as_slice())?,
        dtype,
    };
    let path = folder.join(&stored.name);
    let mut entry = entry(&id, &description, stored, labels, licence, origin)?;
    entry.published = listed.filter(|listed| listed.model == entry.model).map_or(Vec::new(), |l| l.published);
    manifest.insert(entry.clone()).context("the list refuses it (--id gives another id)")?;

    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    write(&path, &file)?;
    write_manifest(folder, &manifest)?;
    Ok(Added { entry, source_bytes: bytes.len(), renaming: description.renaming, unused, effect })
}

/// A converted checkpoint.
struct Converted {
    file: Vec<u8>,
    /// Tensors of the original that the network has no use for.
    unused: Vec<String>,
    /// How far rounding moves a logit, relative to the largest.
    effect: f32,
}

/// Binds a checkpoint to its network and writes it in the order of execution, so that a page can prepare the
/// first layers while the last ones still arrive.
fn convert(
    bytes: &[u8],
    description: &Description,
    dtype: FloatDtype,
    statements: &BTreeMap<String, String>,
) -> Result<Converted> {
    let model = description.variant.id();
    let graph = description.variant.graph()?;
    let (weights, orders, unused) = bind(&model, &graph, bytes)?;
    let ordered: Vec<TensorRef<'_>> = graph
        .params
        .iter()
        .enumerate()
        .map(|(i, param)| TensorRef { name: &param.name, shape: &param.shape, data: weights.get(ParamId(i)) })
        .collect();
    let file = write_with_tables(&orders, &ordered, dtype, statements).map_err(|error| match error {
        WeightsError::BeyondRange { .. } => anyhow!("{error} (--f32)"),
        error => error.into(),
    })?;

    let (rounded, ..) = bind(&model, &graph, &file)?;
    let effect = if rounded == weights { 0.0 } else { rounding_effect(&graph, &weights, &rounded) };
    // Written so that a NaN is refused too.
    ensure!(
        effect <= MAX_ROUNDING_EFFECT,
        "stored as {dtype:?} instead of {:?}, logits of a test image move by {:.1} % of the largest; give --f32",
        description.dtype,
        100.0 * effect
    );
    Ok(Converted { file, unused, effect })
}

/// A file's weights for a network, the orders of channels that it states, and its tensors that the network has no use for.
fn bind(model: &str, graph: &Graph, file: &[u8]) -> Result<(Weights, Tables, Vec<String>)> {
    let header = safetensors::read_header(file)?;
    let stored = |range: Range<u64>| {
        let [begin, end] = [range.start, range.end].map(|at| (header.data_start + at) as usize);
        file[begin..end].to_vec()
    };
    let (weights, unused) = Weights::bind(model, graph, safetensors::read(file)?.tensors)?;
    let orders = tables(model, graph, &header, stored)?;
    Ok((weights.with_tables(orders.clone()), orders, unused))
}

/// The largest change of a logit, relative to max(1, the largest logit); NaN if there is one.
fn rounding_effect(graph: &Graph, exact: &Weights, rounded: &Weights) -> f32 {
    let (height, width) = graph.node(NodeId(0)).shape.size();
    let input = synthetic::input(height, width);
    let logits = |weights| {
        let mut session = Cpu::prepare(graph, weights, &Threads::alone());
        session.run(&input, &mut |_, _| {}).to_vec()
    };
    let (exact, rounded): (Vec<f32>, Vec<f32>) = (logits(exact), logits(rounded));
    let largest = exact.iter().fold(1f32, |most, logit| most.max(logit.abs()));
    let differences = exact.iter().zip(&rounded).map(|(a, b)| (a - b).abs() / largest);
    differences.fold(0.0, |most, d| if d > most || d.is_nan() { d } else { most })
}

/// What the list says about a checkpoint, as the metadata of a file.
fn metadata_of(listed: &CheckpointEntry) -> Result<BTreeMap<String, String>> {
    let [height, width] = listed.input;
    let mut variant = Zoo::builtin().find(&listed.model)?.with_resolution(height, width);
    let own = variant.conventions;
    variant.conventions.padding = listed.conventions.padding.unwrap_or(own.padding);
    variant.conventions.bn_eps = listed.conventions.bn_eps.unwrap_or(own.bn_eps);
    let mut known = metadata(&variant, &listed.preprocess, None);
    known.insert("labels".to_owned(), listed.labels.name().to_owned());
    known.insert("license".to_owned(), listed.licence.clone());
    Ok(known)
}

/// What a checkpoint is called: by its repository on the hub, where all files have the same name, else by its
/// file; `None` if that is a name for any.
fn name_of(source: &str) -> Option<String> {
    let named = match page_of(source) {
        page if page != source => page,
        // A query is no part of the name.
        _ if source.contains("://") => source.split(['?', '#']).next()?,
        _ => source,
    };
    let file = named.rsplit(['/', '\\']).next()?;
    let endings = [".safetensors", ".pth", ".pt", ".bin"];
    let name = endings.iter().find_map(|ending| file.strip_suffix(ending)).unwrap_or(file);
    (!matches!(name, "" | "model" | "pytorch_model")).then(|| name.to_owned())
}

/// The page of a file on the hub, or the address itself.
fn page_of(url: &str) -> &str {
    match url.split_once("/resolve/") {
        Some((page, _)) if page.starts_with("https://") => page,
        _ => url,
    }
}

#[cfg(test)]
mod tests {
    use engine::graph::{ChannelMap, Param, Table};
    use engine::spec::{Padding, Resize};
    use engine::weights::Manifest;
    use engine::weights::manifest::CheckpointSource;

    use super::super::tests::{Folder, checkpoint};
    use super::*;
    use crate::project::root;

    fn options() -> Options {
        Options {
            licence: Some("Apache-2.0".to_owned()),
            origin: Some("https://example.org/weights".to_owned()),
            ..Options::default()
        }
    }

    fn entries(folder: &Folder) -> Vec<CheckpointEntry> {
        let parsed = Manifest::parse(&fs::read(folder.0.join(MANIFEST)).unwrap()).unwrap();
        assert_eq!(parsed.problems, []);
        parsed.manifest.checkpoints
    }

    fn refused(source: &str, bytes: &[u8], options: &Options, folder: &Folder) -> String {
        let error = add(source, bytes, options, &folder.0).map(|added| added.to_string()).unwrap_err();
        format!("{error:#}")
    }

    #[test]
    fn a_checkpoint_is_stored_in_order_as_f16_and_listed() {
        let folder = Folder::new("add");
        let variant = Zoo::builtin().find("mobilenetv1_025").unwrap().with_classes(10);
        let stated = [("padding", "same"), ("crop_pct", "0.9"), ("bn_eps", "0.001")];
        let source = checkpoint(&variant, &stated, 0.1);
        let options = Options { labels: Some(LabelSet::Cifar10), ..options() };
        let added = add("somewhere/small.safetensors", &source, &options, &folder.0).unwrap();
        assert!(added.effect > 0.0 && added.effect < 0.01, "{}", added.effect);
        assert!(added.to_string().contains("small: mobilenetv1_025, 10 classes (cifar10)"), "{added}");

        let [entry] = &entries(&folder)[..] else { panic!("one entry") };
        assert_eq!(entry, &added.entry);
        assert_eq!((entry.id.as_str(), entry.model.as_str()), ("small", "mobilenetv1_025"));
        assert_eq!(entry.source, CheckpointSource::Bundled { file: "small.safetensors".to_owned() });
        assert_eq!((entry.dtype, entry.classes, entry.labels), (FloatDtype::F16, 10, LabelSet::Cifar10));
        assert_eq!(entry.conventions.padding, Some(Padding::Same));
        assert_eq!(entry.conventions.bn_eps, Some(1e-3));
        assert_eq!(entry.preprocess.resize, Resize::CropPct(0.9));
        assert_eq!(entry.origin.url.as_deref(), Some("https://example.org/weights"));

        let file = fs::read(folder.0.join("small.safetensors")).unwrap();
        assert_eq!(entry.bytes, Some(file.len() as u64));
        assert_eq!(entry.sha256, Some(sha256(file.as_slice()).unwrap()));
        let graph = variant.graph().unwrap();
        let read = safetensors::read(&file).unwrap();
        assert!(read.order.iter().eq(graph.params.iter().map(|param| &param.name)), "{:?}", read.order);

        // The file alone tells the same.
        let described = describe(&safetensors::read_header(&file).unwrap(), Zoo::builtin(), None).unwrap();
        assert_eq!(described.candidates, ["mobilenetv1_025"]);
        assert_eq!(described.variant.conventions, added_conventions(entry));
        assert_eq!((described.preprocess, described.dtype), (entry.preprocess, FloatDtype::F16));
        assert_eq!(
            (described.labels, described.licence.as_ref()),
            (Some(entry.labels), Some(&entry.licence))
        );
        assert_eq!(described.origin, entry.origin.url);

        // So it needs no options when it is added again, and nothing is rounded a second time.
        let again = add("small.safetensors", &file, &Options::default(), &folder.0).unwrap();
        assert_eq!((again.effect, again.entry), (0.0, entry.clone()));
        assert_eq!(fs::read(folder.0.join("small.safetensors")).unwrap(), file);
        assert_eq!(entries(&folder).len(), 1);
    }

    fn added_conventions(entry: &CheckpointEntry) -> engine::spec::Conventions {
        engine::spec::Conventions {
            padding: entry.conventions.padding.unwrap(),
            bn_eps: entry.conventions.bn_eps.unwrap(),
        }
    }

    #[test]
    fn orders_of_channels_are_kept() {
        let folder = Folder::new("orders");
        let variant = Zoo::builtin().find("condensenet86_cifar_g4").unwrap().with_classes(10);
        let (model, graph) = (variant.id(), variant.graph().unwrap());
        // Other orders than the network's own.
        let order = |table: &Table| {
            let own: Vec<usize> = graph.table(table).0.iter().collect();
            (table.name.clone(), ChannelMap::index(own.into_iter().rev()))
        };
        let orders: Tables = graph.tables.iter().map(order).collect();
        let weights = Weights::random(&graph);
        let tensor =
            |(i, param): (usize, &Param)| (param.name.clone(), param.shape.clone(), weights.get(ParamId(i)));
        let tensors: Vec<_> = graph.params.iter().enumerate().map(tensor).collect();
        let tensors: Vec<TensorRef<'_>> =
            tensors.iter().map(|(name, shape, data)| TensorRef { name, shape, data }).collect();
        let source = write_with_tables(&orders, &tensors, FloatDtype::F32, &BTreeMap::new()).unwrap();
        let options = Options { labels: Some(LabelSet::Cifar10), ..options() };
        let added = add("dense.safetensors", &source, &options, &folder.0).unwrap();
        assert_eq!(added.entry.model, model);
        assert!(added.effect > 0.0 && added.unused.is_empty(), "{added}");

        let file = fs::read(folder.0.join("dense.safetensors")).unwrap();
        let (_, stored, unused) = bind(&model, &graph, &file).unwrap();
        assert_eq!(stored, orders);
        assert!(!orders.is_empty() && unused.is_empty(), "{unused:?}");
        // They stand before the layers that need them.
        let header = safetensors::read_header(&file).unwrap();
        assert!(header.tensors.iter().take(orders.len()).all(|info| orders.contains_key(&info.name)));
        let again = add("dense.safetensors", &file, &Options::default(), &folder.0).unwrap();
        assert_eq!(again.effect, 0.0);
        assert_eq!(fs::read(folder.0.join("dense.safetensors")).unwrap(), file);

        // Without them nobody knows what the layers read.
        let error = refused("a", &checkpoint(&variant, &[], 0.1), &options, &folder);
        assert!(error.contains(&graph.tables[0].name) && error.contains("lack"), "{error}");
    }

    #[test]
    fn what_the_list_knows_need_not_be_said() {
        let folder = Folder::new("listed");
        let variant = Zoo::builtin().find("mobilenetv1_025").unwrap();
        let source = checkpoint(&variant, &[("format", "pt")], 0.1);
        let mut listed = add("net.tag.safetensors", &source, &options(), &folder.0).unwrap().entry;
        listed.source = CheckpointSource::Hub {
            repository: "owner/net.tag".to_owned(),
            file: "model.safetensors".to_owned(),
            revision: None,
        };
        listed.preprocess.resize = Resize::Stretch;
        listed.origin = Reference { description: "in words".to_owned(), url: listed.origin.url };
        listed.published = serde_json::from_str(
            r#"[{"resolution": 224, "top1": 50.5, "source": {"description": "a table"}}]"#,
        )
        .unwrap();
        let manifest = Manifest { version: 1, checkpoints: vec![listed.clone()] };
        folder.file(MANIFEST, manifest.to_json().as_bytes());

        let address = "https://huggingface.co/owner/net.tag/resolve/main/model.safetensors?download=true";
        let added = add(address, &source, &Options::default(), &folder.0).unwrap().entry;
        assert_eq!(added.source, CheckpointSource::Bundled { file: "net.tag.safetensors".to_owned() });
        let CheckpointEntry { source, bytes, sha256, .. } = listed.clone();
        assert_eq!(CheckpointEntry { source, bytes, sha256, ..added }, listed, "but for the file");
    }

    #[test]
    fn whatever_is_not_known_is_asked_for_and_nothing_is_written() {
        let folder = Folder::new("refused");
        let small = Zoo::builtin().find("mobilenetv1_025").unwrap();
        let twin = Zoo::builtin().find("tf_mobilenetv3_small_075").unwrap();
        let plain = checkpoint(&small, &[], 0.1);
        for (source, bytes, options, part) in [
            ("a", &plain, Options { licence: None, ..options() }, "--licence"),
            ("a", &plain, Options { origin: None, ..options() }, "--origin"),
            ("a", &plain, Options { origin: Some("http://example.org".to_owned()), ..options() }, "https"),
            (
                "a",
                &plain,
                Options { labels: Some(LabelSet::Cifar10), ..options() },
                "1000 classes do not fit",
            ),
            ("a b", &plain, options(), "\"a b\" may consist of"),
            ("a", &checkpoint(&small.clone().with_classes(37), &[], 0.1), options(), "--labels"),
            ("a", &checkpoint(&twin, &[], 0.1), options(), "--model"),
            (
                "a",
                &plain,
                Options { model: Some("mobilenetv2_100".to_owned()), ..options() },
                "those of mobilenetv1_025",
            ),
            ("a", &plain, Options { model: Some("resnet18".to_owned()), ..options() }, "resnet18"),
            ("a", &checkpoint(&small, &[], 7e4), options(), "conv_stem.weight"),
            ("a", &checkpoint(&small, &[], 7e4), options(), "--f32"),
            ("a", &b"<html>".to_vec(), options(), "bytes"),
        ] {
            let error = refused(source, bytes, &options, &folder);
            assert!(error.contains(part), "{part} is not in: {error}");
        }
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 0);

        let exact = Options { f32: true, ..options() };
        let added = add("a", &checkpoint(&small, &[], 7e4), &exact, &folder.0).unwrap();
        assert_eq!((added.effect, added.entry.dtype), (0.0, FloatDtype::F32));
        let named = add("tf_mobilenetv3_small_075.in1k", &checkpoint(&twin, &[], 0.1), &options(), &folder.0);
        assert_eq!(named.unwrap().entry.model, "tf_mobilenetv3_small_075");
    }

    #[test]
    fn a_list_with_mistakes_is_not_overwritten() {
        let folder = Folder::new("mistakes");
        let text = r#"{"version": 1, "checkpoints": [{"id": "hand-made"}]}"#;
        folder.file(MANIFEST, text.as_bytes());
        let plain = checkpoint(&Zoo::builtin().find("mobilenetv1_025").unwrap(), &[], 0.1);
        let error = refused("a", &plain, &options(), &folder);
        assert!(error.contains("hand-made") && error.contains("would delete"), "{error}");
        assert_eq!(fs::read_to_string(folder.0.join(MANIFEST)).unwrap(), text);
    }

    #[test]
    fn a_width_that_the_id_cannot_tell_is_refused() {
        let folder = Folder::new("width");
        let variant = Zoo::builtin().find("mobilenet_v2").unwrap().with_width(0.35);
        let error = refused("a", &checkpoint(&variant, &[], 0.1), &options(), &folder);
        assert!(error.contains("mobilenet_v2 at width 0.35"), "{error}");
    }

    #[test]
    fn names_come_from_the_repository_or_the_file() {
        for (source, name) in [
            ("https://huggingface.co/timm/a.b_c/resolve/main/model.safetensors", Some("a.b_c")),
            ("https://example.org/x/net-1.safetensors?download=true#top", Some("net-1")),
            ("folder/net.tag.safetensors", Some("net.tag")),
            ("folder/model.safetensors", None),
            ("folder/net-5.pth", Some("net-5")),
            ("folder/pytorch_model.bin", None),
            ("resolve/resolve/net", Some("net")),
        ] {
            assert_eq!(name_of(source).as_deref(), name, "{source}");
        }
        assert_eq!(page_of("https://huggingface.co/o/n/resolve/main/f"), "https://huggingface.co/o/n");
    }

    #[test]
    fn files_of_pytorch_are_read() {
        let file = fs::read(root().join("app/reader/tests/data/zip.pth")).unwrap();
        let read = as_safetensors("zip.pth", file).unwrap();
        let header = safetensors::read_header(&read).unwrap();
        assert!(header.tensors.iter().any(|tensor| tensor.name == "stem.weight"));
        let error = as_safetensors("old.pt", b"\x80\x02}q\0.".to_vec()).unwrap_err();
        assert!(error.to_string().contains("torch.save"), "{error}");
        assert_eq!(as_safetensors("a.safetensors", read.clone()).unwrap(), read);
    }

    #[test]
    fn a_trained_checkpoint_is_entered_as_it_is() {
        let file = root().join("../shared/weights/mobilenetv1_025_tf1001.safetensors");
        let Ok(bytes) = fs::read(&file) else {
            println!("SKIPPED: no checkpoints in ../shared/weights, so none was added");
            return;
        };
        let folder = Folder::new("trained");
        let added = add(&file.to_string_lossy(), &bytes, &Options::default(), &folder.0).unwrap();
        assert_eq!(added.effect, 0.0, "it is f16 already");
        assert_eq!((added.entry.model.as_str(), added.entry.classes), ("mobilenetv1_025", 1001));
        assert_eq!(added.entry.conventions.padding, Some(Padding::Same));
        let graph = Zoo::builtin().find("mobilenetv1_025").unwrap().with_classes(1001).graph().unwrap();
        let original = safetensors::read(&bytes).unwrap().tensors;
        let stored = fs::read(folder.0.join("mobilenetv1_025_tf1001.safetensors")).unwrap();
        let stored = safetensors::read(&stored).unwrap().tensors;
        for param in graph.params {
            assert_eq!(original[&param.name], stored[&param.name], "{}", param.name);
        }
    }
}
