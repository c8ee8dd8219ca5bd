//! Property tests: 100,000 damaged checkpoints and as many damaged manifests. Nothing panics, how a file is cut
//! into chunks changes nothing, and memory stays a small multiple of the input.
//!
//! A binary of its own, since it replaces the allocator with one that counts. The count is the process's, hence
//! the lock: only one property runs at a time.
#![cfg(not(target_family = "wasm"))]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use engine::weights::manifest::{MAX_BYTES, MAX_CHECKPOINTS, ParsedManifest};
use engine::weights::safetensors::{read, read_header};
use engine::weights::write::{TensorRef, write_safetensors};
use engine::weights::{FloatDtype, Manifest, StreamReader, TensorInfo, WeightsError};
use peak_alloc::PeakAlloc;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseResult;
use proptest::test_runner::{Config, RngSeed, TestRunner};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

static ALONE: Mutex<()> = Mutex::new(());

/// Mutated inputs per property.
const CASES: u32 = 100_000;

/// Allocated bytes that are fine whatever the input's length.
const SPARE_BYTES: usize = 16 << 10;

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same cases in every run, so that a failure is the change's.
fn runner() -> TestRunner {
    let rng_seed = RngSeed::Fixed(20_260_101);
    TestRunner::new(Config { cases: CASES, failure_persistence: None, rng_seed, ..Config::default() })
}

/// The result of `work` and the bytes that it had allocated at most at any time.
fn measured<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = work();
    (result, ALLOCATOR.peak_usage() - before)
}

