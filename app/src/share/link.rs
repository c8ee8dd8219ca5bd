//! The board in the fragment of an address, which no server ever sees:
//! `#board=1;NETWORK,HEIGHTxWIDTH,WEIGHTS,BACKEND;…`, a part a column, with the visitor's own networks before them: `own2=…`.

use worker::network;
use worker::protocol::{Backend, Problem, WeightsChoice};

use crate::networks;
use crate::state::{ColumnConfig, MAX_COLUMNS, MIN_COLUMNS};
use crate::strings::problems;

/// Version of the form; a link of another one is refused, not guessed at.
const VERSION: u32 = 1;
/// Starts every fragment that is a board.
const START: &str = "board=";
/// Starts every part that is a network of the visitor's.
const OWN: &str = "own2=";
/// The same as older pages wrote it, in a form that this one does not read.
const OLD_OWN: &str = "own=";
/// Stands for random weights.
const RANDOM: &str = "random";
/// Stands for the fastest backend.
const AUTO: &str = "auto";

/// The fragment for these columns, without the `#`.
pub(crate) fn fragment(columns: &[ColumnConfig]) -> String {
    let column = |config: &ColumnConfig| {
        let (height, width) = config.resolution;
        let weights = match config.checkpoint() {
            Some(id) => escaped(id),
            None => RANDOM.to_owned(),
        };
        let backend = config.backend.map_or(AUTO, Backend::name);
        format!(";{},{height}x{width},{weights},{backend}", escaped(&config.model))
    };
    let mut own: Vec<&str> =
        columns.iter().map(|config| &*config.model).filter(|id| networks::is_added(id)).collect();
    own.sort_unstable();
    own.dedup();
    let own = own.into_iter().filter_map(|id| Some(networks::find(id).ok()?.model));
    let own: String = own.map(|model| format!(";{OWN}{}", network::encode(&model))).collect();
    format!("{START}{VERSION}{own}{}", columns.iter().map(column).collect::<String>())
}

/// The columns of a fragment; `None` if it is no board (but, say, a heading's). Networks that it brings are added to those that
/// the page knows.
pub(crate) fn read_fragment(fragment: &str) -> Option<Result<Vec<ColumnConfig>, Problem>> {
    let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
    // Messengers encode what need not be, and take marks around an address for a part of it.
    let decoded = match fragment.strip_prefix(START) {
        Some(board) if board.contains(';') => None,
        _ => unescaped(fragment),
    };
    let board = decoded.as_deref().unwrap_or(fragment).strip_prefix(START)?;
    let board = board.trim_end_matches(is_mark);
    let (version, columns) = board.split_once(';').unwrap_or((board, ""));
    if version.parse() != Ok(VERSION) {
        return Some(Err(problems::link_version(version)));
    }
    let parts = columns.split(';').filter(|part| !part.is_empty());
    if parts.clone().any(|part| part.starts_with(OLD_OWN)) {
        return Some(Err(problems::link_version(OLD_OWN)));
    }
    let (own, columns): (Vec<&str>, Vec<&str>) = parts.partition(|part| part.starts_with(OWN));
    if !(MIN_COLUMNS..=MAX_COLUMNS).contains(&columns.len()) {
        return Some(Err(problems::link_columns(columns.len())));
    }
    let added = own.into_iter().try_for_each(|part| add_network(&part[OWN.len()..]));
    Some(added.and_then(|()| columns.into_iter().map(read_column).collect()))
}

fn add_network(text: &str) -> Result<(), Problem> {
    let network = network::decode(text).map_err(|reason| problems::network_damaged(&reason))?;
    networks::add(network).map(drop)
}

/// Marks that end sentences, or stand around addresses.
fn is_mark(letter: char) -> bool {
    letter.is_whitespace() || ".,;:!?)]}>\"'、。，；：！？）》」』】”’".contains(letter)
}

