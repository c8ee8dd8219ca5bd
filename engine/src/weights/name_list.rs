//! Lists of class names as people have them beside a checkpoint: a name a line, with or without the class's number or WordNet
//! id before it, or a table of comma- or tab-separated values.

use thiserror::Error;

/// Why a text is no list of class names.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NameListError {
    /// No line holds a name.
    #[error("it holds no names")]
    Empty,
    /// A table of several columns, none of which its first line calls the names.
    #[error("its first line is {found:?}; one of its columns must be called name, label or class")]
    Columns {
        /// The first line.
        found: String,
    },
    /// Longer than any list of names.
    #[error("it has {bytes} bytes, a list of names at most {most}")]
    TooLong {
        /// Its length.
        bytes: u64,
        /// The most that are read.
        most: u64,
    },
    /// A line with fewer cells than the first one.
    #[error("line {line} is {found:?}, which has no cell in the column of names")]
    Cell {
        /// The line's number, from 1.
        line: usize,
        /// The line.
        found: String,
    },
    /// The numbers of classes have a gap or stand twice.
    #[error("the classes are numbered up to {last}, but there are {count} of them")]
    Numbers {
        /// The largest number.
        last: usize,
        /// The names.
        count: usize,
    },
}

/// The most bytes that a list may have: some two hundred for each of as many classes as a network has ever had.
pub const MOST_BYTES: u64 = 5_000_000;

/// What columns of names are called, the likeliest first, and columns of the classes' numbers. `class` may be either.
const NAMES: [&str; 8] =
    ["name", "label", "class_name", "label_name", "display_name", "english", "en", "class"];
const NUMBERS: [&str; 8] = ["id", "index", "idx", "number", "class_id", "class_index", "label_id", "class"];

/// The names of classes in the order of the outputs.
///
/// # Errors
/// When the text is another.
pub fn read(text: &str) -> Result<Vec<String>, NameListError> {
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim_end()))
        .filter(|(_, line)| !line.trim().is_empty())
        .collect();
    let first = lines.first().ok_or(NameListError::Empty)?.1;
    let rows = match separator(first) {
        Some(separator) => table(&lines, separator)?,
        None => {
            // The same before every name, or it belongs to the name.
            let numbered: Option<Vec<_>> = lines.iter().map(|(_, line)| numbered(line)).collect();
            let plain = || {
                let titles = usize::from(is_title(first));
                lines.iter().skip(titles).map(|(_, line)| (None, line.trim())).collect()
            };
            numbered
                .unwrap_or_else(plain)
                .into_iter()
                .map(|(number, name)| (number, name.to_owned()))
                .collect()
        }
    };
    let wordnet: Option<Vec<String>> = rows.iter().map(|(_, name)| without_wordnet(name)).collect();
    let (numbers, names): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    in_order(numbers, wordnet.unwrap_or(names))
}

/// What separates the columns of a table with such a first line: one that names a column of names, or has tabs.
fn separator(first: &str) -> Option<char> {
    let named = |separator: char| cells(first, separator).iter().any(|cell| is_title(cell));
    if first.contains('\t') && numbered(first).is_none() {
        return Some('\t');
    }
    [',', ';', '\t'].into_iter().find(|separator| first.contains(*separator) && named(*separator))
}

/// Whether it is what a column of names is called.
fn is_title(cell: &str) -> bool {
    NAMES.iter().any(|name| cell.trim().eq_ignore_ascii_case(name))
}

/// What of a line fits into a message.
fn beginning(line: &str) -> String {
    line.chars().take(80).collect()
}

/// A class's number, where its table has them, and its name.
type Row = (Option<usize>, String);

/// The rows of a table, whose first line names the columns.
fn table(lines: &[(usize, &str)], separator: char) -> Result<Vec<Row>, NameListError> {
    let (head, body) = lines.split_first().ok_or(NameListError::Empty)?;
    let titles = cells(head.1, separator);
    let column = |called: &str| titles.iter().position(|title| title.trim().eq_ignore_ascii_case(called));
    let names = NAMES.into_iter().find_map(column);
    let names = names.ok_or_else(|| NameListError::Columns { found: beginning(head.1) })?;
    let number = NUMBERS.into_iter().find_map(|called| column(called).filter(|at| *at != names));
    let row = |(line, text): &(usize, &str)| {
        let cells = cells(text, separator);
        let name = cells.get(names).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| NameListError::Cell { line: *line, found: beginning(text) })?;
        Ok((number.and_then(|at| cells.get(at)?.trim().parse().ok()), name))
    };
    body.iter().map(row).collect()
}

