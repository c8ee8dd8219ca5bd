//! Golden files: synthetic weights and inputs whose logits and stage values PyTorch has computed.
//!
//! A file describes every tensor by name, shape, kind and gain, so that anybody can draw the same weights
//! ([`crate::synthetic`]); its cases hold logits in double precision and sixteen samples of every stage.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::backend::{GpuError, Precision, Session, Target, Values};
use crate::checksum::CRC32;
use crate::graph::{Graph, NodeId, ParamKind, Shape, Stage};
use crate::order;
use crate::preprocess::preprocess;
use crate::spec::{ChannelOrder, Interpolation, Preprocess, Resize, SpecError, Variant};
use crate::synthetic;
use crate::weights::{NamesError, Tensor, Weights, names};
use crate::zoo::{UnknownModel, Zoo};

/// A golden file.
#[derive(Clone, Debug, Deserialize)]
pub struct Golden {
    /// The file's id, such as `mobilenetv2_100_224`.
    pub id: String,
    /// The library that computed it.
    pub framework: String,
    /// The network's name there; a zoo id.
    pub model: String,
    /// Input height and width.
    pub input_hw: (u32, u32),
    /// Every tensor, in the order of the checksum.
    pub tensors: Vec<GoldenTensor>,
    /// CRC-32 of all tensors' little-endian bytes, in hexadecimal.
    pub weights_crc32: String,
    /// Inputs with their results.
    pub cases: Vec<GoldenCase>,
}

/// How to draw a tensor.
#[derive(Clone, Debug, Deserialize)]
pub struct GoldenTensor {
    /// Its name, which seeds it.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// What it is.
    pub kind: ParamKind,
    /// Variance times fan-in, for weights.
    #[serde(default = "unit_gain")]
    pub gain: f64,
}

fn unit_gain() -> f64 {
    1.0
}

/// An input and what comes out.
#[derive(Clone, Debug, Deserialize)]
pub struct GoldenCase {
    /// `synth` or `gradient_HxW`.
    pub input: String,
    /// The preprocessing of an image input.
    pub transform: Option<Transform>,
    /// Logits in double precision; none where the network ends in a map.
    #[serde(default)]
    pub logits_f64: Vec<f64>,
    /// Samples of the map that it ends in, in double precision.
    pub output_f64: Option<MapSamples>,
    /// How far the library's own single precision is from its double precision.
    #[serde(default)]
    pub max_abs_diff_f32_vs_f64: f64,
    /// Samples of every stage.
    pub stages: BTreeMap<String, StageSamples>,
}

/// A library's description of its evaluation preprocessing.
#[derive(Clone, Debug, Deserialize)]
pub struct Transform {
    #[serde(deserialize_with = "interpolation")]
    interpolation: Interpolation,
    mean: [f32; 3],
    std: [f32; 3],
    crop_pct: Option<f64>,
    resize_size: Option<OneOrMany>,
}

/// By timm's name, `bilinear`, or torchvision's, `InterpolationMode.BILINEAR`.
fn interpolation<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Interpolation, D::Error> {
    let name = String::deserialize(deserializer)?.to_lowercase();
    let name = name.strip_prefix("interpolationmode.").unwrap_or(&name);
    Interpolation::deserialize(serde::de::value::StrDeserializer::new(name))
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(u32),
    Many(Vec<u32>),
}

/// Values of a map at some positions.
#[derive(Clone, Debug, Deserialize)]
pub struct MapSamples {
    /// Positions in PyTorch's order.
    idx: Vec<usize>,
    /// Values there.
    val: Vec<f64>,
    /// Mean of all values.
    mean: f64,
}

/// A stage's values at some positions.
#[derive(Clone, Debug, Deserialize)]
pub struct StageSamples {
    /// Shape in PyTorch's order.
    pub shape: Vec<usize>,
    /// Standard deviation of all values.
    pub std: f64,
    /// Mean of all values.
    pub mean: f64,
    /// Positions in PyTorch's order.
    pub idx: Vec<usize>,
    /// Values there, in single precision.
    val: Vec<f64>,
    /// Values there, in double precision.
    val_f64: Option<Vec<f64>>,
    /// How far the library's single precision is from its double precision.
    #[serde(default)]
    max_abs_diff_vs_f64: f64,
}

