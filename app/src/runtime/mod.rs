//! Typed client of the worker.
//!
//! Every request gets a job id and a future that the job's last event resolves. Jobs that compute
//! ([`Request::Classify`], [`Request::Judge`], [`Request::Capture`], [`Request::Reduce`], [`Request::ClassifyPixels`], [`Request::Bench`], [`Request::Profile`], [`Request::Verify`]) pass one at a
//! time, in order, so that none disturbs a measurement; all others go to the worker at once. Any job can be cancelled by its
//! id, waiting or running. The visitor's own networks go to the worker before the first request that may name them.

mod wire;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::rc::Rc;

use cube::CubeInfo;
use engine::weights::Origin;
use futures_channel::oneshot;
use js_sys::{Uint8Array, Uint16Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;
use worker::javascript::describe;
use worker::network::encode;
use worker::protocol::{
    Backend, Captured, Catalog, CheckpointInfo, ClassActivation, ClassLabel, Config, CubeId, Environment,
    Event, ImageId, ImageInfo, JobId, Judged, LayerTimes, Measured, PixelClasses, Prediction, Problem,
    Progress, Reply, Request, Verification,
};

use crate::networks;
use crate::strings::problems;

/// The worker, as the page sees it. Clones share it.
#[derive(Clone)]
pub(crate) struct Client(Rc<Inner>);

struct Inner {
    worker: web_sys::Worker,
    jobs: RefCell<Jobs>,
    /// The visitor's networks that the worker knows.
    defined: RefCell<HashSet<String>>,
}

#[derive(Default)]
struct Jobs {
    last: JobId,
    pending: HashMap<JobId, Pending>,
    /// Computing jobs that wait for their turn.
    queue: VecDeque<(JobId, JsValue)>,
    computing: Option<JobId>,
    /// Why the worker answers no more.
    fatal: Option<Problem>,
}

struct Pending {
    answer: oneshot::Sender<Result<Reply, Problem>>,
    progress: Rc<dyn Fn(Progress)>,
}

/// A request on its way.
pub(crate) struct Job<T> {
    /// For [`Client::cancel`].
    pub(crate) id: JobId,
    answer: oneshot::Receiver<Result<Reply, Problem>>,
    take: fn(Reply) -> Option<T>,
}

impl<T> Job<T> {
    /// The result.
    ///
    /// # Errors
    /// The worker's [`Problem`], with the code `cancelled` after [`Client::cancel`].
    pub(crate) async fn answer(self) -> Result<T, Problem> {
        let reply = self.answer.await.unwrap_or_else(|_| Err(problems::worker_crashed("")))?;
        (self.take)(reply).ok_or_else(problems::unexpected_reply)
    }
}

/// How much a measurement runs; see [`Request::Bench`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct BenchEffort {
    /// Runs before the first sample.
    pub(crate) warmup: Option<u32>,
    /// Samples.
    pub(crate) runs: Option<u32>,
    /// Decides the order.
    pub(crate) seed: u32,
}

impl Default for BenchEffort {
    /// Until it is enough, in an order of its own each time.
    fn default() -> Self {
        let seed = (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
        Self { warmup: None, runs: None, seed }
    }
}

/// Defines how a reply is taken apart.
macro_rules! take {
    ($kind:ident) => {
        |reply| if let Reply::$kind(value) = reply { Some(value) } else { None }
    };
}

impl Client {
    /// Starts the worker. `on_fatal` hears, once, why it cannot go on.
    pub(crate) fn start(on_fatal: impl Fn(Problem) + 'static) -> Result<Self, Problem> {
        let worker = wire::spawn()?;
        let client = Self(Rc::new(Inner { worker, jobs: RefCell::default(), defined: RefCell::default() }));
        let receiver = client.clone();
        wire::listen(&client.0.worker, move |message| match message {
            wire::Incoming::Event(job, event) => receiver.receive(job, *event),
            wire::Incoming::Fatal(problem) => {
                if receiver.fail_all(&problem) {
                    on_fatal(problem);
                }
            }
        });
        Ok(client)
    }

