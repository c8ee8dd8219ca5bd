//! A layer table as text for other programs and for papers. Headings are English everywhere: files travel.

use std::fmt::Write;

use engine::roofline::Bound;
use serde_json::json;

use super::{LayerMetric, LayerRow, LayerTable, share};
use common::csv;

/// Version of the JSON form; it changes when a field changes its meaning.
const VERSION: u32 = 1;

/// A form in which a table can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CopyFormat {
    /// Aligned columns.
    Text,
    /// Comma-separated, RFC 4180.
    Csv,
    /// A table of GitHub's Markdown.
    Markdown,
    /// A `tabular` with booktabs' rules.
    Latex,
    /// Everything, with what ran.
    Json,
}

const HEADINGS: [&str; 11] = [
    "layer",
    "op",
    "input",
    "output",
    "params",
    "macs",
    "activation_bytes",
    "ms",
    "share_percent",
    "predicted_ms",
    "bound",
];
/// Columns of words; the others are numbers.
const WORDS: usize = 4;

impl CopyFormat {
    /// All of them, in the order of the buttons.
    pub(crate) const ALL: [Self; 5] = [Self::Text, Self::Csv, Self::Markdown, Self::Latex, Self::Json];

    /// Its name, for programs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Csv => "CSV",
            Self::Markdown => "Markdown",
            Self::Latex => "LaTeX",
            Self::Json => "JSON",
        }
    }

    /// The table in this form, of a page of this version, which the forms name that have a place for it.
    pub(crate) fn write(self, table: &LayerTable, page: &str) -> String {
        match self {
            Self::Text => text(table, page),
            Self::Csv => lines(cells(table), |cells| csv::line(cells)),
            Self::Markdown => {
                let mut rows = cells(table);
                let rule = |column| if column < WORDS { "---" } else { "---:" }.to_owned();
                rows.insert(1, (0..HEADINGS.len()).map(rule).collect());
                lines(rows, |cells| format!("| {} |", cells.join(" | ")))
            }
            Self::Latex => latex(table, page),
            Self::Json => json_text(table, page),
        }
    }
}

/// Headings, then a row a layer.
fn cells(table: &LayerTable) -> Vec<Vec<String>> {
    let total = table.total(LayerMetric::Time);
    let row = |row: &LayerRow| {
        let layer = &row.layer;
        let ms = |value: Option<f64>| value.map(|ms| format!("{ms:.4}")).unwrap_or_default();
        vec![
            layer.cost.name.clone(),
            layer.cost.op.name().to_owned(),
            row.input(),
            layer.cost.output.to_string(),
            layer.cost.params.to_string(),
            layer.cost.macs.to_string(),
            layer.activation_bytes.to_string(),
            ms(row.ms),
            row.ms.map(|ms| format!("{:.2}", 100.0 * share(ms, total))).unwrap_or_default(),
            ms(row.predicted.map(|(ms, _)| ms)),
            row.predicted.map(|(_, bound)| bound_name(bound).to_owned()).unwrap_or_default(),
        ]
    };
    let headings = HEADINGS.map(str::to_owned).to_vec();
    std::iter::once(headings).chain(table.rows.iter().map(row)).collect()
}

fn bound_name(bound: Bound) -> &'static str {
    match bound {
        Bound::Compute => "compute",
        Bound::Memory => "memory",
    }
}

fn lines(rows: Vec<Vec<String>>, line: impl Fn(&[String]) -> String) -> String {
    rows.iter().map(|cells| line(cells) + "\n").collect()
}

