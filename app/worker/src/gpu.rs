//! The GPU: asked for once, asked for again when it is lost, given up after two losses.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use engine::backend::webgpu::WebGpu;
use engine::backend::{Gpu, Precision};
use gloo::timers::future::TimeoutFuture;
use worker::protocol::{Backend, Code, Config, GpuStatus, Problem};

use crate::lab::Lab;

/// A GPU that was lost this often is not asked again: it would be lost in the middle of everything.
const MOST_LOSSES: u32 = 2;

/// How long the browser may take to answer, in milliseconds: with some drivers it never does, and the page waits.
const PATIENCE_MS: u32 = 10_000;

/// The GPU and its history.
#[derive(Default)]
pub struct Gpus {
    /// What was answered last.
    known: RefCell<Option<Result<Gpu, Problem>>>,
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
        let known = self.known.borrow().clone();
        if let Some(known) = known {
            return known;
        }
        let found = request().await;
        *self.known.borrow_mut() = Some(found.clone());
        found
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

/// Asks for a GPU, and waits no longer than sensible.
async fn request() -> Result<Gpu, Problem> {
    let mut answer = pin!(Gpu::request());
    let mut patience = pin!(TimeoutFuture::new(PATIENCE_MS));
    poll_fn(|context| match answer.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(answer.map_err(|error| Problem::of(&error))),
        Poll::Pending => patience.as_mut().poll(context).map(|()| {
            let seconds = PATIENCE_MS / 1000;
            let message = format!(
                "the browser has not answered for {seconds} s whether there is a GPU; the CPU backend computes the same; \
                 restart the browser to try the GPU again"
            );
            Err(Problem::new(Code::GpuSilent, message).with("seconds", seconds))
        }),
    })
    .await
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
                lab.gpus.losses.set(lab.gpus.losses.get() + 1);
                *lab.gpus.known.borrow_mut() = None;
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
