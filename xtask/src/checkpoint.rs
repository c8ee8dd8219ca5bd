//! A checkpoint that can classify, from its file on.

use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use engine::backend::Threads;
use engine::backend::cpu::Cpu;
use engine::backend::cpu::int8::CpuInt8;
use engine::backend::int8::Ranges;
use engine::decode::decode;
use engine::graph::Graph;
use engine::predict::{Score, top_k};
use engine::preprocess::preprocess;
use engine::weights::labels::ClassName;
use engine::weights::manifest::LabelSet;
use engine::weights::{Description, Weights, name_list, safetensors, tables};

use crate::project::root;
use crate::weights::{as_safetensors, describe_named};

/// A checkpoint that can classify.
pub(crate) struct Checkpoint {
    /// Its file's name without the ending.
    pub(crate) name: String,
    /// What is known of it.
    pub(crate) description: Description,
    /// What its outputs are called; their numbers where nobody says.
    pub(crate) names: Vec<ClassName>,
    graph: Graph,
    weights: Weights,
}

impl Checkpoint {
    /// Reads a file, of any of the formats that are read, with the names in `labels`, or those of the set that the file states.
    pub(crate) fn read(file: &Path, labels: Option<&Path>) -> Result<Self> {
        Self::of(file, labels).with_context(|| file.display().to_string())
    }

    fn of(file: &Path, labels: Option<&Path>) -> Result<Self> {
        let bytes = as_safetensors(&file.to_string_lossy(), fs::read(file).context("cannot read it")?)?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let header = safetensors::read_header(&bytes)?;
        let description = describe_named(&header, &name)?;
        let classes = description.variant.classes as usize;
        let names = match (labels, description.labels) {
            (Some(labels), _) => listed(labels)?,
            (None, Some(set)) => class_names(set)?,
            (None, None) => (0..classes).map(|class| ClassName::own(&class.to_string())).collect(),
        };
        ensure!(names.len() == classes, "there are {} names for {classes} classes", names.len());
        let graph = description.variant.graph()?;
        let tensors = safetensors::read(&bytes)?.tensors;
        let id = description.variant.id();
        let (weights, _) = Weights::bind(&id, &graph, tensors)?;
        // The file has been read whole, so all of these bytes are there.
        let stored = |range: Range<u64>| {
            let [begin, end] = [range.start, range.end].map(|at| (header.data_start + at) as usize);
            bytes[begin..end].to_vec()
        };
        let weights = weights.with_tables(tables(&id, &graph, &header, stored)?);
        Ok(Self { name, description, names, graph, weights })
    }

    /// Which numbers its values take on some images.
    ///
    /// # Errors
    /// The first image that cannot be read.
    pub(crate) fn calibrate<'a>(&self, images: impl IntoIterator<Item = &'a Path>) -> Result<Ranges> {
        let input = |file: &Path| self.input(file).map_err(|error| anyhow!("{} {error}", file.display()));
        let inputs = images.into_iter().map(input).collect::<Result<Vec<_>>>()?;
        Ok(Ranges::calibrate(&self.graph, &self.weights, &Threads::alone(), &[], &inputs))
    }

    /// What runs it on one thread, in bytes if there are ranges for that.
    pub(crate) fn session(&self, ranges: Option<&Ranges>) -> Network {
        Network::prepare(&self.graph, &self.weights, ranges)
    }

    /// The most probable classes of an image, the most probable first, or why there are none.
    pub(crate) fn top(&self, session: &mut Network, file: &Path, count: usize) -> Result<Vec<Score>, String> {
        let input = self.input(file)?;
        top_k(session.run(&input), count).ok_or_else(|| "gives values that are no numbers".to_owned())
    }

    /// What an image is to it.
    fn input(&self, file: &Path) -> Result<Vec<f32>, String> {
        let bytes = fs::read(file).map_err(|error| format!("cannot be read: {error}"))?;
        let image = decode(&bytes).map_err(|error| error.to_string())?.image;
        Ok(preprocess(&image, &self.description.preprocess, self.description.variant.resolution))
    }
}

/// A network on the CPU, on one thread.
pub(crate) enum Network {
    F32(Box<Cpu>),
    Int8(Box<CpuInt8>),
}

impl Network {
    /// In bytes if there are ranges for that.
    pub(crate) fn prepare(graph: &Graph, weights: &Weights, ranges: Option<&Ranges>) -> Self {
        let threads = Threads::alone();
        match ranges {
            None => Self::F32(Box::new(Cpu::prepare(graph, weights, &threads))),
            Some(ranges) => Self::Int8(Box::new(CpuInt8::prepare(graph, weights, &threads, ranges))),
        }
    }

    /// The logits of a normalised input.
    pub(crate) fn run(&mut self, input: &[f32]) -> &[f32] {
        match self {
            Self::F32(session) => session.run(input, &mut |_, _| {}),
            Self::Int8(session) => session.run(input, &mut |_, _| {}),
        }
    }
}

/// What the outputs of a set are called, in their order.
pub(crate) fn class_names(labels: LabelSet) -> Result<Vec<ClassName>> {
    let file = root().join("static").join("labels").join(labels.file());
    let table = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    labels.class_names(&table).with_context(|| format!("{} is damaged", file.display()))
}

/// The names in a file.
fn listed(file: &Path) -> Result<Vec<ClassName>> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let names = name_list::read(&text).with_context(|| file.display().to_string())?;
    Ok(names.iter().map(|name| ClassName::own(name)).collect())
}
