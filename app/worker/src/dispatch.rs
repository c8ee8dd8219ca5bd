//! Who answers which request.

use engine::measure::Effort;
use web_sys::Blob;
use worker::network;
use worker::protocol::{Code, Problem, Reply, Request};

use crate::job::Job;
#[cfg(feature = "bench")]
use crate::kernels;
use crate::lab::Lab;
use crate::{
    bench, capture, catalog, classify, cubes, download, explain, gpu, infer, open, platform, profile, teach,
    verify,
};

/// Answers a request.
pub async fn perform(lab: &Lab, job: &Job, request: Request, blob: Option<Blob>) -> Result<Reply, Problem> {
    match request {
        Request::Environment => Ok(Reply::Environment(platform::environment(lab.gpus.status().await))),
        Request::Catalog => Ok(Reply::Catalog(catalog::read(lab).await)),
        Request::Define { network } => {
            let network = network::decode(&network).map_err(|reason| {
                Problem::new(Code::Protocol, format!("the network cannot be read: {reason}"))
            })?;
            lab.zoo.borrow_mut().insert(network).map_err(|error| Problem::of(&error))?;
            Ok(Reply::Nothing)
        }
        Request::Open { name, model, wrapper, pictures } => {
            let blob =
                blob.ok_or_else(|| Problem::new(Code::Protocol, "the request came without its file"))?;
            let meant = open::Meant { model: model.as_deref(), wrapper: wrapper.as_deref() };
            open::open(lab, job, &name, meant, &blob, pictures).await
        }
        Request::Close { image } => {
            lab.images.borrow_mut().remove(image);
            Ok(Reply::Nothing)
        }
        Request::CloseCube { cube } => {
            lab.cubes.borrow_mut().close(cube);
            Ok(Reply::Nothing)
        }
        Request::Reduce { cube, components } => {
            Ok(Reply::Reduced(cubes::reduce(lab, job, cube, components).await?))
        }
        Request::ClassifyPixels { cube, config, pixels } => {
            let classify = async || cubes::classify(lab, job, cube, &config, &pixels).await;
            Ok(Reply::Pixels(gpu::recovering(lab, classify).await?))
        }
        Request::Load { checkpoint } => {
            download::load(lab, job, &checkpoint).await?;
            Ok(Reply::Checkpoint(Box::new(catalog::info(lab, &checkpoint)?)))
        }
        Request::Remove { checkpoint } => {
            download::remove(lab, &checkpoint).await?;
            Ok(Reply::Nothing)
        }
        Request::Declare { checkpoint, by, said } => {
            Ok(Reply::Checkpoint(Box::new(catalog::declare(lab, &checkpoint, by, &said)?)))
        }
        Request::Calibrate { images } => {
            *lab.calibration.chosen.borrow_mut() = images;
            Ok(Reply::Nothing)
        }
        Request::Classify { image, config, top } => {
            let classify = async || classify::classify(lab, job, image, &config, top).await;
            Ok(Reply::Prediction(gpu::recovering(lab, classify).await?))
        }
        Request::Capture { image, config, stages } => {
            let capture = async || capture::capture(lab, job, image, &config, &stages).await;
            Ok(Reply::Captured(gpu::recovering(lab, capture).await?))
        }
        Request::ClassActivation { image, config, class } => {
            let explain = async || explain::class_activation(lab, job, image, &config, class).await;
            Ok(Reply::ClassActivation(gpu::recovering(lab, explain).await?))
        }
        Request::ReceptiveField { image, config, stage } => {
            Ok(Reply::Captured(explain::receptive_field(lab, job, image, &config, &stage).await?))
        }
        Request::Features { image, config } => {
            let features = async || teach::features(lab, job, image, &config).await;
            Ok(Reply::Captured(gpu::recovering(lab, features).await?))
        }
        Request::Teach { config, classes, weight, bias } => {
            Ok(Reply::File(teach::teach(lab, job, &config, &classes, &weight, &bias).await?))
        }
        Request::Judge { image, config } => {
            let judge = async || classify::judge(lab, job, image, &config).await;
            Ok(Reply::Judged(gpu::recovering(lab, judge).await?))
        }
        Request::Classes { checkpoint } => Ok(Reply::Classes(classify::classes(lab, &checkpoint).await?)),
        Request::Infer { config, input } => {
            let infer = async || infer::infer(lab, job, &config, &input).await;
            Ok(Reply::Logits(gpu::recovering(lab, infer).await?))
        }
        Request::Bench { configs, warmup, runs, seed } => {
            let effort = Effort { warmup, samples: runs };
            let bench = async || bench::bench(lab, job, &configs, effort, seed).await;
            Ok(Reply::Timings(gpu::recovering(lab, bench).await?))
        }
        Request::Profile { config } => {
            let profile = async || profile::profile(lab, job, &config).await;
            Ok(Reply::Layers(Box::new(gpu::recovering(lab, profile).await?)))
        }
        Request::Verify { golden, backend } => {
            let verify = async || verify::verify(lab, job, &golden, backend).await;
            Ok(Reply::Verification(gpu::recovering(lab, verify).await?))
        }
        #[cfg(feature = "bench")]
        Request::Repeat { config, runs } => {
            kernels::repeat(lab, job, &config, runs).await?;
            Ok(Reply::Nothing)
        }
        #[cfg(feature = "bench")]
        Request::Kernels { filter } => Ok(Reply::Kernels(kernels::kernels(&filter))),
        #[cfg(feature = "bench")]
        Request::Peak => Ok(Reply::Peak(kernels::peaks())),
        Request::Cancel { job } => {
            if let Some((_, abort)) = lab.jobs.borrow().iter().find(|(id, _)| *id == job) {
                abort.abort();
            }
            Ok(Reply::Nothing)
        }
    }
}
