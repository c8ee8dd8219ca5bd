//! Logistic regression against scikit-learn's (`tools/teach/make.py`).

#![cfg(not(target_family = "wasm"))]

use serde_json::Value;
use teach::course::{Course, Learned, Method};
use teach::folds;
use teach::linear::{Rows, Scaling};
use teach::regression::{COST, fit};

fn list(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|number| number.as_f64().expect("a number")).collect()
}

fn positions(value: &Value) -> Vec<usize> {
    list(value).into_iter().map(|number| number as usize).collect()
}

#[test]
fn layers_and_what_is_held_back_are_scikit_learns() {
    let all: Value = serde_json::from_str(include_str!("regression.json")).expect("JSON");
    let cases = all["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 3);
    for case in cases {
        let name = case["name"].as_str().expect("a name");
        let (labels, classes) =
            (positions(&case["labels"]), case["classes"].as_u64().expect("a number") as usize);
        let features: Vec<Vec<f64>> = case["features"].as_array().expect("rows").iter().map(list).collect();
        let width = features[0].len();
        let rows = Rows::new(width, features);

        let scaling = Scaling::of(&rows);
        let layer = fit(&scaling.apply(&rows), &labels, classes, COST);
        let weight: Vec<f64> = case["weight"].as_array().expect("rows").iter().flat_map(list).collect();
        let worst = |ours: &[f64], theirs: &[f64]| {
            assert_eq!(ours.len(), theirs.len(), "{name}");
            ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
        };
        let mean = layer.bias.iter().sum::<f64>() / classes as f64;
        let bias: Vec<f64> = layer.bias.iter().map(|bias| bias - mean).collect();
        let (off, bias_off) = (worst(&layer.weight, &weight), worst(&bias, &list(&case["bias"])));
        println!("{name}: weights differ by {off:.1e}, intercepts by {bias_off:.1e}");
        assert!(off < 1e-3 && bias_off < 1e-3, "{name}: {off} {bias_off}");

        let counts: Vec<usize> =
            (0..classes).map(|class| labels.iter().filter(|label| **label == class).count()).collect();
        let parts = folds::number(&counts);
        assert_eq!(folds::deal(&labels, classes, parts), positions(&case["part_of"]), "{name}");
        let guesses = positions(&case["guesses"]);
        let right = labels.iter().zip(&guesses).filter(|(label, guess)| label == guess).count() as f64;
        let mut course = Course::new(rows, labels.clone(), classes);
        let learned = (0..course.steps()).find_map(|_| course.step());
        let Some(Learned { method: Method::Regression, held_back: Some(held_back), .. }) = learned else {
            panic!("{name} is learned otherwise: {learned:?}");
        };
        assert_eq!(held_back.images as usize, labels.len(), "{name}");
        let theirs = 100.0 * right / labels.len() as f64;
        println!("{name}: {:.1} % held back, scikit-learn {theirs:.1} %", held_back.percent());
        assert!((held_back.percent() - theirs).abs() <= 1.0, "{name}: {held_back:?}, {right} right");
    }
}
