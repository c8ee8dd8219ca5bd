//! An interpreter of Python's pickles (Lib/pickletools.py describes every opcode) that builds [`Value`]s and calls nothing: a class or
//! function is a name, and only those that rebuild tensors, parameters and ordered dictionaries mean anything.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::value::{Dtype, Global, Shared, Storage, Tensor, Value};
use crate::error::ReaderError;

/// Most bytes of a pickle: those of large networks have less than one million.
pub(crate) const MAX_PICKLE: u64 = 100 << 20;
/// Most values of a pickle.
const MAX_VALUES: usize = 250_000;
/// Most bytes of the name of a class or a storage: the same text can be meant often.
const MAX_NAME: usize = 256;
/// Most dimensions of a tensor.
const MAX_DIMENSIONS: usize = 8;

/// A pickle's values.
pub(crate) struct Pickle<'p> {
    bytes: &'p [u8],
    /// All storages that are meant.
    pub(crate) storages: Vec<Rc<Storage>>,
    /// Lists, dictionaries and objects.
    pub(crate) heap: Vec<Shared>,
    /// What the pickle describes.
    pub(crate) root: Value,
    /// Bytes up to its end.
    pub(crate) len: usize,
}

impl Pickle<'_> {
    /// A text; `None` of what is none.
    pub(crate) fn text(&self, value: &Value) -> Option<&str> {
        let Value::Text(range) = value else { return None };
        std::str::from_utf8(self.bytes.get(range.clone())?).ok()
    }
}

/// Reads the pickle that `bytes` begin with.
///
/// # Errors
/// [`ReaderError`].
pub(crate) fn read(bytes: &[u8]) -> Result<Pickle<'_>, ReaderError> {
    let mut machine = Machine {
        bytes,
        at: 0,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        heap: Vec::new(),
        storages: Vec::new(),
        values: 0,
    };
    while !machine.step()? {}
    let root = machine.pop()?;
    Ok(Pickle { bytes, storages: machine.storages, heap: machine.heap, root, len: machine.at })
}

struct Machine<'p> {
    bytes: &'p [u8],
    at: usize,
    stack: Vec<Value>,
    /// Places in the stack.
    marks: Vec<usize>,
    memo: HashMap<u64, Value>,
    heap: Vec<Shared>,
    storages: Vec<Rc<Storage>>,
    values: usize,
}

