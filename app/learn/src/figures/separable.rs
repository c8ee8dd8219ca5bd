//! What a separable network gives up: MobileNetV1, tables 4 and 5.

use super::{Bar, bars, beside, cost, macs, ms, ran};
use crate::article::{Article, Control, Experiment, Figure, Run, Scene, Table, Values};
use common::format;
use common::words::{Words, name, words};

pub(super) const ARTICLE: Article = Article {
    name: "separable-network",
    controls: &[Control::choice(
        "by",
        words("Bars show", "条形表示"),
        &[
            words("multiply-accumulates", "乘加次数"),
            words("parameters", "参数量"),
            words("wrong answers", "错误率"),
        ],
        0,
    )],
    draw,
    experiment: Some(experiment),
};

/// A network of the two tables, with what is printed there.
struct Entry {
    id: &'static str,
    name: Words,
    /// Millions of multiply-adds and of parameters, top-1 in percent.
    printed: (f64, f64, f64),
}

const ENTRIES: [Entry; 4] = [
    Entry {
        id: "mobilenetv1_full_conv",
        name: words("standard convolutions", "标准卷积"),
        printed: (4866.0, 29.3, 71.7),
    },
    Entry { id: "mobilenetv1_100", name: name("MobileNet 1.0"), printed: (569.0, 4.2, 70.6) },
    Entry {
        id: "mobilenetv1_075", name: words("narrow, 0.75", "较窄，0.75"), printed: (325.0, 2.6, 68.4)
    },
    Entry { id: "mobilenetv1_shallow", name: words("shallow", "较浅"), printed: (307.0, 2.9, 65.3) },
];

const SIDE: u32 = 224;

fn experiment(_: &Values) -> Experiment {
    Experiment::Times(ENTRIES.iter().map(|entry| Run::of(entry.id, SIDE)).collect())
}

fn draw(scene: &Scene) -> Figure {
    let counts: Vec<(f64, f64)> = ENTRIES
        .iter()
        .map(|entry| cost(entry.id, SIDE).map_or((0.0, 0.0), |cost| (macs(&cost), cost.params as f64)))
        .collect();
    let by = scene.values.whole("by");
    let mut svg = scene.svg();
    let row = |(entry, (macs, params)): (&Entry, &(f64, f64))| {
        let (printed_macs, printed_params, top1) = entry.printed;
        let (value, length) = match by {
            0 => (beside(scene.language, &format::count(*macs), &format!("{printed_macs} M")), *macs),
            1 => (beside(scene.language, &format::count(*params), &format!("{printed_params} M")), *params),
            _ => (format!("{:.1} %", 100.0 - top1), 100.0 - top1),
        };
        let class = if entry.id == "mobilenetv1_full_conv" { "conv" } else { "depthwise" };
        let class = if by == 2 { "published" } else { class };
        Bar { name: scene.t(entry.name).to_owned(), value, parts: vec![(class, length)] }
    };
    let rows: Vec<Bar> = ENTRIES.iter().zip(&counts).map(row).collect();
    let mut height = bars(&mut svg, scene, 0.0, &rows);
    if let Some(times) = scene.times() {
        let row = |(entry, timing): (&Entry, _)| Bar {
            name: scene.t(entry.name).to_owned(),
            value: ms(timing),
            parts: vec![("time", timing.median_ms)],
        };
        let rows: Vec<Bar> = ENTRIES.iter().zip(times).map(row).collect();
        height = bars(&mut svg, scene, height + 16.0, &rows);
    }
    let table = Table {
        headings: [
            words("network", "网络"),
            words("MACs, counted", "乘加次数（统计）"),
            words("MACs, printed", "乘加次数（原文）"),
            words("parameters, counted", "参数量（统计）"),
            words("parameters, printed", "参数量（原文）"),
            words("top-1, printed", "Top-1（原文）"),
        ]
        .map(|heading| scene.t(heading).to_owned())
        .into(),
        rows: ENTRIES
            .iter()
            .zip(&counts)
            .map(|(entry, (macs, params))| {
                let (printed_macs, printed_params, top1) = entry.printed;
                vec![
                    scene.t(entry.name).to_owned(),
                    format!("{macs:.0}"),
                    format!("{printed_macs} M"),
                    format!("{params:.0}"),
                    format!("{printed_params} M"),
                    format!("{top1} %"),
                ]
            })
            .collect(),
    };
    let [full, separable, narrow, shallow] = [counts[0], counts[1], counts[2], counts[3]];
    let mut places = vec![
        ("full", format::count(full.0)),
        ("separable", format::count(separable.0)),
        ("ratio", format::times(full.0 / separable.0)),
        ("params_ratio", format::times(full.1 / separable.1)),
        ("narrow", format::count(narrow.0)),
        ("shallow", format::count(shallow.0)),
    ];
    if let Some(times @ [full, separable, narrow, shallow]) = scene.times() {
        places.extend([
            ("full_ms", ms(full)),
            ("separable_ms", ms(separable)),
            ("narrow_ms", ms(narrow)),
            ("shallow_ms", ms(shallow)),
            ("measured", format::times(full.median_ms / separable.median_ms)),
            ("ran", ran(scene.language, &times[0])),
        ]);
    }
    let label =
        scene.t(words("Four networks of MobileNetV1’s tables 4 and 5", "MobileNetV1 表 4 与表 5 的四个网络"));
    Figure { svg: svg.finish(height, label), table: Some(table), places }
}

#[cfg(test)]
mod tests {
    use engine::zoo::published_top1;

    use super::*;

    #[test]
    fn tables_4_and_5_of_the_first_paper_are_reproduced() {
        for entry in &ENTRIES {
            let cost = cost(entry.id, SIDE).unwrap();
            let (printed_macs, printed_params, top1) = entry.printed;
            let (macs, params) = (macs(&cost) / 1e6, cost.params as f64 / 1e6);
            // As printed, but for the last digit: 4867.3 and 325.4 are printed as 4866 and 325.
            assert!((macs - printed_macs).abs() < 1.5, "{}: {macs} M MACs", entry.id);
            assert_eq!(format!("{params:.1}"), format!("{printed_params:.1}"), "{}", entry.id);
            // The zoo's figure is the paper's, or that of TF-slim's weights, which are a little better.
            let (published, _) = published_top1(entry.id, SIDE).unwrap();
            assert!((f64::from(published) - top1).abs() < 0.31, "{}: {published}", entry.id);
        }
    }
}
