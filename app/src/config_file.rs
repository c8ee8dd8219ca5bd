//! Files of settings that come with checkpoints: timm's `config.json`, transformers' `config.json` and
//! `preprocessor_config.json`, and lists of class names.

use std::collections::BTreeMap;

use serde_json::Value;

/// What timm calls as a checkpoint's metadata do.
const KEYS: [&str; 9] = [
    "architecture",
    "num_classes",
    "input_size",
    "mean",
    "std",
    "interpolation",
    "crop_pct",
    "crop_mode",
    "labels",
];

/// Whether a file of this name is a list of class names, which [`name_list`](engine::weights::name_list) reads.
pub(crate) fn is_list(name: &str) -> bool {
    let name = name.to_lowercase();
    [".txt", ".csv", ".tsv", ".names"].iter().any(|ending| name.ends_with(ending))
}

/// What such a file says, by the keys of a checkpoint's metadata; nothing where it is another file.
pub(crate) fn read(file: &Value) -> Option<BTreeMap<String, String>> {
    let mut said = BTreeMap::new();
    let mut say = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            said.entry(key.to_owned()).or_insert(value);
        }
    };
    let pretrained = &file["pretrained_cfg"];
    for source in [file, pretrained] {
        let is_list = |key: &str| key == "labels" && source[key].is_array();
        KEYS.iter().filter(|key| !is_list(key)).for_each(|key| say(key, text(&source[*key])));
    }
    let classes = file["num_classes"].as_u64().or(pretrained["num_classes"].as_u64());
    let is_imagenet = pretrained["tag"].as_str().is_some_and(|tag| tag.ends_with("in1k"));
    if let Some(classes @ (1000 | 1001)) = classes.filter(|_| is_imagenet) {
        say("labels", Some(format!("imagenet_{classes}")));
    }
    say("label_names", names(file).or_else(|| names(pretrained)));
    if file["do_normalize"] == false {
        say("mean", Some("0,0,0".to_owned()));
        say("std", Some("1,1,1".to_owned()));
    }
    say("mean", text(&file["image_mean"]));
    let std = &file["image_std"];
    // EfficientNet's processor divides by them, and again for its classifier.
    let divides_again = file["include_top"] == true;
    say("std", if divides_again { squares(std) } else { text(std) });
    // Pillow's numbers.
    let filter = file["resample"].as_u64();
    say(
        "interpolation",
        filter.map(|filter| match filter {
            2 => "bilinear".to_owned(),
            3 => "bicubic".to_owned(),
            other => format!("resample {other}"),
        }),
    );
    let size = &file["size"];
    // A processor's own crop stands there even where it does not crop.
    let crop = if file["do_center_crop"] == false { &Value::Null } else { &file["crop_size"] };
    let sides = |value: &Value| {
        let (height, width) =
            (value["height"].as_u64().or(value.as_u64())?, value["width"].as_u64().or(value.as_u64())?);
        Some(format!("3,{height},{width}"))
    };
    say("resize_size", size["shortest_edge"].as_u64().or(size.as_u64()).map(|side| side.to_string()));
    say("input_size", sides(crop));
    if crop.is_null() && size["height"].is_u64() {
        say("input_size", sides(size));
        say("crop_mode", Some("squash".to_owned()));
    }
    (!said.is_empty()).then_some(said)
}

/// The squares of numbers, as the numbers would be written.
fn squares(numbers: &Value) -> Option<String> {
    let square = |number: &Value| number.as_f64().map(|number| (number * number).to_string());
    let squares: Option<Vec<String>> = numbers.as_array()?.iter().map(square).collect();
    Some(squares?.join(","))
}

/// Where lists of class names stand, by the programs that write them; the file itself may be one.
const NAMES: [&str; 8] =
    ["label_names", "id2label", "label2id", "class_names", "class_to_idx", "classes", "names", "categories"];

/// The names of the classes, a line each.
fn names(file: &Value) -> Option<String> {
    let described = |name: String| file["label_descriptions"][&name].as_str().map_or(name, str::to_owned);
    let lists = NAMES.iter().map(|key| &file[*key]).chain([&file["labels"], file]);
    let names = lists.into_iter().find_map(listed)?;
    Some(
        names
            .into_iter()
            .map(|name| described(name).replace(['\n', '\r'], " "))
            .collect::<Vec<_>>()
            .join("\n"),
    )
}

/// The names of a list, of an object from numbers to names, or of one from names to numbers, in the order of the outputs.
fn listed(value: &Value) -> Option<Vec<String>> {
    // ImageNet's class index has a WordNet id before the name, COCO's categories have numbers beside it.
    let name = |value: &Value| match value {
        Value::Array(parts) => Some(parts.last()?.as_str()?.to_owned()),
        value => Some(value.as_str().or(value["name"].as_str())?.to_owned()),
    };
    let names = match value {
        Value::Array(names) => names.iter().map(name).collect(),
        Value::Object(names) => {
            let by_number = |at: usize| names.get(&at.to_string()).and_then(name);
            let by_name = |at: usize| {
                Some(names.iter().find(|(_, number)| number.as_u64() == Some(at as u64))?.0.clone())
            };
            let from_zero = (0..names.len()).map(by_number).collect::<Option<Vec<_>>>();
            from_zero.or_else(|| (0..names.len()).map(by_name).collect())
        }
        _ => None,
    };
    names.filter(|names: &Vec<String>| !names.is_empty())
}