impl<'p> Machine<'p> {
    /// Carries out an opcode; whether it was the last.
    fn step(&mut self) -> Result<bool, ReaderError> {
        let start = self.at;
        let [opcode] = self.array()?;
        match opcode {
            b'.' => return Ok(true),
            0x80 => self.at += 1, // protocol
            0x95 => self.at += 8, // frame
            b'(' => {
                self.count()?;
                self.marks.push(self.stack.len());
            }
            b'0' => drop(self.pop()?),
            b'1' => drop(self.popped_mark()?),
            b'2' => {
                let top = self.top()?.clone();
                self.push(top)?;
            }
            b'N' => self.push(Value::None)?,
            0x88 => self.push(Value::Bool(true))?,
            0x89 => self.push(Value::Bool(false))?,
            b'I' => {
                let line = self.line()?;
                let value = match &self.bytes[line.clone()] {
                    b"00" => Value::Bool(false),
                    b"01" => Value::Bool(true),
                    digits => integer(digits).map_or(Value::Other, Value::Int),
                };
                self.push(value)?;
            }
            b'L' => {
                let line = self.line()?;
                let digits = &self.bytes[line];
                self.push(
                    integer(digits.strip_suffix(b"L").unwrap_or(digits)).map_or(Value::Other, Value::Int),
                )?;
            }
            b'J' => {
                let value = i32::from_le_bytes(self.array()?).into();
                self.push(Value::Int(value))?;
            }
            b'K' => {
                let value = u8::from_le_bytes(self.array()?).into();
                self.push(Value::Int(value))?;
            }
            b'M' => {
                let value = u16::from_le_bytes(self.array()?).into();
                self.push(Value::Int(value))?;
            }
            0x8a => {
                let len = u8::from_le_bytes(self.array()?).into();
                self.long(len)?;
            }
            0x8b => {
                let len = self.length32()?;
                self.long(len)?;
            }
            b'G' => self.skipped(8)?,
            b'F' => {
                self.line()?;
                self.push(Value::Other)?;
            }
            b'S' | b'V' => {
                let line = self.line()?;
                let quoted =
                    self.bytes[line.clone()].first().is_some_and(|byte| matches!(byte, b'\'' | b'"'))
                        && line.len() > 1;
                let text = if opcode == b'S' && quoted { line.start + 1..line.end - 1 } else { line };
                self.push(Value::Text(text))?;
            }
            b'U' | 0x8c => {
                let len = u8::from_le_bytes(self.array()?).into();
                self.text(len)?;
            }
            b'T' | b'X' => {
                let len = self.length32()?;
                self.text(len)?;
            }
            0x8d => {
                let len = self.length64()?;
                self.text(len)?;
            }
            b'C' => {
                let len = u8::from_le_bytes(self.array()?).into();
                self.skipped(len)?;
            }
            b'B' => {
                let len = self.length32()?;
                self.skipped(len)?;
            }
            0x8e | 0x96 => {
                let len = self.length64()?;
                self.skipped(len)?;
            }
            b')' => self.push(Value::Tuple(Rc::new([])))?,
            b't' => {
                let items = self.popped_mark()?;
                self.push(Value::Tuple(items.into()))?;
            }
            0x85..=0x87 => {
                let items = self.popped(usize::from(opcode - 0x84))?;
                self.push(Value::Tuple(items.into()))?;
            }
            b']' => self.share(Shared::List(Vec::new()))?,
            b'l' => {
                let items = self.popped_mark()?;
                self.share(Shared::List(items))?;
            }
            b'a' => {
                let item = self.pop()?;
                self.extend(vec![item])?;
            }
            b'e' => {
                let items = self.popped_mark()?;
                self.extend(items)?;
            }
            b'}' => self.share(Shared::Dict(Vec::new()))?,
            b'd' => {
                let items = self.popped_mark()?;
                self.share(Shared::Dict(pairs(items)))?;
            }
            b's' => {
                let items = self.popped(2)?;
                self.insert(items)?;
            }
            b'u' => {
                let items = self.popped_mark()?;
                self.insert(items)?;
            }
            0x8f => self.share(Shared::List(Vec::new()))?, // a set
            0x90 => {
                let items = self.popped_mark()?;
                self.extend(items)?;
            }
            0x91 => {
                self.popped_mark()?;
                self.push(Value::Other)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.global(module, name)?;
            }
            0x93 => {
                let names = self.popped(2)?;
                let [Value::Text(module), Value::Text(name)] = &names[..] else {
                    return Err(self.wrong(start, "a class without a name"));
                };
                self.global(module.clone(), name.clone())?;
            }
            b'R' => {
                let [function, arguments] = self.two()?;
                let made = self.called(&function, &arguments)?;
                self.push_made(made)?;
            }
            0x81 => {
                let [class, _] = self.two()?;
                self.object(&class)?;
            }
            0x92 => {
                let items = self.popped(3)?;
                self.object(&items[0])?;
            }
            b'o' => {
                let items = self.popped_mark()?;
                self.object(items.first().unwrap_or(&Value::Other))?;
            }
            b'i' => {
                let (module, name) = (self.line()?, self.line()?);
                self.popped_mark()?;
                self.global(module, name)?;
                let class = self.pop()?;
                self.object(&class)?;
            }
            b'b' => {
                let given = self.pop()?;
                if let Value::Shared(place) = *self.top()?
                    && let Shared::Object { state, .. } = &mut self.heap[place]
                {
                    *state = Some(given);
                }
            }
            b'p' => {
                let line = self.line()?;
                let place = integer(&self.bytes[line])
                    .ok_or_else(|| self.wrong(start, "a place that is no number"))?;
                self.memoize(place.cast_unsigned())?;
            }
            b'q' => {
                let place = u8::from_le_bytes(self.array()?).into();
                self.memoize(place)?;
            }
            b'r' => {
                let place = u32::from_le_bytes(self.array()?).into();
                self.memoize(place)?;
            }
            0x94 => self.memoize(self.memo.len() as u64)?,
            b'g' => {
                let line = self.line()?;
                let place = integer(&self.bytes[line])
                    .ok_or_else(|| self.wrong(start, "a place that is no number"))?;
                self.recall(start, place.cast_unsigned())?;
            }
            b'h' => {
                let place = u8::from_le_bytes(self.array()?).into();
                self.recall(start, place)?;
            }
            b'j' => {
                let place = u32::from_le_bytes(self.array()?).into();
                self.recall(start, place)?;
            }
            b'Q' => {
                let id = self.pop()?;
                let storage = self.storage(&id);
                if let Value::Storage(storage) = &storage {
                    self.storages.push(Rc::clone(storage));
                }
                self.push(storage)?;
            }
            b'P' => {
                self.line()?;
                self.push(Value::Other)?;
            }
            _ => {
                return Err(self.wrong(
                    start,
                    &format!("the opcode {opcode:#04x}, which pickles of PyTorch do not have"),
                ));
            }
        }
        Ok(false)
    }

