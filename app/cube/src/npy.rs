//! NumPy's `.npy` files, versions 1 to 3 (numpy.lib.format).

use crate::array::{Array, Format, Layout, NumberKind, Order};
use crate::error::CubeError;

const MAGIC: &[u8] = b"\x93NUMPY";
/// Most bytes of a header; numpy.load reads 10,000 by itself.
const MAX_HEADER: usize = 1 << 16;

pub(crate) fn is_npy(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

pub(crate) fn read(bytes: Vec<u8>) -> Result<Array, CubeError> {
    let malformed = |reason: String| Format::Numpy.malformed(reason);
    let truncated = |expected: usize| CubeError::Truncated {
        format: Format::Numpy,
        expected: expected as u64,
        found: bytes.len() as u64,
    };
    let version = *bytes.get(MAGIC.len()).ok_or_else(|| truncated(MAGIC.len() + 4))?;
    let rest = &bytes[bytes.len().min(MAGIC.len() + 2)..];
    let (length, start) = match version {
        1 => (rest.first_chunk().map(|length| usize::from(u16::from_le_bytes(*length))), 10),
        2 | 3 => (rest.first_chunk().map(|length| u32::from_le_bytes(*length) as usize), 12),
        _ => return Err(malformed(format!("it is of version {version}, and versions 1 to 3 are known"))),
    };
    let length = length.ok_or_else(|| truncated(start))?;
    if length > MAX_HEADER {
        return Err(malformed(format!("its header has {length} bytes, more than {MAX_HEADER}")));
    }
    let header = bytes.get(start..start + length).ok_or_else(|| truncated(start + length))?;
    let header = String::from_utf8_lossy(header).into_owned();
    let Header { descr, is_fortran, shape } = Reader::new(&header).header().map_err(malformed)?;
    let (numbers, is_big_endian) =
        number_kind(&descr).ok_or(CubeError::Numbers { format: Format::Numpy, numbers: descr })?;
    let order = if is_fortran { Order::FirstFastest } else { Order::LastFastest };
    Layout { format: Format::Numpy, numbers, is_big_endian, order }.array(None, &shape, bytes, start + length)
}

/// The kind of number that a `descr` names, and whether it is stored with its most significant byte first.
fn number_kind(descr: &str) -> Option<(NumberKind, bool)> {
    // `=` is this machine's order, which NumPy does not write; machines have been little-endian for long.
    let (is_big_endian, kind) = match descr.strip_prefix('>') {
        Some(kind) => (true, kind),
        None => (false, descr.trim_start_matches(['<', '=', '|'])),
    };
    let kind = match kind {
        "b1" | "u1" | "B" | "?" => NumberKind::U8,
        "i1" | "b" => NumberKind::I8,
        "u2" => NumberKind::U16,
        "i2" => NumberKind::I16,
        "u4" => NumberKind::U32,
        "i4" => NumberKind::I32,
        "u8" => NumberKind::U64,
        "i8" => NumberKind::I64,
        "f4" => NumberKind::F32,
        "f8" => NumberKind::F64,
        _ => return None,
    };
    Some((kind, is_big_endian))
}

struct Header {
    descr: String,
    is_fortran: bool,
    shape: Vec<usize>,
}

/// Reads the Python literal that a header is: a dictionary of three entries.
struct Reader<'a> {
    whole: &'a str,
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self { whole: text, rest: text }
    }

    fn header(mut self) -> Result<Header, String> {
        let (mut descr, mut is_fortran, mut shape) = (None, None, None);
        self.expect('{')?;
        while !self.accept('}') {
            let key = self.string()?;
            self.expect(':')?;
            match key {
                "descr" => descr = Some(self.descr()?),
                "fortran_order" => is_fortran = Some(self.boolean()?),
                "shape" => shape = Some(self.tuple()?),
                other => return Err(format!("its header has the key {:?}", short(other))),
            }
            if !self.accept(',') {
                self.expect('}')?;
                break;
            }
        }
        let missing = |key: &str| format!("its header has no {key}");
        Ok(Header {
            descr: descr.ok_or_else(|| missing("descr"))?,
            is_fortran: is_fortran.ok_or_else(|| missing("fortran_order"))?,
            shape: shape.ok_or_else(|| missing("shape"))?,
        })
    }

    /// What numbers are; of records, all that is said of them.
    fn descr(&mut self) -> Result<String, String> {
        self.skip_blanks();
        if self.rest.starts_with(['\'', '"']) {
            return self.string().map(|text| short(text).to_owned());
        }
        let end = self.rest.rfind(']').ok_or_else(|| self.unexpected("a kind of number"))?;
        let (records, rest) = self.rest.split_at(end + 1);
        self.rest = rest;
        Ok(format!("records, {}", short(records)))
    }

    fn string(&mut self) -> Result<&'a str, String> {
        self.skip_blanks();
        let quote = self.rest.chars().next().filter(|first| matches!(first, '\'' | '"'));
        let quote = quote.ok_or_else(|| self.unexpected("a quotation mark"))?;
        let (text, rest) =
            self.rest[1..].split_once(quote).ok_or_else(|| self.unexpected("a text with its end"))?;
        self.rest = rest;
        Ok(text)
    }

    fn boolean(&mut self) -> Result<bool, String> {
        self.skip_blanks();
        for (word, truth) in [("True", true), ("False", false)] {
            if let Some(rest) = self.rest.strip_prefix(word) {
                self.rest = rest;
                return Ok(truth);
            }
        }
        Err(self.unexpected("True or False"))
    }

    fn tuple(&mut self) -> Result<Vec<usize>, String> {
        let mut sides = Vec::new();
        self.expect('(')?;
        while !self.accept(')') {
            self.skip_blanks();
            let end = self.rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(self.rest.len());
            let (digits, rest) = self.rest.split_at(end);
            sides.push(digits.parse().map_err(|_| self.unexpected("the length of a side"))?);
            // Python 2 wrote long integers with an L.
            self.rest = rest.strip_prefix('L').unwrap_or(rest);
            if !self.accept(',') {
                self.expect(')')?;
                break;
            }
        }
        Ok(sides)
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn accept(&mut self, wanted: char) -> bool {
        self.skip_blanks();
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        if self.accept(wanted) { Ok(()) } else { Err(self.unexpected(&format!("{wanted:?}"))) }
    }

    fn unexpected(&self, wanted: &str) -> String {
        let at = self.whole.len() - self.rest.len();
        format!("its header has {:?} at byte {at}, where {wanted} is expected", short(self.rest))
    }
}

/// The beginning of a text, for messages.
fn short(text: &str) -> &str {
    let end = text.char_indices().nth(40).map_or(text.len(), |(at, _)| at);
    &text[..end]
}
