//! Tables in plain text.

/// Rows under a head, columns aligned: numbers (and `-` for none) to the right, the rest to the left. Every row has as many cells
/// as the head.
pub(crate) fn render(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|&title| title.to_owned()).collect();
    let columns: Vec<Column> = (0..head.len()).map(|index| Column::of(index, &head, rows)).collect();
    std::iter::once(&head)
        .chain(rows)
        .map(|row| {
            let cells: Vec<String> =
                columns.iter().zip(row).map(|(column, cell)| column.align(cell)).collect();
            cells.join("  ").trim_end().to_owned() + "\n"
        })
        .collect()
}

struct Column {
    /// Of the widest cell, in characters.
    width: usize,
    is_number: bool,
}

impl Column {
    fn of(index: usize, head: &[String], rows: &[Vec<String>]) -> Self {
        let cells = || rows.iter().filter_map(|row| row.get(index));
        let width = cells().chain(head.get(index)).map(|cell| cell.chars().count()).max().unwrap_or(0);
        let is_number = cells().all(|cell| cell == "-" || cell.starts_with(|c: char| c.is_ascii_digit()));
        Self { width, is_number }
    }

    fn align(&self, cell: &str) -> String {
        let Self { width, is_number } = self;
        if *is_number { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [["α-net", "7", "x"], ["b", "1234", "9"], ["c", "-", ""]];
        let text = render(&["network", "MACs", "note"], &rows.map(|row| row.map(str::to_owned).to_vec()));
        assert_eq!(text, "network  MACs  note\nα-net       7  x\nb        1234  9\nc           -\n");
        assert_eq!(render(&["a", "b"], &[]), "a  b\n");
    }
}