    fn wrong(&self, at: usize, what: &str) -> ReaderError {
        ReaderError::malformed(format!("its pickle has {what} at byte {at}"))
    }

    fn slice(&mut self, len: usize) -> Result<Range<usize>, ReaderError> {
        let end = self.at.checked_add(len).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| ReaderError::Truncated {
            what: "its pickle".to_owned(),
            expected: (self.at as u64).saturating_add(len as u64),
            found: self.bytes.len() as u64,
        })?;
        Ok(std::mem::replace(&mut self.at, end)..end)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ReaderError> {
        let range = self.slice(N)?;
        let mut array = [0; N];
        array.copy_from_slice(&self.bytes[range]);
        Ok(array)
    }

    fn length32(&mut self) -> Result<usize, ReaderError> {
        Ok(u32::from_le_bytes(self.array()?) as usize)
    }

    fn length64(&mut self) -> Result<usize, ReaderError> {
        Ok(usize::try_from(u64::from_le_bytes(self.array()?)).unwrap_or(usize::MAX))
    }

    /// Up to the end of the line, which is passed over.
    fn line(&mut self) -> Result<Range<usize>, ReaderError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let len = rest.iter().position(|byte| *byte == b'\n');
        let len = len.ok_or_else(|| self.wrong(self.at, "a line without an end"))?;
        let line = self.slice(len)?;
        self.at += 1;
        Ok(line)
    }

    fn text(&mut self, len: usize) -> Result<(), ReaderError> {
        let text = self.slice(len)?;
        self.push(Value::Text(text))
    }

    fn skipped(&mut self, len: usize) -> Result<(), ReaderError> {
        self.slice(len)?;
        self.push(Value::Other)
    }

    fn long(&mut self, len: usize) -> Result<(), ReaderError> {
        let range = self.slice(len)?;
        let bytes = &self.bytes[range];
        let value = if bytes.len() > 8 {
            Value::Other
        } else {
            let is_negative = bytes.last().is_some_and(|last| last & 0x80 != 0);
            let mut whole = [if is_negative { 0xff } else { 0 }; 8];
            whole[..bytes.len()].copy_from_slice(bytes);
            Value::Int(i64::from_le_bytes(whole))
        };
        self.push(value)
    }

    /// One thing more is held.
    fn count(&mut self) -> Result<(), ReaderError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(ReaderError::TooLarge { what: "values".to_owned(), limit: MAX_VALUES as u64 });
        }
        Ok(())
    }

    fn push(&mut self, value: Value) -> Result<(), ReaderError> {
        self.count()?;
        self.stack.push(value);
        Ok(())
    }

    /// The stack down to the last mark cannot be taken from.
    fn pop(&mut self) -> Result<Value, ReaderError> {
        let least = self.marks.last().copied().unwrap_or_default();
        let value = if self.stack.len() > least { self.stack.pop() } else { None };
        value.ok_or_else(|| self.wrong(self.at, "nothing left on the stack"))
    }

    fn top(&self) -> Result<&Value, ReaderError> {
        self.stack.last().ok_or_else(|| self.wrong(self.at, "nothing on the stack"))
    }

    fn popped(&mut self, count: usize) -> Result<Vec<Value>, ReaderError> {
        let first = self.stack.len().checked_sub(count);
        let first = first.ok_or_else(|| self.wrong(self.at, "too little on the stack"))?;
        Ok(self.stack.split_off(first))
    }

    fn two(&mut self) -> Result<[Value; 2], ReaderError> {
        let b = self.pop()?;
        Ok([self.pop()?, b])
    }

    fn popped_mark(&mut self) -> Result<Vec<Value>, ReaderError> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len());
        let mark = mark.ok_or_else(|| self.wrong(self.at, "an end without a beginning"))?;
        Ok(self.stack.split_off(mark))
    }

    fn memoize(&mut self, place: u64) -> Result<(), ReaderError> {
        self.count()?;
        let value = self.top()?.clone();
        self.memo.insert(place, value);
        Ok(())
    }

    fn recall(&mut self, at: usize, place: u64) -> Result<(), ReaderError> {
        let value = self.memo.get(&place).cloned();
        self.push(value.ok_or_else(|| self.wrong(at, "a value that was not there before"))?)
    }

    fn share(&mut self, shared: Shared) -> Result<(), ReaderError> {
        self.heap.push(shared);
        self.push(Value::Shared(self.heap.len() - 1))
    }

    fn object(&mut self, class: &Value) -> Result<(), ReaderError> {
        match class {
            Value::Global(class) => {
                self.share(Shared::Object { class: Rc::clone(class), state: None, items: Vec::new() })
            }
            _ => self.push(Value::Other),
        }
    }

    fn global(&mut self, module: Range<usize>, name: Range<usize>) -> Result<(), ReaderError> {
        if module.len().max(name.len()) > MAX_NAME {
            return self.push(Value::Other);
        }
        let of = |range: Range<usize>| String::from_utf8_lossy(&self.bytes[range]).into_owned();
        let global = Global { module: of(module), name: of(name) };
        self.push(Value::Global(Rc::new(global)))
    }

    fn extend(&mut self, items: Vec<Value>) -> Result<(), ReaderError> {
        if let Value::Shared(place) = *self.top()?
            && let Shared::List(list) = &mut self.heap[place]
        {
            list.extend(items);
        }
        Ok(())
    }

    fn insert(&mut self, flat: Vec<Value>) -> Result<(), ReaderError> {
        if let Value::Shared(place) = *self.top()?
            && let Shared::Dict(items) | Shared::Object { items, .. } = &mut self.heap[place]
        {
            items.extend(pairs(flat));
        }
        Ok(())
    }

    /// Puts what a call gave on the stack.
    fn push_made(&mut self, made: Made) -> Result<(), ReaderError> {
        match made {
            Made::Value(value) => self.push(value),
            Made::Shared(shared) => self.share(shared),
        }
    }

    /// What calling a function would give, where that is of use.
    fn called(&self, function: &Value, arguments: &Value) -> Result<Made, ReaderError> {
        let (Value::Global(global), Value::Tuple(arguments)) = (function, arguments) else {
            return Ok(Made::Value(Value::Other));
        };
        let first = || arguments.first().cloned().unwrap_or(Value::Other);
        Ok(match (&*global.module, &*global.name) {
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => {
                Made::Value(self.tensor(arguments, None)?)
            }
            ("torch._utils", "_rebuild_tensor_v3") => {
                let dtype = match arguments.get(6) {
                    Some(Value::Global(dtype)) if dtype.module == "torch" => Dtype::named(&dtype.name),
                    _ => None,
                };
                Made::Value(self.tensor(arguments, dtype)?)
            }
            ("torch._utils", "_rebuild_qtensor") => Made::Value(Value::Quantised),
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") | ("torch", "Size") => {
                Made::Value(first())
            }
            // A tensor of a class of its own: its function with its arguments.
            ("torch._tensor", "_rebuild_from_type_v2") => match &arguments[..] {
                [function @ Value::Global(inner), _, arguments, ..] if *inner != *global => {
                    self.called(function, arguments)?
                }
                _ => Made::Value(Value::Other),
            },
            ("collections", "OrderedDict") => Made::Shared(Shared::Dict(self.listed(arguments.first()))),
            ("builtins" | "__builtin__", "list" | "set") => Made::Shared(Shared::List(Vec::new())),
            _ => Made::Shared(Shared::Object { class: Rc::clone(global), state: None, items: Vec::new() }),
        })
    }

    /// The pairs of a list of pairs, as Python 2 wrote ordered dictionaries.
    fn listed(&self, list: Option<&Value>) -> Vec<(Value, Value)> {
        let Some(Value::Shared(place)) = list else { return Vec::new() };
        let Shared::List(list) = &self.heap[*place] else { return Vec::new() };
        let pair = |item: &Value| match item {
            Value::Tuple(pair) if pair.len() == 2 => Some((pair[0].clone(), pair[1].clone())),
            Value::Shared(place) => match &self.heap[*place] {
                Shared::List(pair) if pair.len() == 2 => Some((pair[0].clone(), pair[1].clone())),
                _ => None,
            },
            _ => None,
        };
        list.iter().filter_map(pair).collect()
    }

    /// ('storage', class, key, device, elements\[, (key, first, elements) of a view\]), or ('module', class, its source code).
    fn storage(&self, id: &Value) -> Value {
        let Value::Tuple(parts) = id else { return Value::Other };
        if let [Value::Text(kind), class @ Value::Global(_), ..] = &parts[..]
            && self.bytes[kind.clone()] == *b"module"
        {
            return class.clone();
        }
        let text = |value: &Value| match value {
            Value::Text(range) if range.len() <= MAX_NAME => {
                Some(String::from_utf8_lossy(&self.bytes[range.clone()]).into_owned())
            }
            Value::Int(number) => Some(number.to_string()),
            _ => None,
        };
        let [_, Value::Global(class), key, _, Value::Int(elements), rest @ ..] = &parts[..] else {
            return Value::Other;
        };
        let (Some(key), Ok(elements)) = (text(key), u64::try_from(*elements)) else { return Value::Other };
        let first = match rest {
            [Value::Tuple(view), ..] => match &view[..] {
                [_, Value::Int(first), ..] => u64::try_from(*first).ok(),
                _ => None,
            },
            _ => Some(0),
        };
        let Some(first) = first else { return Value::Other };
        Value::Storage(Rc::new(Storage { dtype: Dtype::of_storage(&class.name), key, elements, first }))
    }

    /// (storage, offset, shape, strides, …).
    fn tensor(&self, arguments: &[Value], dtype: Option<Dtype>) -> Result<Value, ReaderError> {
        let [Value::Storage(storage), Value::Int(offset), shape, strides, ..] = arguments else {
            return Ok(Value::Other);
        };
        let extents = |value: &Value| -> Option<Vec<u64>> {
            let Value::Tuple(extents) = value else { return None };
            extents
                .iter()
                .map(|n| if let Value::Int(n) = n { u64::try_from(*n).ok() } else { None })
                .collect()
        };
        let Some(dtype) = dtype.or(storage.dtype) else {
            return Err(ReaderError::unsupported("a tensor's numbers are of a type that is not known"));
        };
        let (Ok(offset), Some(shape), Some(strides)) =
            (u64::try_from(*offset), extents(shape), extents(strides))
        else {
            return Err(self.wrong(self.at, "a tensor with extents that are none"));
        };
        if shape.len() != strides.len() || shape.len() > MAX_DIMENSIONS {
            return Err(self.wrong(self.at, "a tensor of more dimensions than can be"));
        }
        Ok(Value::Tensor(Rc::new(Tensor { storage: Rc::clone(storage), dtype, offset, shape, strides })))
    }
}

/// What a call gives.
enum Made {
    Value(Value),
    Shared(Shared),
}

fn integer(digits: &[u8]) -> Option<i64> {
    std::str::from_utf8(digits).ok()?.trim().parse().ok()
}

/// Keys and values in turn, as pairs.
fn pairs(flat: Vec<Value>) -> Vec<(Value, Value)> {
    let mut flat = flat.into_iter();
    std::iter::from_fn(|| Some((flat.next()?, flat.next()?))).collect()
}