fn text(table: &LayerTable, page: &str) -> String {
    let rows = cells(table);
    let width = |column: usize| rows.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADINGS.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column < WORDS { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let rule = "=".repeat(widths.iter().sum::<usize>() + 2 * (widths.len() - 1));
    let mut text = format!("{} · MobileNet Lab {page}\n{rule}\n", table.name);
    for (i, cells) in rows.iter().enumerate() {
        let _ = writeln!(text, "{}", line(cells));
        if i == 0 {
            let _ = writeln!(text, "{rule}");
        }
    }
    let _ = writeln!(text, "{rule}\nparams: {}", table.total(LayerMetric::Params));
    let _ = writeln!(text, "macs: {}", table.total(LayerMetric::Macs));
    if table.times.is_some() {
        let _ = writeln!(text, "ms: {:.4}", table.total(LayerMetric::Time));
    }
    text
}

fn latex(table: &LayerTable, page: &str) -> String {
    let columns: String = (0..HEADINGS.len()).map(|column| if column < WORDS { 'l' } else { 'r' }).collect();
    let escaped = |cell: &String| cell.replace('_', "\\_").replace('%', "\\%").replace('×', "$\\times$");
    let line =
        |cells: &Vec<String>| format!("{} \\\\\n", cells.iter().map(escaped).collect::<Vec<_>>().join(" & "));
    let rows = cells(table);
    let body: String = rows[1..].iter().map(line).collect();
    let name = escaped(&table.name);
    format!(
        "% {name} · MobileNet Lab {page}\n\\begin{{tabular}}{{{columns}}}\n\\toprule\n{}\\midrule\n{body}\\bottomrule\n\\end{{tabular}}\n",
        line(&rows[0]),
    )
}

fn json_text(table: &LayerTable, page: &str) -> String {
    let rows = table.rows.iter().map(|row| {
        json!({
            "layer": row.layer.cost.name,
            "op": row.layer.cost.op.name(),
            "inputs": row.layer.inputs,
            "output": row.layer.cost.output,
            "stride": row.layer.stride,
            "params": row.layer.cost.params,
            "macs": row.layer.cost.macs,
            "activation_bytes": row.layer.activation_bytes,
            "traffic_bytes": row.layer.traffic_bytes,
            "ms": row.ms,
            "predicted_ms": row.predicted.map(|(ms, _)| ms),
            "bound": row.predicted.map(|(_, bound)| bound),
        })
    });
    let ran = table.times.as_ref().map(|times| {
        json!({
            "model": times.model,
            "checkpoint": times.checkpoint,
            "resolution": times.resolution,
            "backend": times.backend,
            "threads": times.threads,
            "runs": times.runs,
            "timer_step_ms": times.timer_step_ms,
            "roofs": times.roofs,
        })
    });
    let all = json!({
        "format": "mobilenet-lab-layers",
        "version": VERSION,
        "page": page,
        "network": table.name,
        "measured": ran,
        "layers": rows.collect::<Vec<_>>(),
    });
    // Values of plain types: there is nothing that could fail.
    serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::tests::table;

    const PAGE: &str = "0.1.0 (unknown)";

    #[test]
    fn every_format_has_every_layer() {
        let table = table(true);
        let rows = table.rows.len();
        assert_eq!(CopyFormat::Csv.write(&table, PAGE).lines().count(), rows + 1);
        assert_eq!(CopyFormat::Markdown.write(&table, PAGE).lines().count(), rows + 2);
        assert_eq!(CopyFormat::Latex.write(&table, PAGE).lines().count(), rows + 7);
        assert_eq!(CopyFormat::Text.write(&table, PAGE).lines().count(), rows + 8);
        let json: serde_json::Value = serde_json::from_str(&CopyFormat::Json.write(&table, PAGE)).unwrap();
        assert_eq!(json["layers"].as_array().unwrap().len(), rows);
        assert_eq!(json["page"], PAGE);
        assert_eq!((json["version"].as_u64(), json["measured"]["threads"].as_u64()), (Some(1), Some(2)));
    }

    #[test]
    fn a_line_of_each() {
        let table = table(true);
        let line =
            |format: CopyFormat, number| format.write(&table, PAGE).lines().nth(number).unwrap().to_owned();
        for format in [CopyFormat::Text, CopyFormat::Latex] {
            assert!(line(format, 0).ends_with(" · MobileNet Lab 0.1.0 (unknown)"), "{}", line(format, 0));
        }
        let stem = "conv_stem,conv,32×32×3,16×16×32,928,221184,32768,0.0010,0.23,0.0221,compute";
        assert_eq!(line(CopyFormat::Csv, 1), stem);
        let markdown = format!("| {} |", stem.replace(',', " | "));
        assert_eq!(line(CopyFormat::Markdown, 2), markdown);
        let latex =
            format!("{} \\\\", stem.replace('_', "\\_").replace('×', "$\\times$").replace(',', " & "));
        assert_eq!(line(CopyFormat::Latex, 5), latex);
        assert!(line(CopyFormat::Text, 4).starts_with("conv_stem "), "{}", line(CopyFormat::Text, 4));
    }

    #[test]
    fn what_was_not_measured_stays_empty() {
        let table = table(false);
        let csv = CopyFormat::Csv.write(&table, PAGE);
        assert!(csv.lines().nth(1).unwrap().ends_with(",32768,,,,"), "{csv}");
        let json: serde_json::Value = serde_json::from_str(&CopyFormat::Json.write(&table, PAGE)).unwrap();
        assert!(json["measured"].is_null() && json["layers"][0]["ms"].is_null());
    }
}
