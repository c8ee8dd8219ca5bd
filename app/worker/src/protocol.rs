//! The messages between the page and the worker.
//!
//! On the wire a request is the JS object `{ job, request, blob? }` and an answer `{ job, event }`, with
//! `request` and `event` as serde writes them. Every job ends with exactly one [`Event::Done`] or
//! [`Event::Failed`]; before that it may report [`Event::Progress`] any number of times.

use cube::CubeInfo;
use engine::graph::{Layer, Shape};
use engine::measure::{Comparison, Confidence, Statistics};
use engine::roofline::Roofs;
use engine::spec::Preprocess;
use engine::weights::manifest::Training;
use engine::weights::{Origin, Origins};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wasm_bindgen::JsValue;

pub use crate::problem::{Code, Problem};

/// Chosen by the page, one per request.
pub type JobId = u32;
/// Given by the worker to each image that it has decoded.
pub type ImageId = u32;
/// Given by the worker to each hyperspectral cube that it has opened.
pub type CubeId = u32;

/// What the page asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// What runs here. Answer: [`Reply::Environment`].
    Environment,
    /// Reads the manifests (again). Answer: [`Reply::Catalog`].
    Catalog,
    /// Adds a visitor's own network; requests then name it by its id. Answer: [`Reply::Nothing`].
    Define {
        /// The network with its id, as [`crate::network::encode`] writes it.
        network: String,
    },
    /// A file that the visitor gave (the message's `blob`): an image, a checkpoint or an array, told apart by its
    /// content. `model` settles which network a checkpoint is for where several fit.
    /// Answer: [`Reply::Image`], [`Reply::Checkpoint`], [`Reply::Cube`] or [`Reply::Truth`].
    Open {
        /// The file's name, for messages.
        name: String,
        /// A zoo id, or `None` to recognise the network.
        model: Option<String>,
        /// What stands before the names of a checkpoint's tensors that are meant; see [`CheckpointInfo::wrappers`].
        wrapper: Option<String>,
        /// Whether pictures of an image are wanted, which take longer to make than small networks to run.
        #[serde(default)]
        pictures: bool,
    },
    /// Forgets a decoded image. Answer: [`Reply::Nothing`].
    Close {
        /// The image.
        image: ImageId,
    },
    /// Forgets a hyperspectral cube. Answer: [`Reply::Nothing`].
    CloseCube {
        /// The cube.
        cube: CubeId,
    },
    /// Makes a checkpoint's weights ready. Answer: [`Reply::Checkpoint`].
    Load {
        /// A checkpoint id of the catalog.
        checkpoint: String,
    },
    /// Drops a checkpoint's weights and its cached download. Answer: [`Reply::Nothing`].
    Remove {
        /// A checkpoint id of the catalog.
        checkpoint: String,
    },
    /// Says how a checkpoint is to be used, by the keys of a file's metadata and `label_names` (a line a class); nothing at all
    /// takes back what the visitor has said. Answer: [`Reply::Checkpoint`].
    Declare {
        /// A checkpoint id of the catalog.
        checkpoint: String,
        /// Who says it.
        by: Origin,
        /// What.
        said: BTreeMap<String, String>,
    },
    /// Says what networks in bytes are calibrated on from now on: these images, or the site's samples where there are none.
    /// Answer: [`Reply::Nothing`].
    Calibrate {
        /// The images.
        images: Vec<ImageId>,
    },
    /// Runs one network on one image; loads the weights first if need be. Answer: [`Reply::Prediction`].
    Classify {
        /// The image.
        image: ImageId,
        /// The network.
        config: Config,
        /// How many classes to return, most probable first.
        top: usize,
    },
    /// Runs a network on an image and gives all logits. Answer: [`Reply::Judged`].
    Judge {
        /// The image.
        image: ImageId,
        /// The network.
        config: Config,
    },
    /// What a checkpoint's classes are called, in the order of its outputs. Answer: [`Reply::Classes`].
    Classes {
        /// A checkpoint id of the catalog.
        checkpoint: String,
    },
    /// Runs a network on an image and gives what some of its modules return. Answer: [`Reply::Captured`].
    Capture {
        /// The image.
        image: ImageId,
        /// The network.
        config: Config,
        /// The modules, by the library's names.
        stages: Vec<String>,
    },
    /// Tells what each part of an image adds to a class. Answer: [`Reply::ClassActivation`].
    ClassActivation {
        /// The image.
        image: ImageId,
        /// The network.
        config: Config,
        /// The class's number; the likeliest one's where there is none.
        class: Option<usize>,
    },
    /// Tells which pixels of an image the middle of a module's value depends on, and how much. Answer: [`Reply::Captured`] with
    /// one map of one channel, as large as the network's input.
    ReceptiveField {
        /// The image.
        image: ImageId,
        /// The network.
        config: Config,
        /// The module, by the library's name.
        stage: String,
    },
    /// Runs a network on an image and gives what its last layer reads, where that is a linear layer of a vector. Answer:
    /// [`Reply::Captured`] with one stage.
    Features {
        /// The image.
        image: ImageId,
        /// The network.
        config: Config,
    },
    /// Makes a checkpoint of a network that tells other classes: all its numbers but those of its last layer. Answer:
    /// [`Reply::File`].
    Teach {
        /// The network, with the checkpoint whose numbers are taken and the input size that is written down.
        config: Config,
        /// What the classes are called.
        classes: Vec<String>,
        /// A `Float32Array`: the last layer's weight, classes × features.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        weight: JsValue,
        /// A `Float32Array`: its bias, a number a class.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        bias: JsValue,
    },
    /// Runs a network on a prepared input. Answer: [`Reply::Logits`].
    Infer {
        /// The network; random weights are good enough here.
        config: Config,
        /// A `Float32Array` of height × width × channels numbers, in shared memory if it is to be read without a copy.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        input: JsValue,
    },
    /// Finds a cube's principal components. Answer: [`Reply::Reduced`].
    Reduce {
        /// The cube.
        cube: CubeId,
        /// How many components.
        components: u32,
    },
    /// Runs a network on the windows around pixels of a cube, once that is reduced to as many components as the network reads.
    /// Answer: [`Reply::Pixels`].
    ClassifyPixels {
        /// The cube.
        cube: CubeId,
        /// The network.
        config: Config,
        /// The pixels, numbered row by row.
        pixels: Vec<u32>,
    },
    /// Times networks, which take turns in random order. Answer: [`Reply::Timings`].
    Bench {
        /// The networks; random weights are good enough here.
        configs: Vec<Config>,
        /// Runs of each before its first sample; `None` until the last runs are flat.
        warmup: Option<u32>,
        /// Samples of each; `None` for at least 30 and one second.
        runs: Option<u32>,
        /// Decides the order, and the draws of the intervals.
        seed: u32,
    },
    /// Times a network layer by layer. Answer: [`Reply::Layers`].
    Profile {
        /// The network; random weights are good enough here.
        config: Config,
    },
    /// Checks a golden file's cases on a backend. Answer: [`Reply::Verification`].
    Verify {
        /// The golden file's JSON text.
        golden: String,
        /// The backend to check.
        backend: Backend,
    },
    /// Runs a network so many times without a clock, for one outside to count processor time.
    /// Answer: [`Reply::Nothing`].
    #[cfg(feature = "bench")]
    Repeat {
        /// The network; prepared already, if preparing is not to be counted.
        config: Config,
        /// How many times.
        runs: u32,
    },
    /// Times single kernels. Answer: [`Reply::Kernels`].
    #[cfg(feature = "bench")]
    Kernels {
        /// What the names of the kernels to time contain; all contain the empty text.
        filter: String,
    },
    /// Measures the most multiply-adds a second. Answer: [`Reply::Peak`].
    #[cfg(feature = "bench")]
    Peak,
    /// Ends a job at its next step; that job then fails with [`Code::Cancelled`].
    /// Answer: [`Reply::Nothing`].
    Cancel {
        /// The job to end.
        job: JobId,
    },
}