    /// What runs here.
    pub(crate) fn environment(&self) -> Job<Environment> {
        self.request(&Request::Environment, None, |_| (), take!(Environment))
    }

    /// What can be loaded.
    pub(crate) fn catalog(&self) -> Job<Catalog> {
        self.request(&Request::Catalog, None, |_| (), take!(Catalog))
    }

    /// Decodes an image or reads a checkpoint, a cube or its classes; its content decides which.
    pub(crate) fn open(
        &self,
        blob: &Blob,
        name: String,
        model: Option<String>,
        wrapper: Option<String>,
        pictures: bool,
    ) -> Job<Opened> {
        self.request(
            &Request::Open { name, model, wrapper, pictures },
            Some(blob),
            |_| (),
            |reply| match reply {
                Reply::Image { info, thumbnail, picture } => {
                    Some(Opened::Image(info, thumbnail.dyn_into().ok(), picture.dyn_into().ok()))
                }
                Reply::Checkpoint(checkpoint) => Some(Opened::Checkpoint(checkpoint)),
                Reply::Cube { cube, info, picture } => {
                    Some(Opened::Cube(cube, info, picture.dyn_into::<Uint8Array>().ok()?.to_vec()))
                }
                Reply::Truth { height, width, classes, .. } => {
                    Some(Opened::Truth((height, width), classes.dyn_into::<Uint16Array>().ok()?.to_vec()))
                }
                _ => None,
            },
        )
    }

    /// Forgets an image.
    pub(crate) fn close(&self, image: ImageId) -> Job<()> {
        self.request(&Request::Close { image }, None, |_| (), nothing)
    }

    /// Forgets a cube.
    pub(crate) fn close_cube(&self, cube: CubeId) -> Job<()> {
        self.request(&Request::CloseCube { cube }, None, |_| (), nothing)
    }

    /// Finds a cube's principal components.
    pub(crate) fn reduce(
        &self,
        cube: CubeId,
        components: u32,
        progress: impl Fn(Progress) + 'static,
    ) -> Job<Vec<f64>> {
        self.request(&Request::Reduce { cube, components }, None, progress, take!(Reduced))
    }

    /// Runs a network on the windows around pixels of a cube.
    pub(crate) fn classify_pixels(
        &self,
        cube: CubeId,
        config: Config,
        pixels: Vec<u32>,
        progress: impl Fn(Progress) + 'static,
    ) -> Job<PixelClasses> {
        self.request(&Request::ClassifyPixels { cube, config, pixels }, None, progress, take!(Pixels))
    }

    /// Makes a checkpoint ready.
    pub(crate) fn load(
        &self,
        checkpoint: String,
        progress: impl Fn(Progress) + 'static,
    ) -> Job<Box<CheckpointInfo>> {
        self.request(&Request::Load { checkpoint }, None, progress, take!(Checkpoint))
    }

    /// Drops a checkpoint's weights and its kept download.
    pub(crate) fn remove(&self, checkpoint: String) -> Job<()> {
        self.request(&Request::Remove { checkpoint }, None, |_| (), nothing)
    }

    /// Says how a checkpoint is to be used.
    pub(crate) fn declare(
        &self,
        checkpoint: String,
        by: Origin,
        said: BTreeMap<String, String>,
    ) -> Job<Box<CheckpointInfo>> {
        self.request(&Request::Declare { checkpoint, by, said }, None, |_| (), take!(Checkpoint))
    }

    /// Runs a network on an image.
    pub(crate) fn classify(&self, image: ImageId, config: Config, top: usize) -> Job<Prediction> {
        self.request(&Request::Classify { image, config, top }, None, |_| (), take!(Prediction))
    }

    /// Calibrates networks in int8 on these images from now on, or on the site's samples where there are none.
    pub(crate) fn calibrate(&self, images: Vec<ImageId>) -> Job<()> {
        self.request(&Request::Calibrate { images }, None, |_| (), nothing)
    }

