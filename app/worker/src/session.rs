//! Networks that are ready to run.

use std::cell::RefCell;

use engine::backend::{GpuError, Profile, Session, Target, Values};
use engine::decode::RgbImage;
use engine::graph::{Graph, NodeId};
use engine::head::{FEATURES, Head};
use engine::spec::{Preprocess, Variant};
use engine::synthetic;
use engine::weights::{Parameters, Random};
use worker::protocol::{Backend, Code, Config, Exactness, ImageId, Problem, Progress, WeightsChoice};

use crate::catalog::Entry;
use crate::in_bytes::InBytes;
use crate::job::Job;
use crate::lab::Lab;
use crate::{calibration, download, gpu, platform, threads};

/// Sessions that are kept; more than the page has columns.
const KEPT: usize = 8;

/// The sessions used last, the latest at the end.
#[derive(Default)]
pub struct Sessions(Vec<(Key, Runner)>);

/// A network, prepared: in the engine, or in bytes in a module of its own.
pub enum Runner {
    /// By the engine here.
    Engine(Box<Session>),
    /// By the module.
    InBytes(Box<InBytes>),
}

impl Runner {
    async fn run<T>(&mut self, input: &[f32], read: impl FnOnce(&[f32]) -> T) -> Result<T, Problem> {
        match self {
            Self::Engine(session) => session.run(input).await.map(read).map_err(|error| Problem::of(&error)),
            Self::InBytes(network) => network.run(input).map(|logits| read(&logits)),
        }
    }

    async fn run_observed(
        &mut self,
        input: &[f32],
        observe: &mut dyn FnMut(NodeId, Values<'_>),
    ) -> Result<(), Problem> {
        match self {
            Self::Engine(session) => {
                session.run_observed(input, observe).await.map(drop).map_err(|error| Problem::of(&error))
            }
            Self::InBytes(network) => network.observe(input, &mut |node, numbers| {
                observe(node, Values::whole(numbers, numbers.len()));
            }),
        }
    }

    async fn profile(&mut self, input: &[f32], runs: usize) -> Result<Option<Profile>, Problem> {
        match self {
            Self::Engine(session) => {
                session.profile(input, runs, &mut platform::now_ms).await.map_err(|error| Problem::of(&error))
            }
            Self::InBytes(network) => network.profile(input, runs).map(Some),
        }
    }

    fn is_lost(&self) -> bool {
        match self {
            Self::Engine(session) => session.is_lost(),
            Self::InBytes(_) => false,
        }
    }
}

/// What makes a session that of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    model: String,
    checkpoint: Option<String>,
    /// Of the weights' file: another one may come under the same name while a session is out.
    sha256: Option<String>,
    resolution: (u32, u32),
    backend: Backend,
    /// The stages that can be looked at.
    keep: Vec<String>,
    /// In bytes, the photos that it is calibrated on; none for the site's samples.
    calibration: Vec<ImageId>,
}

impl Sessions {
    fn take(&mut self, key: &Key) -> Option<Runner> {
        let at = self.0.iter().position(|(other, _)| other == key)?;
        Some(self.0.remove(at).1)
    }

    fn put(&mut self, key: Key, session: Runner) {
        self.0.retain(|(other, _)| *other != key);
        if self.0.len() == KEPT {
            self.0.remove(0);
        }
        self.0.push((key, session));
    }

    /// Drops every session on a GPU that is lost.
    pub fn remove_lost(&mut self) {
        self.0.retain(|(_, session)| !session.is_lost());
    }

    /// Drops every session of a checkpoint.
    pub fn remove(&mut self, checkpoint: &str) {
        self.0.retain(|(key, _)| key.checkpoint.as_deref() != Some(checkpoint));
    }
}

/// A session on loan: when this is dropped it goes back for the next request, unless it has failed.
pub struct Lease<'a> {
    sessions: &'a RefCell<Sessions>,
    key: Key,
    /// Away only while it goes back.
    session: Option<Runner>,
    has_failed: bool,
}

impl<'a> Lease<'a> {
    fn new(sessions: &'a RefCell<Sessions>, key: Key, session: Runner) -> Self {
        Self { sessions, key, session: Some(session), has_failed: false }
    }

    /// Runs the network on an input, and reads its logits.
    pub async fn run<T>(&mut self, input: &[f32], read: impl FnOnce(&[f32]) -> T) -> Result<T, Problem> {
        let result = self.session_mut().run(input, read).await;
        self.checked(result)
    }