/// One network, as it is to run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Config {
    /// Zoo id, such as `mobilenetv2_100`.
    pub model: String,
    /// Input height and width in pixels; `None` for the checkpoint's or the network's own.
    pub resolution: Option<(u32, u32)>,
    /// Where the weights come from.
    pub weights: WeightsChoice,
    /// What runs it; `None` for the fastest that works.
    pub backend: Option<Backend>,
}

/// Where a network's weights come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightsChoice {
    /// A checkpoint of the catalog, by id.
    Checkpoint(String),
    /// Random numbers: only for timing.
    Random,
}

/// What executes a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// Readable loops, the oracle; slow.
    Reference,
    /// WebAssembly SIMD.
    Cpu,
    /// The same in bytes, calibrated on photos (see [`Request::Calibrate`]); on one thread.
    #[serde(rename = "cpu-int8")]
    CpuInt8,
    /// Compute shaders.
    #[serde(rename = "webgpu")]
    WebGpu,
    /// The same with numbers stored as f16: weights on any GPU, maps and tokens where it has `shader-f16`.
    #[serde(rename = "webgpu-f16")]
    WebGpuHalf,
}

impl Backend {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::WebGpu, Self::WebGpuHalf, Self::Cpu, Self::CpuInt8, Self::Reference];

    /// Its name in messages, links and the interface for scripts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Cpu => "cpu",
            Self::CpuInt8 => "cpu-int8",
            Self::WebGpu => "webgpu",
            Self::WebGpuHalf => "webgpu-f16",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|backend| backend.name() == name)
    }

    /// Whether a GPU runs it.
    pub fn is_gpu(self) -> bool {
        matches!(self, Self::WebGpu | Self::WebGpuHalf)
    }
}