/// Why a golden file cannot be checked.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoldenError {
    /// Not a golden file.
    #[error("this is not a golden file: {reason}")]
    Malformed {
        /// Where the reader stopped.
        reason: String,
    },
    /// Its network is not in the zoo.
    #[error(transparent)]
    UnknownModel(#[from] UnknownModel),
    /// Its network is of another library.
    #[error("golden {id} is of {framework}; no network of its is called {model} here, but {ours} has one")]
    Framework {
        /// The file's id.
        id: String,
        /// The file's library.
        framework: String,
        /// The network.
        model: String,
        /// The zoo's library.
        ours: String,
    },
    /// Its network cannot be built at its size.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// Its tensors are not the network's parameters.
    #[error(transparent)]
    Names(#[from] NamesError),
    /// The drawn weights are not those that the file was made with.
    #[error("the weights of golden {id} have the checksum {found:08x}, the file says {expected}")]
    Checksum {
        /// The file's id.
        id: String,
        /// The file's checksum.
        expected: String,
        /// Ours.
        found: u32,
    },
    /// An input that cannot be drawn.
    #[error("golden {id} has the input {input:?}; known are synth and gradient_HxW with a transform")]
    Input {
        /// The file's id.
        id: String,
        /// The case's input.
        input: String,
    },
    /// The GPU that it should run on cannot.
    #[error(transparent)]
    Gpu(#[from] GpuError),
}

/// How far a backend may be from double precision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Of a logit, relative to max(1, largest logit).
    pub logit: f64,
    /// Of a stage's value, relative to the stage's standard deviation (and 1e-5 besides).
    pub stage: f64,
    /// Of either, in units of how far the library's single precision is from its double precision, where that is more.
    pub rounding: f64,
}

/// A network that amplifies what is lost when numbers are stored as f16.
struct Amplifying {
    model: &'static str,
    /// How many times further its stages and its logits may be off then.
    stage: f64,
    logit: f64,
}

/// The figures are those of double precision with numbers rounded to f16. In PyTorch, with every weight and the output of every module
/// rounded, the worst number of a stage is 3.1 times the tolerance off in EfficientNet-B0 (on the gradient, which is outside of what
/// its weights were drawn for), 6.9 times in FBNetV3-B, 1.3 times in PP-LCNet, 3.0 times in RepViT-M0.9, and 3.9 times in
/// MobileViTv2-0.5 (on the gradient, where whole sequences hang on few scores). The reference backend's MicroNet-M0, with nothing but
/// filters rounded, is 27 times the tolerance off in features.6, 55 times in features.7, and 5.0 times that of a logit: shift-max
/// multiplies channels by numbers up to 3 in every layer.
const AMPLIFYING: &[Amplifying] = &[
    Amplifying { model: "efficientnet_b0", stage: 3.0, logit: 1.0 },
    Amplifying { model: "fbnetv3_b", stage: 4.0, logit: 1.0 },
    Amplifying { model: "lcnet_100", stage: 1.3, logit: 1.0 },
    Amplifying { model: "repvit_m0_9", stage: 2.0, logit: 1.0 },
    Amplifying { model: "mobilevitv2_050", stage: 4.0, logit: 1.0 },
    Amplifying { model: "micronet_m0", stage: 27.0, logit: 5.0 },
];

impl Tolerance {
    /// The backend's, for a network.
    fn of_network(target: Target<'_>, model: &str) -> Self {
        let Self { logit, stage, rounding } = Self::of(target);
        match (target, AMPLIFYING.iter().find(|amplifying| amplifying.model == model)) {
            (Target::WebGpu(_, Precision::HalfWeights | Precision::Half), Some(times)) => {
                Self { logit: logit * times.logit, stage: stage * times.stage, rounding }
            }
            _ => Self { logit, stage, rounding },
        }
    }

    /// The backend's: sums in another order and folded normalisation cost the fast ones a little, weights rounded to
    /// f16 more.
    pub fn of(target: Target<'_>) -> Self {
        match target {
            Target::Reference => Self { logit: 1e-4, stage: 1e-4, rounding: 10.0 },
            Target::Cpu(_) | Target::WebGpu(_, Precision::Full) => {
                Self { logit: 3e-4, stage: 1e-4, rounding: 30.0 }
            }
            // Seven bits are far from double precision. Whether bytes are right, goldens of their own tell (`tests/int8.rs`).
            #[cfg(feature = "int8")]
            Target::CpuInt8(..) => Self { logit: 0.3, stage: 1.0, rounding: 30.0 },
            Target::WebGpu(_, Precision::HalfWeights | Precision::Half) => {
                Self { logit: 2e-2, stage: 2e-2, rounding: 30.0 }
            }
        }
    }
}

/// A case's result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseReport {
    /// The golden's id.
    pub id: String,
    /// The case's input.
    pub input: String,
    /// Largest difference of a logit.
    pub max_abs_logit_diff: f64,
    /// That, divided by max(1, largest logit).
    pub relative_logit_diff: f64,
    /// Stages compared.
    pub stages_checked: u32,
    /// Stages of the file whose value does not exist here because operations were fused.
    pub stages_fused: u32,
    /// Stages of the file that the network does not know, or whose shape or sample positions cannot be right.
    pub stages_wrong: Vec<String>,
    /// The stage that is furthest off, in units of its tolerance.
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

impl Golden {
    /// Reads a file's JSON text.
    ///
    /// # Errors
    /// [`GoldenError::Malformed`].
    pub fn parse(json: &[u8]) -> Result<Self, GoldenError> {
        serde_json::from_slice(json).map_err(|error| GoldenError::Malformed { reason: error.to_string() })
    }

    /// The zoo's network that the file is about.
    ///
    /// # Errors
    /// [`GoldenError::UnknownModel`], [`GoldenError::Framework`].
    pub fn variant(&self) -> Result<Variant, GoldenError> {
        let Some(variant) = Zoo::builtin().find_in(&self.framework, &self.model) else {
            return Err(GoldenError::Framework {
                id: self.id.clone(),
                framework: self.framework.clone(),
                model: self.model.clone(),
                ours: Zoo::builtin().find(&self.model)?.model.style.library.name().to_owned(),
            });
        };
        let classes = self.cases.first().map(|case| case.logits_f64.len() as u32).filter(|n| *n > 0);
        let variant = variant.with_resolution(self.input_hw.0, self.input_hw.1);
        Ok(match classes {
            Some(classes) => variant.with_classes(classes),
            None => variant,
        })
    }

    /// Draws the weights.
    ///
    /// # Errors
    /// [`GoldenError::Checksum`].
    pub fn tensors(&self) -> Result<BTreeMap<String, Tensor>, GoldenError> {
        let mut crc = CRC32.digest();
        let mut tensors = BTreeMap::new();
        for GoldenTensor { name, shape, kind, gain } in &self.tensors {
            let data = synthetic::tensor(name, shape, *kind, *gain);
            let bytes: Vec<u8> = data.iter().flat_map(|value| value.to_le_bytes()).collect();
            crc.update(&bytes);
            tensors.insert(name.clone(), Tensor { shape: shape.clone(), data });
        }
        let found = crc.finalize();
        if u32::from_str_radix(&self.weights_crc32, 16) == Ok(found) {
            Ok(tensors)
        } else {
            Err(GoldenError::Checksum { id: self.id.clone(), expected: self.weights_crc32.clone(), found })
        }
    }

    /// Runs every case on a backend and compares logits and stages.
    ///
    /// # Errors
    /// [`GoldenError`] if the file cannot be checked at all; a backend that computes wrong values is no error
    /// but a report that has not passed.
    pub async fn verify(&self, target: Target<'_>) -> Result<Vec<CaseReport>, GoldenError> {
        let graph = self.variant()?.graph()?;
        self.check_tensors(&graph)?;
        let (weights, _) = Weights::bind(&self.model, &graph, self.tensors()?)?;
        let mut session = Session::prepare(target, &graph, &weights).await?;
        let tolerance = Tolerance::of_network(target, &self.model);
        let mut reports = Vec::with_capacity(self.cases.len());
        for case in &self.cases {
            reports.push(self.verify_case(case, tolerance, &mut session, &graph.stages).await?);
        }
        Ok(reports)
    }

    /// Compares the tensors with the network's parameters before any is drawn: a shape of the file alone must
    /// not decide how much memory is taken.
    fn check_tensors(&self, graph: &Graph) -> Result<(), GoldenError> {
        let shapes =
            order::map(self.tensors.iter().map(|tensor| (tensor.name.clone(), tensor.shape.clone())));
        let mismatch = names::compare(graph, &shapes);
        if mismatch.fits() && mismatch.extra.is_empty() {
            return Ok(());
        }
        Err(NamesError::Mismatch { model: self.model.clone(), mismatch }.into())
    }

    async fn verify_case(
        &self,
        case: &GoldenCase,
        tolerance: Tolerance,
        session: &mut Session,
        known: &[Stage],
    ) -> Result<CaseReport, GoldenError> {
        let input = self.input(case, session.graph().nodes[0].shape.channels())?;
        let graph = session.graph();
        let output = graph.node(graph.output()).shape;
        let rounding = case.stages.values().map(|stage| stage.max_abs_diff_vs_f64 / stage.std);
        let of_stages = tolerance.stage.max(tolerance.rounding * rounding.fold(0.0, f64::max));
        let mut expected: Vec<(NodeId, &String, &StageSamples, Shape)> = Vec::new();
        let (mut fused, mut wrong) = (0, Vec::new());
        for (name, samples) in &case.stages {
            match graph.stage(name).map(|value| (value, graph.node(value).shape)) {
                Some((value, shape)) if samples.are_of(shape) => expected.push((value, name, samples, shape)),
                None if known.iter().any(|stage| stage.name == *name) => fused += 1,
                _ => wrong.push(name.clone()),
            }
        }

        let mut worst: Option<(String, f64)> = None;
        let mut first_wrong = None;
        let (mut checked, mut seen) = (0, BTreeSet::new());
        let mut observe = |id: NodeId, values: Values<'_>| {
            seen.insert(id);
            for (_, name, samples, shape) in expected.iter().filter(|(value, ..)| *value == id) {
                let off = samples.furthest_off(&values.numbers(), *shape) / (of_stages * samples.std + 1e-5);
                checked += 1;
                if first_wrong.is_none() && (off > 1.0 || off.is_nan()) {
                    first_wrong = Some((*name).clone());
                }
                // A NaN must not hide behind a comparison that it makes false.
                if worst.as_ref().is_none_or(|(_, most)| off > *most || off.is_nan()) {
                    worst = Some(((*name).clone(), off));
                }
            }
        };
        let logits = session.run_observed(&input, &mut observe).await?.to_vec();
        // What a GPU computes along the way is no value either; every other backend has all that the graph has.
        if matches!(session, Session::WebGpu(_)) {
            fused += expected.iter().filter(|(value, ..)| !seen.contains(value)).count() as u32;
        }

        let expected = match &case.output_f64 {
            None => &case.logits_f64,
            Some(samples) => &samples.val,
        };
        let largest = expected.iter().fold(1.0, |most: f64, value| most.max(value.abs()));
        let max_abs_logit_diff = match &case.output_f64 {
            None => largest_difference(&logits, expected),
            Some(samples) => samples.furthest_off(&logits, output),
        };
        let relative_logit_diff = max_abs_logit_diff / largest;
        let allowed = (tolerance.logit * largest).max(tolerance.rounding * case.max_abs_diff_f32_vs_f64);
        let is_complete = case.output_f64.is_some() || logits.len() == case.logits_f64.len();
        let stages_pass = worst.as_ref().is_none_or(|(_, off)| *off <= 1.0);
        Ok(CaseReport {
            id: self.id.clone(),
            input: case.input.clone(),
            max_abs_logit_diff,
            relative_logit_diff,
            stages_checked: checked,
            stages_fused: fused,
            passed: max_abs_logit_diff <= allowed && stages_pass && wrong.is_empty() && is_complete,
            stages_wrong: wrong,
            worst_stage: worst,
            first_wrong_stage: first_wrong,
            weight_bytes: session.weight_bytes(),
            activation_bytes: session.activation_bytes(),
        })
    }

    /// The case's input, (H, W, C).
    fn input(&self, case: &GoldenCase, channels: usize) -> Result<Vec<f32>, GoldenError> {
        let unknown = || GoldenError::Input { id: self.id.clone(), input: case.input.clone() };
        let (h, w) = self.input_hw;
        if case.input == "synth" {
            return Ok(synthetic::input_of(h as usize, w as usize, channels));
        }
        let size = case.input.strip_prefix("gradient_").and_then(|size| size.split_once('x'));
        let parsed = size.and_then(|(h, w)| Some((h.parse().ok()?, w.parse().ok()?)));
        let (image_h, image_w): (u32, u32) =
            parsed.filter(|sides| is_drawable(*sides)).ok_or_else(unknown)?;
        let transform = case.transform.as_ref().and_then(Transform::preprocess).ok_or_else(unknown)?;
        Ok(preprocess(&synthetic::gradient(image_h, image_w), &transform, (h, w)))
    }
}

