//! Principal components against scikit-learn's, and what they are good for: telling classes apart.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used)]

mod common;

use common::{Form, Labelled, data};
use cube::pca::{Components, Fit, Reduction};
use cube::{CubeError, NumberKind, Reduced, Scene, Scores, read};

fn scene(file: Vec<u8>) -> Scene {
    Scene::new(read(file).unwrap()).unwrap()
}

fn reduced(scene: &Scene, count: usize) -> Reduced {
    let components = Components::of(scene).unwrap();
    let mut reduction = Reduction::new(scene, &components, count).unwrap();
    while reduction.step(scene, &components, 37).unwrap() < 1.0 {}
    reduction.finish()
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[track_caller]
fn close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let off = (found - expected).abs() / expected.abs().max(1.0);
        assert!(off <= tolerance, "{what} {index}: {found} instead of {expected}, {off:e}");
    }
}

#[test]
fn components_are_those_of_scikit_learn() {
    let known: serde_json::Value = serde_json::from_slice(&data("pca.json")).unwrap();
    let scene = scene(data("pca_cube.npy"));
    let components = Components::of(&scene).unwrap();
    close(&components.mean, &numbers(&known["mean"]), 1e-12, "mean");
    close(&components.variances, &numbers(&known["variances"]), 1e-9, "variance");
    close(&components.shares(), &numbers(&known["shares"]), 1e-12, "share");
    let weights = known["weights"].as_array().unwrap();
    assert_eq!(weights.len(), 5);
    for (found, expected) in components.weights.iter().zip(weights) {
        close(found, &numbers(expected), 1e-9, "weight");
    }
    let values: Vec<f64> = reduced(&scene, 5).values.into_iter().map(f64::from).collect();
    // Single precision.
    close(&values, &read(data("pca_values.npy")).unwrap().values(), 1e-6, "value");
}

#[test]
fn components_do_not_depend_on_the_order_in_the_file_nor_on_the_steps() {
    let labelled = Labelled::new(23, 17, 30, 4, 11);
    let by_rows = scene(Form::PLAIN.npy(&labelled.shape(), &labelled.values));
    let form = Form { is_compressed: true, is_big_endian: true, numbers: NumberKind::F64, ..Form::PLAIN };
    let by_columns = scene(form.mat(&[form.variable("x", &labelled.shape(), &labelled.values)]));
    let (first, second) = (reduced(&by_rows, 8), reduced(&by_columns, 8));
    assert_eq!((first.height, first.width, first.components), (23, 17, 8));
    let [first, second] =
        [first, second].map(|cube| cube.values.into_iter().map(f64::from).collect::<Vec<_>>());
    close(&first, &second, 1e-5, "value");

    let all = Components::of(&by_rows).unwrap();
    let mut fit = Fit::new(&by_rows);
    let mut before = 0.0;
    loop {
        let share = fit.step(&by_rows, 32).unwrap();
        assert!(share > before, "{share} after {before}");
        before = share;
        if share == 1.0 {
            break;
        }
    }
    let steps = fit.finish(&by_rows).unwrap();
    close(&steps.variances, &all.variances, 1e-10, "variance");
    // Means of 0 and variances of 1.
    for component in 0..8 {
        let of_pixels = first.iter().skip(component).step_by(8);
        let mean = of_pixels.clone().sum::<f64>() / (23.0 * 17.0);
        let variance = of_pixels.map(|value| (value - mean).powi(2)).sum::<f64>() / (23.0 * 17.0 - 1.0);
        assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-6, "{component}: {mean}, {variance}");
    }
}

#[test]
fn the_first_components_are_the_same_for_any_number() {
    let labelled = Labelled::new(12, 13, 20, 4, 3);
    let scene = scene(Form::PLAIN.npy(&labelled.shape(), &labelled.values));
    let (few, many) = (reduced(&scene, 3), reduced(&scene, 9));
    let first: Vec<f32> = many.values.chunks_exact(9).flat_map(|pixel| pixel[..3].to_vec()).collect();
    assert_eq!(few.values, first);
}

