//! `cargo xtask costs`: what every network of the zoo costs at every width and resolution of its grid.

use std::process::ExitCode;

use anyhow::{Context, Result};
use engine::spec::Variant;
use engine::zoo::{Figure, QUOTED, Zoo, published_top1};
use serde::Serialize;

use crate::table;

/// Arguments of `cargo xtask costs`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// As a JSON array, one object a network, width and resolution
    #[arg(long)]
    json: bool,
}

/// A network's cost for one image, counted on its graph (see [`engine::graph::Cost`] for what counts).
#[derive(Debug, Serialize)]
struct Row {
    /// The network; where it does not tell the width, as in torchvision's, several rows share it.
    id: String,
    framework: &'static str,
    /// The width multiplier α.
    width: f64,
    /// The input's height and width in pixels.
    resolution: [u32; 2],
    /// Learned parameters.
    params: u64,
    /// Multiply-accumulates of convolutions and linear layers.
    conv_linear_macs: u64,
    /// Multiply-accumulates of attention's two matrix products.
    attention_macs: u64,
    /// Numbers that pass an activation function.
    activation_elements: u64,
    /// The learned parameters as f32.
    weight_bytes_f32: u64,
    /// What papers and repositories print of it.
    published: Vec<PublishedRow>,
}

/// What one source prints of a network at this resolution.
#[derive(Debug, Serialize)]
struct PublishedRow {
    source: &'static str,
    url: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<u64>,
    /// Multiply-accumulates, by the source's own convention.
    #[serde(skip_serializing_if = "Option::is_none")]
    operations: Option<u64>,
    /// Top-1 on ImageNet-1k in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    top1: Option<f32>,
    /// Why parameters or operations are not those that are counted here; empty where they are.
    #[serde(skip_serializing_if = "str::is_empty")]
    why: &'static str,
}

/// What is printed of a network at a side.
fn published(id: &str, side: u32) -> Vec<PublishedRow> {
    let is_meant = |figure: &&Figure| figure.model == id && figure.resolution == side;
    let counts = QUOTED.iter().flat_map(|quoted| {
        quoted.figures.iter().filter(is_meant).map(|figure| PublishedRow {
            source: quoted.source.title,
            url: quoted.source.url,
            params: figure.params.map(|printed| printed.value),
            operations: figure.operations.map(|printed| printed.value),
            top1: None,
            why: figure.why.words(),
        })
    });
    let accuracy = published_top1(id, side).map(|(top1, source)| PublishedRow {
        source: source.title,
        url: source.url,
        params: None,
        operations: None,
        top1: Some(top1),
        why: "",
    });
    counts.chain(accuracy).collect()
}

impl Row {
    fn of(variant: Variant) -> Result<Self> {
        let id = variant.id();
        let cost = variant.graph().with_context(|| format!("{id} cannot be built"))?.cost();
        let (height, width) = variant.resolution;
        Ok(Self {
            published: if height == width { published(&id, height) } else { Vec::new() },
            id,
            framework: variant.model.style.library.name(),
            width: variant.width,
            resolution: [height, width],
            params: cost.params,
            conv_linear_macs: cost.conv_linear_macs,
            attention_macs: cost.attention_macs,
            activation_elements: cost.activation_elements,
            weight_bytes_f32: 4 * cost.params,
        })
    }

    fn cells(&self) -> Vec<String> {
        let [height, width] = self.resolution;
        vec![
            self.id.clone(),
            self.framework.to_owned(),
            self.width.to_string(),
            format!("{height}×{width}"),
            self.params.to_string(),
            self.conv_linear_macs.to_string(),
            self.attention_macs.to_string(),
            self.activation_elements.to_string(),
            self.weight_bytes_f32.to_string(),
        ]
    }
}