/// A value as metadata write it.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => Some(values.iter().filter_map(text).collect::<Vec<_>>().join(",")),
        value => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(file: Value) -> Vec<(String, String)> {
        read(&file).unwrap_or_default().into_iter().collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn timms_settings_are_read_in_both_forms() {
        let cfg = json!({
            "tag": "ra_in1k", "input_size": [3, 224, 224], "interpolation": "bicubic", "crop_pct": 0.875, "mean": [0.5, 0.5, 0.5],
            "std": [0.25, 0.25, 0.25], "num_classes": 1000, "crop_mode": "center", "pool_size": [7, 7],
        });
        let expected = [
            ("architecture", "mobilenetv2_100"),
            ("crop_mode", "center"),
            ("crop_pct", "0.875"),
            ("input_size", "3,224,224"),
            ("interpolation", "bicubic"),
            ("labels", "imagenet_1000"),
            ("mean", "0.5,0.5,0.5"),
            ("num_classes", "1000"),
            ("std", "0.25,0.25,0.25"),
        ];
        assert_eq!(
            said(json!({ "architecture": "mobilenetv2_100", "num_classes": 1000, "pretrained_cfg": cfg })),
            pairs(&expected)
        );
        let mut flat = cfg.clone();
        flat["architecture"] = "mobilenetv2_100".into();
        flat["num_classes"] = 3.into();
        flat["label_names"] = json!(["a", "b", "c"]);
        flat["label_descriptions"] = json!({ "b": "second\nline" });
        let flat = said(flat);
        assert!(flat.contains(&("label_names".to_owned(), "a\nsecond line\nc".to_owned())), "{flat:?}");
        assert!(!flat.iter().any(|(key, _)| key == "labels"));
        // A head of its own counts, not that of the weights that it was trained from.
        let tuned = said(json!({ "num_classes": 7, "pretrained_cfg": cfg }));
        assert!(tuned.contains(&("num_classes".to_owned(), "7".to_owned())), "{tuned:?}");
    }

    #[test]
    fn transformers_settings_are_read() {
        let processor = json!({
            "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "size": { "shortest_edge": 256 },
            "crop_size": { "height": 224, "width": 192 }, "resample": 2, "do_normalize": true,
        });
        let expected = [
            ("input_size", "3,224,192"),
            ("interpolation", "bilinear"),
            ("mean", "0.5,0.5,0.5"),
            ("resize_size", "256"),
            ("std", "0.5,0.5,0.5"),
        ];
        assert_eq!(said(processor), pairs(&expected));
        let stretched =
            json!({ "size": { "height": 96, "width": 96 }, "resample": 1, "do_normalize": false });
        let expected = [
            ("crop_mode", "squash"),
            ("input_size", "3,96,96"),
            ("interpolation", "resample 1"),
            ("mean", "0,0,0"),
            ("std", "1,1,1"),
        ];
        assert_eq!(said(stretched), pairs(&expected));
        // EfficientNet's, whose processor has a crop that it does not make.
        let twice = json!({
            "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.25, 1.0], "size": { "height": 96, "width": 96 },
            "crop_size": { "height": 289, "width": 289 }, "do_center_crop": false, "include_top": true,
        });
        let expected = [
            ("crop_mode", "squash"),
            ("input_size", "3,96,96"),
            ("mean", "0.5,0.5,0.5"),
            ("std", "0.25,0.0625,1"),
        ];
        assert_eq!(said(twice), pairs(&expected));
        assert_eq!(said(json!({ "image_std": ["a"], "include_top": true })), []);
        assert_eq!(
            said(json!({ "id2label": { "1": "dog", "0": "cat" } })),
            pairs(&[("label_names", "cat\ndog")])
        );
    }

    #[test]
    fn names_of_classes_are_read_in_every_usual_form() {
        for file in [
            json!(["cat", "red fox"]),
            json!({ "0": "cat", "1": "red fox" }),
            json!({ "1": ["n02119022", "red fox"], "0": ["n02123045", "cat"] }),
            json!({ "red fox": 1, "cat": 0 }),
            json!({ "label2id": { "red fox": 1, "cat": 0 } }),
            json!({ "class_names": ["cat", "red fox"] }),
            json!({ "classes": ["cat", "red fox"] }),
            json!({ "labels": ["cat", "red fox"] }),
            json!({ "names": { "0": "cat", "1": "red\nfox" } }),
            json!({ "categories": [{ "id": 7, "name": "cat" }, { "id": 9, "name": "red fox" }] }),
        ] {
            assert_eq!(said(file.clone()), pairs(&[("label_names", "cat\nred fox")]), "{file}");
        }
    }

    #[test]
    fn other_files_say_nothing() {
        for file in [
            json!({}),
            json!([1, 2]),
            json!([]),
            json!({ "1": "cat", "2": "dog" }),
            json!({ "cat": 0, "dog": 2 }),
            json!("mean"),
            json!({ "mean": null }),
            json!({ "id2label": { "a": "b" } }),
        ] {
            assert_eq!(read(&file), None, "{file}");
        }
    }
}
