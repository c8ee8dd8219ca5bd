//! What the worker keeps between requests, and who answers each.

use std::cell::RefCell;
use std::collections::HashMap;

use engine::backend::Target;
use engine::golden::{Golden, GoldenError};
use engine::measure::Effort;
use web_sys::{AbortController, Blob};
use worker::protocol::{Backend, JobId, Problem, Reply, Request, Verification, VerifiedCase};

use crate::catalog::Entry;
use crate::gpu::{self, Gpus};
use crate::images::Images;
use crate::job::Job;
#[cfg(feature = "bench")]
use crate::kernels;
use crate::labels::Labels;
use crate::session::Sessions;
use crate::{bench, catalog, classify, download, infer, open, platform, profile, threads};

/// The worker's state. Jobs interleave at every `await`, so nothing stays borrowed across one.
#[derive(Default)]
pub struct Lab {
    /// Every checkpoint, in the order of the catalog.
    pub checkpoints: RefCell<Vec<Entry>>,
    /// The visitor's images.
    pub images: RefCell<Images>,
    /// Networks that are ready to run.
    pub sessions: RefCell<Sessions>,
    /// The GPU.
    pub gpus: Gpus,
    /// Class names.
    pub labels: Labels,
    /// Running jobs.
    pub jobs: RefCell<HashMap<JobId, AbortController>>,
}

impl Lab {
    /// Answers a request.
    pub async fn perform(&self, job: &Job, request: Request, blob: Option<Blob>) -> Result<Reply, Problem> {
        match request {
            Request::Environment => Ok(Reply::Environment(platform::environment(self.gpus.status().await))),
            Request::Catalog => Ok(Reply::Catalog(catalog::read(self).await)),
            Request::Open { name, model } => {
                let blob =
                    blob.ok_or_else(|| Problem::new("protocol", "the request came without its file"))?;
                open::open(self, job, &name, model.as_deref(), &blob).await
            }
            Request::Close { image } => {
                self.images.borrow_mut().remove(image);
                Ok(Reply::Nothing)
            }
            Request::Load { checkpoint } => {
                download::load(self, job, &checkpoint).await?;
                Ok(Reply::Checkpoint(catalog::info(self, &checkpoint)?))
            }
            Request::Remove { checkpoint } => {
                download::remove(self, &checkpoint).await?;
                Ok(Reply::Nothing)
            }
            Request::Classify { image, config, top } => {
                let classify = async || classify::classify(self, job, image, &config, top).await;
                Ok(Reply::Prediction(gpu::recovering(self, classify).await?))
            }
            Request::Infer { config, input } => {
                let infer = async || infer::infer(self, job, &config, &input).await;
                Ok(Reply::Logits(gpu::recovering(self, infer).await?))
            }
            Request::Bench { configs, warmup, runs, seed } => {
                let effort = Effort { warmup, samples: runs };
                let bench = async || bench::bench(self, job, &configs, effort, seed).await;
                Ok(Reply::Timings(gpu::recovering(self, bench).await?))
            }
            Request::Profile { config } => {
                let profile = async || profile::profile(self, job, &config).await;
                Ok(Reply::Layers(Box::new(gpu::recovering(self, profile).await?)))
            }
            Request::Verify { golden, backend } => {
                let verify = async || verify(self, job, &golden, backend).await;
                Ok(Reply::Verification(gpu::recovering(self, verify).await?))
            }
            #[cfg(feature = "bench")]
            Request::Repeat { config, runs } => {
                kernels::repeat(self, job, &config, runs).await?;
                Ok(Reply::Nothing)
            }
            #[cfg(feature = "bench")]
            Request::Kernels { filter } => Ok(Reply::Kernels(kernels::kernels(&filter))),
            #[cfg(feature = "bench")]
            Request::Peak => Ok(Reply::Peak(kernels::peaks())),
            Request::Cancel { job } => {
                if let Some(abort) = self.jobs.borrow().get(&job) {
                    abort.abort();
                }
                Ok(Reply::Nothing)
            }
        }
    }
}

async fn verify(lab: &Lab, job: &Job, golden: &str, backend: Backend) -> Result<Verification, Problem> {
    let failed = |error: GoldenError| match &error {
        GoldenError::Gpu(error) => gpu::problem(error),
        error => Problem::of("golden", error),
    };
    let golden = Golden::parse(golden.as_bytes()).map_err(failed)?;
    job.pause().await?;
    let reports = match backend {
        Backend::Reference => golden.verify(Target::Reference).await,
        Backend::Cpu => golden.verify(Target::Cpu(threads::threads())).await,
        Backend::WebGpu | Backend::WebGpuHalf => {
            let gpu = lab.gpus.get().await?;
            golden.verify(Target::WebGpu(&gpu, gpu::precision(&gpu, backend))).await
        }
    };
    let reports = reports.map_err(failed)?;
    let cases = reports
        .into_iter()
        .map(|report| VerifiedCase {
            id: report.id,
            input: report.input,
            backend,
            max_abs_logit_diff: report.max_abs_logit_diff,
            relative_logit_diff: report.relative_logit_diff,
            stages_checked: report.stages_checked,
            worst_stage: report.worst_stage,
            first_wrong_stage: report.first_wrong_stage,
            passed: report.passed,
            weight_bytes: report.weight_bytes,
            activation_bytes: report.activation_bytes,
        })
        .collect();
    Ok(Verification { cases })
}
