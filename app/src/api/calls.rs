//! What the functions of the scripting interface do.

use engine::graph::{Shape, Stage};
use engine::spec::Variant;
use engine::zoo;
use js_sys::{Array, Object, Promise, Reflect};
use leptos::prelude::*;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Blob};
use worker::protocol::{
    Backend, Captured, CheckpointInfo, ClassActivation, ClassLabel, Config, Environment, ImageId, ImageInfo,
    JobId, Judged, LayerTimes, Measured, Prediction, Problem, Timing, WeightsChoice,
};

use super::{Function, promise};
use crate::model_costs::costs;
use crate::networks;
use crate::runtime::{BenchEffort, Client, Opened};
use crate::share::network::NetworkFile;
use crate::state::{ColumnConfig, EngineState, Lab, MAX_COLUMNS, MIN_COLUMNS, Page};
use crate::strings::problems;

/// A network as `models()` lists it.
#[derive(Serialize)]
struct Model {
    id: String,
    title: String,
    family: &'static str,
    framework: &'static str,
    paper: &'static str,
    width: f64,
    resolution_px: (u32, u32),
    resolutions_px: Vec<u32>,
    params: u64,
    conv_linear_macs: u64,
    attention_macs: u64,
    peak_activation_bytes: u64,
    weight_bytes_f32: u64,
    checkpoints: Vec<CheckpointInfo>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LoadOptions {
    weights: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ClassifyOptions {
    model: Option<String>,
    weights: Option<String>,
    backend: Option<String>,
    resolution: Option<Resolution>,
    top: Option<usize>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BenchOptions {
    model: Option<String>,
    weights: Option<String>,
    resolution: Option<Resolution>,
    backend: Option<String>,
    threads: Option<u32>,
    warmup: Option<u32>,
    runs: Option<u32>,
    seed: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CompareOptions {
    warmup: Option<u32>,
    runs: Option<u32>,
    seed: Option<u32>,
    /// Read apart: it is no plain value.
    #[serde(rename = "signal")]
    _signal: IgnoredAny,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CaptureOptions {
    model: Option<String>,
    weights: Option<String>,
    backend: Option<String>,
    resolution: Option<Resolution>,
    stages: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ClassActivationOptions {
    model: Option<String>,
    weights: Option<String>,
    backend: Option<String>,
    resolution: Option<Resolution>,
    class: Option<usize>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FieldOptions {
    model: Option<String>,
    weights: Option<String>,
    resolution: Option<Resolution>,
    stage: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FeaturesOptions {
    model: Option<String>,
    weights: Option<String>,
    backend: Option<String>,
    resolution: Option<Resolution>,
}

/// Its arrays of numbers are read apart.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TeachOptions {
    model: Option<String>,
    weights: Option<String>,
    resolution: Option<Resolution>,
    classes: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct JudgeOptions {
    networks: Vec<BenchOptions>,
}

/// A network of the board, as `board()` lists it.
#[derive(Serialize)]
struct Shown {
    name: String,
    model: String,
    resolution: (u32, u32),
    /// The checkpoint's id; none for random weights.
    weights: Option<String>,
    backend: Option<&'static str>,
    /// What it was measured to take here; none before that.
    median_ms: Option<f64>,
    /// Its colour and mark, as the page's style sheets read them.
    style: String,
}

/// The photo that the page shows large.
#[derive(Serialize)]
struct ShownPhoto {
    name: String,
    /// Of its pixels, as networks get them.
    url: String,
    image: ImageInfo,
}

/// A module that can be looked at.
#[derive(Serialize)]
struct StageOf {
    name: String,
    /// At the network's own resolution.
    shape: Shape,
}

/// What a network's last layer reads of an image.
#[derive(Serialize)]
struct Features {
    #[serde(with = "serde_wasm_bindgen::preserve")]
    values: JsValue,
    model: String,
    checkpoint: Option<String>,
    resolution: (u32, u32),
    backend: &'static str,
    threads: u32,
    fallback: Option<Problem>,
    seen: [f64; 4],
}

/// A `Blob`.
#[derive(Serialize)]
struct File(#[serde(with = "serde_wasm_bindgen::preserve")] JsValue);

/// What several networks see in an image.
#[derive(Serialize)]
struct AllJudged {
    image: ImageInfo,
    networks: Vec<Judged>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct VerifyOptions {
    backend: Option<String>,
}

/// A side in pixels, or height and width.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Resolution {
    Square(u32),
    Sides(u32, u32),
}

impl Resolution {
    fn sides(self) -> (u32, u32) {
        match self {
            Self::Square(side) => (side, side),
            Self::Sides(height, width) => (height, width),
        }
    }
}

/// A prediction with the image that it is about.
#[derive(Serialize)]
struct Classification {
    image: ImageInfo,
    #[serde(flatten)]
    prediction: Prediction,
}

/// Answers a call.
pub(crate) fn call(lab: Lab, function: Function, first: JsValue, second: JsValue) -> Promise {
    match function {
        Function::Environment => promise(async move { environment(lab) }),
        Function::Models => promise(async move { Ok(models(lab)) }),
        Function::Network => promise(async move { network(&first) }),
        Function::Add => promise(async move { add(first, &second) }),
        Function::Board => promise(async move { board(lab, first) }),
        Function::Load => promise(load(lab, first, second)),
        Function::Classify => promise(classify(lab, first, second)),
        Function::Judge => promise(judge(lab, first, second)),
        Function::Classes => promise(classes(lab, first)),
        Function::Photo => promise(async move { Ok(photo(lab)) }),
        Function::Stages => promise(async move { stages(&first) }),
        Function::Capture => promise(capture(lab, first, second)),
        Function::ClassActivation => promise(class_activation(lab, first, second)),
        Function::ReceptiveField => promise(receptive_field(lab, first, second)),
        Function::Features if Array::is_array(&second) => {
            promise(async move { features_of(lab, first, parse(second)?).await })
        }
        Function::Features => promise(features(lab, first, second)),
        Function::Teach => promise(teach(lab, first)),
        Function::Bench => promise(bench(lab, first)),
        Function::Compare => promise(compare(lab, first, second)),
        Function::Profile => promise(profile(lab, first, second)),
        Function::Verify => promise(verify(lab, first, second)),
        Function::Calibrate => promise(calibrate(lab, first)),
    }
}

fn environment(lab: Lab) -> Result<Environment, Problem> {
    match untrack(|| lab.engine.state()) {
        EngineState::Ready(environment) => Ok(environment),
        EngineState::Failed(problem) => Err(problem),
        EngineState::Starting => {
            Err(problems::argument("environment", "the engine is starting; await mobilenetLab.ready first"))
        }
    }
}

fn models(lab: Lab) -> Vec<Model> {
    let checkpoints = lab.checkpoints.all();
    networks::variants()
        .into_iter()
        .filter_map(|variant| {
            let id = variant.id();
            let family = zoo::family(&variant.model.family);
            let cost = costs(&id, variant.resolution, variant.classes)?;
            Some(Model {
                title: variant.model.title.to_string(),
                family: family.map_or("", |family| family.title),
                framework: variant.model.style.library.name(),
                paper: family.map_or("", |family| family.paper),
                width: variant.width,
                resolution_px: variant.resolution,
                resolutions_px: variant.model.resolutions.to_vec(),
                params: cost.params,
                conv_linear_macs: cost.conv_linear_macs,
                attention_macs: cost.attention_macs,
                peak_activation_bytes: cost.peak_activation_bytes,
                weight_bytes_f32: cost.weight_bytes_f32(),
                checkpoints: checkpoints.iter().filter(|info| info.model == id).cloned().collect(),
                id,
            })
        })
        .collect()
}

/// A network as data, as files have it.
fn network(id: &JsValue) -> Result<NetworkFile, Problem> {
    let id = id.as_string().ok_or_else(|| problems::argument("id", "a network's id is expected"))?;
    let Variant { model, width, .. } = networks::find(&id)?;
    // Its first width is the one that it is added with.
    Ok(NetworkFile::new(&engine::spec::Model { widths: vec![width].into(), ..(*model).clone() }))
}

/// Adds a network; gives its id.
fn add(network: JsValue, options: &JsValue) -> Result<String, Problem> {
    let file = json(network).map_err(|reason| problems::network_damaged(&reason))?;
    let model = NetworkFile::read(file)?;
    match property(options, "listed").as_bool() {
        Some(false) => networks::add_unlisted(model),
        _ => networks::add(model),
    }
}

/// Puts networks on the board, and shows it; gives what is on it.
fn board(lab: Lab, networks: JsValue) -> Result<Vec<Shown>, Problem> {
    if networks.is_undefined() {
        return Ok(shown(lab));
    }
    let networks: Vec<BenchOptions> = parse(networks)?;
    if !(MIN_COLUMNS..=MAX_COLUMNS).contains(&networks.len()) {
        let wanted = format!("{MIN_COLUMNS} to {MAX_COLUMNS} networks are expected, not {}", networks.len());
        return Err(problems::argument("networks", &wanted));
    }
    let checkpoints = lab.checkpoints.all();
    let column = |network: BenchOptions| {
        let asked = bench_config(lab, network)?;
        let config = ColumnConfig::of_model(&asked.model, &checkpoints);
        let weights = if asked.weights == WeightsChoice::Random { config.weights } else { asked.weights };
        let resolution = asked.resolution.unwrap_or(config.resolution);
        Ok(ColumnConfig { resolution, weights, backend: asked.backend, model: asked.model })
    };
    lab.board.set(networks.into_iter().map(column).collect::<Result<_, Problem>>()?);
    lab.pages.show(Page::Compare);
    Ok(shown(lab))
}

/// What is on the board.
fn shown(lab: Lab) -> Vec<Shown> {
    let one = |config: &ColumnConfig| Shown {
        name: lab.name(config),
        model: config.model.clone(),
        resolution: config.resolution,
        weights: config.checkpoint().map(str::to_owned),
        backend: config.backend.map(Backend::name),
        median_ms: lab.measuring.timing(config).map(|timing| timing.statistics.median_ms),
        style: lab.look(config).style(),
    };
    untrack(|| lab.board.configs().iter().map(one).collect())
}

/// What several networks see in an image, which is opened once.
async fn judge(lab: Lab, blob: JsValue, options: JsValue) -> Result<AllJudged, Problem> {
    let blob = image_file(blob)?;
    let options: JudgeOptions = parse(options)?;
    let config = |network| bench_config(lab, network);
    let configs = options.networks.into_iter().map(config).collect::<Result<Vec<_>, _>>()?;
    let judge = async |client: &Client, image| {
        let mut networks = Vec::new();
        for config in configs {
            networks.push(client.judge(image, config).answer().await?);
        }
        Ok(networks)
    };
    let (image, networks) = with_image(lab, &blob, judge).await?;
    Ok(AllJudged { image, networks })
}

async fn classes(lab: Lab, checkpoint: JsValue) -> Result<Vec<ClassLabel>, Problem> {
    let id = checkpoint.as_string();
    let id = id.ok_or_else(|| problems::argument("checkpoint", "a checkpoint's id is expected"))?;
    lab.engine.client()?.classes(id).answer().await
}

async fn load(lab: Lab, id: JsValue, options: JsValue) -> Result<CheckpointInfo, Problem> {
    let model = id.as_string().ok_or_else(|| problems::argument("id", "a network's id is expected"))?;
    if let Some(blob) = property(&options, "weights").dyn_ref::<Blob>() {
        let name = property(blob, "name").as_string().unwrap_or_else(|| "weights.safetensors".to_owned());
        let client = lab.engine.client()?;
        return match client.open(blob, name, Some(model), None, false).answer().await? {
            Opened::Checkpoint(info) => {
                lab.learn_file((*info).clone());
                Ok(*info)
            }
            Opened::Image(image, ..) => {
                client.close(image.id).answer().await?;
                Err(problems::argument("weights", "this file is an image, not a checkpoint"))
            }
            array @ (Opened::Cube(..) | Opened::Truth(..)) => {
                forget_array(&client, &array).await?;
                Err(problems::argument("weights", "this file is an array, not a checkpoint"))
            }
        };
    }
    let options: LoadOptions = parse(options)?;
    let checkpoint = checkpoint_for(lab, &model, options.weights)?;
    lab.load(checkpoint).await
}

async fn classify(lab: Lab, blob: JsValue, options: JsValue) -> Result<Classification, Problem> {
    let blob = image_file(blob)?;
    let options: ClassifyOptions = parse(options)?;
    let checkpoint = match (&options.model, options.weights) {
        (None, None) => return Err(problems::argument("model", "a network's id is expected")),
        (None, Some(weights)) => weights,
        (Some(model), weights) => checkpoint_for(lab, model, weights)?,
    };
    let info = lab.load(checkpoint).await?;
    let config = Config {
        // The worker says so if they do not belong together.
        model: options.model.unwrap_or_else(|| info.model.clone()),
        resolution: options.resolution.map(Resolution::sides),
        backend: backend(options.backend)?,
        ..ColumnConfig::of_checkpoint(&info).to_protocol()
    };
    let classify = async |client: &Client, image| {
        client.classify(image, config, options.top.unwrap_or(5)).answer().await
    };
    let (image, prediction) = with_image(lab, &blob, classify).await?;
    Ok(Classification { image, prediction })
}

/// The modules of a network whose values can be looked at.
fn stages(id: &JsValue) -> Result<Vec<StageOf>, Problem> {
    let id = id.as_string().ok_or_else(|| problems::argument("model", "a network's id is expected"))?;
    let graph = networks::find(&id)?.graph().map_err(|error| Problem::of(&error))?;
    let stage = |stage: &Stage| StageOf { name: stage.name.clone(), shape: graph.node(stage.value).shape };
    Ok(graph.stages.iter().map(stage).collect())
}

/// The photo that the page shows large.
fn photo(lab: Lab) -> Option<ShownPhoto> {
    let photo = untrack(|| lab.photos.selected())?;
    Some(ShownPhoto { name: photo.name, url: photo.url, image: photo.info })
}

async fn capture(lab: Lab, blob: JsValue, options: JsValue) -> Result<Captured, Problem> {
    let options: CaptureOptions = parse(options)?;
    if options.stages.is_empty() {
        return Err(problems::argument("stages", "a list of at least one module is expected"));
    }
    let config = config(options.model, options.weights, options.resolution, options.backend)?;
    let capture = async |client: &Client, image| client.capture(image, config, options.stages).answer().await;
    with_photo(lab, blob, capture).await
}

async fn class_activation(lab: Lab, blob: JsValue, options: JsValue) -> Result<ClassActivation, Problem> {
    let options: ClassActivationOptions = parse(options)?;
    let config = config(options.model, options.weights, options.resolution, options.backend)?;
    let explain =
        async |client: &Client, image| client.class_activation(image, config, options.class).answer().await;
    with_photo(lab, blob, explain).await
}

async fn receptive_field(lab: Lab, blob: JsValue, options: JsValue) -> Result<Captured, Problem> {
    let options: FieldOptions = parse(options)?;
    let stage = options.stage.ok_or_else(|| problems::argument("stage", "a module's name is expected"))?;
    let config = config(options.model, options.weights, options.resolution, None)?;
    let explain = async |client: &Client, image| client.receptive_field(image, config, stage).answer().await;
    with_photo(lab, blob, explain).await
}

async fn features(lab: Lab, blob: JsValue, options: JsValue) -> Result<Features, Problem> {
    let all = features_of(lab, blob, vec![parse(options)?]).await?;
    all.into_iter().next().ok_or_else(problems::unexpected_reply)
}

/// Those of several networks; the photo is opened once.
async fn features_of(
    lab: Lab,
    blob: JsValue,
    networks: Vec<FeaturesOptions>,
) -> Result<Vec<Features>, Problem> {
    let of = |network: FeaturesOptions| {
        config(network.model, network.weights, network.resolution, network.backend)
    };
    let configs = networks.into_iter().map(of).collect::<Result<Vec<_>, _>>()?;
    let compute = async |client: &Client, image| {
        let mut all = Vec::with_capacity(configs.len());
        for config in configs {
            all.push(client.features(image, config).answer().await?);
        }
        Ok(all)
    };
    let one = |captured: Captured| {
        let Captured { model, checkpoint, resolution, backend, threads, fallback, seen, mut stages } =
            captured;
        let values = stages.pop().ok_or_else(problems::unexpected_reply)?.values;
        let backend = backend.name();
        Ok(Features { values, model, checkpoint, resolution, backend, threads, fallback, seen })
    };
    with_photo(lab, blob, compute).await?.into_iter().map(one).collect()
}

async fn teach(lab: Lab, lesson: JsValue) -> Result<File, Problem> {
    let [weight, bias] = ["weight", "bias"].map(|name| property(&lesson, name));
    let rest = Object::new();
    if let Some(lesson) = lesson.dyn_ref::<Object>() {
        Object::assign(&rest, lesson);
    }
    for name in ["weight", "bias"] {
        // An ordinary object lets go of any property.
        let _ = Reflect::delete_property(&rest, &name.into());
    }
    let options: TeachOptions = parse(rest.into())?;
    if options.weights.is_none() {
        return Err(problems::argument("weights", "a checkpoint's id is expected"));
    }
    let config = config(options.model, options.weights, options.resolution, None)?;
    Ok(File(lab.engine.client()?.teach(config, options.classes, weight, bias).answer().await?))
}

/// A network that is named, with random weights unless others are.
fn config(
    model: Option<String>,
    weights: Option<String>,
    resolution: Option<Resolution>,
    on: Option<String>,
) -> Result<Config, Problem> {
    let model = model.ok_or_else(|| problems::argument("model", "a network's id is expected"))?;
    networks::find(&model)?;
    Ok(Config {
        model,
        resolution: resolution.map(Resolution::sides),
        weights: weights.map_or(WeightsChoice::Random, WeightsChoice::Checkpoint),
        backend: backend(on)?,
    })
}

fn image_file(blob: JsValue) -> Result<Blob, Problem> {
    blob.dyn_into().map_err(|_| problems::argument("blob", "a Blob or File with an image is expected"))
}

/// Computes something with an image or, without one, with the photo that the page shows large.
async fn with_photo<T>(
    lab: Lab,
    blob: JsValue,
    compute: impl AsyncFnOnce(&Client, ImageId) -> Result<T, Problem>,
) -> Result<T, Problem> {
    if !blob.is_null() && !blob.is_undefined() {
        return Ok(with_image(lab, &image_file(blob)?, compute).await?.1);
    }
    let photo = untrack(|| lab.photos.selected());
    let photo =
        photo.ok_or_else(|| problems::argument("blob", "the page shows no photo; give a Blob or File"))?;
    compute(&lab.engine.client()?, photo.info.id).await
}

/// Opens an image for as long as something is computed with it.
async fn with_image<T>(
    lab: Lab,
    blob: &Blob,
    compute: impl AsyncFnOnce(&Client, ImageId) -> Result<T, Problem>,
) -> Result<(ImageInfo, T), Problem> {
    let client = lab.engine.client()?;
    let image = open_image(lab, &client, blob).await?;
    let computed = compute(&client, image.id).await;
    client.close(image.id).answer().await?;
    Ok((image, computed?))
}

/// Opens an image.
async fn open_image(lab: Lab, client: &Client, blob: &Blob) -> Result<ImageInfo, Problem> {
    let name = property(blob, "name").as_string().unwrap_or_else(|| "image".to_owned());
    match client.open(blob, name, None, None, false).answer().await? {
        Opened::Image(image, ..) => Ok(image),
        Opened::Checkpoint(info) => {
            forget_file(lab, *info).await?;
            Err(problems::argument("blob", "this file is a checkpoint, not an image"))
        }
        array @ (Opened::Cube(..) | Opened::Truth(..)) => {
            forget_array(client, &array).await?;
            Err(problems::argument("blob", "this file is an array, not an image"))
        }
    }
}

/// Calibrates networks in int8 on these images, or on the site's samples where there are none.
async fn calibrate(lab: Lab, images: JsValue) -> Result<(), Problem> {
    let images = if images.is_undefined() { Array::new() } else { Array::from(&images) };
    let files = images.iter().map(image_file).collect::<Result<Vec<Blob>, Problem>>()?;
    let client = lab.engine.client()?;
    let mut opened = Vec::with_capacity(files.len());
    for file in files {
        match open_image(lab, &client, &file).await {
            Ok(image) => opened.push(image.id),
            Err(problem) => {
                opened.into_iter().for_each(|image| drop(client.close(image)));
                return Err(problem);
            }
        }
    }
    lab.calibrate_on_opened(opened)
}

/// Lets go of a hyperspectral cube that nobody wanted.
async fn forget_array(client: &Client, array: &Opened) -> Result<(), Problem> {
    match array {
        Opened::Cube(cube, ..) => client.close_cube(*cube).answer().await,
        _ => Ok(()),
    }
}

/// Lets go of a checkpoint that nobody wanted, unless the page has it already.
async fn forget_file(lab: Lab, info: CheckpointInfo) -> Result<(), Problem> {
    if lab.checkpoints.all().iter().any(|known| known.id == info.id) {
        lab.learn_file(info);
        return Ok(());
    }
    lab.engine.client()?.remove(info.id).answer().await
}

/// One network, as often and in the order that its own options say.
async fn bench(lab: Lab, options: JsValue) -> Result<Timing, Problem> {
    let options: BenchOptions = parse(options)?;
    let effort = effort(options.warmup, options.runs, options.seed);
    let config = bench_config(lab, options)?;
    let timings = measured(lab, vec![config], effort, &JsValue::UNDEFINED).await?;
    timings.into_iter().next().ok_or_else(problems::unexpected_reply)
}

/// Several networks in turns.
async fn compare(lab: Lab, networks: JsValue, options: JsValue) -> Result<Vec<Timing>, Problem> {
    let networks: Vec<BenchOptions> = parse(networks)?;
    let signal = property(&options, "signal");
    let CompareOptions { warmup, runs, seed, .. } = parse(options)?;
    if networks.is_empty() {
        return Err(problems::argument("networks", "a list of at least one network is expected"));
    }
    if networks.iter().any(|one| one.warmup.is_some() || one.runs.is_some() || one.seed.is_some()) {
        return Err(problems::argument(
            "networks",
            "warmup, runs and seed are the same for all: pass them second",
        ));
    }
    let configs = networks.into_iter().map(|network| bench_config(lab, network)).collect::<Result<_, _>>()?;
    measured(lab, configs, effort(warmup, runs, seed), &signal).await
}

fn effort(warmup: Option<u32>, runs: Option<u32>, seed: Option<u32>) -> BenchEffort {
    let default = BenchEffort::default();
    BenchEffort { warmup, runs, seed: seed.unwrap_or(default.seed) }
}

/// The timings, or what went wrong with the first network that could not be timed.
async fn measured(
    lab: Lab,
    configs: Vec<Config>,
    effort: BenchEffort,
    signal: &JsValue,
) -> Result<Vec<Timing>, Problem> {
    let measured = lab.bench(configs, effort, |job| cancel_by(lab, signal, job), |_| ()).await?;
    measured
        .into_iter()
        .map(|measured| match measured {
            Measured::Timing(timing) => Ok(*timing),
            Measured::Failed(problem) => Err(problem),
        })
        .collect()
}

/// Ends a job when an `AbortSignal` says so.
fn cancel_by(lab: Lab, signal: &JsValue, job: JobId) {
    let Some(signal) = signal.dyn_ref::<AbortSignal>() else { return };
    if signal.aborted() {
        lab.engine.cancel(job);
    }
    let aborted = Closure::once_into_js(move || lab.engine.cancel(job));
    // A signal is aborted once; the caller's own handler stays.
    let _ = signal.add_event_listener_with_callback("abort", aborted.unchecked_ref());
}

/// How long each layer of a network takes.
async fn profile(lab: Lab, options: JsValue, effort: JsValue) -> Result<LayerTimes, Problem> {
    let config = bench_config(lab, parse(options)?)?;
    let job = lab.engine.client()?.profile(config, |_| ());
    cancel_by(lab, &property(&effort, "signal"), job.id);
    Ok(*lab.unless_hidden(job).await?)
}

fn bench_config(lab: Lab, options: BenchOptions) -> Result<Config, Problem> {
    let config = config(options.model, options.weights, options.resolution, options.backend)?;
    if let Some(wanted) = options.threads {
        let there = environment(lab)?.threads;
        if wanted != there {
            let reason = format!("this build runs on {there}, {wanted} were asked for");
            return Err(problems::argument("threads", &reason));
        }
    }
    Ok(config)
}

async fn verify(
    lab: Lab,
    golden: JsValue,
    options: JsValue,
) -> Result<worker::protocol::Verification, Problem> {
    let golden =
        golden.as_string().ok_or_else(|| problems::argument("golden", "the file's JSON text is expected"))?;
    let options: VerifyOptions = parse(options)?;
    let backend = backend(options.backend)?.unwrap_or(Backend::Cpu);
    lab.engine.client()?.verify(golden, backend).answer().await
}

/// The named checkpoint, or the nearest one of the network.
fn checkpoint_for(lab: Lab, model: &str, wanted: Option<String>) -> Result<String, Problem> {
    if let Some(wanted) = wanted {
        return Ok(wanted);
    }
    networks::find(model)?;
    let config = ColumnConfig::of_model(model, &lab.checkpoints.all());
    config.checkpoint().map(str::to_owned).ok_or_else(|| {
        problems::argument("weights", &format!("there is no checkpoint of {model}; pass a .safetensors file"))
    })
}

fn backend(name: Option<String>) -> Result<Option<Backend>, Problem> {
    let Some(name) = name.filter(|name| name != "auto") else { return Ok(None) };
    let backend = Backend::named(&name);
    backend.map(Some).ok_or_else(|| {
        let known = Backend::ALL.map(Backend::name).join(", ");
        problems::argument("backend", &format!("{name:?} is none of auto, {known}"))
    })
}

fn parse<T: DeserializeOwned + Default>(options: JsValue) -> Result<T, Problem> {
    if options.is_undefined() || options.is_null() {
        return Ok(T::default());
    }
    json(options).map_err(|reason| problems::argument("options", &reason))
}

/// A value by way of JSON, which notices misspelt options where a plain conversion skips them.
fn json<T: DeserializeOwned>(value: JsValue) -> Result<T, String> {
    let value: serde_json::Value =
        serde_wasm_bindgen::from_value(value).map_err(|error| error.to_string())?;
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}
