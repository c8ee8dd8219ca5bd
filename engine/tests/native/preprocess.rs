//! Preprocessing against Pillow and torchvision.
//!
//! `data/preprocess.json.gz` was recorded with Pillow 13.0.0, torchvision 0.29.2 and timm 1.0.31 on generated
//! images: CRC-32 of the 8-bit stages, samples of the normalised tensor.

#![allow(clippy::unwrap_used)]

use crate::checksum;

use std::io::Read;
use std::path::Path;

use engine::decode::{RgbImage, decode};
use engine::preprocess::{preprocess, resize, resize_and_crop};
use engine::spec::{ChannelOrder, Interpolation, Preprocess, Resize};
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The SplitMix64 finaliser, which the recorded noise images are made with.
fn mix(x: u64) -> u64 {
    let z = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn noise(height: u32, width: u32) -> RgbImage {
    let seed = "noise".bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3) // FNV-1a
    });
    let bytes = u64::from(height) * u64::from(width) * 3;
    let pixels = (0..bytes).map(|index| (mix(seed.wrapping_add(index)) >> 56) as u8).collect();
    RgbImage { width, height, pixels }
}

fn gradient(height: u32, width: u32) -> RgbImage {
    let pixel = |x: u32, y: u32| {
        let checker = if (x / 16 + y / 16) % 2 == 1 { 224 } else { 32 };
        [(x * 255 / (width - 1)) as u8, (y * 255 / (height - 1)) as u8, checker]
    };
    let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y))).collect();
    RgbImage { width, height, pixels }
}

/// The generated image of a name such as `noise_451x301` (height × width).
fn image(name: &str) -> RgbImage {
    let (kind, size) = name.split_once('_').unwrap();
    let (height, width) = size.split_once('x').unwrap();
    let (height, width) = (height.parse().unwrap(), width.parse().unwrap());
    if kind == "noise" { noise(height, width) } else { gradient(height, width) }
}

fn crc(image: &RgbImage) -> String {
    format!("{:08x}", checksum::crc32(&image.pixels))
}

