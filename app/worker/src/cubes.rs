//! The visitor's hyperspectral cubes: in a module of its own that `loader.js` loads when the first one comes.

use std::collections::BTreeMap;

use cube::{About, CubeError, MAX_BYTES, Outcome};
use engine::predict::top_k;
use js_sys::{Array, Float32Array, Promise, Uint8Array};
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;
use worker::javascript::describe;
use worker::protocol::{Code, Config, CubeId, PixelClasses, Problem, Progress, Reply};

use crate::job::Job;
use crate::lab::Lab;
use crate::{classify, open, platform, session};

/// How long the worker hears of nothing else, in milliseconds.
const PAUSE_MS: f64 = 100.0;

/// Bytes that a file may have beside its numbers.
const SPARE_BYTES: u64 = 1 << 24;

#[wasm_bindgen]
extern "C" {
    /// The module, loaded at most once; a failed attempt can be repeated. Set by `loader.js`.
    #[wasm_bindgen(js_name = loadCubes, catch)]
    fn load_cubes() -> Result<Promise, JsValue>;

    type Module;

    #[wasm_bindgen(method, catch)]
    fn open(this: &Module, bytes: &Uint8Array) -> Result<Array, JsValue>;

    /// A cube in the module's memory.
    #[derive(Clone)]
    type Cube;

    #[wasm_bindgen(method, catch)]
    fn reduce(this: &Cube, components: u32) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn shares(this: &Cube) -> Result<Vec<f64>, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn window(this: &Cube, pixel: u32, height: u32, width: u32) -> Result<Array, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn free(this: &Cube) -> Result<(), JsValue>;
}

/// The cubes that are open.
#[derive(Default)]
pub struct Cubes {
    last: CubeId,
    open: BTreeMap<CubeId, Open>,
}

#[derive(Clone)]
struct Open {
    pixels: u32,
    cube: Cube,
}

impl Cubes {
    fn add(&mut self, open: Open) -> CubeId {
        self.last += 1;
        self.open.insert(self.last, open);
        self.last
    }

    /// Forgets a cube.
    pub fn close(&mut self, id: CubeId) {
        if let Some(gone) = self.open.remove(&id) {
            // One that was busy when it failed cannot be freed, and is not used any more either.
            let _ = gone.cube.free();
        }
    }
}

/// A cube, which may be closed at any time.
fn cube(lab: &Lab, id: CubeId) -> Result<Open, Problem> {
    let missing =
        || Problem::new(Code::UnknownCube, format!("cube {id} is not here (any more)")).with("cube", id);
    lab.cubes.borrow().open.get(&id).cloned().ok_or_else(missing)
}

/// Opens a cube, or the classes of one.
pub async fn open(lab: &Lab, job: &Job, blob: &Blob) -> Result<Reply, Problem> {
    let bytes = blob.size() as u64;
    if bytes > MAX_BYTES + SPARE_BYTES {
        let shape = format!("{} MB", bytes >> 20);
        return Err(Problem::of(&CubeError::TooLarge { shape, limit: MAX_BYTES }));
    }
    let module = async { JsFuture::from(load_cubes()?).await };
    let module: Module = module.await.map_err(|error| missing(&error))?.unchecked_into();
    let bytes = open::buffer(blob).await?;
    job.check()?;
    let answer = module.open(&bytes).map_err(|error| missing(&error))?;
    let numbers = answer.get(1);
    Ok(match outcome(answer.get(0))? {
        About::Cube(info) => {
            let open = Open { pixels: info.height * info.width, cube: answer.get(2).unchecked_into() };
            let cube = lab.cubes.borrow_mut().add(open);
            Reply::Cube { cube, info, picture: numbers }
        }
        About::Truth { height, width, name } => Reply::Truth { height, width, name, classes: numbers },
    })
}

/// Finds a cube's components, and gives the shares of variance that they have.
pub async fn reduce(lab: &Lab, job: &Job, id: CubeId, components: u32) -> Result<Vec<f64>, Problem> {
    const PARTS: u32 = 1000;
    loop {
        let answer = cube(lab, id)?.cube.reduce(components).map_err(|error| missing(&error))?;
        let share: f64 = outcome(answer)?;
        if share >= 1.0 {
            return cube(lab, id)?.cube.shares().map_err(|error| missing(&error));
        }
        job.progress(Progress::Running { done: (share * f64::from(PARTS)) as u32, total: PARTS });
        job.pause().await?;
    }
}

/// Runs a network on the windows around pixels.
pub async fn classify(
    lab: &Lab,
    job: &Job,
    id: CubeId,
    config: &Config,
    pixels: &[u32],
) -> Result<PixelClasses, Problem> {
    let all = cube(lab, id)?.pixels;
    if let Some(pixel) = pixels.iter().find(|pixel| **pixel >= all) {
        let message = format!("pixel {pixel} was asked for, and the cube has {all}, counted from 0");
        return Err(Problem::new(Code::CubePixel, message).with("pixel", pixel).with("pixels", all));
    }
    let entry = classify::trained(lab, job, config).await?;
    let mut ready = session::ready(lab, job, config, Some(&entry), false).await?;
    classify::check_classes(&ready)?;
    reduce(lab, job, id, ready.variant.model.channels).await?;

    let (height, width) = ready.variant.resolution;
    let mut classes = Vec::with_capacity(pixels.len());
    let (mut run_ms, mut paused) = (0.0, platform::now_ms());
    for &pixel in pixels {
        let answer = cube(lab, id)?.cube.window(pixel, height, width).map_err(|error| missing(&error))?;
        outcome::<()>(answer.get(0))?;
        let window: Float32Array = answer.get(1).unchecked_into();
        let start = platform::now_ms();
        let best = ready.session.run(&window.to_vec(), |logits| top_k(logits, 1)).await?;
        run_ms += platform::since_ms(start);
        let best = best.ok_or_else(|| classify::no_numbers(&entry, ready.backend))?;
        classes.extend(best.first().map(|best| best.index as u32));
        if platform::since_ms(paused) > PAUSE_MS {
            job.progress(Progress::Running { done: classes.len() as u32, total: pixels.len() as u32 });
            job.pause().await?;
            paused = platform::now_ms();
        }
    }
    let (resolution, backend, threads) = (ready.variant.resolution, ready.backend, ready.threads);
    Ok(PixelClasses { classes, resolution, backend, threads, fallback: ready.fallback, run_ms })
}

/// What the module's functions give first.
fn outcome<T: DeserializeOwned>(answer: JsValue) -> Result<T, Problem> {
    let outcome: Outcome<T> =
        serde_wasm_bindgen::from_value(answer).map_err(|error| missing(&error.into()))?;
    outcome.map_err(|error| Problem::of(&error))
}

fn missing(error: &JsValue) -> Problem {
    let reason = describe(error);
    let message = format!(
        "the program for hyperspectral cubes cannot be used ({reason}); check the connection and choose the cube again, or \
         reload the page, with less in it if memory is short"
    );
    Problem::new(Code::CubesMissing, message).with("reason", reason)
}
