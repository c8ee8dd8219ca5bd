//! Property tests: damaged files neither panic nor take more memory than they could hold.
//!
//! A binary of its own with a single test, since it replaces the allocator with one that counts.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used)]

mod common;

use std::cell::Cell;

use common::{Form, Labelled, data};
use cube::pca::{Components, Reduction};
use cube::{CubeError, Labels, NumberKind, Scene, false_colour, read};
use peak_alloc::PeakAlloc;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed, TestCaseResult, TestRunner};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Mutated files.
const CASES: u32 = 100_000;

/// Bytes that are fine whatever the file's length: the state of decompression, and a message.
const SPARE_BYTES: usize = 128 << 10;

/// How many bytes DEFLATE makes of one at best.
const MOST_INFLATED: usize = 1032;

/// A change to some bytes.
#[derive(Clone, Debug)]
enum Mutation {
    Flip(Index, u8),
    Put(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let extremes =
        [&[0xFF; 4][..], &[0; 4], &[0, 0, 0, 0x80], &[0x7F, 0xFF, 0xFF, 0xFF], &[1, 0, 0, 0], &[14, 0, 4, 0]];
    let words = [
        "'<f8'",
        "'|O'",
        "True",
        "(1,)",
        "99999999999999999999",
        "18446744073709551615",
        "-1",
        "{",
        "}",
        "é",
        "'",
    ];
    let pieces: Vec<Vec<u8>> = extremes
        .iter()
        .map(|bytes| bytes.to_vec())
        .chain(words.iter().map(|word| word.as_bytes().to_vec()))
        .collect();
    prop_oneof![
        (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        (any::<Index>(), proptest::sample::select(pieces)).prop_map(|(at, bytes)| Mutation::Put(at, bytes)),
        (any::<Index>(), vec(any::<u8>(), 1..5)).prop_map(|(at, bytes)| Mutation::Put(at, bytes)),
        (any::<Index>(), 1..9_usize).prop_map(|(at, count)| Mutation::Remove(at, count)),
        (any::<Index>(), 1..65_usize).prop_map(|(at, count)| Mutation::Repeat(at, count)),
        any::<Index>().prop_map(Mutation::Cut),
    ]
}

/// Mostly near the beginning, or behind a MATLAB file's text, where the structure is.
fn mutate(bytes: &mut Vec<u8>, mutations: &[Mutation], near: bool) {
    for mutation in mutations {
        if bytes.is_empty() {
            return;
        }
        let start =
            if bytes.starts_with(b"MATLAB") { 124.min(bytes.len() - 1) } else { 6.min(bytes.len() - 1) };
        let reach = if near { (bytes.len() - start).min(130) } else { bytes.len() - start };
        let place = |at: &Index| start + at.index(reach);
        match mutation {
            Mutation::Flip(at, bit) => bytes[place(at)] ^= 1 << bit,
            Mutation::Put(at, piece) => {
                let at = place(at);
                let end = bytes.len().min(at + piece.len());
                bytes.splice(at..end, piece.iter().copied());
            }
            Mutation::Remove(at, count) => {
                let at = place(at);
                let end = bytes.len().min(at + count);
                bytes.drain(at..end);
            }
            Mutation::Repeat(at, count) => {
                let at = place(at);
                let piece = bytes[at..bytes.len().min(at + count)].to_vec();
                bytes.splice(at..at, piece);
            }
            Mutation::Cut(at) => bytes.truncate(place(at)),
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let scene = Labelled::new(4, 5, 6, 2, 1);
    let mut seeds: Vec<Vec<u8>> = [
        "uint16_big_C_1.npy",
        "float64_little_F_3.npy",
        "truth.npy",
        "several.mat",
        "plain.mat",
        "truth.mat",
        "float32.mat",
    ]
    .map(data)
    .to_vec();
    for (is_big_endian, is_compressed) in [(true, false), (true, true), (false, false)] {
        let form = Form { numbers: NumberKind::F32, is_big_endian, is_compressed, ..Form::PLAIN };
        seeds.push(form.mat(&[
            form.variable("gt", &[4, 5], &scene.truth()),
            form.variable("cube", &scene.shape(), &scene.values),
        ]));
    }
    seeds
}

/// All that the page does with a file.
fn open(bytes: Vec<u8>) -> Result<(), CubeError> {
    let array = read(bytes)?;
    let is_map = array.shape.len() == 2;
    assert_eq!(array.shape.iter().filter(|side| **side < 2).count(), 0);
    if is_map {
        let labels = Labels::new(&array)?;
        assert_eq!(labels.classes.len(), labels.height * labels.width);
        return Ok(());
    }
    let scene = Scene::new(array)?;
    let (_, picture) = false_colour(&scene);
    assert_eq!(picture.len(), 3 * scene.pixels());
    let components = Components::of(&scene)?;
    let mut reduction = Reduction::new(&scene, &components, 1)?;
    reduction.step(&scene, &components, scene.pixels())?;
    let window = reduction.finish().window(0, 0, (5, 5))?;
    assert!(window.len() == 25 && window.iter().all(|value| value.is_finite()), "{window:?}");
    Ok(())
}

#[test]
fn damaged_files_do_no_harm() {
    let seeds = seeds();
    seeds.iter().for_each(|seed| open(seed.clone()).unwrap());
    files_may_end_anywhere(&seeds);
    let (opened, refused) = (Cell::new(0), Cell::new(std::collections::BTreeMap::new()));
    let check = |(seed, mutations, near): (Index, Vec<Mutation>, bool)| -> TestCaseResult {
        let mut bytes = seeds[seed.index(seeds.len())].clone();
        mutate(&mut bytes, &mutations, near);
        let length = bytes.len();
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        let array = read(bytes.clone());
        let peak = ALLOCATOR.peak_usage() - before;
        // Only what is compressed can be more than there is.
        let most = if bytes.starts_with(b"\x93NUMPY") { 4 } else { MOST_INFLATED };
        prop_assert!(
            peak <= SPARE_BYTES + most * length,
            "{peak} bytes for {length}: {:?}",
            array.map(|array| array.shape)
        );
        match array.and_then(|_| open(bytes)) {
            Ok(()) => opened.set(opened.get() + 1),
            Err(error) => {
                prop_assert!(error.to_string().len() > 60, "{error} needs a next step");
                let mut kinds = refused.take();
                let kind = format!("{error:?}").split([' ', '{', '(']).next().unwrap_or_default().to_owned();
                *kinds.entry(kind).or_insert(0) += 1;
                refused.set(kinds);
            }
        }
        Ok(())
    };
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_260_301),
        ..Config::default()
    };
    let strategy = (any::<Index>(), vec(mutation(), 1..4), prop::bool::weighted(0.7));
    TestRunner::new(config).run(&strategy, check).unwrap();
    let refused = refused.take();
    println!("{} opened, refused: {refused:?}", opened.get());
    assert!(opened.get() > 10_000, "{}", opened.get());
    for kind in
        ["NotAnArray", "Truncated", "Malformed", "Numbers", "NoArray", "TooLarge", "NotFinite", "Label"]
    {
        assert!(refused.get(kind).is_some_and(|count| *count > 5), "{kind}: {refused:?}");
    }
}

fn files_may_end_anywhere(seeds: &[Vec<u8>]) {
    for seed in seeds {
        for length in 0..seed.len() {
            // What is not cut is data behind the array that was taken.
            let _ = open(seed[..length].to_vec());
        }
    }
}
