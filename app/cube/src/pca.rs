//! Principal components over bands, as scikit-learn's `PCA(n_components, whiten=True)` finds them in pixels × bands: means are
//! taken off, and every component is divided by its standard deviation (with n − 1 pixels).
//!
//! A component may be negated without being another. Here the weight that is largest in magnitude is positive, as
//! in scikit-learn since 1.5 (`svd_flip(u_based_decision=False)`); earlier versions decided by the pixels.
//!
//! The work is done in steps, so that who asks for it can report progress and stop.

use nalgebra::{DMatrix, SymmetricEigen};

use crate::error::CubeError;
use crate::scene::Scene;
use crate::windows::Reduced;

/// Pixels that are taken together: their bands stay in the processor's first cache.
const BLOCK: usize = 16;

/// Rounds of the eigenvalues' iteration, far more than one takes.
const MAX_ROUNDS: usize = 100_000;

/// Components on their way: first the means are taken, then the covariance.
#[derive(Clone, Debug)]
pub struct Fit {
    bands: usize,
    mean: Vec<f64>,
    /// Of the bands, row by row; the part right of the diagonal.
    covariance: Vec<f64>,
    /// Pixels that have been gone through, twice all at the end.
    done: usize,
    block: Vec<f64>,
}

/// A cube's principal components, the one of the largest variance first.
#[derive(Clone, Debug, PartialEq)]
pub struct Components {
    /// The mean of every band.
    pub mean: Vec<f64>,
    /// The weights of the bands, component by component.
    pub weights: Vec<Vec<f64>>,
    /// Variances of the components.
    pub variances: Vec<f64>,
    pixels: usize,
}

impl Fit {
    /// Begins with a cube.
    pub fn new(scene: &Scene) -> Self {
        let bands = scene.bands();
        Self {
            bands,
            mean: vec![0.0; bands],
            covariance: vec![0.0; bands * bands],
            done: 0,
            block: vec![0.0; BLOCK * bands],
        }
    }

    /// Goes through up to so many more pixels, and gives the share of all work that is done: at 1 there is nothing left.
    pub fn step(&mut self, scene: &Scene, pixels: usize) -> Result<f64, CubeError> {
        let all = scene.pixels();
        let end = (self.done + pixels).min(2 * all);
        while self.done < end {
            let first = self.done % all;
            let count = BLOCK.min(all - first).min(end - self.done);
            for (index, pixel) in self.block.chunks_exact_mut(self.bands).take(count).enumerate() {
                scene.pixel(scene.place(first + index), pixel)?;
            }
            if self.done < all {
                let pixels = self.block.chunks_exact(self.bands).take(count);
                pixels
                    .for_each(|pixel| self.mean.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += value));
            } else {
                self.add_products(count);
            }
            self.done += count;
            if self.done == all {
                self.mean.iter_mut().for_each(|mean| *mean /= all as f64);
            }
        }
        Ok(self.done as f64 / (2 * all) as f64)
    }

    /// Adds the products of every two bands' deviations, of `count` pixels.
    fn add_products(&mut self, count: usize) {
        let bands = self.bands;
        for pixel in self.block.chunks_exact_mut(bands).take(count) {
            pixel.iter_mut().zip(&self.mean).for_each(|(value, mean)| *value -= mean);
        }
        // Those of the block before.
        self.block[count * bands..].fill(0.0);
        for (band, sums) in self.covariance.chunks_exact_mut(bands).enumerate() {
            for four in self.block.chunks_exact(4 * bands) {
                let (a, rest) = four.split_at(bands);
                let (b, rest) = rest.split_at(bands);
                let (c, d) = rest.split_at(bands);
                let factors = [a[band], b[band], c[band], d[band]];
                let values = a[band..].iter().zip(&b[band..]).zip(c[band..].iter().zip(&d[band..]));
                for (sum, ((a, b), (c, d))) in sums[band..].iter_mut().zip(values) {
                    *sum += factors[0] * a + factors[1] * b + (factors[2] * c + factors[3] * d);
                }
            }
        }
    }

    /// The components, once all steps are done.
    pub fn finish(self, scene: &Scene) -> Result<Components, CubeError> {
        let (bands, pixels) = (self.bands, scene.pixels());
        let scale = 1.0 / (pixels - 1) as f64;
        let covariance =
            |row: usize, column: usize| scale * self.covariance[row.min(column) * bands + row.max(column)];
        let covariance = DMatrix::from_fn(bands, bands, covariance);
        let largest = covariance.diagonal().max();
        let failed = || CubeError::Eigenvalues { bands: bands as u32, largest: format!("{largest:e}") };
        // Values near the largest f64 have variances beyond it.
        if covariance.iter().any(|value| !value.is_finite()) {
            return Err(failed());
        }
        let eigen = SymmetricEigen::try_new(covariance, f64::EPSILON, MAX_ROUNDS).ok_or_else(failed)?;
        let mut order: Vec<usize> = (0..bands).collect();
        order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]));
        let weights = |index: &usize| {
            let weights: Vec<f64> = eigen.eigenvectors.column(*index).iter().copied().collect();
            // The first of several that are equally large, as NumPy's argmax.
            let largest = weights
                .iter()
                .fold(0.0_f64, |most, weight| if weight.abs() > most.abs() { *weight } else { most });
            weights.iter().map(|weight| weight * largest.signum()).collect()
        };
        Ok(Components {
            mean: self.mean,
            weights: order.iter().map(weights).collect(),
            variances: order.iter().map(|index| eigen.eigenvalues[*index].max(0.0)).collect(),
            pixels,
        })
    }
}