/// A change to some JSON, by its tokens.
#[derive(Clone, Debug)]
enum TokenMutation {
    Swap(Index, Index),
    Delete(Index),
    Duplicate(Index),
    Replace(Index, &'static str),
    /// Moves both offsets of one tensor.
    Shift(Index, i64),
}

/// What is put in place of a token.
const TOKENS: [&str; 24] = [
    "0",
    "-1",
    "4",
    "1.5",
    "1e999",
    "1e39",
    "18446744073709551615",
    "1152921504606846976",
    "4294967296",
    "null",
    "true",
    "NaN",
    "\"\"",
    "\"F32\"",
    "\"BF16\"",
    "\"I64\"",
    "\"F64\"",
    "\"__metadata__\"",
    "\"..\"",
    "\"\\ud800\"",
    "{}",
    "[[[[[[[[",
    "[0,0,0,0,0,0,0,0]",
    ":",
];

fn token_mutation() -> impl Strategy<Value = TokenMutation> {
    prop_oneof![
        any::<(Index, Index)>().prop_map(|(a, b)| TokenMutation::Swap(a, b)),
        any::<Index>().prop_map(TokenMutation::Delete),
        any::<Index>().prop_map(TokenMutation::Duplicate),
        (any::<Index>(), -8..9i64).prop_map(|(at, by)| TokenMutation::Shift(at, by)),
        (any::<Index>(), proptest::sample::select(&TOKENS[..]))
            .prop_map(|(a, t)| TokenMutation::Replace(a, t)),
    ]
}

/// Strings, numbers and words, and single characters of punctuation; their concatenation is the text.
fn tokens(json: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let (mut in_string, mut escaped) = (false, false);
    for character in json.chars() {
        let continues = in_string
            || character.is_alphanumeric()
                && tokens
                    .last()
                    .is_some_and(|t| t.ends_with(|c: char| c.is_alphanumeric() || "-.".contains(c)))
            || character == '.';
        if character == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && character == '\\' && !escaped;
        match tokens.last_mut() {
            Some(token) if continues => token.push(character),
            _ => tokens.push(character.to_string()),
        }
    }
    tokens
}

fn mutate_tokens(json: &str, mutations: &[TokenMutation]) -> String {
    let mut tokens = tokens(json);
    for mutation in mutations {
        if tokens.is_empty() {
            break;
        }
        let len = tokens.len();
        match mutation {
            TokenMutation::Swap(a, b) => tokens.swap(a.index(len), b.index(len)),
            TokenMutation::Delete(at) => drop(tokens.remove(at.index(len))),
            TokenMutation::Duplicate(at) => tokens.insert(at.index(len), tokens[at.index(len)].clone()),
            TokenMutation::Replace(at, token) => tokens[at.index(len)] = token.to_string(),
            TokenMutation::Shift(at, by) => shift_offsets(&mut tokens, *at, *by),
        }
    }
    tokens.concat()
}

fn shift_offsets(tokens: &mut [String], at: Index, by: i64) {
    let fields = tokens.iter().enumerate().filter(|(_, token)| *token == "\"data_offsets\"");
    let fields: Vec<usize> = fields.map(|(position, _)| position).collect();
    if !fields.is_empty() {
        let numbers = tokens.iter_mut().skip(*at.get(&fields)).filter_map(|token| {
            let number = token.parse::<i64>().ok()?;
            Some((token, number))
        });
        numbers.take(2).for_each(|(token, number)| *token = (number + by).to_string());
    }
}

/// A change to the bytes of a file.
#[derive(Clone, Debug)]
enum ByteMutation {
    Flip(Index, u8),
    Set(Index, u8),
    Insert(Index, u8),
    Delete(Index),
    Truncate(Index),
    /// Replaces the header's length (of a manifest: its first bytes).
    HeaderLength(u64),
}

fn byte_mutation() -> impl Strategy<Value = ByteMutation> {
    let lengths = prop_oneof![0..1024u64, Just(16 << 20), Just((16 << 20) + 1), any::<u64>()];
    prop_oneof![
        (any::<Index>(), 0..8u8).prop_map(|(at, bit)| ByteMutation::Flip(at, bit)),
        any::<(Index, u8)>().prop_map(|(at, byte)| ByteMutation::Set(at, byte)),
        any::<(Index, u8)>().prop_map(|(at, byte)| ByteMutation::Insert(at, byte)),
        any::<Index>().prop_map(ByteMutation::Delete),
        any::<Index>().prop_map(ByteMutation::Truncate),
        lengths.prop_map(ByteMutation::HeaderLength),
    ]
}

fn mutate_bytes(bytes: &mut Vec<u8>, mutations: &[ByteMutation]) {
    for mutation in mutations {
        if bytes.len() < 8 {
            break;
        }
        let len = bytes.len();
        match *mutation {
            ByteMutation::Flip(at, bit) => bytes[at.index(len)] ^= 1 << bit,
            ByteMutation::Set(at, byte) => bytes[at.index(len)] = byte,
            ByteMutation::Insert(at, byte) => bytes.insert(at.index(len), byte),
            ByteMutation::Delete(at) => drop(bytes.remove(at.index(len))),
            ByteMutation::Truncate(at) => bytes.truncate(at.index(len)),
            ByteMutation::HeaderLength(len) => bytes[..8].copy_from_slice(&len.to_le_bytes()),
        }
    }
}

/// What a file's reading comes to: the tensors delivered, and the end.
#[derive(Debug, PartialEq)]
struct Outcome {
    delivered: Vec<(String, Vec<usize>, Vec<f32>)>,
    result: Result<(), WeightsError>,
}

/// Reads `bytes` in pieces of the sizes of `chunks`, over and over.
fn outcome(bytes: &[u8], expected_len: Option<u64>, chunks: &[usize]) -> Outcome {
    let mut delivered = Vec::new();
    let mut reader = StreamReader::new(expected_len);
    let mut rest = bytes;
    for &chunk in chunks.iter().cycle() {
        let (piece, after) = rest.split_at(chunk.min(rest.len()));
        rest = after;
        let mut sink = |info: &TensorInfo, values| {
            delivered.push((info.name.clone(), info.shape.clone(), values));
        };
        // An error is not looked at here: it must stay until `finish`, whatever follows.
        reader.push(piece, &mut sink).ok();
        if rest.is_empty() {
            break;
        }
    }
    Outcome { delivered, result: reader.finish().map(|_| ()) }
}

/// A header and data that belong together, to be damaged.
fn good_files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let values: Vec<f32> = (0..40).map(|i| i as f32 - 7.25).collect();
    for (dtype, count) in [(FloatDtype::F32, 3), (FloatDtype::F16, 5), (FloatDtype::Bf16, 1)] {
        let names: Vec<String> = (0..count).map(|i| format!("blocks.{i}.weight")).collect();
        let shapes: Vec<[usize; 3]> = (0..count).map(|i| [i + 1, 2, 4 - i % 3]).collect();
        let tensors: Vec<_> = names
            .iter()
            .zip(&shapes)
            .map(|(name, shape)| TensorRef { name, shape, data: &values[..shape.iter().product()] })
            .collect();
        let metadata = [("format".to_string(), "pt".to_string())].into();
        let bytes = write_safetensors(&tensors, dtype, &metadata).expect("small values");
        let start = read_header(&bytes).expect("what we write").data_start as usize;
        files.push((String::from_utf8_lossy(&bytes[8..start]).into_owned(), bytes[start..].to_vec()));
    }
    // Integers, a scalar, an empty tensor, and an order other than that of the data.
    let header = concat!(
        r#"{"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"n":{"dtype":"I64","shape":[],"#,
        r#""data_offsets":[0,8]},"e":{"dtype":"F16","shape":[0,3],"data_offsets":[16,16]},"#,
        r#""s":{"dtype":"BF16","shape":[],"data_offsets":[16,18]}}"#,
    );
    files.push((header.to_string(), (0..18).collect()));
    files
}

