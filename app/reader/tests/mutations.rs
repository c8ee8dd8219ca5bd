//! Damaged files give errors, never panics, and take no more memory than twice the file and 16 MB.

#![cfg(not(target_family = "wasm"))]

use std::io::Cursor;
use std::path::Path;
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
#[test]
fn damaged_files_give_errors() {
    let seconds =
        std::env::var("MOBILENET_LAB_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending != "safetensors"));
    files.sort();
    let files: Vec<Vec<u8>> = files.iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(files.len() > 8);
    let (mut state, mut runs, mut read_well) = (1, 0u32, 0u32);
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        let mut bytes = files[next(&mut state) as usize % files.len()].clone();
        for _ in 0..=next(&mut state) % 4 {
            let at = next(&mut state) as usize % bytes.len();
            match next(&mut state) % 6 {
                0 => bytes[at] = next(&mut state) as u8,
                1 => bytes[at] ^= 1 << (next(&mut state) % 8),
                2 => bytes.truncate(at.max(1)),
                3 => drop(bytes.remove(at)),
                4 => bytes.insert(at, b"]}()(NRb.eu\x81\x93q"[next(&mut state) as usize % 13]),
                _ => {
                    let len = (next(&mut state) as usize % 40).min(bytes.len() - at);
                    let part = bytes[at..at + len].to_vec();
                    let to = next(&mut state) as usize % bytes.len();
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
        if let Ok(checkpoint) = read(&mut source) {
            read_well += 1;
            checkpoint.bytes(&mut source).expect("what was found can be read");
        }
        let used = MEMORY.peak_usage() - before;
        assert!(used <= 2 * len + SPARE, "{used} bytes for a file of {len}");
        runs += 1;
    }
    println!("{runs} damaged files, {read_well} of which could still be read");
    assert!(runs > 100 && read_well > 0);
}