/// What the worker says about a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It goes on.
    Progress(Progress),
    /// It is done.
    Done(Box<Reply>),
    /// It has ended without a result.
    Failed(Problem),
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Weights are on their way.
    Downloading {
        /// Bytes that have arrived.
        done_bytes: u64,
        /// Bytes in all, if the server says so.
        total_bytes: Option<u64>,
    },
    /// Weights are folded and packed for the backend.
    Preparing,
    /// Runs are being timed, pixels classified, or components found (in thousandths).
    Running {
        /// Runs done, warm-up included.
        done: u32,
        /// Runs in all, as far as is known.
        total: u32,
    },
}

/// Results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Done, nothing to say.
    Nothing,
    /// What runs here.
    Environment(Environment),
    /// What can be loaded.
    Catalog(Catalog),
    /// A decoded image.
    Image {
        /// What it is.
        info: ImageInfo,
        /// A `Blob` with a small picture of it; `undefined` where none is wanted or the browser cannot make one.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        thumbnail: JsValue,
        /// A `Blob` with its pixels as networks get them, at most 1024 a side; `undefined` likewise, and where a privacy setting
        /// of the browser would change them.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        picture: JsValue,
    },
    /// A hyperspectral cube.
    Cube {
        /// For [`Request::ClassifyPixels`].
        cube: CubeId,
        /// What it is.
        info: CubeInfo,
        /// A `Uint8Array` with its picture: red, green and blue of each pixel.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        picture: JsValue,
    },
    /// The classes of a cube's pixels, as they are known.
    Truth {
        /// Rows.
        height: u32,
        /// Columns.
        width: u32,
        /// The array's name, where the file names it.
        name: Option<String>,
        /// A `Uint16Array`, row by row; 0 where the class is not known.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        classes: JsValue,
    },
    /// The share of a cube's variance that each of its principal components has, of all of them.
    Reduced(Vec<f64>),
    /// What a network sees in pixels of a cube.
    Pixels(PixelClasses),
    /// All logits for an image.
    Judged(Judged),
    /// What classes are called; none where nobody knows.
    Classes(Vec<ClassLabel>),
    /// A checkpoint that is ready.
    Checkpoint(Box<CheckpointInfo>),
    /// What a network sees in an image.
    Prediction(Prediction),
    /// What modules of a network return.
    Captured(Captured),
    /// What each part of an image adds to a class.
    ClassActivation(ClassActivation),
    /// What a network makes of a prepared input: a `Float32Array`, one number a class.
    Logits(#[serde(with = "serde_wasm_bindgen::preserve")] JsValue),
    /// A file: a `Blob`.
    File(#[serde(with = "serde_wasm_bindgen::preserve")] JsValue),
    /// How long networks take, in the order of the request.
    Timings(Vec<Measured>),
    /// How long each layer of a network takes.
    Layers(Box<LayerTimes>),
    /// Whether a backend computes the right values.
    Verification(Verification),
    /// How long kernels take.
    #[cfg(feature = "bench")]
    Kernels(Vec<KernelTime>),
    /// How fast multiply-adds can be, for each number of accumulators tried.
    #[cfg(feature = "bench")]
    Peak(Vec<PeakRate>),
}

/// What runs here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// The worker's build: `threads` (relaxed SIMD on several threads), `relaxed` (relaxed SIMD with fused multiply-add),
    /// `threads-simd` (128-bit SIMD on several threads) or `simd` (128-bit SIMD).
    pub build: String,
    /// Why this build and not another: `fastest` of those that the browser can run, or `asked` for in the page's
    /// address.
    pub build_reason: String,
    /// Threads that the CPU backend uses.
    pub threads: u32,
    /// Threads that the device has, as the browser says.
    pub hardware_threads: u32,
    /// Whether the page is cross-origin isolated (shared memory, fine timers).
    pub isolated: bool,
    /// The clock's smallest step in milliseconds, measured.
    pub timer_step_ms: f64,
    /// The GPU, or why there is none.
    pub gpu: GpuStatus,
    /// Whether downloads can be kept (Cache API).
    pub cache: bool,
    /// The engine's version.
    pub version: String,
}

