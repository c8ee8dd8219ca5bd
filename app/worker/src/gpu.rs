//! The GPU: asked for once, asked for again when it is lost, given up after two losses.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use engine::backend::webgpu::WebGpu;
use engine::backend::{Gpu, Precision};
use gloo::timers::future::TimeoutFuture;
use wasm_bindgen_futures::spawn_local;
use worker::protocol::{Backend, Code, Config, GpuStatus, Problem};

use crate::lab::Lab;

/// A GPU that was lost this often is not asked again: it would be lost in the middle of everything.
const MOST_LOSSES: u32 = 2;

/// How long the browser may take to answer before the CPU computes, in milliseconds: with some drivers it never does.
const PATIENCE_MS: u32 = 1500;
/// How often is looked whether it has.
const STEP_MS: u32 = 20;

/// The GPU and its history.
#[derive(Default)]
pub struct Gpus {
    /// What was answered last.
    known: Rc<RefCell<Option<Result<Gpu, Problem>>>>,
    /// How long the answer has been waited for, in milliseconds; `None` while nobody has asked. It may come later.
    waited: Cell<Option<u32>>,
    losses: Cell<u32>,
}

impl Gpus {
    /// The GPU, or why there is none.
    pub async fn get(&self) -> Result<Gpu, Problem> {
        if self.losses.get() >= MOST_LOSSES {
            let message = format!(
                "the GPU was lost {MOST_LOSSES} times, so the CPU computes from now on; reload the page to try the GPU again"
            );
            return Err(Problem::new(Code::GpuUnreliable, message).with("losses", MOST_LOSSES));
        }
        if self.waited.get().is_none() {
            self.waited.set(Some(0));
            let known = Rc::clone(&self.known);
            spawn_local(async move {
                let found = Gpu::request().await.map_err(|error| Problem::of(&error));
                *known.borrow_mut() = Some(found);
            });
        }
        loop {
            let known = self.known.borrow().clone();
            match (known, self.waited.get()) {
                (Some(known), _) => return known,
                (None, Some(waited)) if waited < PATIENCE_MS => {
                    TimeoutFuture::new(STEP_MS).await;
                    self.waited.set(Some(waited + STEP_MS));
                }
                (None, _) => return Err(silent()),
            }
        }
    }

    /// Asks again: the GPU was lost.
    fn lost(&self) {
        self.losses.set(self.losses.get() + 1);
        *self.known.borrow_mut() = None;
        self.waited.set(None);
    }

    /// What there is, for the page.
    pub async fn status(&self) -> GpuStatus {
        match self.get().await {
            Ok(gpu) => {
                let about = gpu.about();
                GpuStatus::Present {
                    name: about.name.clone(),
                    is_software: about.is_software,
                    has_timestamps: about.has_timestamps,
                    has_f16: about.has_f16,
                }
            }
            Err(problem) => GpuStatus::Absent(problem),
        }
    }

    /// The backend that a request names, or the fastest: WebGPU on a hardware GPU, else the CPU.
    pub async fn backend(&self, config: &Config) -> Backend {
        match config.backend {
            Some(backend) => backend,
            None if self.get().await.is_ok_and(|gpu| !gpu.about().is_software) => Backend::WebGpu,
            None => Backend::Cpu,
        }
    }
}

fn silent() -> Problem {
    let seconds = f64::from(PATIENCE_MS) / 1000.0;
    let message = format!(
        "the browser has not answered for {seconds} s whether there is a GPU; the CPU backend computes the same; restart the \
         browser to try the GPU again"
    );
    Problem::new(Code::GpuSilent, message).with("seconds", seconds)
}

/// Has a network's shaders compiled while its weights are on their way, if it is to run on the GPU. Whatever fails here fails
/// again, and is said, when the network is prepared.
pub async fn compile_ahead(lab: &Lab, config: &Config) {
    let backend = lab.gpus.backend(config).await;
    if !backend.is_gpu() {
        return;
    }
    let graph = lab.zoo.borrow().find(&config.model).ok().and_then(|variant| variant.graph().ok());
    if let (Some(graph), Ok(gpu)) = (graph, lab.gpus.get().await) {
        let _ = WebGpu::compile(&gpu, &graph, precision(&gpu, backend));
    }
}

/// Does some work, and does it again on a new device (or on the CPU, see [`Gpus`]) if the GPU was lost meanwhile.
pub async fn recovering<T>(lab: &Lab, work: impl AsyncFn() -> Result<T, Problem>) -> Result<T, Problem> {
    loop {
        match work().await {
            Err(problem) if problem.code == Code::GpuLost && lab.gpus.losses.get() < MOST_LOSSES => {
                lab.gpus.lost();
                lab.sessions.borrow_mut().remove_lost();
            }
            done => return done,
        }
    }
}

/// How a backend's numbers are stored on this GPU.
pub fn precision(gpu: &Gpu, backend: Backend) -> Precision {
    match backend {
        Backend::WebGpuHalf if gpu.about().has_f16 => Precision::Half,
        Backend::WebGpuHalf => Precision::HalfWeights,
        _ => Precision::Full,
    }
}