impl Transform {
    fn preprocess(&self) -> Option<Preprocess> {
        let resize = match (&self.resize_size, self.crop_pct) {
            (Some(OneOrMany::One(side)), _) => Resize::ShortSide(*side),
            (Some(OneOrMany::Many(sides)), _) => Resize::ShortSide(*sides.first()?),
            (None, Some(crop_pct)) => Resize::CropPct(crop_pct),
            (None, None) => return None,
        };
        let order = ChannelOrder::Rgb;
        Some(Preprocess { resize, interpolation: self.interpolation, mean: self.mean, std: self.std, order })
    }
}

impl StageSamples {
    /// Whether they can be samples of a value of this shape, each with its position.
    fn are_of(&self, shape: Shape) -> bool {
        let elements = self.shape.iter().try_fold(1usize, |product, n| product.checked_mul(*n));
        elements == Some(shape.elements())
            && self.idx.len() == self.val.len()
            && self.idx.iter().all(|i| *i < shape.elements())
    }

    /// The largest difference among the samples, and of the mean.
    fn furthest_off(&self, values: &[f32], shape: Shape) -> f64 {
        let val = self.val_f64.as_ref().unwrap_or(&self.val);
        let idx = self.idx.iter().map(|i| place(shape, &self.shape, *i));
        furthest_off(values, idx, val, self.mean)
    }
}