fn read_column(column: &str) -> Result<ColumnConfig, Problem> {
    // Those of the weights' name would be encoded otherwise; they come last but one.
    let decoded =
        if column.contains(',') { None } else { Some(column.replace("%2C", ",").replace("%2c", ",")) };
    let column = decoded.as_deref().unwrap_or(column);
    let damaged = |part: &str| problems::link_damaged(part);
    let parts: Vec<&str> = column.split(',').collect();
    let [model, size, weights @ .., backend] = parts.as_slice() else { return Err(damaged(column)) };
    if weights.is_empty() {
        return Err(damaged(column));
    }
    let weights = weights.join(",");
    let model = unescaped(model).ok_or_else(|| damaged(model))?;
    let sides =
        size.split_once('x').and_then(|(height, width)| Some((height.parse().ok()?, width.parse().ok()?)));
    let resolution = sides.ok_or_else(|| damaged(size))?;
    let variant = networks::find(&model)?;
    let built = variant.with_resolution(resolution.0, resolution.1).graph();
    built.map_err(|error| Problem::of(&error))?;
    let weights = match weights.as_str() {
        RANDOM => WeightsChoice::Random,
        id => WeightsChoice::Checkpoint(unescaped(id).ok_or_else(|| damaged(id))?),
    };
    let backend = unescaped(backend).ok_or_else(|| damaged(backend))?;
    let backend = match backend.trim_end_matches(is_mark) {
        AUTO => None,
        name => Some(Backend::named(name).ok_or_else(|| damaged(name))?),
    };
    Ok(ColumnConfig { model, resolution, weights, backend })
}