    /// Runs a network on an image, and gives all logits.
    pub(crate) fn judge(&self, image: ImageId, config: Config) -> Job<Judged> {
        self.request(&Request::Judge { image, config }, None, |_| (), take!(Judged))
    }

    /// What a checkpoint's classes are called.
    pub(crate) fn classes(&self, checkpoint: String) -> Job<Vec<ClassLabel>> {
        self.request(&Request::Classes { checkpoint }, None, |_| (), take!(Classes))
    }

    /// Runs a network on an image, and gives what the named modules return.
    pub(crate) fn capture(&self, image: ImageId, config: Config, stages: Vec<String>) -> Job<Captured> {
        self.request(&Request::Capture { image, config, stages }, None, |_| (), take!(Captured))
    }

    /// Tells what each part of an image adds to a class, by default to the likeliest.
    pub(crate) fn class_activation(
        &self,
        image: ImageId,
        config: Config,
        class: Option<usize>,
    ) -> Job<ClassActivation> {
        self.request(&Request::ClassActivation { image, config, class }, None, |_| (), take!(ClassActivation))
    }

    /// Tells which pixels of an image the middle of a module's value depends on.
    pub(crate) fn receptive_field(&self, image: ImageId, config: Config, stage: String) -> Job<Captured> {
        self.request(&Request::ReceptiveField { image, config, stage }, None, |_| (), take!(Captured))
    }

    /// Runs a network on an image, and gives what its last layer reads.
    pub(crate) fn features(&self, image: ImageId, config: Config) -> Job<Captured> {
        self.request(&Request::Features { image, config }, None, |_| (), take!(Captured))
    }

    /// Makes a checkpoint's file with another last layer: a `Blob`.
    pub(crate) fn teach(
        &self,
        config: Config,
        classes: Vec<String>,
        weight: JsValue,
        bias: JsValue,
    ) -> Job<JsValue> {
        self.request(&Request::Teach { config, classes, weight, bias }, None, |_| (), take!(File))
    }

    /// Times networks in turns.
    pub(crate) fn bench(
        &self,
        configs: Vec<Config>,
        effort: BenchEffort,
        progress: impl Fn(Progress) + 'static,
    ) -> Job<Vec<Measured>> {
        let BenchEffort { warmup, runs, seed } = effort;
        self.request(&Request::Bench { configs, warmup, runs, seed }, None, progress, take!(Timings))
    }

    /// Times a network layer by layer.
    pub(crate) fn profile(
        &self,
        config: Config,
        progress: impl Fn(Progress) + 'static,
    ) -> Job<Box<LayerTimes>> {
        self.request(&Request::Profile { config }, None, progress, take!(Layers))
    }

    /// Checks a golden file.
    pub(crate) fn verify(&self, golden: String, backend: Backend) -> Job<Verification> {
        self.request(&Request::Verify { golden, backend }, None, |_| (), take!(Verification))
    }

    /// Ends a job, waiting or running; its future then fails with the code `cancelled`.
    pub(crate) fn cancel(&self, job: JobId) {
        let waiting = {
            let mut jobs = self.0.jobs.borrow_mut();
            let position = jobs.queue.iter().position(|(id, _)| *id == job);
            position.and_then(|index| jobs.queue.remove(index)).is_some()
        };
        if waiting {
            self.finish(job, Err(problems::cancelled()));
        } else if self.0.jobs.borrow().pending.contains_key(&job) {
            // The answer says nothing that the job's own event does not say.
            drop(self.request(&Request::Cancel { job }, None, |_| (), nothing));
        }
    }

    /// Tells the worker of networks that have been added.
    fn define(&self) {
        for network in networks::added() {
            if self.0.defined.borrow_mut().insert(network.id.to_string()) {
                let network = encode(&network);
                // The page has built it, so the worker can.
                drop(self.request(&Request::Define { network }, None, |_| (), nothing));
            }
        }
    }