impl MapSamples {
    /// The largest difference among the samples, and of the mean; NaN where a position is none of the map's.
    fn furthest_off(&self, values: &[f32], shape: Shape) -> f64 {
        let fits = self.idx.len() == self.val.len()
            && values.len() == shape.elements()
            && self.idx.iter().all(|i| *i < values.len());
        let idx = self.idx.iter().map(|i| shape.channels_last(*i));
        if fits { furthest_off(values, idx, &self.val, self.mean) } else { f64::NAN }
    }
}

/// Where element `index` of a value of PyTorch's shape `theirs` lies in ours.
fn place(shape: Shape, theirs: &[usize], index: usize) -> usize {
    match (shape, theirs) {
        // Channels before sequences and tokens (MobileViTv2).
        (Shape::Tokens { dim, .. }, [1, channels, sequences, tokens]) if *channels == dim => {
            let positions = sequences * tokens;
            index % positions * dim + index / positions
        }
        // Volumes are filters first there, depth by depth here.
        (Shape::Map { c, .. }, [1, filters, depth, h, w]) => {
            let (pixel, plane) = (index % (h * w), index / (h * w));
            pixel * c + plane % depth * filters + plane / depth
        }
        _ => shape.channels_last(index),
    }
}

fn furthest_off(values: &[f32], places: impl Iterator<Item = usize>, val: &[f64], mean: f64) -> f64 {
    let ours: Vec<f32> = places.map(|place| values[place]).collect();
    let our_mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64;
    let (of_samples, of_mean) = (largest_difference(&ours, val), (our_mean - mean).abs());
    if of_mean > of_samples || of_mean.is_nan() { of_mean } else { of_samples }
}

/// Whether an image has pixels and at most 16 million of them.
fn is_drawable((h, w): (u32, u32)) -> bool {
    (1..=1 << 24).contains(&(u64::from(h) * u64::from(w)))
}

/// NaN if any difference is.
fn largest_difference(ours: &[f32], theirs: &[f64]) -> f64 {
    let differences = ours.iter().zip(theirs).map(|(a, b)| (f64::from(*a) - b).abs());
    differences.fold(0.0, |most, d| if d > most || d.is_nan() { d } else { most })
}
