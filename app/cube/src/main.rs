//! The module: what the worker asks of a cube. Long work is done in steps, between which the worker hears of other things.

use cube::pca::{Components, Fit, Reduction};
use cube::{About, CubeError, CubeInfo, Labels, Outcome, Reduced, Scene, false_colour, read};
use js_sys::{Array, Float32Array, Uint8Array, Uint16Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

fn main() {
    console_error_panic_hook::set_once();
}

/// Products of two bands' values in a step: a tenth of a second's work or less.
const STEP_PRODUCTS: usize = 50_000_000;

/// Opens a file: `[outcome, numbers, cube]`, the first an [`Outcome`] of [`About`]. Of a cube the numbers are the bytes of its
/// picture, of a truth its classes.
#[wasm_bindgen(js_name = open)]
pub fn open_file(bytes: Vec<u8>) -> Result<Array, JsError> {
    let (outcome, numbers, cube) = match open(bytes) {
        Ok((about, numbers, cube)) => (Ok(about), numbers, cube.map_or(JsValue::UNDEFINED, JsValue::from)),
        Err(error) => (Err(error), JsValue::UNDEFINED, JsValue::UNDEFINED),
    };
    Ok(Array::of3(&written(&outcome)?, &numbers, &cube))
}

fn open(bytes: Vec<u8>) -> Result<(About, JsValue, Option<Cube>), CubeError> {
    let array = read(bytes)?;
    let name = array.name.clone();
    if array.shape.len() == 2 {
        let Labels { height, width, classes } = Labels::new(&array)?;
        let about = About::Truth { height: height as u32, width: width as u32, name };
        return Ok((about, Uint16Array::from(classes.as_slice()).into(), None));
    }
    let numbers = array.numbers;
    let scene = Scene::new(array)?;
    let (shown, picture) = false_colour(&scene);
    let [height, width, bands] = [scene.height(), scene.width(), scene.bands()].map(|side| side as u32);
    let about = About::Cube(CubeInfo { height, width, bands, numbers, name, shown });
    let cube = Cube { scene, work: Work::Nothing, components: None, reduced: None };
    Ok((about, Uint8Array::from(picture.as_slice()).into(), Some(cube)))
}

fn written(value: &impl Serialize) -> Result<JsValue, JsError> {
    Ok(value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?)
}

/// A cube that is open.
#[wasm_bindgen]
pub struct Cube {
    scene: Scene,
    work: Work,
    components: Option<Components>,
    reduced: Option<Reduced>,
}

/// What is being done to a cube.
enum Work {
    Nothing,
    Fit(Fit),
    Reduction(Reduction),
}

#[wasm_bindgen]
impl Cube {
    /// Goes on towards so many components: an [`Outcome`] of the share that is done, 1 when they are there. Asking for another
    /// number begins anew, but for what is the same for all numbers.
    pub fn reduce(&mut self, components: usize) -> Result<JsValue, JsError> {
        written(&self.go_on(components))
    }

    /// The share of the variance that each of the components has.
    pub fn shares(&self) -> Vec<f64> {
        self.components.as_ref().map(Components::shares).unwrap_or_default()
    }

    /// The window around a pixel, by its number row by row: `[outcome, numbers]`.
    pub fn window(&self, pixel: usize, height: usize, width: usize) -> Result<Array, JsError> {
        let window = self
            .reduced
            .as_ref()
            .map(|reduced| reduced.window(pixel / reduced.width, pixel % reduced.width, (height, width)));
        let (outcome, numbers): (Outcome<()>, _) = match window {
            Some(Ok(window)) => (Ok(()), Float32Array::from(window.as_slice()).into()),
            Some(Err(error)) => (Err(error), JsValue::UNDEFINED),
            None => return Err(JsError::new("the cube has not been reduced to components")),
        };
        Ok(Array::of2(&written(&outcome)?, &numbers))
    }
}

impl Cube {
    fn go_on(&mut self, count: usize) -> Outcome<f64> {
        if self.reduced.as_ref().is_some_and(|reduced| reduced.components == count) {
            return Ok(1.0);
        }
        let bands = self.scene.bands();
        let Some(components) = &self.components else {
            if !matches!(self.work, Work::Fit(_)) {
                self.work = Work::Fit(Fit::new(&self.scene));
            }
            let Work::Fit(fit) = &mut self.work else { return Ok(0.0) };
            let share = fit.step(&self.scene, STEP_PRODUCTS.div_ceil(bands * bands))?;
            if share < 1.0 {
                return Ok(share / 2.0);
            }
            if let Work::Fit(fit) = std::mem::replace(&mut self.work, Work::Nothing) {
                self.components = Some(fit.finish(&self.scene)?);
            }
            return Ok(0.5);
        };
        match &mut self.work {
            Work::Reduction(reduction) if reduction.components() == count => {
                let share = reduction.step(&self.scene, components, STEP_PRODUCTS.div_ceil(bands * count))?;
                if share < 1.0 {
                    return Ok((1.0 + share) / 2.0);
                }
                if let Work::Reduction(reduction) = std::mem::replace(&mut self.work, Work::Nothing) {
                    self.reduced = Some(reduction.finish());
                }
                Ok(1.0)
            }
            _ => {
                // Before there is room for others.
                self.reduced = None;
                self.work = Work::Reduction(Reduction::new(&self.scene, components, count)?);
                Ok(0.5)
            }
        }
    }
}
