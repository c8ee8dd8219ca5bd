//! What the classes of a label set are called: the tables in `static/labels`, one line a class. They are fetched when they
//! are needed, so no build contains them.

use thiserror::Error;

use super::manifest::LabelSet;

/// The columns of a table, which its first line names.
const COLUMNS: &str = "class\twordnet\ten\tzh";

/// What a class is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassName {
    /// In English.
    pub english: String,
    /// In Chinese.
    pub chinese: String,
    /// The WordNet synsets that make it up, such as `n02123045`; none where its set does not define it by them.
    pub wordnet: Vec<String>,
}

impl ClassName {
    /// A name in one language for both.
    pub fn own(name: &str) -> Self {
        Self { english: name.to_owned(), chinese: name.to_owned(), wordnet: Vec::new() }
    }
}

/// Why a table of class names cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ClassNamesError {
    /// Another file, such as a host's error page.
    #[error("the class names begin with {found:?}, not with the columns {COLUMNS:?}")]
    Columns {
        /// The first line.
        found: String,
    },
    /// A line that is not that of its class.
    #[error(
        "the line of class {class} is {found:?}; it must have its number, WordNet ids and both names between tabs"
    )]
    Line {
        /// The class whose turn it is.
        class: usize,
        /// The line.
        found: String,
    },
    /// A table of other classes, or one that was cut off.
    #[error("there are names of {found} classes; {labels:?} has {expected}")]
    Count {
        /// The label set.
        labels: LabelSet,
        /// Names of the table, background included.
        found: usize,
        /// The set's classes.
        expected: u32,
    },
}

impl LabelSet {
    /// Reads the names of the classes, in the order of the outputs, from the text of [`LabelSet::file`].
    ///
    /// # Errors
    /// When the text is no table, or not this set's.
    pub fn class_names(self, table: &str) -> Result<Vec<ClassName>, ClassNamesError> {
        let mut lines = table.lines();
        let columns = lines.next().unwrap_or_default();
        if columns != COLUMNS {
            return Err(ClassNamesError::Columns { found: columns.chars().take(80).collect() });
        }
        let mut names = Vec::new();
        for (class, line) in lines.enumerate() {
            names.push(
                class_name(class, line).ok_or(ClassNamesError::Line { class, found: line.to_owned() })?,
            );
        }
        if self == Self::Imagenet1001 {
            let background = ClassName {
                english: "background".to_owned(),
                chinese: "背景".to_owned(),
                wordnet: Vec::new(),
            };
            names.insert(0, background);
        }
        let (found, expected) = (names.len(), self.classes());
        if found != expected as usize {
            return Err(ClassNamesError::Count { labels: self, found, expected });
        }
        Ok(names)
    }
}

fn class_name(class: usize, line: &str) -> Option<ClassName> {
    let mut fields = line.split('\t');
    let number: usize = fields.next()?.parse().ok()?;
    let wordnet = fields.next()?.split_whitespace().map(str::to_owned).collect();
    let mut name = || fields.next().filter(|name| !name.trim().is_empty()).map(str::to_owned);
    let (english, chinese) = (name()?, name()?);
    let is_whole = number == class && fields.next().is_none();
    is_whole.then_some(ClassName { english, chinese, wordnet })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: [&str; 10] = ["机", "车", "鸟", "猫", "鹿", "狗", "蛙", "马", "船", "卡"];

    fn table(columns: &str, lines: usize) -> String {
        let lines = TEN.iter().take(lines).enumerate();
        let lines = lines.map(|(class, zh)| format!("{class}\tn0000000{class} n1\tclass {class}\t{zh}\n"));
        format!("{columns}\n{}", lines.collect::<String>())
    }

    #[test]
    fn a_line_is_a_class() {
        let names = LabelSet::Cifar10.class_names(&table(COLUMNS, 10)).unwrap();
        assert_eq!(names.len(), 10);
        let frog = ClassName {
            english: "class 6".to_owned(),
            chinese: "蛙".to_owned(),
            wordnet: vec!["n00000006".to_owned(), "n1".to_owned()],
        };
        assert_eq!(names[6], frog);
        let windows = table(COLUMNS, 10).replace('\n', "\r\n");
        assert_eq!(LabelSet::Cifar10.class_names(&windows), Ok(names));
    }

    #[test]
    fn other_texts_are_refused() {
        let read = |text: &str| LabelSet::Cifar10.class_names(text).unwrap_err();
        for text in
            ["", "\n", "<!doctype html>\n<title>Not found</title>", "tench\ngoldfish\n", &table("class", 10)]
        {
            assert!(matches!(read(text), ClassNamesError::Columns { .. }), "{text:?}");
        }
        for lines in [0, 1, 9] {
            let expected = ClassNamesError::Count { labels: LabelSet::Cifar10, found: lines, expected: 10 };
            assert_eq!(read(&table(COLUMNS, lines)), expected);
        }
        let good = "6\tn00000006 n1\tclass 6\t蛙";
        for bad in [
            "",
            "7\tn00000006 n1\tclass 6\t蛙",
            "six\tn00000006 n1\tclass 6\t蛙",
            "6\tn00000006 n1\tclass 6",
            "6\tn00000006 n1\tclass 6\t",
            "6\tn00000006 n1\t \t蛙",
            "6\tn00000006 n1\tclass 6\t蛙\t",
            "6\tn00000006 n1\tclass 6\t蛙\tfrog",
        ] {
            let error = read(&table(COLUMNS, 10).replace(good, bad));
            assert_eq!(error, ClassNamesError::Line { class: 6, found: bad.to_owned() });
        }
    }
}
