//! Damaged files give errors, never panics, and take no more memory than twice the file and 16 MB.

#![cfg(not(target_family = "wasm"))]

use std::io::Cursor;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use reader::read;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes beyond twice the file's.
const SPARE: usize = 16 << 20;

/// SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// MOBILENET_LAB_FUZZ_SECONDS says how long; a few seconds otherwise.
fn seconds() -> u64 {
    std::env::var("MOBILENET_LAB_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(4)
}

/// What may be read is measured, so one test runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Where most of a file is numbers, what stands around is hit more often than by chance: texts, and numbers of few digits.
fn is_structure(bytes: &[u8], at: usize) -> bool {
    let near = &bytes[at.saturating_sub(6)..(at + 6).min(bytes.len())];
    let count = |is: fn(&u8) -> bool| near.iter().filter(|byte| is(byte)).count();
    count(|byte| *byte == 0) >= 4 || count(u8::is_ascii_lowercase) >= 4
}

fn place(bytes: &[u8], state: &mut u64) -> usize {
    let mut at = next(state) as usize % bytes.len();
    for _ in 0..40 {
        if is_structure(bytes, at) {
            break;
        }
        at = next(state) as usize % bytes.len();
    }
    at
}

/// Files of other programs are larger than those of PyTorch here, and take longer to read.
const LEAST_OF_LARGE: u32 = 20;

/// Damages files and reads them, at least so many times. `inserted`: bytes that mean something in the format.
fn damage(format: &str, files: &[Vec<u8>], inserted: &[u8], least: u32) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut state, mut runs, mut read_well, mut longest) = (1, 0u32, 0u32, Duration::ZERO);
    let end = Instant::now() + Duration::from_secs(seconds());
    while Instant::now() < end {
        let mut bytes = files[next(&mut state) as usize % files.len()].clone();
        for _ in 0..=next(&mut state) % 4 {
            let at = place(&bytes, &mut state);
            match next(&mut state) % 6 {
                0 => bytes[at] = next(&mut state) as u8,
                1 => bytes[at] ^= 1 << (next(&mut state) % 8),
                2 if next(&mut state).is_multiple_of(4) => bytes.truncate(at.max(1)),
                2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][next(&mut state) as usize % 5],
                3 => drop(bytes.remove(at)),
                4 => bytes.insert(at, inserted[next(&mut state) as usize % inserted.len()]),
                _ => {
                    let len = (next(&mut state) as usize % 40).min(bytes.len() - at);
                    let part = bytes[at..at + len].to_vec();
                    let to = place(&bytes, &mut state);
                    bytes.splice(to..to, part);
                }
            }
            if bytes.is_empty() {
                bytes.push(0x80);
            }
        }
        let len = bytes.len();
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let mut source = Cursor::new(bytes);
        let begin = Instant::now();
        if let Ok(checkpoint) = read(&mut source) {
            read_well += 1;
            drop(checkpoint.bytes(&mut source).expect("what was found can be read"));
        }
        longest = longest.max(begin.elapsed());
        let used = MEMORY.peak_usage().saturating_sub(before);
        assert!(used <= 2 * len + SPARE, "{used} bytes for a file of {len}");
        runs += 1;
    }
    println!(
        "{format}: {runs} damaged files, {read_well} of which could still be read; the longest took {longest:?}"
    );
    assert!(runs > least && read_well > 0);
}

#[test]
fn damaged_files_give_errors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending != "safetensors"));
    files.sort();
    let files: Vec<Vec<u8>> = files.iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(files.len() > 8);
    damage("PyTorch", &files, b"]}()(NRb.eu\x81\x93q", 100);
}

fn exports(names: &[&str]) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports");
    let unpacked = |name: &&str| {
        let packed = std::fs::read(folder.join(format!("{name}.br"))).expect("can be read");
        let mut bytes = Vec::new();
        brotli::BrotliDecompress(&mut packed.as_slice(), &mut bytes).expect("is whole");
        bytes
    };
    names.iter().map(unpacked).collect()
}

#[test]
fn damaged_onnx_files_give_errors() {
    damage(
        "ONNX",
        &exports(&["v1.onnx", "v1_norms.onnx", "external.onnx", "v2_int8.onnx"]),
        b"\x08\x0a\x12\x1a\x22\x2a\x3a\x42\x4a\x80\xff",
        LEAST_OF_LARGE,
    );
}

#[test]
fn damaged_tensorflow_lite_files_give_errors() {
    damage(
        "TensorFlow Lite",
        &exports(&["v1.tflite", "v1_int8.tflite", "v2_half.tflite"]),
        b"\0\x01\x04\x08\x10\x80\xff",
        LEAST_OF_LARGE,
    );
}

#[test]
fn damaged_keras_files_give_errors() {
    damage(
        "Keras",
        &exports(&["v1_weights.h5", "v1_packed.h5", "v1.keras", "v1_packed.keras"]),
        b"\0\x01\x08\x10\xff/\"{",
        LEAST_OF_LARGE,
    );
}