    /// Runs the network on an input, and shows what it computes on the way.
    pub async fn run_observed(
        &mut self,
        input: &[f32],
        observe: &mut dyn FnMut(NodeId, Values<'_>),
    ) -> Result<(), Problem> {
        let result = self.session_mut().run_observed(input, observe).await;
        self.checked(result)
    }

    /// Does on a GPU what [`Lease::run`] does, from an image's pixels on; `None` where no GPU runs the network, or where it
    /// has no room for the image.
    pub async fn run_image<T>(
        &mut self,
        image: impl AsyncFnOnce() -> Result<RgbImage, Problem>,
        preprocess: &Preprocess,
        read: impl FnOnce(&[f32]) -> T,
    ) -> Result<Option<T>, Problem> {
        let Runner::Engine(session) = self.session_mut() else { return Ok(None) };
        let Session::WebGpu(session) = &mut **session else { return Ok(None) };
        let image = image().await?;
        let result = match session.run_image(&image, preprocess).await {
            Ok(logits) => Ok(Some(read(logits))),
            Err(GpuError::Limit { .. } | GpuError::OutOfMemory { .. }) => Ok(None),
            Err(error) => Err(Problem::of(&error)),
        };
        self.checked(result)
    }

    /// Times the network node by node; `None` where the GPU has no clock for that.
    pub async fn profile(&mut self, input: &[f32], runs: usize) -> Result<Option<Profile>, Problem> {
        let result = self.session_mut().profile(input, runs).await;
        self.checked(result)
    }

    /// The graph that runs.
    pub fn graph(&self) -> &Graph {
        match self.session() {
            Runner::Engine(session) => session.graph(),
            Runner::InBytes(network) => network.graph(),
        }
    }

    /// Bytes that are allocated for weights.
    pub fn weight_bytes(&self) -> u64 {
        match self.session() {
            Runner::Engine(session) => session.weight_bytes(),
            Runner::InBytes(network) => network.weight_bytes(),
        }
    }

    /// Bytes that are allocated for everything else.
    pub fn activation_bytes(&self) -> u64 {
        match self.session() {
            Runner::Engine(session) => session.activation_bytes(),
            Runner::InBytes(network) => network.activation_bytes(),
        }
    }

    /// The network, if it is one in bytes.
    pub fn in_bytes(&self) -> Option<&InBytes> {
        match self.session() {
            Runner::Engine(_) => None,
            Runner::InBytes(network) => Some(network),
        }
    }

    fn session(&self) -> &Runner {
        self.session.as_ref().expect(ON_LOAN)
    }

    fn session_mut(&mut self) -> &mut Runner {
        self.session.as_mut().expect(ON_LOAN)
    }

    /// A session that has failed is not used again.
    fn checked<T>(&mut self, result: Result<T, Problem>) -> Result<T, Problem> {
        self.has_failed |= result.is_err();
        result
    }
}

/// Why a [`Lease`] has a session until it is dropped.
const ON_LOAN: &str = "a session goes back only with its lease";

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(session) = self.session.take().filter(|_| !self.has_failed) {
            self.sessions.borrow_mut().put(self.key.clone(), session);
        }
    }
}

/// A network that a request asks for.
pub struct Ready<'a> {
    /// The network.
    pub session: Lease<'a>,
    /// The network's numbers.
    pub variant: Variant,
    /// The backend that will run.
    pub backend: Backend,
    /// The threads that will run.
    pub threads: u32,
    /// Why it is not the backend that was asked for.
    pub fallback: Option<Problem>,
    /// Folding and packing the weights, in milliseconds; 0 if it was ready.
    pub prepare_ms: f64,
}

impl Ready<'_> {
    /// An input of the network's shape, for runs whose results do not matter.
    pub fn synthetic_input(&self) -> Vec<f32> {
        synthetic_input(&self.variant)
    }

    /// Fails where the network reads something else than photos.
    pub fn check_reads_photos(&self) -> Result<(), Problem> {
        let channels = self.variant.model.channels;
        if channels == PHOTO_CHANNELS {
            return Ok(());
        }
        let message = format!(
            "{} reads images of {channels} channels, photos have {PHOTO_CHANNELS}; it can be timed only",
            self.variant.id()
        );
        Err(Problem::new(Code::ModelChannels, message)
            .with("model", self.variant.id())
            .with("channels", channels))
    }
}

/// Red, green, blue.
pub const PHOTO_CHANNELS: u32 = 3;