/// Every network × width × resolution.
fn rows() -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for variant in Zoo::builtin().variants() {
        for side in variant.model.resolutions.iter() {
            rows.push(Row::of(variant.clone().with_resolution(*side, *side))?);
        }
    }
    Ok(rows)
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let rows = rows()?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&rows).context("cannot write JSON")?);
    } else {
        let head = [
            "network",
            "library",
            "width",
            "input",
            "params",
            "conv + linear MACs",
            "attention MACs",
            "activations",
            "bytes (f32)",
        ];
        let cells: Vec<_> = rows.iter().map(Row::cells).collect();
        print!("{}", table::render(&head, &cells));
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::project::root;

    /// The network, width and side that a row of measured.json is about, from its key.
    fn measured(key: &str) -> (String, f64, u32) {
        let (name, side) = key.rsplit_once('@').unwrap();
        let side = side.parse().unwrap();
        let id = match name {
            "v1_table4_full_conv" => "mobilenetv1_full_conv".to_owned(),
            "v1_table4_depthwise" => "mobilenetv1_100".to_owned(),
            "v1_table5_shallow" => "mobilenetv1_shallow".to_owned(),
            "v1_table5_narrow_0.75" => "mobilenetv1_075".to_owned(),
            _ => match name.split_once(':') {
                // Ids that say the width themselves.
                Some(("torchvision", name)) if Zoo::builtin().find(name).is_ok() => name.to_owned(),
                Some(("torchvision", name)) => {
                    let (id, width) = name.rsplit_once('_').unwrap();
                    return (id.to_owned(), width.parse().unwrap(), side);
                }
                Some((_, id)) => id.to_owned(),
                None => {
                    let (family, width) = name.rsplit_once('_').unwrap();
                    format!("{family}_{:03}", (width.parse::<f64>().unwrap() * 100.0).round())
                }
            },
        };
        let width = Zoo::builtin().find(&id).unwrap().width;
        (id, width, side)
    }

    #[test]
    fn every_measured_row_is_counted_to_the_unit() {
        let rows = rows().unwrap();
        let json = std::fs::read(root().join("engine/tests/data/measured.json")).unwrap();
        let reference: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&json).unwrap();
        assert!(reference.len() >= 69);
        // Those of other sizes are no rows of the grid; the engine's tests count them.
        let is_square = |key: &str| key.rsplit_once('@').is_some_and(|(_, side)| !side.contains('x'));
        for (key, theirs) in reference.iter().filter(|(key, _)| is_square(key)) {
            let (id, width, side) = measured(key);
            let found: Vec<&Row> = rows
                .iter()
                .filter(|row| row.id == id && row.width == width && row.resolution == [side, side])
                .collect();
            let [ours] = found[..] else { panic!("{key}: {} rows", found.len()) };
            let library = key.split_once(':').map_or("timm", |(library, _)| library);
            assert_eq!(ours.framework, library, "{key}");
            assert_eq!(Some(ours.params), theirs["params"].as_u64(), "{key}");
            assert_eq!(Some(ours.conv_linear_macs), theirs["conv_linear_macs"].as_u64(), "{key}");
            assert_eq!(Some(ours.attention_macs), theirs["attn_matmul_macs"].as_u64(), "{key}");
            assert_eq!(Some(ours.activation_elements), theirs["act"].as_u64(), "{key}");
            assert_eq!(ours.weight_bytes_f32, 4 * ours.params);
        }
    }

    #[test]
    fn rows_are_plain_json_and_none_comes_twice() {
        let rows = rows().unwrap();
        let mut keys: Vec<String> =
            rows.iter().map(|row| format!("{} {} {:?}", row.id, row.width, row.resolution)).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), rows.len());
        let row = rows.iter().find(|row| row.id == "mobilevit_xxs" && row.resolution == [320, 320]).unwrap();
        let json = serde_json::to_value(row).unwrap();
        assert_eq!(json["framework"], "timm");
        assert_eq!(json["resolution"], serde_json::json!([320, 320]));
        assert!(json["attention_macs"].as_u64() > Some(0));
        assert_eq!(row.cells().len(), 9);

        // Printed figures stand beside, and where they are others it is said why.
        let row = rows.iter().find(|row| row.id == "squeezenet1_0").unwrap();
        let json = serde_json::to_value(&row.published).unwrap();
        let of = |source: &str| json.as_array().unwrap().iter().find(|one| one["source"] == source).unwrap();
        assert_eq!(of("torchvision 0.29.2, weights' metadata")["params"], row.params);
        assert_eq!(of("torchvision 0.29.2, weights' metadata").get("why"), None);
        assert!(of("MobileNetV1 paper, tables 4–9")["why"].as_str().unwrap().contains("two operations"));
    }
}
