//! A colour for each class.

/// The turn from one class's hue to the next: the golden angle, by which no two of many hues fall together.
const TURN: f64 = 137.507_764;

/// Lightness and chroma, by turns: hues that are near each other differ in these.
const TONES: [(f64, f64); 3] = [(0.72, 0.15), (0.55, 0.13), (0.86, 0.11)];

/// The colour of a class, as bytes of sRGB; of class 0, which is none, black.
pub fn class_colour(class: u16) -> [u8; 3] {
    let Some(index) = class.checked_sub(1) else { return [0; 3] };
    let (lightness, chroma) = TONES[usize::from(index) % TONES.len()];
    let (sin, cos) = (25.0 + f64::from(index) * TURN).to_radians().sin_cos();
    srgb_of_oklab([lightness, chroma * cos, chroma * sin])
}

/// Oklab to sRGB (Ottosson 2020), clipped.
fn srgb_of_oklab([l, a, b]: [f64; 3]) -> [u8; 3] {
    let long = (l + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let medium = (l - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let short = (l - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    [
        4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short,
        -1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short,
        -0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701_0 * short,
    ]
    .map(|linear| {
        let linear = linear.clamp(0.0, 1.0);
        let encoded =
            if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
        (255.0 * encoded).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_look_different() {
        assert_eq!(class_colour(0), [0; 3]);
        // As many as the public cubes have (Salinas and Indian Pines 16, Botswana 14, Houston 20).
        for first in 0..=20 {
            for second in 0..first {
                let (a, b) = (class_colour(first), class_colour(second));
                let distance: f64 =
                    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(b)).powi(2)).sum();
                assert!(distance.sqrt() >= 30.0, "{first} {a:?} and {second} {b:?}: {}", distance.sqrt());
            }
        }
    }

    #[test]
    fn grey_is_grey() {
        // L = 1 is white by definition, and L = 0.5 has the luminance 1/8.
        assert_eq!(srgb_of_oklab([1.0, 0.0, 0.0]), [255; 3]);
        assert_eq!(srgb_of_oklab([0.5, 0.0, 0.0]), [99; 3]);
    }
}