/// The checkpoint that a request names, with its weights; `None` where it asks for random ones.
pub async fn checkpoint(lab: &Lab, job: &Job, config: &Config) -> Result<Option<Entry>, Problem> {
    let WeightsChoice::Checkpoint(id) = &config.weights else { return Ok(None) };
    let is_loaded =
        lab.checkpoints.borrow().iter().any(|entry| entry.info.id == *id && entry.weights.is_some());
    if !is_loaded {
        gpu::compile_ahead(lab, config).await;
    }
    let entry = download::load(lab, job, id).await?;
    if entry.info.model != config.model {
        let message = format!("{id} holds weights of {}, not of {}", entry.info.model, config.model);
        return Err(Problem::new(Code::ModelMismatch, message)
            .with("checkpoint", id)
            .with("model", &config.model)
            .with("found", &entry.info.model));
    }
    Ok(Some(entry))
}

/// The network that a request names, at the size that it names.
pub fn variant(lab: &Lab, config: &Config, entry: Option<&Entry>) -> Result<Variant, Problem> {
    let variant = match entry {
        Some(entry) => Ok(entry.variant.clone()),
        None => lab.zoo.borrow().find(&config.model),
    };
    let variant = variant.map_err(|error| Problem::of_plain(Code::UnknownModel, &error))?;
    let (height, width) = config.resolution.unwrap_or(variant.resolution);
    Ok(variant.with_resolution(height, width))
}

/// Prepares a network with the weights of `entry`, or with random ones, unless it is ready; `fresh` prepares it in
/// any case.
pub async fn ready<'a>(
    lab: &'a Lab,
    job: &Job,
    config: &Config,
    entry: Option<&Entry>,
    fresh: bool,
) -> Result<Ready<'a>, Problem> {
    ready_keeping(lab, job, config, entry, fresh, Vec::new()).await
}

/// The same; what the modules named in `keep` return can be looked at.
pub async fn ready_keeping<'a>(
    lab: &'a Lab,
    job: &Job,
    config: &Config,
    entry: Option<&Entry>,
    fresh: bool,
    keep: Vec<String>,
) -> Result<Ready<'a>, Problem> {
    let variant = variant(lab, config, entry)?;
    let wanted = lab.gpus.backend(config).await;
    let key = Key {
        model: config.model.clone(),
        checkpoint: entry.map(|entry| entry.info.id.clone()),
        sha256: entry.and_then(|entry| entry.info.sha256.clone()),
        resolution: variant.resolution,
        backend: wanted,
        keep,
        calibration: if wanted == Backend::CpuInt8 { calibration::chosen(lab) } else { Vec::new() },
    };
    match on_backend(lab, job, key.clone(), &variant, entry, fresh).await {
        Ok(ready) => Ok(ready),
        // What only the GPU cannot do is done by the CPU, and said. A lost GPU is for the caller: see `gpu::recovering`.
        Err(problem) if problem.code.is_of_gpu() && problem.code != Code::GpuLost => {
            let key = Key { backend: Backend::Cpu, ..key };
            let ready = on_backend(lab, job, key, &variant, entry, fresh).await?;
            Ok(Ready { fallback: Some(problem), ..ready })
        }
        Err(problem) => Err(problem),
    }
}

async fn on_backend<'a>(
    lab: &'a Lab,
    job: &Job,
    key: Key,
    variant: &Variant,
    entry: Option<&Entry>,
    fresh: bool,
) -> Result<Ready<'a>, Problem> {
    let backend = key.backend;
    let threads = match backend {
        Backend::Reference | Backend::CpuInt8 => 1,
        Backend::Cpu => threads::threads().count() as u32,
        Backend::WebGpu | Backend::WebGpuHalf => 0,
    };
    let ready = |session, prepare_ms| {
        let session = Lease::new(&lab.sessions, key.clone(), session);
        Ready { session, variant: variant.clone(), backend, threads, fallback: None, prepare_ms }
    };
    let kept = lab.sessions.borrow_mut().take(&key);
    let replaced = match kept {
        Some(session) if !fresh => return Ok(ready(session, 0.0)),
        kept => kept,
    };
    job.progress(Progress::Preparing);
    job.pause().await?;
    let mut graph = variant.graph().map_err(|error| Problem::of(&error))?;
    if key.keep.iter().any(|stage| stage == FEATURES) {
        graph = Head::observable(graph);
    }
    check_memory(&key, &graph)?;
    let random = Random(&graph);
    let weights = parameters(entry, &random);
    let mut start = platform::now_ms();
    let session = if backend == Backend::CpuInt8 {
        // First, so that the module has its memory again.
        drop(replaced);
        let inputs = calibration::inputs(lab, entry, variant).await?;
        start = platform::now_ms();
        Runner::InBytes(Box::new(InBytes::prepare(variant, &graph, weights, &key.keep, &inputs).await?))
    } else {
        let replaced = replaced.and_then(|runner| match runner {
            Runner::Engine(session) => Some(*session),
            Runner::InBytes(_) => None,
        });
        let session = prepare_keeping(lab, backend, &graph, weights, &key.keep, replaced).await?;
        Runner::Engine(Box::new(session))
    };
    Ok(ready(session, platform::since_ms(start)))
}

