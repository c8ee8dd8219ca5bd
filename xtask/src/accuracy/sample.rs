//! What the networks that ship with the page see in its samples: for visitors who save data, and for networks that are too
//! large to be loaded unasked.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use engine::decode::decode;
use engine::predict::top_k;
use engine::preprocess::preprocess;
use engine::weights::Description;
use serde_json::{Map, Value, json};

use super::bundled;
use crate::checkpoint::Checkpoint;
use crate::project::root;

/// By the sample's id and the checkpoint's, the most probable class, as the page reads it. `weights` is the folder of the
/// site's checkpoints.
pub(crate) fn answers(weights: &Path) -> Result<Value> {
    let mut photos = Vec::new();
    for Sample { id, file } in samples()? {
        let photo = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let photo = decode(&photo).with_context(|| format!("{} cannot be decoded", file.display()))?.image;
        photos.push((id, photo, Map::new()));
    }
    for file in bundled(weights)? {
        let checkpoint = Checkpoint::read(&file, None)?;
        let Description { preprocess: how, variant, .. } = &checkpoint.description;
        let mut session = checkpoint.session(None);
        for (_, photo, answers) in &mut photos {
            let input = preprocess(photo, how, variant.resolution);
            let top = top_k(session.run(&input), 1);
            let top = top.and_then(|top| top.into_iter().next()).context("values that are no numbers")?;
            let name = &checkpoint.names[top.index];
            let class = json!({
                "index": top.index,
                "label": name.english,
                "label_zh": name.chinese,
                "probability": top.probability,
                "logit": top.logit,
            });
            answers.insert(checkpoint.name.clone(), class);
        }
    }
    Ok(photos.into_iter().map(|(id, _, answers)| (id, Value::Object(answers))).collect::<Map<_, _>>().into())
}

/// A sample photo of the page.
struct Sample {
    id: String,
    file: PathBuf,
}

/// Those of the page.
fn samples() -> Result<Vec<Sample>> {
    let folder = root().join("static").join("samples");
    let list = fs::read(folder.join("samples.json")).context("cannot read samples.json")?;
    let list: Vec<Map<String, Value>> = serde_json::from_slice(&list).context("samples.json is damaged")?;
    let sample = |entry: &Map<String, Value>| {
        let text = |name: &str| {
            entry.get(name).and_then(Value::as_str).with_context(|| format!("samples.json has no {name}"))
        };
        Ok(Sample { id: text("id")?.to_owned(), file: folder.join(text("file")?) })
    };
    list.iter().map(sample).collect()
}

/// The files of the page's samples, on which it calibrates networks in int8.
pub(super) fn files() -> Result<Vec<PathBuf>> {
    Ok(samples()?.into_iter().map(|sample| sample.file).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::folder;

    #[test]
    fn the_networks_that_ship_with_the_page_see_a_cat() {
        let answers = answers(&folder()).unwrap();
        assert_eq!(answers.as_object().unwrap().len(), 6);
        let classes = answers["chelsea"].as_object().unwrap();
        assert!(classes.len() >= 8, "{classes:?}");
        for (checkpoint, class) in classes {
            assert_eq!(class["label"], "cat", "{checkpoint}");
            assert!(class["probability"].as_f64().unwrap() > 0.3, "{checkpoint}: {class}");
        }
    }
}