/// What the WebGPU backend runs on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GpuStatus {
    /// Nothing, and why.
    Absent(Problem),
    /// A GPU, or what takes its place.
    Present {
        /// Its name; empty where the browser keeps it secret.
        name: String,
        /// Whether it is a software GPU: it computes the same, slowly.
        is_software: bool,
        /// Whether it times single dispatches.
        has_timestamps: bool,
        /// Whether it stores numbers as f16 (`shader-f16`).
        has_f16: bool,
    },
}

/// What can be loaded, and what is wrong with the manifests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// In the order of the manifests: bundled, local folder, hub, dropped files.
    pub checkpoints: Vec<CheckpointInfo>,
    /// Manifests or entries that could not be used; the others are not affected.
    pub problems: Vec<Problem>,
}

/// Where a checkpoint comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Shipped with the page.
    Bundled,
    /// In the folder that `cargo xtask serve --weights` serves.
    Local,
    /// A public repository; downloaded on demand.
    Hub,
    /// A file that the visitor gave.
    File,
}

/// Whether a checkpoint is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It would have to be downloaded.
    Remote,
    /// Its download is kept by the browser.
    Cached,
    /// Its weights are in memory.
    Loaded,
}

/// A checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckpointInfo {
    /// Unique in the catalog, such as `mobilenetv2_100.ra_in1k`.
    pub id: String,
    /// Zoo id of its network.
    pub model: String,
    /// Zoo ids that its tensors fit equally well (dropped files); more than one asks for a choice.
    pub candidates: Vec<String>,
    /// What stands before the names of each set of tensors that the file holds of the network, the one that is used first; more
    /// than one asks for a choice.
    pub wrappers: Vec<String>,
    /// Where it comes from.
    pub source: SourceKind,
    /// Whether it is here.
    pub presence: Presence,
    /// Size of the file, where known.
    pub bytes: Option<u64>,
    /// SHA-256 of the file in hexadecimal, where known.
    pub sha256: Option<String>,
    /// Number of classes.
    pub classes: u32,
    /// Label set: `imagenet_1000`, `imagenet_1001`, `cifar10`, `everyday146`, `own:` and the id where names came beside the
    /// file, or `numbers` where there are no names.
    pub labels: String,
    /// Input height and width that its preprocessing names.
    pub resolution: (u32, u32),
    /// How its input is prepared.
    pub preprocess: Preprocess,
    /// Who says so, and what the classes are.
    pub origins: Origins,
    /// Licence, as its publisher states it.
    pub licence: Option<String>,
    /// Where it was published (address or description).
    pub origin: Option<String>,
    /// The address of what `origin` describes.
    pub origin_url: Option<String>,
    /// Published ImageNet top-1 in percent, at `resolution`.
    pub published_top1: Option<f32>,
    /// Who published that figure.
    pub published_source: Option<String>,
    /// How it was trained and tested, where its publisher states it.
    pub training: Option<Training>,
    /// Remarks to show (tensors of the file that are not used, a download that could not be kept).
    pub remarks: Vec<Problem>,
}

