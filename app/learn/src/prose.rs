//! Prose as it stands in files: a small part of Markdown, with links that set the figure, and places for its numbers.
//!
//! | line | what it is |
//! |---|---|
//! | `![]` | the figure stands here |
//! | `= text` | the number at the end, counted |
//! | `~ text` | the same, measured; shown once it is |
//! | `@ text` | where published numbers are from |
//! | text | a paragraph; an empty line ends it |
//!
//! In a text `*word*` is emphasised, `{name}` is a place for a number of the figure, and `[words](target)` is a link: `set:n=512`
//! sets the figure, `board:mobilenetv1_100@224` puts networks on the board, everything else is an address.

/// A part of an article.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// The figure.
    Figure,
    /// Text.
    Text(Kind, Vec<Span>),
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A paragraph.
    Paragraph,
    /// The number at the end, counted by the engine.
    Counted,
    /// The same, measured on this device.
    Measured,
    /// Where published numbers are from.
    Source,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Span {
    /// As it is.
    Text(String),
    /// Emphasised.
    Emphasis(String),
    /// A place for a number of the figure.
    Place(String),
    /// Words that set the figure.
    Set(String, String),
    /// Words that put networks on the board.
    Board(String, String),
    /// Words that lead elsewhere.
    Link(String, String),
}

/// Reads an article's file.
///
/// # Errors
/// What cannot be read, and in which line.
pub fn read(file: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut paragraph = String::new();
    for (number, line) in file.lines().chain([""]).enumerate() {
        let line = line.trim();
        let kinds = [("= ", Kind::Counted), ("~ ", Kind::Measured), ("@ ", Kind::Source)];
        let marked = kinds.into_iter().find_map(|(mark, kind)| Some((line.strip_prefix(mark)?, kind)));
        let problem = |reason: String| format!("line {}: {reason}", number + 1);
        if (line.is_empty() || marked.is_some() || line == "![]") && !paragraph.is_empty() {
            blocks.push(Block::Text(Kind::Paragraph, spans(&paragraph).map_err(problem)?));
            paragraph.clear();
        }
        match (line, marked) {
            ("", _) => {}
            ("![]", _) => blocks.push(Block::Figure),
            (_, Some((text, kind))) => blocks.push(Block::Text(kind, spans(text).map_err(problem)?)),
            (line, None) => {
                // Chinese has no spaces between words.
                if paragraph.ends_with(|letter: char| letter.is_ascii() && letter != ' ') {
                    paragraph.push(' ');
                }
                paragraph.push_str(line);
            }
        }
    }
    Ok(blocks)
}

/// Reads a text.
fn spans(text: &str) -> Result<Vec<Span>, String> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['*', '{', '[']) {
        if at > 0 {
            spans.push(Span::Text(rest[..at].to_owned()));
        }
        let (mark, after) = rest[at..].split_at(1);
        let end = match mark {
            "*" => "*",
            "{" => "}",
            _ => "](",
        };
        let (inner, after) =
            after.split_once(end).ok_or_else(|| format!("{mark:?} without {end:?} in {text:?}"))?;
        let inner = inner.to_owned();
        rest = after;
        spans.push(match mark {
            "*" => Span::Emphasis(inner),
            "{" => Span::Place(inner),
            _ => {
                let (target, after) =
                    rest.split_once(')').ok_or_else(|| format!("a link without its end in {text:?}"))?;
                rest = after;
                match target.split_once(':') {
                    Some(("set", values)) => Span::Set(inner, values.to_owned()),
                    Some(("board", networks)) => Span::Board(inner, networks.to_owned()),
                    Some(("https", _)) => Span::Link(inner, target.to_owned()),
                    _ if target.starts_with('#') => Span::Link(inner, target.to_owned()),
                    _ => return Err(format!("a link to {target:?} in {text:?}")),
                }
            }
        });
    }
    if !rest.is_empty() {
        spans.push(Span::Text(rest.to_owned()));
    }
    Ok(spans)
}

/// A title and a sentence of every article, by its name, as the index has them: `name | title | sentence` a line.
pub fn index(file: &str) -> Vec<(&str, &str, &str)> {
    let rows = file.lines().filter_map(|line| line.split_once(" | "));
    let parts = rows.filter_map(|(name, rest)| Some((name, rest.split_once(" | ")?)));
    parts.map(|(name, (title, sentence))| (name.trim(), title.trim(), sentence.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Span {
        Span::Text(text.to_owned())
    }

    #[test]
    fn prose_is_read_as_it_is_meant() {
        let file = "A *kernel* of\n{k} with [512 channels](set:n=512).\n\n![]\n二行\n文字\n= 4 < {ratio}\n~ {ms}\n@ [V1](https://a/b)\n";
        let own = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let (words, values) = own("512 channels", "n=512");
        let (v1, address) = own("V1", "https://a/b");
        let expected = [
            Block::Text(
                Kind::Paragraph,
                vec![
                    text("A "),
                    Span::Emphasis("kernel".to_owned()),
                    text(" of "),
                    Span::Place("k".to_owned()),
                    text(" with "),
                    Span::Set(words, values),
                    text("."),
                ],
            ),
            Block::Figure,
            Block::Text(Kind::Paragraph, vec![text("二行文字")]),
            Block::Text(Kind::Counted, vec![text("4 < "), Span::Place("ratio".to_owned())]),
            Block::Text(Kind::Measured, vec![Span::Place("ms".to_owned())]),
            Block::Text(Kind::Source, vec![Span::Link(v1, address)]),
        ];
        assert_eq!(read(file).unwrap(), expected);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for (file, reason) in [
            ("a *b", "line 2: \"*\" without \"*\""),
            ("\n= {b", "line 2: \"{\" without"),
            ("[a](javascript:b)", "a link to \"javascript:b\""),
            ("[a](set:b", "a link without its end"),
        ] {
            let error = read(file).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn the_index_has_a_line_for_each_article() {
        assert_eq!(
            index("a | A | First.\n\nb | B | Second.\n"),
            [("a", "A", "First."), ("b", "B", "Second.")]
        );
    }
}
