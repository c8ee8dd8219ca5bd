//! Checking a backend on a golden file.

use engine::backend::Target;
use engine::golden::{Golden, GoldenError};
use worker::protocol::{Backend, Code, Problem, Verification, VerifiedCase};

use crate::job::Job;
use crate::lab::Lab;
use crate::{gpu, threads};

/// Runs a golden file's cases and compares.
pub async fn verify(lab: &Lab, job: &Job, golden: &str, backend: Backend) -> Result<Verification, Problem> {
    let failed = |error: GoldenError| match &error {
        GoldenError::Gpu(error) => Problem::of(error),
        error => Problem::of(error),
    };
    let golden = Golden::parse(golden.as_bytes()).map_err(failed)?;
    job.pause().await?;
    let reports = match backend {
        Backend::Reference => golden.verify(Target::Reference).await,
        Backend::Cpu => golden.verify(Target::Cpu(threads::threads())).await,
        Backend::CpuInt8 => {
            let message = "bytes are held to their own definition, not to PyTorch's numbers: compare the classes on photos, or the \
                           layers' signal-to-noise ratios";
            return Err(Problem::new(Code::Int8Golden, message));
        }
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
            stages_fused: report.stages_fused,
            worst_stage: report.worst_stage,
            first_wrong_stage: report.first_wrong_stage,
            passed: report.passed,
            weight_bytes: report.weight_bytes,
            activation_bytes: report.activation_bytes,
        })
        .collect();
    Ok(Verification { cases })
}