/// What stands before the checkpoint's id as the label set of classes whose names somebody has given.
pub const OWN_NAMES: &str = "own:";

impl CheckpointInfo {
    /// Whether its classes have the names that somebody has given.
    pub fn has_own_names(&self) -> bool {
        self.labels.starts_with(OWN_NAMES)
    }
}

/// A decoded image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageInfo {
    /// For [`Request::Classify`].
    pub id: ImageId,
    /// The file's name.
    pub name: String,
    /// Pixels across, after orientation.
    pub width: u32,
    /// Pixels down, after orientation.
    pub height: u32,
    /// File format, such as `JPEG`.
    pub format: String,
    /// `engine` or `browser`.
    pub decoder: String,
    /// Remarks to show: codes and values as in [`Problem`] (first frame, turned, alpha ignored).
    pub notes: Vec<Problem>,
}

/// What a network sees in an image, in full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// A `Float32Array` of all logits.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub logits: JsValue,
    /// The run in milliseconds: one run, not a measurement.
    pub run_ms: f64,
}

/// What a class is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassLabel {
    /// In English.
    pub label: String,
    /// In Chinese.
    pub label_zh: String,
    /// The WordNet synsets that make it up.
    pub wordnet: Vec<String>,
}

/// One class of a prediction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassScore {
    /// Position in the network's output.
    pub index: u32,
    /// Its English name in the checkpoint's label set, where it has one.
    pub label: Option<String>,
    /// Its Chinese name there.
    pub label_zh: Option<String>,
    /// Softmax probability, 0..1.
    pub probability: f32,
    /// Logit.
    pub logit: f32,
}

/// The class of every pixel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassMap {
    /// Height and width.
    pub size: (u32, u32),
    /// Row by row.
    #[serde(with = "serde_bytes")]
    pub classes: Vec<u8>,
}

/// What a network sees in an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Zoo id.
    pub model: String,
    /// Checkpoint id.
    pub checkpoint: String,
    /// Most probable first; of a network that labels pixels those that are anywhere, by their share of the pixels.
    pub top: Vec<ClassScore>,
    /// What every pixel is, of a network that labels pixels.
    pub map: Option<ClassMap>,
    /// Input height and width that ran.
    pub resolution: (u32, u32),
    /// The backend that ran.
    pub backend: Backend,
    /// The threads that ran; 0 on a GPU.
    pub threads: u32,
    /// Why it is not the backend that was asked for, where it is not.
    pub fallback: Option<Problem>,
    /// Resize, crop and normalisation, in milliseconds, when they were done for this image; `None` where the GPU did that as a part of the run.
    pub preprocess_ms: Option<f64>,
    /// One run of the network, in milliseconds (not a measurement: see [`Timing`]).
    pub run_ms: f64,
}

