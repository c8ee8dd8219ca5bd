//! What networks in bytes are calibrated on: photos of the visitor's that were chosen, or the site's samples.

use std::cell::RefCell;

use engine::preprocess::preprocess;
use engine::spec::Variant;
use js_sys::{Array, Uint8Array};
use serde::Deserialize;
use web_sys::Blob;
use worker::protocol::{Code, ImageId, Problem};

use crate::catalog::Entry;
use crate::images::Pixels;
use crate::lab::Lab;
use crate::session::{PHOTO_CHANNELS, synthetic_input};
use crate::{download, images, open, platform};

/// Photos that are looked at, at most: their ranges change little after a dozen, and each is run twice.
const MOST_PHOTOS: usize = 32;

/// What was chosen, and the samples once they have been needed.
#[derive(Default)]
pub struct Calibration {
    /// None for the site's samples.
    pub chosen: RefCell<Vec<ImageId>>,
    samples: RefCell<Vec<Pixels>>,
}

/// An entry of `samples.json`.
#[derive(Deserialize)]
struct Sample {
    file: String,
}

/// The inputs, one or more, that a network with the weights of `entry` is calibrated on; with random weights any will do.
pub async fn inputs(lab: &Lab, entry: Option<&Entry>, variant: &Variant) -> Result<Vec<Vec<f32>>, Problem> {
    let Some(entry) = entry else { return Ok(vec![synthetic_input(variant)]) };
    let channels = variant.model.channels;
    if channels != PHOTO_CHANNELS {
        let id = variant.id();
        let message = format!(
            "networks in int8 are calibrated on photos, which have {PHOTO_CHANNELS} channels; {id} reads {channels}: choose another \
             backend"
        );
        return Err(Problem::new(Code::Int8Channels, message).with("model", id).with("channels", channels));
    }
    let how = &entry.info.preprocess;
    let mut inputs = Vec::new();
    for image in chosen(lab) {
        inputs.push(images::input(lab, image, how, variant.resolution).await?.0);
    }
    if inputs.is_empty() {
        for sample in samples(lab).await? {
            inputs.push(preprocess(&sample.to_image(), how, variant.resolution));
        }
    }
    Ok(inputs)
}

/// The photos that were chosen, as far as they are still open.
pub fn chosen(lab: &Lab) -> Vec<ImageId> {
    let chosen = lab.calibration.chosen.borrow();
    let open = chosen.iter().copied().filter(|image| images::file(lab, *image).is_ok());
    open.take(MOST_PHOTOS).collect()
}

/// The site's samples, fetched once.
async fn samples(lab: &Lab) -> Result<Vec<Pixels>, Problem> {
    let there = lab.calibration.samples.borrow().clone();
    if !there.is_empty() {
        return Ok(there);
    }
    let list = fetch("samples.json").await?;
    let list: Vec<Sample> = serde_json::from_slice(&list).map_err(|error| missing(&error.to_string()))?;
    let mut samples = Vec::with_capacity(list.len());
    for Sample { file } in list {
        let bytes = Uint8Array::from(fetch(&file).await?.as_slice());
        let blob = Blob::new_with_u8_array_sequence(&Array::of1(&bytes)).map_err(|_| missing(&file))?;
        samples.push(open::decode_image(&blob).await?.pixels);
    }
    if samples.is_empty() {
        return Err(missing("none are listed"));
    }
    *lab.calibration.samples.borrow_mut() = samples.clone();
    Ok(samples)
}

async fn fetch(file: &str) -> Result<Vec<u8>, Problem> {
    let url = platform::site_url(&format!("static/samples/{file}"));
    let response = download::get(&url, None).await.map_err(|problem| missing(&problem.message))?;
    if !response.ok() {
        return Err(missing(&format!("{} {url}", response.status())));
    }
    download::body(&response).await.map_err(|problem| missing(&problem.message))
}

fn missing(reason: &str) -> Problem {
    let message = format!(
        "the site's samples, on which networks in int8 are calibrated, cannot be had ({reason}); check the connection and try again, or \
         calibrate on photos of your own"
    );
    Problem::new(Code::Int8Samples, message).with("reason", reason)
}
