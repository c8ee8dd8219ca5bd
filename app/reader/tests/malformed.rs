//! Files of other programs that are damaged or of a form that is not read say what is wrong with them.

#![cfg(not(target_family = "wasm"))]

use std::io::Cursor;
use std::path::Path;

use reader::{ReaderError, read};

fn unpacked(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports").join(format!("{name}.br"));
    let packed = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    brotli::BrotliDecompress(&mut packed.as_slice(), &mut bytes).expect("compressed by generate.py");
    bytes
}

/// Reads each file and looks for a part of what is said of it; all that are wrong are shown.
fn check(format: &str, cases: Vec<(&str, Vec<u8>)>) {
    assert!(cases.len() >= 10);
    let mut wrong = Vec::new();
    for (expected, bytes) in cases {
        match read(&mut Cursor::new(bytes)) {
            Ok(_) => wrong.push(format!("{expected:?}: was read")),
            Err(error) => {
                let text = error.to_string();
                let names_format = match &error {
                    ReaderError::Damaged { format: own, .. } | ReaderError::Form { format: own, .. } => {
                        own == format
                    }
                    ReaderError::TooLarge { .. } => true,
                    _ => false,
                };
                if !text.contains(expected) || !names_format {
                    wrong.push(format!("{expected:?}: {text}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

// ---------------------------------------------------------------- ONNX, written here

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        bytes.push(if number > 0 { low | 0x80 } else { low });
        if number == 0 {
            return bytes;
        }
    }
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn tensor(name: &str, kind: u64, shape: &[u64], raw: &[u8]) -> Vec<u8> {
    let shape: Vec<u8> = shape.iter().flat_map(|extent| number(1, *extent)).collect();
    bytes(5, &[shape, number(2, kind), bytes(8, name.as_bytes()), bytes(9, raw)].concat())
}

fn node(operator: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let inputs: Vec<u8> = inputs.iter().flat_map(|input| bytes(1, input.as_bytes())).collect();
    bytes(
        1,
        &[inputs, bytes(2, output.as_bytes()), bytes(4, operator.as_bytes()), attributes.concat()].concat(),
    )
}

fn text_attribute(name: &str, text: &str) -> Vec<u8> {
    bytes(5, &[bytes(1, name.as_bytes()), bytes(4, text.as_bytes())].concat())
}

fn float_attribute(name: &str, value: f32) -> Vec<u8> {
    bytes(5, &[bytes(1, name.as_bytes()), vec![2 << 3 | 5], value.to_le_bytes().to_vec()].concat())
}

fn model(graph: &[Vec<u8>]) -> Vec<u8> {
    [number(1, 8), bytes(7, &graph.concat())].concat()
}

/// Weights of a convolution of one filter of one channel.
fn weight() -> Vec<u8> {
    tensor("w", 1, &[1, 1, 1, 1], &1f32.to_le_bytes())
}

#[test]
fn onnx_files_say_what_is_wrong() {
    let conv = |attributes: &[Vec<u8>]| node("Conv", &["x", "w"], "y", attributes);
    let vectors = ["a", "b", "c", "d"].map(|name| tensor(name, 1, &[1], &1f32.to_le_bytes())).concat();
    let norm = |input: &str, output: &str, eps: f32| {
        node("BatchNormalization", &[input, "a", "b", "c", "d"], output, &[float_attribute("epsilon", eps)])
    };
    let good = model(&[conv(&[]), weight()]);
    read(&mut Cursor::new(good.clone())).expect("a network of one convolution");
    let cut = good[..good.len() - 3].to_vec();
    let in_other_file = bytes(5, &[number(1, 1), number(2, 1), bytes(8, b"w"), number(14, 1)].concat());
    let long = [1; 9].iter().flat_map(|extent| number(1, *extent)).collect::<Vec<_>>();
    let long = bytes(5, &[long, number(2, 1), bytes(8, b"w")].concat());
    check(
        "ONNX",
        vec![
            ("it has no graph", number(1, 8)),
            ("neither a version nor a graph", bytes(2, b"nobody")),
            ("ends too early", cut),
            ("a field of an unknown kind, 6, at byte 2", [number(1, 8), vec![1 << 3 | 6]].concat()),
            ("a number of more than ten bytes", [vec![0x08], vec![0xff; 11]].concat()),
            ("needs 4 bytes and has 3", model(&[conv(&[]), tensor("w", 1, &[1, 1, 1, 1], &[0; 3])])),
            ("needs too many bytes", model(&[tensor("w", 1, &[1 << 40, 1 << 40], &[0; 4])])),
            ("more than 8 dimensions", model(&[conv(&[]), long])),
            ("external data", model(&[conv(&[]), in_other_file])),
            ("sparse initialiser", model(&[bytes(15, b"")])),
            (
                "computes with integers (QLinearConv)",
                model(&[node("QLinearConv", &["x", "w"], "y", &[]), weight()]),
            ),
            ("integers without a scale", model(&[conv(&[]), tensor("w", 3, &[1, 1, 1, 1], &[1])])),
            ("SAME_LOWER", model(&[conv(&[text_attribute("auto_pad", "SAME_LOWER")]), weight()])),
            (
                "com.microsoft.FusedConv",
                model(&[node("FusedConv", &["x", "w"], "y", &[bytes(7, b"com.microsoft")]), weight()]),
            ),
            ("no convolution or linear layer", model(&[node("Relu", &["x"], "y", &[])])),
            (
                "different ε, 0.00001 and 0.001",
                model(&[conv(&[]), norm("y", "z", 1e-3), norm("z", "u", 1e-5), weight(), vectors]),
            ),
            ("fixed shapes", model(&[node("Loop", &["x"], "y", &[])])),
            ("is not UTF-8", model(&[bytes(1, &bytes(4, b"\xff\xfe"))])),
            ("has 5 dimensions", model(&[conv(&[]), tensor("w", 1, &[1, 1, 1, 1, 1], &[0; 4])])),
            ("the scale of tensor", model(&[node("DequantizeLinear", &["w", "s"], "y", &[]), weight()])),
        ],
    );
}

// ---------------------------------------------------------------- TensorFlow Lite, changed here

/// A file that is found one's way in.
struct Lite(Vec<u8>);

impl Lite {
    fn u32(&self, at: usize) -> usize {
        u32::from_le_bytes(*self.0[at..].first_chunk().expect("in the file")) as usize
    }

    fn u16(&self, at: usize) -> usize {
        usize::from(u16::from_le_bytes(*self.0[at..].first_chunk().expect("in the file")))
    }

    /// Where a table's field is.
    fn field(&self, table: usize, field: usize) -> Option<usize> {
        // May be behind the table.
        let fields = table.wrapping_add_signed(-(self.u32(table) as u32).cast_signed() as isize);
        let is_there = 4 + 2 * field < self.u16(fields);
        let offset = if is_there { self.u16(fields + 4 + 2 * field) } else { 0 };
        (offset > 0).then_some(table + offset)
    }

    /// What a field points to.
    fn to(&self, table: usize, field: usize) -> usize {
        let at = self.field(table, field).expect("is there");
        at + self.u32(at)
    }

    /// A table in a vector of them.
    fn item(&self, vector: usize, index: usize) -> usize {
        let at = vector + 4 + 4 * index;
        at + self.u32(at)
    }

    fn set(&self, at: usize, new: &[u8]) -> Vec<u8> {
        let mut bytes = self.0.clone();
        bytes[at..at + new.len()].copy_from_slice(new);
        bytes
    }
}

#[test]
fn tensorflow_lites_files_say_what_is_wrong() {
    let lite = Lite(unpacked("v1.tflite"));
    let root = lite.u32(0);
    let graph = lite.item(lite.to(root, 2), 0);
    let (tensors, nodes) = (lite.to(graph, 0), lite.to(graph, 3));
    let operator = (0..).map(|i| lite.item(nodes, i)).find(|node| lite.field(*node, 0).is_some()).unwrap();
    let options = |node: usize| lite.to(node, 4);
    // A convolution that ends with ReLU6.
    let is_relu6 = |node: &usize| {
        let at = |field| lite.field(*node, 4).and_then(|_| lite.field(options(*node), field));
        at(2).is_some() && at(3).is_some_and(|at| lite.0[at] == 3)
    };
    let relu6 = (0..lite.u32(nodes)).map(|i| lite.item(nodes, i)).find(is_relu6).unwrap();
    // The first tensor whose numbers are in the file.
    let buffers = lite.to(root, 4);
    let buffer_of = |tensor: usize| lite.item(buffers, lite.field(tensor, 2).map_or(0, |at| lite.u32(at)));
    let weight =
        (0..).map(|i| lite.item(tensors, i)).find(|tensor| lite.field(buffer_of(*tensor), 0).is_some());
    let weight = weight.unwrap();
    let code = lite.item(lite.to(root, 1), 0);
    let cut = lite.0[..lite.0.len() / 2].to_vec();
    let number = |number: u32| number.to_le_bytes();
    check(
        "TensorFlow Lite",
        vec![
            ("and it has", cut),
            ("the model would be its bytes", lite.set(0, &number(u32::MAX - 8))),
            ("before the file's beginning", lite.set(root, &number(i32::MAX as u32))),
            ("it is of version 2", lite.set(lite.field(root, 0).unwrap(), &number(2))),
            ("it has no graph", lite.set(lite.to(root, 2), &number(0))),
            ("more than 100000 the list of tensors", lite.set(tensors, &number(1 << 20))),
            ("an operator is of kind 999", lite.set(lite.field(operator, 0).unwrap(), &number(999))),
            ("reads or writes tensor 99999", lite.set(lite.to(operator, 1) + 4, &number(99_999))),
            ("in buffer 99999", lite.set(lite.field(weight, 2).unwrap(), &number(99_999))),
            ("bytes and has 4", lite.set(lite.to(buffer_of(weight), 0), &number(4))),
            ("ends with activation 9", lite.set(lite.field(options(relu6), 3).unwrap(), &[9])),
            (
                "does not have itself",
                lite.set(lite.field(code, 3).unwrap_or(lite.field(code, 0).unwrap()), &[32]),
            ),
            ("needs 8589934588 bytes", lite.set(lite.to(weight, 0) + 4, &number(i32::MAX as u32))),
            ("is not UTF-8", lite.set(lite.to(weight, 3) + 4, b"\xff")),
        ],
    );
}

// ---------------------------------------------------------------- Keras, changed here

fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let mut bytes = bytes.to_vec();
    let at = bytes.windows(old.len()).position(|window| window == old).expect("is there");
    bytes[at..at + old.len()].copy_from_slice(new);
    bytes
}

fn everywhere(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let places: Vec<usize> =
        (0..bytes.len() - old.len()).filter(|at| bytes[*at..].starts_with(old)).collect();
    places.into_iter().for_each(|at| bytes[at..at + new.len()].copy_from_slice(new));
    bytes
}

fn with(bytes: &[u8], at: usize, new: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] = new;
    bytes
}

#[test]
fn kerass_files_say_what_is_wrong() {
    let (weights, archive) = (unpacked("v1_weights.h5"), unpacked("v1.keras"));
    let root = u64::from_le_bytes(*weights[64..].first_chunk().unwrap()) as usize;
    let float = b"\x11\x20\x1f\x00\x04\x00\x00\x00";
    check(
        "Keras",
        vec![
            ("would be its bytes", weights[..weights.len() / 2].to_vec()),
            ("the superblock would be", weights[..20].to_vec()),
            ("superblock is of version 9", with(&weights, 8, 9)),
            ("its offsets have 4 bytes", with(&weights, 13, 4)),
            ("its lengths have 4 bytes", with(&weights, 14, 4)),
            ("its contents begin at byte 1", with(&weights, 24, 1)),
            ("header at byte", with(&weights, root, 7)),
            ("do not begin with HEAP", everywhere(&weights, b"HEAP", b"LEAP")),
            ("in place of TREE or SNOD", everywhere(&weights, b"SNOD", b"SNOW")),
            ("neither Keras' layer_names", everywhere(&weights, b"layer_names", b"layer_namez")),
            ("which is not there", replaced(&weights, b"conv1/kernel:0", b"conv2/kernel:0")),
            ("is big-endian", everywhere(&weights, float, b"\x11\x21")),
            ("numbers of class 0", everywhere(&weights, float, b"\x10")),
            ("whose layers have no names", unpacked("generic.h5")),
            ("archive is damaged", archive[..archive.len() / 2].to_vec()),
            ("config.json is not JSON", replaced(&archive, b"{\"module\": ", b"}\"module\": ")),
            ("is described as", everywhere(&archive, b"\"Functional\"", b"\"Fractional\"")),
            ("has no kernel", everywhere(&archive, b"conv2d", b"conv4d")),
            ("cannot be unpacked", everywhere(&unpacked("v1_packed.h5"), b"\x78\xda", b"\x78\xdb")),
        ],
    );
}
