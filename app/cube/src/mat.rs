//! MATLAB's `.mat` files of version 5 (MathWorks, "MAT-File Format"): elements of a tag and data, most of them compressed.

use std::io::{self, Read};

use flate2::read::ZlibDecoder;

use crate::array::{Array, Format, Layout, NumberKind, Order, dimensions, sides};
use crate::error::CubeError;

/// Bytes before the first element: a text, a version and the order of bytes.
const HEADER: usize = 128;
/// Most variables of a file that are looked at.
const MAX_VARIABLES: usize = 10_000;
/// Most bytes of a variable's name or sides.
const MAX_SMALL: usize = 1 << 12;
/// How many bytes DEFLATE makes of one at best.
const MOST_INFLATED: usize = 1032;

const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;

pub(crate) fn read(bytes: &[u8]) -> Result<Array, CubeError> {
    let is_big_endian = match bytes.get(124..HEADER) {
        Some([0, 1, b'I', b'M']) => false,
        Some([1, 0, b'M', b'I']) => true,
        Some([0, 2, b'I', b'M'] | [2, 0, b'M', b'I']) => return Err(CubeError::Hdf5),
        _ => {
            let first_bytes = bytes.iter().copied().take(8).collect();
            return Err(CubeError::NotAnArray { first_bytes });
        }
    };
    let file = File { bytes, is_big_endian };
    let variables = file.variables()?;
    let of = |dimensions: usize| {
        let fitting =
            |variable: &&Variable| variable.dimensions() == dimensions && variable.numbers().is_ok();
        variables.iter().filter(fitting).max_by_key(|variable| variable.elements())
    };
    match of(3).or_else(|| of(2)) {
        Some(variable) => file.array(variable),
        None => Err(no_array(&variables)),
    }
}

/// Why none of the variables is of use.
fn no_array(variables: &[Variable]) -> CubeError {
    let format = Format::Matlab;
    // What would be a cube but for its numbers.
    let near = variables.iter().filter(|variable| matches!(variable.dimensions(), 2 | 3));
    if let Some(Err(numbers)) = near.clone().max_by_key(|variable| variable.elements()).map(Variable::numbers)
    {
        return CubeError::Numbers { format, numbers };
    }
    let described = |variable: &Variable| format!("{} ({})", variable.name, sides(&variable.shape));
    let found = match variables {
        [] => "no variable".to_owned(),
        _ => format!("only {}", variables.iter().take(10).map(described).collect::<Vec<_>>().join(", ")),
    };
    CubeError::NoArray { format, found }
}

struct File<'a> {
    bytes: &'a [u8],
    is_big_endian: bool,
}

/// What stands before the numbers of a variable.
struct Variable {
    name: String,
    class: u8,
    is_complex: bool,
    shape: Vec<usize>,
    /// The element with the variable in the file.
    element: Element,
}

#[derive(Clone, Copy)]
struct Element {
    is_compressed: bool,
    start: usize,
    end: usize,
}

impl Variable {
    fn dimensions(&self) -> usize {
        dimensions(&self.shape).len()
    }

    fn elements(&self) -> u64 {
        self.shape.iter().fold(1, |product, side| product.saturating_mul(*side as u64))
    }

    /// Fails with what its numbers are where they are not read.
    fn numbers(&self) -> Result<(), String> {
        let class = match self.class {
            1 => "a cell array",
            2 => "a structure",
            3 | 17 => "an object",
            4 => "text",
            5 => "a sparse matrix",
            6..=15 if self.is_complex => "complex numbers",
            6..=15 => return Ok(()),
            16 => "a function",
            class => return Err(format!("{}, of the unknown class {class}", self.name)),
        };
        Err(format!("{} ({class})", self.name))
    }
}

/// A tag: what an element is and how long.
struct Tag {
    kind: u32,
    bytes: usize,
    /// The data of a small element, which stands within its tag.
    small: Option<[u8; 4]>,
}

