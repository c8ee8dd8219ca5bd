//! A picture of a cube: three of its bands as red, green and blue.

use serde::{Deserialize, Serialize};

use crate::scene::Scene;

/// How a cube is shown: which bands, and why those.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The bands, counted from 0, shown as red, green and blue.
    pub bands: [u32; 3],
    /// The sensor whose wavelengths decided; `None` where the bands at 3/4, 1/2 and 1/4 are taken.
    pub sensor: Option<String>,
    /// The wavelengths of the bands in nm, where there is a sensor.
    pub wavelengths: Option<[u32; 3]>,
}

/// An instrument of the public cubes.
struct Sensor {
    name: &'static str,
    /// Bands of its public cubes. Those that were left out of some (water vapour) lie beyond the visible ones.
    cubes: &'static [usize],
    /// Bands that the instrument has over its range.
    bands: usize,
    /// The range's ends in nm. Bands are taken to be evenly spaced, which is good to a few nm in the visible ones.
    range: (f64, f64),
}

const SENSORS: [Sensor; 2] = [
    // Indian Pines (220 bands, 200 without water vapour) and Salinas (224, 204).
    Sensor { name: "AVIRIS", cubes: &[200, 204, 220, 224], bands: 224, range: (400.0, 2500.0) },
    // The University of Pavia and Pavia's centre.
    Sensor { name: "ROSIS", cubes: &[103, 102], bands: 103, range: (430.0, 860.0) },
];

/// Red, green and blue in nm.
const PRIMARIES: [f64; 3] = [650.0, 550.0, 460.0];

/// The share of a band's values that is black, and that is white.
const CLIPPED: f64 = 0.02;

impl Shown {
    /// How a cube of so many bands is shown.
    pub(crate) fn of(bands: usize) -> Self {
        let Some(sensor) = SENSORS.iter().find(|sensor| sensor.cubes.contains(&bands)) else {
            let bands = [3, 2, 1].map(|quarters| (bands * quarters / 4) as u32);
            return Self { bands, sensor: None, wavelengths: None };
        };
        let (first, last) = sensor.range;
        let step = (last - first) / (sensor.bands - 1) as f64;
        let bands = PRIMARIES.map(|primary| ((primary - first) / step).round() as u32);
        let wavelengths = bands.map(|band| (first + step * f64::from(band)).round() as u32);
        Self { bands, sensor: Some(sensor.name.to_owned()), wavelengths: Some(wavelengths) }
    }
}

/// The picture, three bytes a pixel row by row, each band from its 2nd percentile (black) to its 98th (white).
pub fn false_colour(scene: &Scene) -> (Shown, Vec<u8>) {
    let shown = Shown::of(scene.bands());
    let mut picture = vec![0; 3 * scene.pixels()];
    for (channel, &band) in shown.bands.iter().enumerate() {
        let values = scene.band(band as usize);
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        let (black, white) = (percentile(&mut sorted, CLIPPED), percentile(&mut sorted, 1.0 - CLIPPED));
        let scale = if white > black { 255.0 / (white - black) } else { 0.0 };
        for (pixel, value) in picture.chunks_exact_mut(3).zip(values) {
            // A cast saturates, and makes 0 of what is no number.
            pixel[channel] = ((value - black) * scale).round() as u8;
        }
    }
    (shown, picture)
}

/// The value below which this share of the values lies (nearest rank); 0 of none.
fn percentile(values: &mut [f64], share: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return 0.0 };
    let rank = (share * last as f64).round() as usize;
    *values.select_nth_unstable_by(rank, f64::total_cmp).1
}
