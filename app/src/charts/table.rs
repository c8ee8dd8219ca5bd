//! The numbers of a picture as a table.

use common::csv;

/// Headings, units included, and rows of as many cells; the first cell of a row names it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    /// Of every column.
    pub(crate) headings: Vec<String>,
    /// Cells as they are shown.
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// As CSV (RFC 4180). Digits are not in groups there, so that programs can read them.
    pub(super) fn to_csv(&self) -> String {
        let line =
            |cells: &Vec<String>| csv::line(cells.iter().map(|cell| cell.replace('\u{202f}', ""))) + "\n";
        std::iter::once(&self.headings).chain(&self.rows).map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_has_plain_digits_and_quotes_what_needs_it() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let table = Table {
            headings: row(["network", "median, ms", "MACs"]),
            rows: vec![row(["MobileNetV2 1.0 · 224", "", "300\u{202f}774\u{202f}272"])],
        };
        assert_eq!(table.to_csv(), "network,\"median, ms\",MACs\nMobileNetV2 1.0 · 224,,300774272\n");
    }
}