fn recorded() -> Value {
    let mut text = String::new();
    flate2::read::GzDecoder::new(&include_bytes!("../data/preprocess.json.gz")[..])
        .read_to_string(&mut text)
        .unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The resize that a recorded configuration names: "timm 224 crop_pct 0.875", "torchvision V2 224 resize 232".
fn resize_of(config: &str) -> Resize {
    let words: Vec<&str> = config.split(' ').collect();
    let after = |word: &str| words.iter().position(|&w| w == word).map(|at| words[at + 1]);
    match after("crop_pct") {
        Some(crop_pct) => Resize::CropPct(crop_pct.parse().unwrap()),
        None => Resize::ShortSide(after("resize").unwrap().parse().unwrap()),
    }
}

fn size(value: &Value) -> (u32, u32) {
    (value[0].as_u64().unwrap() as u32, value[1].as_u64().unwrap() as u32)
}

fn imagenet(resize: Resize, interpolation: Interpolation) -> Preprocess {
    let (mean, std) = (Preprocess::IMAGENET_MEAN, Preprocess::IMAGENET_STD);
    Preprocess { resize, interpolation, mean, std, order: ChannelOrder::Rgb }
}

#[test]
fn generated_images_are_those_of_the_record() {
    for entry in recorded()["images"].as_array().unwrap() {
        let name = format!("{}_{}x{}", entry["kind"].as_str().unwrap(), entry["h"], entry["w"]);
        assert_eq!(crc(&image(&name)), entry["crc32"].as_str().unwrap(), "{name}");
    }
}

#[test]
fn every_recorded_case_is_equal_to_the_bit() {
    let recorded = recorded();
    let cases = recorded["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 72);
    let mut sampled = 0;
    for case in cases {
        let name = case["image"].as_str().unwrap();
        let config = case["config"].as_str().unwrap();
        let interpolation: Interpolation = serde_json::from_value(case["interpolation"].clone()).unwrap();
        let label = format!("{name}, {config}, {interpolation:?}");
        let source = image(name);

        let (height, width) = size(&case["resized_hw"]);
        assert_eq!(
            crc(&resize(&source, width, height, interpolation)),
            case["resized"]["crc32"],
            "{label}: resized"
        );

        let cropped = &case["cropped"];
        let input = (cropped["h"].as_u64().unwrap() as u32, cropped["w"].as_u64().unwrap() as u32);
        let p = imagenet(resize_of(config), interpolation);
        assert_eq!(crc(&resize_and_crop(&source, &p, input)), cropped["crc32"], "{label}: cropped");

        // The two inputs that are not square have no samples of the tensor on record.
        if let Some(samples) = case.get("norm_imagenet") {
            check_samples(&preprocess(&source, &p, input), samples, input, &label);
            let half = Preprocess { mean: [0.5; 3], std: [0.5; 3], ..p };
            check_samples(&preprocess(&source, &half, input), &case["norm_half"], input, &label);
            sampled += 1;
        }
    }
    assert_eq!(sampled, 70);
}

/// Compares with recorded samples, which have eight digits: half a unit of the last is less than the step between
/// neighbouring f32.
fn check_samples(hwc: &[f32], record: &Value, (height, width): (u32, u32), label: &str) {
    let plane = height as usize * width as usize;
    assert_eq!(hwc.len(), 3 * plane, "{label}");
    let indices = record["idx"].as_array().unwrap();
    assert_eq!(indices.len(), 16, "{label}");
    for (index, value) in indices.iter().zip(record["val"].as_array().unwrap()) {
        let chw = index.as_u64().unwrap() as usize;
        let got = hwc[chw % plane * 3 + chw / plane];
        let want = value.as_f64().unwrap();
        let error = (f64::from(got) - want).abs();
        assert!(error <= 5.1e-8 * want.abs(), "{label}: value {chw} is {got:.9}, recorded {want:.9}");
    }
}

#[test]
fn photos_equal_pillow_to_the_bit() {
    let weights = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/weights"));
    let Ok(golden) = std::fs::read(weights.join("golden_real.json")) else {
        println!("SKIPPED: photos_equal_pillow_to_the_bit needs {}", weights.display());
        return;
    };
    let golden: Value = serde_json::from_slice(&golden).unwrap();
    let photos = golden["photos"].as_object().unwrap();
    assert_eq!(photos.len(), 3);
    for (name, photo) in photos {
        let file = std::fs::read(weights.join("photos").join(photo["file"].as_str().unwrap())).unwrap();
        let image = decode(&file).unwrap().image;
        for (transform, resize) in [("crop", Resize::ShortSide(256)), ("direct", Resize::Stretch)] {
            let p = imagenet(resize, Interpolation::Bilinear);
            let digest = Sha256::digest(&resize_and_crop(&image, &p, (224, 224)).pixels);
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, photo["inputs"][transform]["rgb224_sha256"], "{name}, {transform}");
        }
    }
}

/// The picture that a network with this resize and input sees.
fn seen(image: &RgbImage, resize: Resize, input: (u32, u32)) -> RgbImage {
    resize_and_crop(image, &imagenet(resize, Interpolation::Bilinear), input)
}

#[test]
fn crop_pct_floors_as_python_does() {
    // 224 / 0.8 is 280 in f64 and 279.999996 if 0.8 went through f32.
    let image = gradient(300, 300);
    let whole = resize(&image, 280, 280, Interpolation::Bilinear);
    let corner: Vec<u8> =
        whole.pixels.chunks(280 * 3).skip(28).take(224).flat_map(|row| &row[84..756]).copied().collect();
    assert_eq!(seen(&image, Resize::CropPct(0.8), (224, 224)).pixels, corner);
}

#[test]
fn an_image_smaller_than_the_crop_is_padded_with_black() {
    let white = RgbImage { width: 5, height: 5, pixels: vec![255; 75] };
    let padded = seen(&white, Resize::ShortSide(5), (8, 5));
    assert_eq!((padded.height, padded.width), (8, 5));
    let rows: Vec<u8> = padded.pixels.chunks(15).map(|row| row[0]).collect();
    assert_eq!(rows, [0, 255, 255, 255, 255, 255, 0, 0]); // torchvision: 3 / 2 = 1 in front, 2 behind
}

#[test]
fn extreme_images_fit_any_resize() {
    for (height, width) in [(1, 1), (1, 4000), (4000, 1), (1, 65_535), (65_535, 1)] {
        let image = RgbImage { width, height, pixels: vec![200; height as usize * width as usize * 3] };
        for resize in [Resize::CropPct(0.875), Resize::ShortSide(256), Resize::Stretch, Resize::Enlarge(32)] {
            for interpolation in [Interpolation::Bilinear, Interpolation::Bicubic] {
                let p = Preprocess { mean: [0.0; 3], std: [1.0; 3], ..imagenet(resize, interpolation) };
                for input in [(224, 224), (192, 256)] {
                    let values = preprocess(&image, &p, input);
                    assert_eq!(values.len(), input.0 as usize * input.1 as usize * 3);
                    let grey = 200.0 / 255.0;
                    assert!(
                        values.iter().all(|&v| v == grey),
                        "{height} × {width}, {resize:?}, {interpolation:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn nonsensical_resizes_end() {
    let image = noise(7, 9);
    for resize in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-300, 7.5].map(Resize::CropPct) {
        assert_eq!(seen(&image, resize, (8, 6)).pixels.len(), 144, "{resize:?}");
        assert_eq!(seen(&image, resize, (8, 8)).pixels.len(), 192, "{resize:?}");
    }
    for side in [0, 1, u32::MAX] {
        assert_eq!(seen(&image, Resize::ShortSide(side), (8, 8)).pixels.len(), 192, "{side}");
        assert_eq!(seen(&image, Resize::Enlarge(side), (8, 6)).pixels.len(), 144, "{side}");
    }
}

#[test]
fn enlarged_images_have_no_more_detail_than_the_small_ones() {
    // A large photo is cropped to its centre and reduced before it is enlarged.
    let large = noise(96, 128);
    let small = seen(&large, Resize::CropPct(1.0), (32, 32));
    let enlarged = resize(&small, 64, 64, Interpolation::Bilinear);
    assert_eq!(seen(&large, Resize::Enlarge(32), (64, 64)).pixels, enlarged.pixels);
    // An image of that very size is enlarged as it is.
    assert_eq!(seen(&small, Resize::Enlarge(32), (64, 64)).pixels, enlarged.pixels);
    // The small one has the input's ratio.
    let wide = seen(&large, Resize::CropPct(1.0), (32, 48));
    let enlarged = resize(&wide, 96, 64, Interpolation::Bilinear);
    assert_eq!(seen(&large, Resize::Enlarge(32), (64, 96)).pixels, enlarged.pixels);
    // A smaller input is reached directly.
    let direct = seen(&large, Resize::CropPct(1.0), (24, 24));
    assert_eq!(seen(&large, Resize::Enlarge(32), (24, 24)).pixels, direct.pixels);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Computing only the crop changes nothing: it equals the crop out of the whole resized image.
    #[test]
    fn a_crop_is_a_part_of_the_whole(
        (height, width) in (1u32..90, 1u32..90),
        side in 1u32..90,
        crop in (1u32..40, 1u32..40),
        bicubic: bool,
    ) {
        let interpolation = if bicubic { Interpolation::Bicubic } else { Interpolation::Bilinear };
        let image = noise(height, width);
        let cropped = resize_and_crop(&image, &imagenet(Resize::ShortSide(side), interpolation), crop);

        let short = height.min(width);
        let (h, w) = (if height <= width { side } else { side * height / short },
                      if height <= width { side * width / short } else { side });
        let whole = resize(&image, w, h, interpolation);
        // torchvision's arithmetic in Python's terms: round(half) to even, padding first
        let offset = |size: u32, crop: u32| {
            if size >= crop { (f64::from(size - crop) / 2.0).round_ties_even() as i64 } else { -i64::from((crop - size) / 2) }
        };
        let (top, left) = (offset(h, crop.0), offset(w, crop.1));
        for y in 0..i64::from(crop.0) {
            for x in 0..i64::from(crop.1) {
                let inside = (0..i64::from(h)).contains(&(y + top)) && (0..i64::from(w)).contains(&(x + left));
                let at = |image_width: u32, y: i64, x: i64| (y * i64::from(image_width) + x) as usize * 3;
                let want = if inside { &whole.pixels[at(w, y + top, x + left)..][..3] } else { &[0; 3] };
                prop_assert_eq!(&cropped.pixels[at(crop.1, y, x)..][..3], want);
            }
        }
    }
}
