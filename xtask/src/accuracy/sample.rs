//! What the networks that ship with the page see in the sample that it begins with: for visitors who save data.

use std::fs;

use anyhow::{Context, Result};
use engine::backend::Threads;
use engine::backend::cpu::Cpu;
use engine::decode::decode;
use engine::predict::top_k;
use engine::preprocess::preprocess;
use engine::weights::Description;
use serde_json::{Map, Value, json};

use super::{Checkpoint, bundled, images};
use crate::project::root;

/// The first sample's id, and the most probable class by the checkpoint's id, as the page reads them.
pub(crate) fn answers() -> Result<Value> {
    let samples = root().join("static").join("samples");
    let list = fs::read(samples.join("samples.json")).context("cannot read samples.json")?;
    let list: Value = serde_json::from_slice(&list).context("samples.json is damaged")?;
    let text = |name: &str| list[0][name].as_str().with_context(|| format!("samples.json has no {name}"));
    let photo = fs::read(samples.join(text("file")?)).context("cannot read the first sample")?;
    let photo = decode(&photo).context("the first sample cannot be decoded")?.image;
    let mut answers = Map::new();
    for file in bundled()? {
        let checkpoint = Checkpoint::read(&file).with_context(|| file.display().to_string())?;
        let Description { preprocess: how, variant, .. } = &checkpoint.description;
        let input = preprocess(&photo, how, variant.resolution);
        let mut session = Cpu::prepare(&checkpoint.graph, &checkpoint.weights, &Threads::alone());
        let top = top_k(session.run(&input, &mut |_, _| {}), 1);
        let top = top.and_then(|top| top.into_iter().next()).context("values that are no numbers")?;
        let name = &images::class_names(checkpoint.labels)?[top.index];
        let class = json!({
            "index": top.index,
            "label": name.english,
            "label_zh": name.chinese,
            "probability": top.probability,
            "logit": top.logit,
        });
        answers.insert(checkpoint.name, class);
    }
    Ok(json!({ "sample": text("id")?, "answers": answers }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_networks_that_ship_with_the_page_see_a_cat() {
        let answers = answers().unwrap();
        assert_eq!(answers["sample"], "chelsea");
        let classes = answers["answers"].as_object().unwrap();
        assert!(classes.len() >= 8, "{classes:?}");
        for (checkpoint, class) in classes {
            assert_eq!(class["label"], "cat", "{checkpoint}");
            assert!(class["probability"].as_f64().unwrap() > 0.3, "{checkpoint}: {class}");
        }
    }
}