fn assemble(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [length.as_slice(), header.as_bytes(), data].concat()
}

/// The name of the error's variant.
fn variant(error: &impl std::fmt::Debug) -> String {
    let text = format!("{error:?}");
    text.split([' ', '(', '{']).next().unwrap_or_default().to_string()
}

/// Notes how each case ended, so that the mutations are known to reach everything.
#[derive(Default)]
struct Endings(RefCell<BTreeSet<String>>);

impl Endings {
    fn note<T>(&self, result: &Result<T, impl std::fmt::Debug>) {
        self.0.borrow_mut().insert(result.as_ref().map_or_else(variant, |_| "Ok".to_string()));
    }

    fn assert_reached(self, expected: &[&str]) {
        let seen = self.0.into_inner();
        let missing: Vec<_> = expected.iter().filter(|&&name| !seen.contains(name)).collect();
        assert!(missing.is_empty(), "the mutations never led to {missing:?}, only to {seen:?}");
    }
}

/// Every ending that reading a checkpoint can have.
const CHECKPOINT_ENDINGS: [&str; 19] = [
    "Ok",
    "TooShort",
    "NotSafetensors",
    "HeaderTooLong",
    "HeaderBeyondFile",
    "HeaderNotJson",
    "HeaderNotObject",
    "BadHeaderEntry",
    "DuplicateName",
    "UnsupportedDtype",
    "ShapeTooLarge",
    "ReversedOffsets",
    "OutOfBounds",
    "SizeMismatch",
    "Overlap",
    "Hole",
    "NonFinite",
    "Truncated",
    "TrailingBytes",
];

/// Checks everything that must hold for any input.
fn check_checkpoint(bytes: &[u8], expected_len: Option<u64>, chunks: &[usize]) -> TestCaseResult {
    let limit = 8 * bytes.len() + SPARE_BYTES;
    let (whole, peak) = measured(|| outcome(bytes, expected_len, &[bytes.len().max(1)]));
    prop_assert!(peak <= limit, "{} bytes for {}", peak, bytes.len());
    let (pieces, peak) = measured(|| outcome(bytes, expected_len, chunks));
    prop_assert!(peak <= limit, "{} bytes for {} in pieces", peak, bytes.len());
    prop_assert_eq!(&whole, &pieces);
    if expected_len.is_some() {
        prop_assert_eq!(read(bytes).map(|_| ()), whole.result.clone());
    }
    if whole.result.is_ok() {
        prop_assert_eq!(read_header(bytes).map(|header| header.file_bytes()), Ok(bytes.len() as u64));
        for (_, shape, values) in &whole.delivered {
            prop_assert_eq!(shape.iter().product::<usize>(), values.len());
            prop_assert!(values.iter().all(|value| value.is_finite()));
        }
    }
    Ok(())
}