impl Components {
    /// All of a cube at once.
    pub fn of(scene: &Scene) -> Result<Self, CubeError> {
        let mut fit = Fit::new(scene);
        while fit.step(scene, scene.pixels())? < 1.0 {}
        fit.finish(scene)
    }

    /// The share of the variance of all bands that each component has.
    pub fn shares(&self) -> Vec<f64> {
        let all: f64 = self.variances.iter().sum();
        self.variances.iter().map(|variance| variance / all).collect()
    }

    /// Fails where the cube has not so many components that vary.
    pub fn check(&self, asked: usize) -> Result<(), CubeError> {
        let bands = self.mean.len();
        let most = bands.min(self.pixels);
        if !(1..=most).contains(&asked) {
            let [asked, bands, pixels, most] = [asked, bands, self.pixels, most].map(|number| number as u32);
            return Err(CubeError::Components { asked, bands, pixels, most });
        }
        // What is smaller is rounding of the largest (as numpy.linalg.matrix_rank judges).
        let least = self.variances[0] * bands as f64 * f64::EPSILON;
        let rank = self.variances.iter().take_while(|variance| **variance > least).count();
        if rank < asked {
            return Err(CubeError::Rank { asked: asked as u32, rank: rank as u32 });
        }
        Ok(())
    }
}

/// A cube's pixels on their way to so many components.
#[derive(Clone, Debug)]
pub struct Reduction {
    reduced: Reduced,
    done: usize,
    pixel: Vec<f64>,
}

impl Reduction {
    /// Begins.
    pub fn new(scene: &Scene, components: &Components, count: usize) -> Result<Self, CubeError> {
        components.check(count)?;
        let reduced = Reduced {
            height: scene.height(),
            width: scene.width(),
            components: count,
            values: vec![0.0; scene.pixels() * count],
        };
        Ok(Self { reduced, done: 0, pixel: vec![0.0; scene.bands()] })
    }

    /// Goes through up to so many more pixels, and gives the share that is done.
    pub fn step(&mut self, scene: &Scene, components: &Components, pixels: usize) -> Result<f64, CubeError> {
        let all = scene.pixels();
        let count = self.reduced.components;
        for index in self.done..(self.done + pixels).min(all) {
            let (row, column) = scene.place(index);
            scene.pixel((row, column), &mut self.pixel)?;
            self.pixel.iter_mut().zip(&components.mean).for_each(|(value, mean)| *value -= mean);
            let at = (row * scene.width() + column) * count;
            let axes = components.weights.iter().zip(&components.variances);
            for (to, (weights, variance)) in self.reduced.values[at..at + count].iter_mut().zip(axes) {
                let sum: f64 = weights.iter().zip(&self.pixel).map(|(weight, value)| weight * value).sum();
                *to = (sum / variance.sqrt()) as f32;
            }
        }
        self.done = (self.done + pixels).min(all);
        Ok(self.done as f64 / all as f64)
    }

    /// How many components there will be.
    pub fn components(&self) -> usize {
        self.reduced.components
    }

    /// The cube of components, once all steps are done.
    pub fn finish(self) -> Reduced {
        self.reduced
    }
}