/// What a network sees in pixels of a cube.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PixelClasses {
    /// Positions in the network's output, in the order of the request's pixels.
    pub classes: Vec<u32>,
    /// Height and width of the windows.
    pub resolution: (u32, u32),
    /// The backend that ran.
    pub backend: Backend,
    /// The threads that ran; 0 on a GPU.
    pub threads: u32,
    /// Why it is not the backend that was asked for, where it is not.
    pub fallback: Option<Problem>,
    /// All runs of the network together, in milliseconds (not a measurement: see [`Timing`]).
    pub run_ms: f64,
}

/// What modules of a network return for an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Captured {
    /// Zoo id.
    pub model: String,
    /// Checkpoint id; `None` for random weights.
    pub checkpoint: Option<String>,
    /// Input height and width that ran.
    pub resolution: (u32, u32),
    /// The backend that ran.
    pub backend: Backend,
    /// The threads that ran; 0 on a GPU.
    pub threads: u32,
    /// Why it is not the backend that was asked for, where it is not.
    pub fallback: Option<Problem>,
    /// Where the network's input lies in the image: see [`engine::preprocess::seen`].
    pub seen: [f64; 4],
    /// In the order of the request.
    pub stages: Vec<CapturedStage>,
}

/// What a module returns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapturedStage {
    /// The module's path in the library.
    pub name: String,
    /// Maps are channels-last.
    pub shape: Shape,
    /// A `Float32Array`.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub values: JsValue,
}

/// What each part of an image adds to a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassActivation {
    /// What ran; its one stage has a number for each position of the network's last map (see [`engine::explain::ClassActivation`]).
    pub captured: Captured,
    /// The class's number.
    pub class: usize,
    /// The class's logit.
    pub logit: f32,
    /// Whether the numbers add up to the logit, less a constant.
    pub is_exact: bool,
}

/// What came of timing one network; a failure leaves the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// It was timed.
    Timing(Box<Timing>),
    /// It could not be.
    Failed(Problem),
}

/// How long a network takes: from the input tensor in memory to logits in memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Zoo id.
    pub model: String,
    /// Checkpoint id; `None` for random weights.
    pub checkpoint: Option<String>,
    /// Input height and width that ran.
    pub resolution: (u32, u32),
    /// The backend that ran.
    pub backend: Backend,
    /// The threads that ran; 0 on a GPU.
    pub threads: u32,
    /// Why it is not the backend that was asked for, where it is not.
    pub fallback: Option<Problem>,
    /// Folding and packing the weights, in milliseconds.
    pub prepare_ms: f64,
    /// The very first run, in milliseconds.
    pub first_run_ms: f64,
    /// Runs before the first sample.
    pub warmup: u32,
    /// Runs per sample: more than one where a single run is shorter than 50 steps of the clock.
    pub batch: u32,
    /// Every sample in milliseconds per run, in order.
    pub samples_ms: Vec<f64>,
    /// How many of the samples belong to each round; between rounds the other networks had their turns.
    pub rounds: Vec<u32>,
    /// What the samples say.
    #[serde(flatten)]
    pub statistics: Statistics,
    /// How far they can be trusted.
    #[serde(flatten)]
    pub confidence: Confidence,
    /// The clock's smallest step in milliseconds, measured just before.
    pub timer_step_ms: f64,
    /// Decided the order of the turns and the draws of the intervals.
    pub seed: u32,
    /// Beside the fastest network that was measured in turns with it; `None` for that one itself.
    pub beside_fastest: Option<Beside>,
    /// Bytes that the backend has allocated for weights, as it packs them.
    pub weight_bytes: u64,
    /// Bytes that it has allocated for everything else: the arena of activations.
    pub activation_bytes: u64,
}