#[test]
fn damaged_checkpoints() {
    let _alone = alone();
    let files = good_files();
    let endings = Endings::default();
    let strategy = (
        any::<Index>(),
        vec(token_mutation(), 0..3),
        vec(byte_mutation(), 0..3),
        vec(1..40usize, 1..6),
        any::<bool>(),
    );
    let ran = runner().run(&strategy, |(file, token_mutations, byte_mutations, chunks, is_length_known)| {
        let (header, data) = file.get(&files);
        let mut bytes = assemble(&mutate_tokens(header, &token_mutations), data);
        mutate_bytes(&mut bytes, &byte_mutations);
        let expected_len = is_length_known.then_some(bytes.len() as u64);
        endings.note(&outcome(&bytes, expected_len, &[bytes.len().max(1)]).result);
        check_checkpoint(&bytes, expected_len, &chunks)
    });
    ran.expect("the property holds");
    endings.assert_reached(&CHECKPOINT_ENDINGS);
}

#[test]
fn checkpoints_cut_off_at_every_byte() {
    let _alone = alone();
    for (header, data) in good_files() {
        let bytes = assemble(&header, &data);
        for len in 0..bytes.len() {
            let cut = &bytes[..len];
            for expected_len in [None, Some(len as u64), Some(bytes.len() as u64)] {
                let result = outcome(cut, expected_len, &[7]).result;
                assert!(result.is_err(), "{len} of {} bytes", bytes.len());
                assert_eq!(result, outcome(cut, expected_len, &[len.max(1)]).result);
            }
        }
    }
}