#[test]
fn what_has_no_components_is_refused() {
    let labelled = Labelled::new(5, 4, 30, 2, 3);
    let cube = scene(Form::PLAIN.npy(&labelled.shape(), &labelled.values));
    let components = Components::of(&cube).unwrap();
    for asked in [0, 21, 1000] {
        let error = components.check(asked).unwrap_err();
        assert_eq!(error, CubeError::Components { asked: asked as u32, bands: 30, pixels: 20, most: 20 });
    }
    // Twenty pixels less their mean.
    assert_eq!(components.check(20), Err(CubeError::Rank { asked: 20, rank: 19 }));
    assert_eq!(components.check(19), Ok(()));

    // Bands that are copies of each other, and bands that are all the same number.
    let copies: Vec<f64> =
        labelled.values.iter().step_by(30).flat_map(|value| [*value, 2.0 * value, 5.0]).collect();
    let copies = Components::of(&scene(Form::PLAIN.npy(&[5, 4, 3], &copies))).unwrap();
    assert_eq!(copies.check(2), Err(CubeError::Rank { asked: 2, rank: 1 }));
    let constant = Components::of(&scene(Form::PLAIN.npy(&[5, 4, 3], &[7.0; 60]))).unwrap();
    assert_eq!(constant.check(1), Err(CubeError::Rank { asked: 1, rank: 0 }));

    let form = Form { numbers: NumberKind::F32, ..Form::PLAIN };
    for (value, text) in [(f64::NAN, "NaN"), (f64::NEG_INFINITY, "-inf")] {
        let mut values = vec![1.0; 60];
        values[3 * (4 * 2 + 1) + 2] = value;
        let error = Components::of(&scene(form.npy(&[5, 4, 3], &values))).unwrap_err();
        assert_eq!(error, CubeError::NotFinite { value: text.to_owned(), row: 2, column: 1, band: 2 });
    }
    let huge = Form { numbers: NumberKind::F64, ..Form::PLAIN };
    let huge = scene(huge.npy(&[2, 2, 2], &[1e300, -1e300, 1e300, 1e300, 2e300, 0.0, 0.0, 1e300]));
    assert!(matches!(Components::of(&huge), Err(CubeError::Eigenvalues { bands: 2, .. })));
}

/// From a file to scores: each pixel is of the class whose mean window is nearest.
#[test]
fn windows_tell_the_classes_of_a_scene() {
    let labelled = Labelled::new(43, 30, 40, 6, 8);
    let form = Form { is_compressed: true, ..Form::PLAIN };
    let variable = form.variable("scene", &labelled.shape(), &labelled.values);
    let cube = reduced(&scene(form.mat(&[variable])), 5);
    let windows: Vec<Vec<f32>> =
        (0..43 * 30).map(|at| cube.window(at / 30, at % 30, (3, 3)).unwrap()).collect();
    let mean = |class: u16| -> Vec<f32> {
        let of_class = || windows.iter().zip(&labelled.truth).filter(|(_, truth)| **truth == class);
        let count = of_class().count() as f32;
        (0..windows[0].len())
            .map(|at| of_class().map(|(window, _)| window[at]).sum::<f32>() / count)
            .collect()
    };
    let means: Vec<Vec<f32>> = (1..=6).map(mean).collect();
    let nearest = |window: &Vec<f32>| {
        let distance = |mean: &Vec<f32>| window.iter().zip(mean).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
        (0..6_u16)
            .min_by(|a, b| distance(&means[usize::from(*a)]).total_cmp(&distance(&means[usize::from(*b)])))
    };
    let found: Vec<u16> = windows.iter().map(|window| nearest(window).unwrap() + 1).collect();
    let scores = Scores::of(&labelled.truth, &found).unwrap();
    assert_eq!(scores.pixels as usize, labelled.truth.iter().filter(|class| **class > 0).count());
    assert!(scores.overall > 0.95 && scores.average > 0.95 && scores.kappa.unwrap() > 0.94, "{scores:?}");
    // And that is not because anything would do.
    let shifted: Vec<u16> = found.iter().map(|class| class % 6 + 1).collect();
    assert!(Scores::of(&labelled.truth, &shifted).unwrap().overall < 0.05);
}
