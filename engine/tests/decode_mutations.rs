//! Damaged files: whatever bytes come in, the header path neither panics nor takes more memory than the file,
//! and decoding never panics.
//!
//! A test binary of its own, because it counts allocations.

#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used)]

use std::alloc::System;
use std::path::Path;

use engine::decode::{DecodeError, FileKind, Header, decode, sniff};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// SplitMix64: the same mutations on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// The fixtures that carry Exif, animation or another structure worth breaking.
fn seeds() -> Vec<Vec<u8>> {
    let names = [
        "exif_6.jpg",
        "420.jpg",
        "progressive.jpg",
        "restart.jpg",
        "ycck_adobe.jpg",
        "exif_8.png",
        "animated.png",
        "palette_transparent.png",
        "grey16.png",
        "exif_3.webp",
        "lossy_alpha.webp",
        "lossy.webp",
        "animated.webp",
        "animated.gif",
        "transparent.gif",
        "palette.bmp",
        "rgb555.bmp",
        "top_down_32.bmp",
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/images");
    names.map(|name| std::fs::read(folder.join(name)).unwrap()).to_vec()
}

/// Changes up to four places, mostly near the front where the structure is: other bytes, extreme fields,
/// pieces moved, removed or cut off.
fn mutate(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(4) {
        let reach = if random.below(4) > 0 { 200 } else { usize::MAX };
        let at = random.below(bytes.len().min(reach));
        let width = [1, 2, 4][random.below(3)].min(bytes.len() - at);
        match random.below(8) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next() as u8,
            2 => bytes[at..at + width].fill(0xFF),
            3 => bytes[at..at + width].fill(0),
            4 => bytes[at..at + width].copy_from_slice(&random.next().to_le_bytes()[..width]),
            5 => drop(bytes.drain(at..at + width)),
            6 => {
                let from = random.below(bytes.len());
                let piece = bytes[from..bytes.len().min(from + random.below(40))].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => bytes.truncate(at + 1),
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

/// What `work` gives, and what it allocates: the least of a few times, because the thread that waits for the test allocates
/// too, as when it has just started it.
fn allocated<T>(work: impl Fn() -> T) -> (T, Stats) {
    let once = || {
        let region = Region::new(ALLOCATOR);
        let result = work();
        (result, region.change())
    };
    let mut least = once();
    for _ in 0..9 {
        if least.1.allocations == 0 {
            break;
        }
        let other = once();
        if other.1.bytes_allocated < least.1.bytes_allocated {
            least = other;
        }
    }
    least
}

/// One test, since a second one would allocate in between.
#[test]
fn damaged_files_do_no_harm() {
    a_refused_image_costs_no_memory();
    sniffing_noise_needs_no_memory();
    the_header_path_survives_200_000_mutations_without_memory();
    decoding_survives_mutations();
}

fn the_header_path_survives_200_000_mutations_without_memory() {
    let seeds = seeds();
    let mut random = Random(1);
    let (mut read, mut refused, mut oriented) = (0, 0, 0);
    for round in 0..200_000 {
        let bytes = mutate(&seeds[round % seeds.len()], &mut random);
        let (header, used) = allocated(|| Header::read(sniff(&bytes), &bytes));
        match header {
            Ok(header) => {
                assert_eq!(used.allocations, 0, "round {round}: {used:?}");
                assert!((1..=8).contains(&header.orientation) && header.frames >= 1, "{header:?}");
                read += 1;
                oriented += u32::from(header.orientation != 1);
            }
            Err(error) => {
                assert!(used.bytes_allocated <= 64, "round {round}: {error} took {used:?}");
                refused += 1;
            }
        }
    }
    println!("{read} headers read, {oriented} of them oriented, {refused} refused");
    assert!(read > 50_000 && refused > 20_000 && oriented > 10_000, "the mutations reach both ways");
}

fn sniffing_noise_needs_no_memory() {
    let mut random = Random(2);
    let mut text = b"<?xml <!-- --> ?> <svg <!doctype html ftypavif RIFF WEBP BM".to_vec();
    for round in 0..100_000 {
        let at = random.below(text.len());
        text[at] = b"<?xml!-> \n\"svgBMhtp\0\xFF"[random.below(21)];
        let text = &text[random.below(20)..];
        let (kind, used) = allocated(|| sniff(text));
        assert_eq!(used.allocations, 0, "round {round}: {kind:?}");
        assert_ne!(kind, FileKind::Empty);
    }
}

fn decoding_survives_mutations() {
    let seeds = seeds();
    let mut random = Random(3);
    let (mut decoded, mut refused) = (0, 0);
    for round in 0..50_000 {
        let bytes = mutate(&seeds[round % seeds.len()], &mut random);
        match decode(&bytes) {
            Ok(file) => {
                let pixels = file.image.width as usize * file.image.height as usize;
                assert_eq!(file.image.pixels.len(), 3 * pixels, "round {round}");
                decoded += 1;
            }
            Err(error) => {
                assert!(error.to_string().len() > 40, "{error:?} needs a next step");
                refused += 1;
            }
        }
    }
    println!("{decoded} decoded, {refused} refused");
    assert!(decoded > 10_000 && refused > 10_000, "the mutations reach both ways");
}

fn a_refused_image_costs_no_memory() {
    let mut png = seeds()[5].clone();
    png[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    let (refused, used) = allocated(|| decode(&png));
    assert!(matches!(refused, Err(DecodeError::TooLarge { width: 30_000, height: 30_000, .. })));
    assert_eq!(used.bytes_allocated, 0, "{used:?}");
}