impl File<'_> {
    fn u32(&self, bytes: [u8; 4]) -> u32 {
        if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    fn truncated(&self, expected: usize) -> CubeError {
        let [expected, found] = [expected, self.bytes.len()].map(|bytes| bytes as u64);
        CubeError::Truncated { format: Format::Matlab, expected, found }
    }

    fn variables(&self) -> Result<Vec<Variable>, CubeError> {
        let mut variables = Vec::new();
        let mut at = HEADER;
        while at < self.bytes.len() && variables.len() < MAX_VARIABLES {
            let tag = self.bytes.get(at..at + 8).ok_or_else(|| self.truncated(at + 8))?;
            let tag = self.tag([0, 1, 2, 3, 4, 5, 6, 7].map(|index| tag[index]))?;
            let start = at + 8;
            let end = start.checked_add(tag.bytes).filter(|end| *end <= self.bytes.len());
            let end = end.ok_or_else(|| self.truncated(start.saturating_add(tag.bytes)))?;
            let element = Element { is_compressed: tag.kind == COMPRESSED, start, end };
            at = match tag.kind {
                COMPRESSED => end,
                // The tag of a small element is all of it.
                _ if tag.small.is_some() => start,
                _ => end.next_multiple_of(8),
            };
            if tag.small.is_none() && matches!(tag.kind, MATRIX | COMPRESSED) {
                variables.extend(self.variable(element, &mut *self.open(element))?);
            }
        }
        Ok(variables)
    }

    /// An element's bytes, decompressed.
    fn open(&self, element: Element) -> Box<dyn Read + '_> {
        let bytes = &self.bytes[element.start..element.end];
        if element.is_compressed { Box::new(ZlibDecoder::new(bytes)) } else { Box::new(bytes) }
    }

    /// Reads what stands before a variable's numbers; `None` for an element that is no variable.
    fn variable(&self, element: Element, from: &mut dyn Read) -> Result<Option<Variable>, CubeError> {
        let at = element.start;
        let failed = |error: io::Error| failure(at, &error);
        let malformed =
            |reason: String| Format::Matlab.malformed(format!("{reason}, in the element at byte {at}"));
        if element.is_compressed && self.next_tag(from).map_err(failed)??.kind != MATRIX {
            return Ok(None);
        }
        let flags = self.small_data(from, at)?;
        let flags = *flags.first_chunk().ok_or_else(|| {
            malformed(format!("the flags of a variable have {} bytes instead of 8", flags.len()))
        })?;
        let flags = self.u32(flags);
        let sides_of = self.small_data(from, at)?;
        let side = |bytes: &[u8]| {
            let side = self.u32([bytes[0], bytes[1], bytes[2], bytes[3]]).cast_signed();
            usize::try_from(side).map_err(|_| malformed(format!("a variable has a side of {side}")))
        };
        let shape = sides_of.chunks_exact(4).map(side).collect::<Result<Vec<_>, _>>()?;
        let name = String::from_utf8_lossy(&self.small_data(from, at)?).into_owned();
        let (class, is_complex) = (flags as u8, flags & 0x800 != 0);
        Ok(Some(Variable { name, class, is_complex, shape, element }))
    }

    /// Reads a variable with its numbers.
    fn array(&self, variable: &Variable) -> Result<Array, CubeError> {
        let Element { is_compressed, start, end } = variable.element;
        let from = &mut *self.open(variable.element);
        // Up to its numbers.
        self.variable(variable.element, from)?;
        let failed = |error: io::Error| failure(start, &error);
        let Tag { kind, bytes, small } = self.next_tag(from).map_err(failed)??;
        let numbers = match kind {
            1 => NumberKind::I8,
            2 => NumberKind::U8,
            3 => NumberKind::I16,
            4 => NumberKind::U16,
            5 => NumberKind::I32,
            6 => NumberKind::U32,
            7 => NumberKind::F32,
            9 => NumberKind::F64,
            12 => NumberKind::I64,
            13 => NumberKind::U64,
            _ => {
                let reason = format!("the numbers of {} are of the unknown type {kind}", variable.name);
                return Err(Format::Matlab.malformed(reason));
            }
        };
        let Self { is_big_endian, .. } = *self;
        let layout = Layout { format: Format::Matlab, numbers, is_big_endian, order: Order::FirstFastest };
        let expected = layout.bytes_of(&variable.shape)?;
        if bytes != expected {
            let shape = sides(&variable.shape);
            let reason = format!("{} has {bytes} bytes, and {shape} numbers have {expected}", variable.name);
            return Err(Format::Matlab.malformed(reason));
        }
        // Before room is made for them.
        let most = (end - start).saturating_mul(if is_compressed { MOST_INFLATED } else { 1 });
        if small.is_none() && expected > most {
            let [expected, found] = [expected, most].map(|bytes| bytes as u64);
            return Err(CubeError::Truncated { format: Format::Matlab, expected, found });
        }
        let data = match small {
            Some(data) => data[..bytes].to_vec(),
            None => {
                let mut data = vec![0; bytes];
                from.read_exact(&mut data).map_err(failed)?;
                data
            }
        };
        if is_compressed {
            // Compressed data end in a checksum, behind at most 7 bytes that fill up.
            let mut rest = [0; 16];
            from.read(&mut rest).and_then(|_| from.read(&mut rest)).map_err(failed)?;
        }
        layout.array(Some(variable.name.clone()), &variable.shape, data, 0)
    }

    fn tag(&self, bytes: [u8; 8]) -> Result<Tag, CubeError> {
        let [a, b, c, d, e, f, g, h] = bytes;
        let (first, second) = (self.u32([a, b, c, d]), self.u32([e, f, g, h]));
        match (first & 0xFFFF, (first >> 16) as usize) {
            (kind, 0) => Ok(Tag { kind, bytes: second as usize, small: None }),
            (kind, bytes @ 1..=4) => Ok(Tag { kind, bytes, small: Some([e, f, g, h]) }),
            (_, bytes) => {
                Err(Format::Matlab.malformed(format!("an element of {bytes} bytes claims to fit into 4")))
            }
        }
    }

    fn next_tag(&self, from: &mut dyn Read) -> io::Result<Result<Tag, CubeError>> {
        let mut bytes = [0; 8];
        from.read_exact(&mut bytes)?;
        Ok(self.tag(bytes))
    }

    /// The data of the next element, which describes a variable.
    fn small_data(&self, from: &mut dyn Read, at: usize) -> Result<Vec<u8>, CubeError> {
        let failed = |error: io::Error| failure(at, &error);
        let Tag { bytes, small, .. } = self.next_tag(from).map_err(failed)??;
        if let Some(small) = small {
            return Ok(small[..bytes].to_vec());
        }
        if bytes > MAX_SMALL {
            let reason = format!("{bytes} bytes describe the variable at byte {at}, more than {MAX_SMALL}");
            return Err(Format::Matlab.malformed(reason));
        }
        let mut data = vec![0; bytes.next_multiple_of(8)];
        from.read_exact(&mut data).map_err(failed)?;
        data.truncate(bytes);
        Ok(data)
    }
}

/// Why an element could not be read to its end.
fn failure(at: usize, error: &io::Error) -> CubeError {
    let reason = match error.kind() {
        io::ErrorKind::UnexpectedEof => format!("the element at byte {at} ends before its variable"),
        _ => format!("the element at byte {at} cannot be decompressed ({error})"),
    };
    Format::Matlab.malformed(reason)
}
