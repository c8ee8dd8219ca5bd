//! Reading and writing safetensors files: what is delivered, and every way in which a file can be wrong.

use std::collections::BTreeMap;
use std::path::Path;

use engine::file_kind::FileKind;
use engine::weights::safetensors::{MAX_HEADER_BYTES, read, read_header};
use engine::weights::write::{TensorRef, write_safetensors};
use engine::weights::{Dtype, FloatDtype, StreamReader, TensorInfo, WeightsError};

/// A file with this header and these data.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [length.as_slice(), header.as_bytes(), data].concat()
}

/// The header's entry of an F32 vector `name`.
fn vector(name: &str, elements: u64, begin: u64, end: u64) -> String {
    format!(r#""{name}":{{"dtype":"F32","shape":[{elements}],"data_offsets":[{begin},{end}]}}"#)
}

fn f32_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The error that reading the whole file gives, checked to be presentable and to survive a message.
fn error_of(bytes: &[u8]) -> WeightsError {
    let error = read(bytes).expect_err("the file is wrong");
    let message = error.to_string();
    // After a semicolon, or in a sentence of its own.
    let has_next_step = message.contains(';') || message.contains(". ");
    assert!(has_next_step && !message.contains("Some("), "no next step in {message:?}");
    let json = serde_json::to_string(&error).expect("errors serialise");
    assert_eq!(serde_json::from_str::<WeightsError>(&json).expect(&json), error);
    error
}

/// Tensors by name, in the order in which they came.
type Delivered = Vec<(String, Vec<f32>)>;

/// What a reader that does not know the file's length delivers, the file coming in chunks of `chunk` bytes.
fn stream(bytes: &[u8], chunk: usize) -> (Delivered, Result<(), WeightsError>) {
    let mut delivered = Delivered::new();
    let mut reader = StreamReader::new(None);
    for piece in bytes.chunks(chunk) {
        let mut sink = |info: &TensorInfo, values| delivered.push((info.name.clone(), values));
        if let Err(error) = reader.push(piece, &mut sink) {
            return (delivered, Err(error));
        }
    }
    (delivered, reader.finish().map(|_| ()))
}

#[test]
fn every_float_type_is_decoded_in_file_order_and_integers_are_passed_over() {
    let header = concat!(
        r#"{"__metadata__":{"format":"pt"},"#,
        r#""z.f32":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},"#,
        r#""count":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"#,
        r#""scalar":{"dtype":"BF16","shape":[],"data_offsets":[20,22]},"#,
        r#""a.f16":{"dtype":"F16","shape":[2],"data_offsets":[16,20]},"#,
        r#""empty":{"dtype":"F32","shape":[0,7],"data_offsets":[22,22]}}   "#,
    );
    let mut data = 77u64.to_le_bytes().to_vec();
    data.extend(f32_bytes(&[-1.5, 1e-40]));
    data.extend([0x00, 0x3c, 0x01, 0x00]); // 1 and 2^-24
    data.extend([0xc0, 0x3f]); // 1.5
    let bytes = file(header, &data);

    let checkpoint = read(&bytes).expect("a good file");
    assert_eq!(checkpoint.order, ["z.f32", "a.f16", "scalar", "empty"]);
    assert_eq!(checkpoint.metadata, BTreeMap::from([("format".to_string(), "pt".to_string())]));
    assert_eq!(checkpoint.tensors["z.f32"].data, [-1.5, 1e-40]);
    assert_eq!(checkpoint.tensors["z.f32"].shape, [1, 2]);
    assert_eq!(checkpoint.tensors["a.f16"].data, [1.0, 2f32.powi(-24)]);
    assert_eq!(checkpoint.tensors["scalar"].data, [1.5]);
    assert_eq!(checkpoint.tensors["scalar"].shape, [0usize; 0]);
    assert_eq!(checkpoint.tensors["empty"].data, [0f32; 0]);

    let read_whole = stream(&bytes, bytes.len());
    assert_eq!(read_whole.1, Ok(()));
    for chunk in 1..bytes.len() {
        assert_eq!(stream(&bytes, chunk), read_whole, "chunks of {chunk} bytes");
    }
}

#[test]
fn tensors_arrive_with_their_last_byte() {
    let header = format!("{{{},{}}}", vector("a", 2, 0, 8), vector("b", 1, 8, 12));
    let bytes = file(&header, &f32_bytes(&[1.0, 2.0, 3.0]));
    let mut reader = StreamReader::new(Some(bytes.len() as u64));
    let mut arrivals = Vec::new();
    for (position, byte) in bytes.iter().enumerate() {
        assert_eq!(reader.header().is_some(), position >= 8 + header.len());
        let mut sink = |info: &TensorInfo, values: Vec<f32>| {
            assert_eq!(values.capacity(), values.len(), "no slack is kept");
            arrivals.push((position + 1, info.name.clone(), values));
        };
        reader.push(&[*byte], &mut sink).expect("a good file");
    }
    let end = bytes.len();
    assert_eq!(arrivals, [(end - 4, "a".to_string(), vec![1.0, 2.0]), (end, "b".to_string(), vec![3.0])]);
    assert_eq!(reader.finish().map(|header| header.file_bytes()), Ok(end as u64));
}

/// What a reader that only checks says of the same chunks.
fn check(bytes: &[u8], chunk: usize) -> Result<(), WeightsError> {
    let mut reader = StreamReader::checking(None);
    for piece in bytes.chunks(chunk) {
        reader.push(piece, &mut |info, _| panic!("{} is delivered", info.name))?;
    }
    reader.finish().map(|_| ())
}

#[test]
fn a_reader_that_checks_delivers_nothing() {
    let header = format!("{{{},{}}}", vector("a", 3, 0, 12), vector("b", 2, 12, 20));
    let mut bytes = file(&header, &f32_bytes(&[1.0, 2.0, 3.0, 4.0, 5.0]));
    for chunk in 1..bytes.len() {
        assert_eq!(check(&bytes, chunk), Ok(()));
    }
    bytes.pop();
    assert!(matches!(check(&bytes, 7), Err(WeightsError::Truncated { .. })));
}

#[test]
fn an_error_stays() {
    let mut reader = StreamReader::new(None);
    let bytes = file("[]", &[]);
    let first = reader.push(&bytes, &mut |_, _| panic!("nothing to deliver"));
    assert!(matches!(first, Err(WeightsError::HeaderNotObject { .. })));
    assert_eq!(reader.push(&bytes, &mut |_, _| panic!("nothing to deliver")), first);
    assert_eq!(reader.finish().map(|_| ()), first);
}

#[test]
fn the_header_alone_can_be_read_from_a_prefix() {
    let header = format!("{{{}}}", vector("a", 2, 0, 8));
    let bytes = file(&header, &f32_bytes(&[1.0, 2.0]));
    let start = 8 + header.len();
    assert_eq!(read_header(&bytes[..7]), Err(WeightsError::Truncated { expected: 8, got: 7 }));
    assert_eq!(
        read_header(&bytes[..start - 1]),
        Err(WeightsError::Truncated { expected: start as u64, got: start as u64 - 1 })
    );
    for prefix in start..=bytes.len() {
        let header = read_header(&bytes[..prefix]).expect("the header is there");
        assert_eq!(header.file_bytes(), bytes.len() as u64);
        assert_eq!(header.data_start, start as u64);
        assert_eq!(header.tensors[0].dtype, Dtype::Float(FloatDtype::F32));
        assert_eq!(header.tensors[0].elements(), 2);
    }
}

#[test]
fn a_short_file_says_its_length() {
    for len in 0..8 {
        assert_eq!(error_of(&vec![b'{'; len]), WeightsError::TooShort { len: len as u64 });
    }
}

#[test]
fn other_kinds_of_files_are_recognised() {
    for (bytes, expected) in [
        (&b"PK\x03\x04\x00\x00\x08\x08archive/data.pkl"[..], FileKind::Zip),
        (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", FileKind::Pickle),
        (b"\x80\x04\x95\x1a\x01\x00\x00\x00\x00\x00\x00\x00}", FileKind::Pickle),
        (b"\x89HDF\r\n\x1a\n\0\0\0\0", FileKind::Keras),
        (b"\x1c\0\0\0TFL3\x14\0", FileKind::Tflite),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", FileKind::GitLfs),
        (b"<!DOCTYPE html><title>Log in</title>", FileKind::Html),
        (b"\n \t<html>", FileKind::Html),
        (b"\xef\xbb\xbf<html>", FileKind::Html),
        (b"Not Found", FileKind::Text),
        (b"{\"error\":\"Repository not found\"}", FileKind::Text),
    ] {
        assert_eq!(error_of(bytes), WeightsError::NotSafetensors { kind: expected }, "{bytes:?}");
    }
}

#[test]
fn a_header_of_640_bytes_is_not_taken_for_a_pickle() {
    let mut header = format!("{{{}}}", vector("a", 1, 0, 4));
    header.push_str(&" ".repeat(640 - header.len()));
    let bytes = file(&header, &f32_bytes(&[1.0]));
    assert_eq!(bytes[..2], [0x80, 0x02], "as a pickle of protocol 2 begins");
    assert!(read(&bytes).is_ok());
    assert_eq!(error_of(&bytes[..99]), WeightsError::HeaderBeyondFile { len: 640, available: 91 });
}

#[test]
fn a_wrong_header_length_is_found() {
    let mut bytes = file("{}", &[]);
    let with_length = |bytes: &mut Vec<u8>, len: u64| bytes[..8].copy_from_slice(&len.to_le_bytes());

    with_length(&mut bytes, 3);
    assert_eq!(error_of(&bytes), WeightsError::HeaderBeyondFile { len: 3, available: 2 });
    assert_eq!(stream(&bytes, 4).1, Err(WeightsError::Truncated { expected: 11, got: 10 }));
    for len in [MAX_HEADER_BYTES + 1, u64::MAX] {
        with_length(&mut bytes, len);
        assert_eq!(error_of(&bytes), WeightsError::HeaderTooLong { len, limit: MAX_HEADER_BYTES });
    }
    with_length(&mut bytes, 1);
    assert!(matches!(error_of(&bytes), WeightsError::HeaderNotJson { line: 1, column: 1, .. }));
}

#[test]
fn a_header_that_is_no_json_is_found() {
    let not_json = |header: &str| match error_of(&file(header, &[])) {
        WeightsError::HeaderNotJson { line, column, message } => (line, column, message),
        other => panic!("{header}: {other:?}"),
    };
    assert_eq!(not_json("{\n \"a\" 0}"), (2, 6, "expected `:`".to_string()));
    assert_eq!(not_json("{} x"), (1, 4, "trailing characters".to_string()));
    assert_eq!(not_json("").2, "EOF while parsing a value");
    assert_eq!(not_json("\u{0}{}"), (1, 1, "expected value".to_string()));
    let nested = format!("{{\"a\":{}", "[".repeat(100_000));
    assert!(matches!(error_of(&file(&nested, &[])), WeightsError::BadHeaderEntry { .. }));
}

#[test]
fn a_header_that_is_no_object_is_found() {
    for (header, found) in [("[]", "sequence"), ("7", "integer"), ("null", "null"), ("\"{}\"", "string")] {
        match error_of(&file(header, &[])) {
            WeightsError::HeaderNotObject { message } => assert!(message.contains(found), "{message}"),
            other => panic!("{header}: {other:?}"),
        }
    }
}

#[test]
fn a_bad_entry_is_named() {
    let bad = |header: &str| match error_of(&file(header, &[])) {
        WeightsError::BadHeaderEntry { name, message } => (name, message),
        other => panic!("{header}: {other:?}"),
    };
    let (name, message) =
        bad(r#"{"fine":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"shape":[1]}}"#);
    assert_eq!((name.as_str(), message.as_str()), ("b", "missing field `dtype`"));
    for entry in [
        r#"{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}"#,
        r#"{"dtype":"F32","shape":[1.5],"data_offsets":[0,0]}"#,
        r#"{"dtype":"F32","shape":[],"data_offsets":[0]}"#,
        r#"{"dtype":4,"shape":[],"data_offsets":[0,4]}"#,
        r#"{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}"#,
        "3",
    ] {
        assert_eq!(bad(&format!(r#"{{"w":{entry}}}"#)).0, "w", "{entry}");
    }
    assert_eq!(bad(r#"{"__metadata__":{"epoch":3}}"#).0, "__metadata__");
    let (name, message) = bad(r#"{"__metadata__":{},"__metadata__":{}}"#);
    assert_eq!((name.as_str(), message.as_str()), ("__metadata__", "it occurs twice"));
}

#[test]
fn a_duplicate_name_is_found() {
    // The second spelling is the same name to JSON.
    for again in ["a", "\\u0061"] {
        let header = format!("{{{},{}}}", vector("a", 1, 0, 4), vector(again, 1, 4, 8));
        let error = error_of(&file(&header, &f32_bytes(&[1.0, 2.0])));
        assert_eq!(error, WeightsError::DuplicateName { name: "a".into() });
    }
}

#[test]
fn unsupported_types_are_named() {
    for dtype in ["F64", "F8_E4M3", "C64", "f32", ""] {
        let header = format!(r#"{{"w":{{"dtype":"{dtype}","shape":[1],"data_offsets":[0,8]}}}}"#);
        let error = error_of(&file(&header, &[0; 8]));
        assert_eq!(error, WeightsError::UnsupportedDtype { name: "w".into(), dtype: dtype.into() });
    }
}

#[test]
fn shapes_beyond_memory_are_found() {
    let header =
        |shape: &[u64]| format!(r#"{{"w":{{"dtype":"F32","shape":{shape:?},"data_offsets":[0,0]}}}}"#);
    // A zero must not hide that the other extents overflow.
    for shape in
        [vec![1 << 62], vec![u64::MAX], vec![1 << 32, 1 << 32], vec![0, 1 << 62], vec![1 << 62, 4, 0]]
    {
        let error = error_of(&file(&header(&shape), &[]));
        assert_eq!(error, WeightsError::ShapeTooLarge { name: "w".into(), shape });
    }
    // 2^62 bytes can be counted, but are not there.
    let error = error_of(&file(&header(&[1 << 60]), &[]));
    let (name, shape) = ("w".to_string(), vec![1 << 60]);
    assert_eq!(error, WeightsError::SizeMismatch { name, shape, expected: 1 << 62, got: 0 });
}

#[test]
fn positions_near_the_largest_number_are_no_trouble() {
    // Without a known length, nothing but arithmetic limits what a header may claim.
    let size = u64::MAX / 4;
    let entry = |i| {
        let (begin, end) = (i * size, (i + 1) * size);
        format!(r#""{i}":{{"dtype":"U8","shape":[{size}],"data_offsets":[{begin},{end}]}}"#)
    };
    let header = format!("{{{}}}", (0..4).map(entry).collect::<Vec<_>>().join(","));
    let (delivered, result) = stream(&file(&header, &[1, 2, 3]), 5);
    let available = u64::MAX - 8 - header.len() as u64;
    assert_eq!(result, Err(WeightsError::OutOfBounds { name: "3".into(), end: 4 * size, available }));
    assert!(delivered.is_empty());
}

#[test]
fn reversed_offsets_are_found() {
    let error = error_of(&file(&format!("{{{}}}", vector("w", 1, 4, 0)), &[0; 4]));
    assert_eq!(error, WeightsError::ReversedOffsets { name: "w".into(), begin: 4, end: 0 });
}

#[test]
fn a_tensor_out_of_bounds_is_found() {
    let bytes = file(&format!("{{{}}}", vector("w", 2, 0, 8)), &[0; 7]);
    assert_eq!(error_of(&bytes), WeightsError::OutOfBounds { name: "w".into(), end: 8, available: 7 });
}

#[test]
fn a_shape_that_does_not_fit_its_bytes_is_found() {
    for (elements, expected) in [(3, 12), (0, 0)] {
        let error = error_of(&file(&format!("{{{}}}", vector("w", elements, 0, 8)), &[0; 8]));
        let (name, shape) = ("w".to_string(), vec![elements as usize]);
        assert_eq!(error, WeightsError::SizeMismatch { name, shape, expected, got: 8 });
    }
}

#[test]
fn overlapping_tensors_are_named() {
    let header = format!("{{{},{}}}", vector("late", 2, 4, 12), vector("early", 2, 0, 8));
    let error = error_of(&file(&header, &[0; 12]));
    assert_eq!(error, WeightsError::Overlap { first: "early".into(), second: "late".into() });
    // An empty tensor inside another.
    let header = format!("{{{},{}}}", vector("w", 2, 0, 8), vector("empty", 0, 4, 4));
    let error = error_of(&file(&header, &[0; 8]));
    assert_eq!(error, WeightsError::Overlap { first: "w".into(), second: "empty".into() });
}

#[test]
fn a_hole_is_found() {
    let header = format!("{{{},{}}}", vector("a", 1, 0, 4), vector("b", 1, 8, 12));
    let error = error_of(&file(&header, &[0; 12]));
    assert_eq!(error, WeightsError::Hole { name: "b".into(), bytes: 4 });
    let error = error_of(&file(&format!("{{{}}}", vector("a", 1, 1, 5)), &[0; 5]));
    assert_eq!(error, WeightsError::Hole { name: "a".into(), bytes: 1 });
}

#[test]
fn weights_that_are_no_numbers_are_found() {
    for (dtype, bytes, value) in [
        ("F32", f32_bytes(&[0.0, 1.0, f32::NAN]), "NaN"),
        ("F32", f32_bytes(&[0.0, 1.0, f32::NEG_INFINITY]), "-inf"),
        ("F16", vec![0, 0, 0, 0, 0x00, 0x7c], "inf"),
        ("F16", vec![0, 0, 0, 0, 0x01, 0x7c], "NaN"),
        ("BF16", vec![0, 0, 0, 0, 0x80, 0x7f], "inf"),
    ] {
        let end = bytes.len();
        let header = format!(r#"{{"w":{{"dtype":"{dtype}","shape":[3],"data_offsets":[0,{end}]}}}}"#);
        let bytes = file(&header, &bytes);
        let expected = WeightsError::NonFinite { name: "w".into(), index: 2, value: value.into() };
        assert_eq!(error_of(&bytes), expected, "{dtype}");
        for chunk in 1..9 {
            assert_eq!(stream(&bytes, chunk), (Vec::new(), Err(expected.clone())), "{dtype}");
            assert_eq!(check(&bytes, chunk), Err(expected.clone()), "{dtype}");
        }
    }
}

#[test]
fn a_truncated_file_is_found_at_every_length() {
    let header = format!("{{{},{}}}", vector("a", 2, 0, 8), vector("b", 1, 8, 12));
    let bytes = file(&header, &f32_bytes(&[1.0, 2.0, 3.0]));
    let (start, end) = (8 + header.len() as u64, bytes.len() as u64);
    for got in 8..end {
        let expected = if got < start { start } else { end };
        let (_, result) = stream(&bytes[..got as usize], 5);
        assert_eq!(result, Err(WeightsError::Truncated { expected, got }));
        // A download whose length was announced and that breaks off.
        let mut reader = StreamReader::new(Some(end));
        reader.push(&bytes[..got as usize], &mut |_, _| ()).expect("nothing is wrong yet");
        assert_eq!(reader.finish().map(|_| ()), Err(WeightsError::Truncated { expected, got }));
    }
}

#[test]
fn trailing_bytes_are_found() {
    let header = format!("{{{}}}", vector("a", 1, 0, 4));
    let bytes = file(&header, &[0; 7]);
    let expected = WeightsError::TrailingBytes { expected: bytes.len() as u64 - 3, got: bytes.len() as u64 };
    assert_eq!(error_of(&bytes), expected);
    assert_eq!(stream(&bytes, 2), (vec![("a".to_string(), vec![0.0])], Err(expected)));
}

#[test]
fn a_file_without_tensors_is_a_checkpoint() {
    let checkpoint = read(&file("{}", &[])).expect("a good file");
    assert!(checkpoint.tensors.is_empty() && checkpoint.order.is_empty());
}

/// Values of many magnitudes that f16 holds exactly.
fn f16_values(count: usize) -> Vec<f32> {
    (0..count).map(|i| half::f16::from_bits((i * 40503 % 0x7c00) as u16).to_f32()).collect()
}

#[test]
fn what_is_written_is_read_again() {
    let (kernel, bias) = (f16_values(24), f16_values(3));
    let tensors = [
        TensorRef { name: "stem.weight \"ü\"", shape: &[2, 3, 2, 2], data: &kernel },
        TensorRef { name: "a.bias", shape: &[3], data: &bias },
        TensorRef { name: "empty", shape: &[0], data: &[] },
        TensorRef { name: "A.scalar", shape: &[], data: &[0.5] },
    ];
    let metadata = BTreeMap::from([("model".to_string(), "tiny\n\"1\"".to_string())]);
    for dtype in [FloatDtype::F16, FloatDtype::F32] {
        let bytes = write_safetensors(&tensors, dtype, &metadata).expect("all values fit");
        let header = read_header(&bytes).expect("what we write");
        assert_eq!(header.data_start % 8, 0);
        assert_eq!(header.metadata, metadata);
        assert!(header.tensors.iter().all(|tensor| tensor.dtype == Dtype::Float(dtype)));
        let checkpoint = read(&bytes).expect("what we write");
        assert_eq!(checkpoint.order, tensors.map(|tensor| tensor.name.to_string()));
        for tensor in tensors {
            assert_eq!(checkpoint.tensors[tensor.name].data, tensor.data, "{dtype:?} {}", tensor.name);
            assert_eq!(checkpoint.tensors[tensor.name].shape, tensor.shape);
        }
        // The JSON lists the tensors in the same order.
        let text = String::from_utf8_lossy(&bytes[8..header.data_start as usize]);
        let places = ["stem", "a.bias", "empty", "A.scalar"].map(|name| text.find(name));
        assert!(places.is_sorted() && places[0].is_some(), "{text}");
    }
    let empty = write_safetensors(&[], FloatDtype::F16, &BTreeMap::new()).expect("nothing to fail");
    assert_eq!(empty, file("{}      ", &[]));
}

#[test]
fn what_cannot_be_written_is_refused() {
    let write = |tensors: &[TensorRef<'_>], dtype| write_safetensors(tensors, dtype, &BTreeMap::new());
    fn pair(data: &[f32]) -> TensorRef<'_> {
        TensorRef { name: "w", shape: &[2], data }
    }
    let error = write(&[pair(&[0.0, -65520.0])], FloatDtype::F16).expect_err("too large");
    let (name, dtype) = ("w".to_string(), FloatDtype::F16);
    assert_eq!(error, WeightsError::BeyondRange { name, index: 1, value: -65520.0, dtype });
    assert!(write(&[pair(&[65519.0, -65520.0])], FloatDtype::F32).is_ok());
    let error = write(&[pair(&[0.0, f32::NAN])], FloatDtype::F32).expect_err("no number");
    assert_eq!(error, WeightsError::NonFinite { name: "w".into(), index: 1, value: "NaN".into() });
    let error = write(&[pair(&[0.0])], FloatDtype::F16).expect_err("an element is missing");
    assert_eq!(error, WeightsError::SizeMismatch { name: "w".into(), shape: vec![2], expected: 8, got: 4 });
    let overflowing = TensorRef { name: "w", shape: &[usize::MAX, 2], data: &[] };
    let error = write(&[overflowing], FloatDtype::F16);
    assert!(matches!(error, Err(WeightsError::SizeMismatch { expected: u64::MAX, got: 0, .. })));
    let error = write(&[pair(&[0.0, 1.0]); 2], FloatDtype::F16).expect_err("the same name twice");
    assert_eq!(error, WeightsError::DuplicateName { name: "w".into() });
    let reserved = TensorRef { name: "__metadata__", shape: &[0], data: &[] };
    let error = write(&[reserved], FloatDtype::F16).expect_err("the format's own name");
    assert_eq!(error, WeightsError::ReservedName { name: "__metadata__".into() });
}

#[test]
fn real_checkpoints_are_read() {
    // Each file's trainable parameters, as the table beside the files counts them.
    const CHECKPOINTS: [(&str, usize); 5] = [
        ("mobilenetv1_025_tf1001", 470_329),
        ("mobilenetv1_075_tf1001", 2_586_329),
        ("mobilenetv2_100_tf1001", 3_506_153),
        ("tf_mobilenetv3_small_100_tf1001", 2_543_881),
        ("tf_mobilenetv3_large_minimal_100_tf1001", 3_925_569),
    ];
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/weights"));
    for (name, parameters) in CHECKPOINTS {
        let path = folder.join(format!("{name}.safetensors"));
        let Ok(bytes) = std::fs::read(&path) else {
            println!("SKIPPED: {} is not there", path.display());
            continue;
        };
        let checkpoint = read(&bytes).expect(name);
        assert_eq!(checkpoint.metadata["dtype"], "float16");
        let is_statistic = |name: &str| name.ends_with("running_mean") || name.ends_with("running_var");
        let trainable = checkpoint.tensors.iter().filter(|(name, _)| !is_statistic(name));
        assert_eq!(trainable.map(|(_, tensor)| tensor.data.len()).sum::<usize>(), parameters, "{name}");
        for tensor in checkpoint.tensors.values() {
            assert_eq!(tensor.data.len(), tensor.shape.iter().product::<usize>());
        }

        let (delivered, result) = stream(&bytes, 64 << 10);
        assert_eq!(result, Ok(()));
        assert!(delivered.iter().map(|(name, _)| name).eq(&checkpoint.order), "{name}");
        assert!(delivered.iter().all(|(name, values)| *values == checkpoint.tensors[name].data), "{name}");

        // Stored again as f16 in the same order, every value comes back.
        let tensors: Vec<_> = delivered
            .iter()
            .map(|(name, data)| TensorRef { name, shape: &checkpoint.tensors[name].shape, data })
            .collect();
        let written = write_safetensors(&tensors, FloatDtype::F16, &checkpoint.metadata).expect(name);
        assert_eq!(read(&written).expect(name), checkpoint, "{name}");
    }
}