/// How exact the nodes of a network are that was prepared with the weights of `entry`, on the first input that it is calibrated on;
/// none unless it is in bytes.
pub async fn exactness(
    lab: &Lab,
    ready: &Ready<'_>,
    entry: Option<&Entry>,
) -> Result<Vec<Exactness>, Problem> {
    let Some(network) = ready.session.in_bytes() else { return Ok(Vec::new()) };
    let inputs = calibration::inputs(lab, entry, &ready.variant).await?;
    let graph = ready.variant.graph().map_err(|error| Problem::of(&error))?;
    let random = Random(&graph);
    let weights = parameters(entry, &random);
    network.exactness(&ready.variant, weights, &inputs[0])
}

/// A checkpoint's parameters, or random ones.
pub fn parameters<'a>(entry: Option<&'a Entry>, random: &'a Random<'_>) -> &'a dyn Parameters {
    entry.and_then(|entry| entry.weights.as_deref()).map_or(random, |file| file)
}

/// An input of a network's shape, for what does not depend on its numbers.
pub fn synthetic_input(variant: &Variant) -> Vec<f32> {
    let (height, width) = variant.resolution;
    synthetic::input_of(height as usize, width as usize, variant.model.channels as usize)
}

/// The most bytes that a network may take on the CPU: WebAssembly's memory, which cannot give back what it could not get, has
/// 2 GB in the build with threads.
const MOST_BYTES: u64 = 1_800_000_000;

/// Fails where a network would not fit into the worker's memory. A GPU says so itself.
fn check_memory(key: &Key, graph: &Graph) -> Result<(), Problem> {
    let cost = graph.cost();
    let values = match key.backend {
        Backend::Cpu => cost.peak_activation_bytes,
        // Both at once while it is calibrated.
        Backend::CpuInt8 => cost.peak_activation_bytes / 4 * 5 + cost.params,
        Backend::Reference => graph.nodes.iter().map(|node| 4 * node.shape.elements() as u64).sum(),
        Backend::WebGpu | Backend::WebGpuHalf => return Ok(()),
    };
    let bytes = values.saturating_add(4 * cost.params);
    if bytes <= MOST_BYTES {
        return Ok(());
    }
    let [needed, most] = [bytes, MOST_BYTES].map(|bytes| format!("{} MB", bytes / 1_000_000));
    let message = format!(
        "{} takes about {needed} at {} × {} pixels, more than the {most} that the CPU backend has here; choose fewer pixels",
        key.model, key.resolution.0, key.resolution.1
    );
    Err(Problem::new(Code::ModelTooLarge, message)
        .with("model", &key.model)
        .with("needed", needed)
        .with("most", most))
}

/// Prepares a network on a backend.
pub async fn prepare(
    lab: &Lab,
    backend: Backend,
    graph: &Graph,
    weights: &dyn Parameters,
) -> Result<Session, Problem> {
    prepare_keeping(lab, backend, graph, weights, &[], None).await
}

/// The same, in the memory of a session that is not needed any more; what the modules named in `keep` return can be looked at.
async fn prepare_keeping(
    lab: &Lab,
    backend: Backend,
    graph: &Graph,
    weights: &dyn Parameters,
    keep: &[String],
    previous: Option<Session>,
) -> Result<Session, Problem> {
    let gpu = if backend.is_gpu() { Some(lab.gpus.get().await?) } else { None };
    let target = match (&gpu, backend) {
        (Some(gpu), _) => Target::WebGpu(gpu, gpu::precision(gpu, backend)),
        (None, Backend::Reference) => Target::Reference,
        (None, _) => Target::Cpu(threads::threads()),
    };
    let session = Session::prepare_keeping(target, graph, weights, keep, previous).await;
    session.map_err(|error| Problem::of(&error))
}