/// A network's time by that of another one which took turns with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// The other one, as it was asked for.
    pub other: Config,
    /// The ratio.
    #[serde(flatten)]
    pub comparison: Comparison,
}

/// How long each layer of a network takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerTimes {
    /// Zoo id.
    pub model: String,
    /// Checkpoint id; `None` for random weights.
    pub checkpoint: Option<String>,
    /// Input height and width that ran.
    pub resolution: (u32, u32),
    /// The backend that ran.
    pub backend: Backend,
    /// The threads that ran; 0 on a GPU.
    pub threads: u32,
    /// Runs that were timed.
    pub runs: u32,
    /// The layers that ran: those of the backend's own graph, fused as it fuses.
    pub layers: Vec<Layer>,
    /// Milliseconds of every node of that graph (means over the faster half of the runs), by [`Layer::node`].
    pub nodes_ms: Vec<f64>,
    /// How exact the values of every node are, by [`Layer::node`]; none on backends that compute in floating point.
    pub exactness: Vec<Exactness>,
    /// What the backend reaches here at best.
    pub roofs: Roofs,
    /// The clock's smallest step in milliseconds, measured just after.
    pub timer_step_ms: f64,
}

/// How exact a node's values are in a network in bytes, beside f32 on the first photo that it is calibrated on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exactness {
    /// Whether they are computed in bytes, not in f32.
    pub in_bytes: bool,
    /// Their signal-to-noise ratio in decibels; `None` where they are not off at all, or all are 0.
    pub sqnr_db: Option<f64>,
}

/// How long a kernel takes on one shape.
#[cfg(feature = "bench")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KernelTime {
    /// What belongs together, such as `V1 gemm`.
    pub group: String,
    /// The group and the shape: `V1 gemm 12544 x 32 x 64`.
    pub name: String,
    /// Multiply-accumulates of one run; `None` where the kernel is no sum of products.
    pub macs: Option<u64>,
    /// How often the network has this shape.
    pub count: u32,
    /// The fastest run, in milliseconds.
    pub best_ms: f64,
}

/// How fast multiply-adds can be.
#[cfg(feature = "bench")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeakRate {
    /// Independent sums that the kernel kept.
    pub accumulators: u32,
    /// Of the fastest measurement, a multiply-add counted as two operations.
    pub gflops: f64,
}

/// One case of a golden file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerifiedCase {
    /// The golden's id.
    pub id: String,
    /// The case's input.
    pub input: String,
    /// The backend that ran.
    pub backend: Backend,
    /// Largest difference of a logit.
    pub max_abs_logit_diff: f64,
    /// That, divided by max(1, largest logit).
    pub relative_logit_diff: f64,
    /// Stages compared.
    pub stages_checked: u32,
    /// Stages whose values the backend does not compute, because the next function is fused into them.
    pub stages_fused: u32,
    /// The stage that is furthest off, with its difference in units of its tolerance.
    pub worst_stage: Option<(String, f64)>,
    /// The first stage, in the order in which they run, that is beyond its tolerance.
    pub first_wrong_stage: Option<String>,
    /// Whether all is within the tolerances.
    pub passed: bool,
    /// Bytes that the backend has allocated for weights.
    pub weight_bytes: u64,
    /// Bytes that it has allocated for everything else.
    pub activation_bytes: u64,
}

/// Whether a backend computes the right values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// One entry a case.
    pub cases: Vec<VerifiedCase>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backends_have_the_names_that_messages_use() {
        for backend in Backend::ALL {
            assert_eq!(serde_json::to_value(backend).unwrap(), backend.name());
            assert_eq!(Backend::named(backend.name()), Some(backend));
        }
        assert_eq!(Backend::named("gpu"), None);
    }
}