/// The cells of a line (RFC 4180, in one line).
pub fn cells(line: &str, separator: char) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(cell) = cells.last_mut() else { break };
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' if is_quoted || cell.is_empty() => is_quoted = !is_quoted,
            other if other == separator && !is_quoted => cells.push(String::new()),
            other => cell.push(other),
        }
    }
    cells
}

/// `7: cat`, `7 cat`, `7,cat` or `7<tab>cat`.
fn numbered(line: &str) -> Option<(Option<usize>, &str)> {
    let line = line.trim();
    let end = line.find(|character: char| !character.is_ascii_digit()).filter(|end| *end > 0)?;
    let (number, rest) = line.split_at(end);
    let name = rest.strip_prefix([':', ',', ';', '\t', ' ', '.', ')'])?.trim();
    (!name.is_empty()).then_some((Some(number.parse().ok()?), name))
}

/// What stands behind a WordNet id.
fn without_wordnet(name: &str) -> Option<String> {
    let (id, rest) = name.split_at_checked(9)?;
    let digits = id.strip_prefix('n')?;
    let rest = rest.trim_start_matches([':', ',', ' ', '\t']).trim();
    (digits.bytes().all(|byte| byte.is_ascii_digit()) && !rest.is_empty()).then(|| rest.to_owned())
}

/// The names in the order of their numbers, which begin with 0 or 1.
fn in_order(numbers: Vec<Option<usize>>, names: Vec<String>) -> Result<Vec<String>, NameListError> {
    if names.is_empty() {
        return Err(NameListError::Empty);
    }
    let Some(numbers) = numbers.into_iter().collect::<Option<Vec<usize>>>() else { return Ok(names) };
    let first = numbers.iter().min().copied().unwrap_or_default();
    let last = numbers.iter().max().copied().unwrap_or_default();
    let count = names.len();
    let mut rows: Vec<(usize, String)> = numbers.into_iter().zip(names).collect();
    rows.sort_by_key(|(number, _)| *number);
    let is_whole = first <= 1 && rows.iter().enumerate().all(|(at, (number, _))| *number == at + first);
    if !is_whole {
        return Err(NameListError::Numbers { last, count });
    }
    Ok(rows.into_iter().map(|(_, name)| name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        read(text).unwrap()
    }

    #[test]
    fn a_line_is_a_name() {
        for text in [
            "cat\ndog\nred fox",
            "\u{feff}cat\r\ndog\r\nred fox\r\n\r\n",
            "0: cat\n1: dog\n2: red fox\n",
            "2 red fox\n0 cat\n1 dog\n",
            "1,cat\n2,dog\n3,red fox\n",
            "n02123045 cat\nn02084071 dog\nn02119022 red fox\n",
            "0 n02123045 cat\n1 n02084071 dog\n2 n02119022 red fox\n",
            "name\tid\ncat\t0\ndog\t1\nred fox\t2\n",
            "id;label\n2;red fox\n0;cat\n1;dog\n",
            "class,name,colour\n0,cat,grey\n1,\"dog\",brown\n2,red fox,\"red, mostly\"\n",
            "wordnet,class\nn02123045,cat\nn02084071,dog\nn02119022,red fox\n",
            "class\twordnet\ten\tzh\n0\tn1\tcat\t猫\n1\tn2\tdog\t狗\n2\tn3\tred fox\t狐\n",
        ] {
            assert_eq!(names(text), ["cat", "dog", "red fox"], "{text:?}");
        }
        // Commas and numbers may belong to names.
        assert_eq!(names("tench, Tinca tinca\n3 of a kind\n"), ["tench, Tinca tinca", "3 of a kind"]);
        assert_eq!(names("Label\na, b\nname\n"), ["a, b", "name"]);
        assert_eq!(names("name,x\n\"a, \"\"b\"\"\",1\n"), ["a, \"b\""]);
        assert_eq!(names("猫\n狗\n"), ["猫", "狗"]);
    }

    #[test]
    fn other_texts_are_refused() {
        let read = |text: &str| read(text).unwrap_err().to_string();
        for text in ["", "\n \n", "name,id\n", "name\n"] {
            assert!(read(text).contains("no names"), "{text:?}");
        }
        assert!(read("a\tb\nc\td\n").contains("must be called name"));
        assert!(read("id,name\n0,cat\n1\n").contains("line 3"));
        assert!(read("0 cat\n2 dog\n").contains("numbered up to 2, but there are 2"));
        assert!(read("1 cat\n1 dog\n").contains("numbered up to 1"));
        assert!(read("5 cat\n6 dog\n").contains("numbered up to 6"));
    }
}