#[test]
fn claims_are_not_believed_and_headers_are_not_inflated() {
    let _alone = alone();
    let entry = |shape: &str, end: u64| {
        format!(r#"{{"w":{{"dtype":"U8","shape":{shape},"data_offsets":[0,{end}]}}}}"#)
    };
    let repeated =
        |count: usize, item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<Vec<_>>().join(",");
    let vectors = |i| format!(r#""{i}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#);
    for (what, header) in [
        ("2^60 elements", entry("[1152921504606846976]", 1 << 60)),
        ("2^60 f32", entry("[1152921504606846976]", 1 << 62).replace("U8", "F32")),
        ("many extents", entry(&format!("[{}]", repeated(100_000, &|_| "1".into())), 1)),
        ("many tensors", format!("{{{}}}", repeated(10_000, &vectors))),
        (
            "much metadata",
            format!(r#"{{"__metadata__":{{{}}}}}"#, repeated(50_000, &|i| format!(r#""{i}":"""#))),
        ),
        ("deep nesting", format!(r#"{{"w":{}"#, r#"{"a":"#.repeat(50_000))),
        ("a long name", format!(r#"{{"{}":3}}"#, "w".repeat(500_000))),
    ] {
        let bytes = assemble(&header, &[0; 100]);
        for expected_len in [None, Some(bytes.len() as u64)] {
            let (_, peak) = measured(|| outcome(&bytes, expected_len, &[1 << 16]));
            assert!(peak <= 12 * bytes.len() + SPARE_BYTES, "{what}: {peak} bytes for {}", bytes.len());
        }
    }
}

#[test]
fn tensors_arrive_without_a_second_copy_of_the_file() {
    let _alone = alone();
    let values = vec![0.5; 50_000];
    let names: Vec<String> = (0..20).map(|i| i.to_string()).collect();
    let tensors: Vec<_> =
        names.iter().map(|name| TensorRef { name, shape: &[50_000], data: &values }).collect();
    let bytes = write_safetensors(&tensors, FloatDtype::F32, &Default::default()).expect("small values");
    let tensor_bytes = values.len() * size_of::<f32>();
    let mut count = 0;
    let ((), peak) = measured(|| {
        let mut reader = StreamReader::new(None);
        for chunk in bytes.chunks(1 << 16) {
            reader.push(chunk, &mut |_, values| count += values.len()).expect("a good file");
        }
        reader.finish().expect("a good file");
    });
    assert_eq!(count, 20 * values.len());
    // A growing vector is copied to twice its size.
    assert!(peak <= 2 * tensor_bytes + SPARE_BYTES, "{peak} bytes for tensors of {tensor_bytes}");
}

/// A manifest with one checkpoint of each kind, to be damaged.
const MANIFEST: &str = r#"{"version": 1, "checkpoints": [
  {"id": "a.demo", "model": "a", "source": {"bundled": {"file": "demo/a.safetensors"}}, "bytes": 966946,
   "sha256": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "dtype": "F16",
   "classes": 1001, "labels": "imagenet_1001", "preprocess": {"resize": {"short_side": 256},
   "interpolation": "bilinear", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}, "input": [224, 192],
   "conventions": {"padding": "same", "bn_eps": 0.001}, "licence": "Apache-2.0",
   "origin": {"description": "demo", "url": "https://example.org/"}, "published": [{"resolution": 224,
   "top1": 49.8, "source": {"description": "a table", "url": "https://example.org/"}}]},
  {"id": "b.demo", "model": "b", "source": {"hub": {"repository": "timm/b.demo", "file": "b.safetensors"}},
   "dtype": "F32", "classes": 1000, "labels": "imagenet_1000", "preprocess": {"resize": "stretch",
   "interpolation": "bicubic", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
   "input": [224, 224], "licence": "MIT", "origin": {"description": "demo", "url": "https://example.org/"}}
]}"#;

#[test]
fn damaged_manifests() {
    let _alone = alone();
    let endings = Endings::default();
    let strategy = (vec(token_mutation(), 0..4), vec(byte_mutation(), 0..2));
    let ran = runner().run(&strategy, |(token_mutations, byte_mutations)| {
        let mut bytes = mutate_tokens(MANIFEST, &token_mutations).into_bytes();
        mutate_bytes(&mut bytes, &byte_mutations);
        let (parsed, peak) = measured(|| Manifest::parse(&bytes));
        prop_assert!(peak <= 8 * bytes.len() + SPARE_BYTES, "{} bytes for {}", peak, bytes.len());
        endings.note(&parsed);
        let Ok(parsed) = parsed else { return Ok(()) };
        for problem in &parsed.problems {
            endings.note(&Err::<(), _>(&problem.error));
            prop_assert!((1..=bytes.len()).contains(&problem.line));
        }
        // What was found good is good for ever.
        let again = Manifest::parse(parsed.manifest.to_json().as_bytes());
        prop_assert_eq!(again, Ok(ParsedManifest { manifest: parsed.manifest, problems: Vec::new() }));
        Ok(())
    });
    ran.expect("the property holds");
    endings.assert_reached(&[
        "Ok",
        "NotJson",
        "Malformed",
        "UnsupportedVersion",
        "BadId",
        "BadPath",
        "BadRepository",
        "BadUrl",
        "BadSha256",
        "OutOfRange",
        "MissingForBundled",
        "Empty",
        "ClassesDoNotFitLabels",
    ]);
}

#[test]
fn manifests_are_not_inflated() {
    let _alone = alone();
    // The most malformed entries that are reported, and more entries than are accepted.
    for count in [MAX_CHECKPOINTS, 500_000] {
        for item in ["1", "{}", r#"{"id":"a"}"#, "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "[[[["] {
            let count = count.min(MAX_BYTES / (item.len() + 2));
            let text = format!(r#"{{"version":1,"checkpoints":[{}]}}"#, vec![item; count].join(","));
            let (_, peak) = measured(|| Manifest::parse(text.as_bytes()));
            assert!(peak <= 8 * text.len() + (64 << 10), "{peak} bytes for {count} times {item}");
        }
    }
}