    fn request<T>(
        &self,
        request: &Request,
        blob: Option<&Blob>,
        progress: impl Fn(Progress) + 'static,
        take: fn(Reply) -> Option<T>,
    ) -> Job<T> {
        self.define();
        let (sender, answer) = oneshot::channel();
        let id = {
            let mut jobs = self.0.jobs.borrow_mut();
            jobs.last += 1;
            jobs.last
        };
        let fatal = self.0.jobs.borrow().fatal.clone();
        match fatal.map_or_else(|| wire::message(id, request, blob), Err) {
            Err(problem) => {
                // The receiver lives in this function, so this cannot fail.
                let _ = sender.send(Err(problem));
            }
            Ok(message) => {
                let pending = Pending { answer: sender, progress: Rc::new(progress) };
                self.0.jobs.borrow_mut().pending.insert(id, pending);
                if computes(request) {
                    self.0.jobs.borrow_mut().queue.push_back((id, message));
                    self.compute_next();
                } else {
                    self.post(id, &message);
                }
            }
        }
        Job { id, answer, take }
    }

    fn receive(&self, job: JobId, event: Event) {
        match event {
            Event::Progress(progress) => {
                // Not borrowed while it is called: a callback may well start another job.
                let callback =
                    self.0.jobs.borrow().pending.get(&job).map(|pending| Rc::clone(&pending.progress));
                if let Some(callback) = callback {
                    callback(progress);
                }
            }
            Event::Done(reply) => self.finish(job, Ok(*reply)),
            Event::Failed(problem) => self.finish(job, Err(problem)),
        }
    }

    fn finish(&self, job: JobId, result: Result<Reply, Problem>) {
        let pending = {
            let mut jobs = self.0.jobs.borrow_mut();
            if jobs.computing == Some(job) {
                jobs.computing = None;
            }
            jobs.pending.remove(&job)
        };
        if let Some(pending) = pending {
            // Nobody may be listening any more; that is no error.
            let _ = pending.answer.send(result);
        }
        self.compute_next();
    }

    fn compute_next(&self) {
        let next = {
            let mut jobs = self.0.jobs.borrow_mut();
            if jobs.computing.is_some() {
                return;
            }
            let next = jobs.queue.pop_front();
            jobs.computing = next.as_ref().map(|(id, _)| *id);
            next
        };
        if let Some((id, message)) = next {
            self.post(id, &message);
        }
    }

    fn post(&self, job: JobId, message: &JsValue) {
        if let Err(error) = self.0.worker.post_message(message) {
            self.finish(job, Err(problems::worker_crashed(&describe(&error))));
        }
    }

    /// Whether this is the first time.
    fn fail_all(&self, problem: &Problem) -> bool {
        let (first, pending) = {
            let mut jobs = self.0.jobs.borrow_mut();
            let first = jobs.fatal.replace(problem.clone()).is_none();
            jobs.queue.clear();
            jobs.computing = None;
            (first, std::mem::take(&mut jobs.pending))
        };
        for job in pending.into_values() {
            let _ = job.answer.send(Err(problem.clone()));
        }
        first
    }
}

/// What a visitor's file turned out to be.
pub(crate) enum Opened {
    /// An image, a small picture of it, and one to look at.
    Image(ImageInfo, Option<Blob>, Option<Blob>),
    /// A checkpoint.
    Checkpoint(Box<CheckpointInfo>),
    /// A hyperspectral cube, and its picture.
    Cube(CubeId, CubeInfo, Vec<u8>),
    /// Height and width of a cube, and the classes of its pixels.
    Truth((u32, u32), Vec<u16>),
}

fn nothing(reply: Reply) -> Option<()> {
    matches!(reply, Reply::Nothing).then_some(())
}

fn computes(request: &Request) -> bool {
    matches!(
        request,
        Request::Classify { .. }
            | Request::Capture { .. }
            | Request::ClassActivation { .. }
            | Request::ReceptiveField { .. }
            | Request::Features { .. }
            | Request::Reduce { .. }
            | Request::ClassifyPixels { .. }
            | Request::Bench { .. }
            | Request::Profile { .. }
            | Request::Verify { .. }
    )
}