/// Percent-encodes everything but letters, digits and `.`, `_`, `-`.
fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'.' | b'_' | b'-' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?].map(char::from);
                let digit = |digit: char| digit.to_digit(16);
                u8::try_from(16 * digit(digits[0])? + digit(digits[1])?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use engine::spec::Model;

    use worker::protocol::Code;

    use super::*;

    fn columns() -> Vec<ColumnConfig> {
        let column = |model: &str, resolution, weights, backend| ColumnConfig {
            model: model.to_owned(),
            resolution,
            weights,
            backend,
        };
        let file = WeightsChoice::Checkpoint("file:mine, été;100 %.safetensors".to_owned());
        vec![
            column("mobilenetv1_100", (224, 224), WeightsChoice::Random, None),
            column("mobilenetv2_035", (96, 160), file, Some(Backend::Reference)),
        ]
    }

    #[test]
    fn a_board_survives_its_link() {
        let text = fragment(&columns());
        assert!(
            text.starts_with(
                "board=1;mobilenetv1_100,224x224,random,auto;mobilenetv2_035,96x160,file%3Amine"
            )
        );
        assert_eq!(read_fragment(&text), Some(Ok(columns())));
        assert_eq!(read_fragment(&format!("#{text}")), Some(Ok(columns())));
    }

    #[test]
    fn a_board_survives_messengers() {
        let text = fragment(&columns());
        let encode = |letters: &str| {
            let letter = |letter: char| {
                if letters.contains(letter) {
                    format!("%{:02X}", u32::from(letter))
                } else {
                    letter.to_string()
                }
            };
            text.chars().map(letter).collect::<String>()
        };
        for sent in [encode("=;,%"), encode("=;,%").to_lowercase(), encode(","), encode("=%;,") + "%2E"] {
            assert_eq!(read_fragment(&sent), Some(Ok(columns())), "{sent}");
        }
        for mark in [
            ".",
            ",",
            ")",
            ">",
            "\"",
            "。",
            "，",
            "）",
            "”",
            ").",
            "%E3%80%82",
            "%EF%BC%8C",
            "%22",
            "%3E",
            " ",
        ] {
            assert_eq!(read_fragment(&format!("{text}{mark}")), Some(Ok(columns())), "{mark}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let fine = "mobilenetv1_100,224x224,random,auto";
        for (column, part) in [
            ("mobilenetv1_100,big,random,auto", "big"),
            ("mobilenetv1_100,224x224,random,abacus", "abacus"),
            ("mobilenetv1_100,224x224,%E9%,auto", "%E9%"),
            ("mobilenetv1_100,224x224,random", "mobilenetv1_100,224x224,random"),
        ] {
            let Some(Err(problem)) = read_fragment(&format!("board=1;{fine};{column}")) else {
                panic!("{column}")
            };
            assert_eq!(problem.values["part"], part);
        }
    }

    #[test]
    fn a_visitors_network_travels_in_its_link() {
        let mut model = (*networks::find("mobilenetv2_100").unwrap().model).clone();
        model.title = "Mine; été, 100 %".into();
        model.rows.to_mut().remove(4);
        let id = networks::add(model.clone()).unwrap();
        let mine = ColumnConfig {
            model: id.clone(),
            resolution: (160, 160),
            weights: WeightsChoice::Random,
            backend: None,
        };
        let [columns @ .., _] = &columns()[..] else { unreachable!() };
        let board = [&[mine.clone(), mine], columns].concat();
        let text = fragment(&board);
        assert_eq!(text.matches(OWN).count(), 1, "{text}");
        // Here it is known; a page that has never seen it learns it from the link.
        let elsewhere = std::thread::spawn({
            let (text, id) = (text.clone(), id.clone());
            move || {
                assert!(networks::find(&id).is_err());
                let read = read_fragment(&text);
                (read, networks::find(&id).map(|variant| variant.model.title.to_string()))
            }
        });
        let (read, title) = elsewhere.join().unwrap();
        assert_eq!((read, title), (Some(Ok(board)), Ok(model.title.to_string())));
        // Without its network it says which one is missing.
        let without: Vec<&str> = text.split(';').filter(|part| !part.starts_with(OWN)).collect();
        let without = without.join(";");
        let elsewhere = std::thread::spawn(move || read_fragment(&without));
        let problem = elsewhere.join().unwrap().unwrap().unwrap_err();
        assert_eq!((problem.code, &problem.values["id"]), (Code::UnknownModel, &id));
    }

    #[test]
    fn other_fragments_are_none_of_its_business() {
        for text in ["", "#", "#board", "#photos-title", "board"] {
            assert_eq!(read_fragment(text), None, "{text}");
        }
    }

    /// The part of a link that brings a changed network.
    fn own(id: &str, change: fn(&mut Model)) -> String {
        let mut model = (*networks::find(id).unwrap().model).clone();
        change(&mut model);
        format!("{OWN}{}", network::encode(&model))
    }

    #[test]
    fn every_fault_has_its_message() {
        let fine = "mobilenetv1_100,224x224,random,auto";
        let code = |text: &str| match read_fragment(text) {
            Some(Err(problem)) => problem.code.name().to_owned(),
            other => format!("{other:?}"),
        };
        for (text, expected) in [
            (format!("board=2;{fine};{fine}"), "link.version"),
            ("board=".to_owned(), "link.version"),
            ("board=1".to_owned(), "link.columns"),
            (format!("board=1;{fine}"), "link.columns"),
            (format!("board=1{}", format!(";{fine}").repeat(7)), "link.columns"),
            (format!("board=1;{fine};mobilenetv9,224x224,random,auto"), "unknown_model"),
            (format!("board=1;{fine};mobilenetv1_100,8x8192,random,auto"), "spec.resolution"),
            (format!("board=1;{fine};squeezenet1_0,8x8,random,auto"), "spec.too_small"),
            (format!("board=1;{fine};mobilenetv1_100,big,random,auto"), "link.damaged"),
            (format!("board=1;{fine};mobilenetv1_100,224x224,random,abacus"), "link.damaged"),
            (format!("board=1;{fine};mobilenetv1_100,224x224,%E9%,auto"), "link.damaged"),
            (format!("board=1;{fine};mobilenetv1_100"), "link.damaged"),
            (format!("board=1;own2=e30;{fine};{fine}"), "network.damaged"),
            (format!("board=1;own=e30;{fine};{fine}"), "link.version"),
            (
                format!(
                    "board=1;{};{fine};{fine}",
                    own("mobilenetv2_100", |model| model.rows.to_mut().clear())
                ),
                "spec.size",
            ),
            (format!("board=1;{fine};custom%3A0000000000000000,224x224,random,auto"), "unknown_model"),
        ] {
            assert_eq!(code(&text), expected, "{text}");
        }
    }
}
