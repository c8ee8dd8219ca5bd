//! What a pickle describes, as data: nothing is ever called.

use std::ops::Range;
use std::rc::Rc;

/// A Python value, as far as checkpoints are concerned.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// Text, as a part of the pickle.
    Text(Range<usize>),
    Tuple(Rc<[Value]>),
    /// A list, dictionary or object: its place in [`Heap`].
    Shared(usize),
    /// A class or function.
    Global(Rc<Global>),
    Storage(Rc<Storage>),
    Tensor(Rc<Tensor>),
    /// A tensor of integers that stand for real numbers.
    Quantised,
    /// Numbers, bytes and what else is of no use here.
    Other,
}

/// A class or function by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Global {
    pub(crate) module: String,
    pub(crate) name: String,
}

/// What is shared and changed after it was made.
#[derive(Clone, Debug)]
pub(crate) enum Shared {
    List(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    /// An object of some class: what it was given as its state, and what was put into it as into a dictionary.
    Object {
        class: Rc<Global>,
        state: Option<Value>,
        items: Vec<(Value, Value)>,
    },
}

/// Numbers of a file.
#[derive(Clone, Debug)]
pub(crate) struct Storage {
    pub(crate) dtype: Option<Dtype>,
    /// Which of the file's.
    pub(crate) key: String,
    /// How many.
    pub(crate) elements: u64,
    /// Where they begin in it, in elements.
    pub(crate) first: u64,
}

/// A view of a storage.
#[derive(Clone, Debug)]
pub(crate) struct Tensor {
    pub(crate) storage: Rc<Storage>,
    pub(crate) dtype: Dtype,
    /// In elements from the storage's first.
    pub(crate) offset: u64,
    pub(crate) shape: Vec<u64>,
    pub(crate) strides: Vec<u64>,
}

/// An element type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dtype {
    /// Its name in a safetensors header.
    pub(crate) name: &'static str,
    /// Its bytes.
    pub(crate) bytes: u64,
}

/// PyTorch's names of element types, of storages' classes, and those of safetensors.
const DTYPES: [(&str, &str, Dtype); 15] = [
    ("float32", "FloatStorage", Dtype { name: "F32", bytes: 4 }),
    ("float16", "HalfStorage", Dtype { name: "F16", bytes: 2 }),
    ("bfloat16", "BFloat16Storage", Dtype { name: "BF16", bytes: 2 }),
    ("float64", "DoubleStorage", Dtype { name: "F64", bytes: 8 }),
    ("int64", "LongStorage", Dtype { name: "I64", bytes: 8 }),
    ("int32", "IntStorage", Dtype { name: "I32", bytes: 4 }),
    ("int16", "ShortStorage", Dtype { name: "I16", bytes: 2 }),
    ("int8", "CharStorage", Dtype { name: "I8", bytes: 1 }),
    ("uint8", "ByteStorage", Dtype { name: "U8", bytes: 1 }),
    ("bool", "BoolStorage", Dtype { name: "BOOL", bytes: 1 }),
    ("uint16", "", Dtype { name: "U16", bytes: 2 }),
    ("uint32", "", Dtype { name: "U32", bytes: 4 }),
    ("uint64", "", Dtype { name: "U64", bytes: 8 }),
    ("complex64", "ComplexFloatStorage", Dtype { name: "C64", bytes: 8 }),
    ("float8_e4m3fn", "", Dtype { name: "F8_E4M3", bytes: 1 }),
];

impl Dtype {
    /// That of `torch.NAME`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        DTYPES.iter().find(|(theirs, ..)| *theirs == name).map(|(.., dtype)| *dtype)
    }

    /// That of `torch.CLASS`.
    pub(crate) fn of_storage(class: &str) -> Option<Self> {
        DTYPES.iter().find(|(_, theirs, _)| !theirs.is_empty() && *theirs == class).map(|(.., dtype)| *dtype)
    }
}
