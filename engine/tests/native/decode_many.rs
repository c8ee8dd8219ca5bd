//! Decoding of many files against a second decoder: 200 generated ones of every kind, and files that stand for faults met
//! elsewhere.

#![allow(clippy::unwrap_used)]

use crate::checksum;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engine::decode::{DecodeError, DecodeNote, Decoded, FileKind, RgbImage, decode};
use serde::Deserialize;

/// How far a byte of a JPEG may be off: decoders round differently, and interpolate colours of some samplings differently.
const JPEG_TOLERANCE: u8 = 4;

/// What `tools/images/generate.py` says of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    kind: FileKind,
    #[serde(default)]
    refused: bool,
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
    #[serde(default)]
    notes: Vec<DecodeNote>,
    crc32: Option<String>,
    pixels: Option<String>,
}

/// What differs, if anything.
fn difference(got: Result<Decoded, DecodeError>, want: &Expected) -> Option<String> {
    let decoded = match got {
        Err(DecodeError::Corrupt { kind, .. }) if want.refused && kind == want.kind => return None,
        Err(error) => return Some(error.to_string()),
        Ok(_) if want.refused => return Some("is not refused".to_owned()),
        Ok(decoded) => decoded,
    };
    let RgbImage { width, height, pixels } = decoded.image;
    if (decoded.kind, width, height) != (want.kind, want.width, want.height) {
        return Some(format!("is {:?} of {width} × {height}", decoded.kind));
    }
    if decoded.notes != want.notes {
        return Some(format!("has the notes {:?}, expected {:?}", decoded.notes, want.notes));
    }
    match (&want.crc32, &want.pixels) {
        (Some(crc), None) => {
            let found = format!("{:08x}", checksum::crc32(&pixels));
            (found != *crc).then(|| format!("has the CRC {found}, expected {crc}"))
        }
        (None, Some(lattice)) => {
            let at = |index: u32, channel: u32| {
                let (x, y) = (index % 8 * width / 8, index / 8 * height / 8);
                pixels[(3 * (y * width + x) + channel) as usize]
            };
            let found = (0..64).flat_map(|index| (0..3).map(move |channel| at(index, channel)));
            let wanted = lattice
                .as_bytes()
                .chunks(2)
                .map(|hex| u8::from_str_radix(str::from_utf8(hex).unwrap(), 16).unwrap());
            assert_eq!(lattice.len(), 2 * 3 * 64);
            let worst = found.zip(wanted).map(|(a, b)| a.abs_diff(b)).max().unwrap();
            (worst > JPEG_TOLERANCE).then(|| format!("differs by {worst}"))
        }
        _ => panic!("either a CRC or pixels"),
    }
}

/// Walks the folder of `tools/images/generate.py`; thousands more where MANY_IMAGES names a folder of it.
#[test]
fn generated_files_give_the_pixels_of_another_decoder() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/images/many");
    let more = std::env::var_os("MANY_IMAGES").map(PathBuf::from);
    for folder in [own].into_iter().chain(more) {
        let list = std::fs::read(folder.join("expected.json")).unwrap();
        let expected: BTreeMap<String, Expected> = serde_json::from_slice(&list).unwrap();
        assert!(expected.len() >= 200, "{}", folder.display());
        let wrong: Vec<String> = expected
            .iter()
            .filter_map(|(name, want)| {
                let difference = difference(decode(&std::fs::read(folder.join(name)).unwrap()), want)?;
                Some(format!("{name} {difference}"))
            })
            .collect();
        let refused = expected.values().filter(|want| want.refused).count();
        println!("{}: {} files, {refused} of them to be refused", folder.display(), expected.len());
        assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), expected.len());
    }
}

/// A file of `../shared/field`, the file with its right pixels, and the notes that belong to it.
type Field = (&'static str, &'static str, &'static [DecodeNote]);

#[rustfmt::skip]
const FIELD: &[Field] = &[
    ("scan/104_2x2_ni.jpg",      "scan/104_2x2_ni.jpg",      &[]),
    ("scan/113_1x2_part.jpg",    "scan/113_1x2_part.jpg",    &[]),
    ("scan/120_1x1_ni_r.jpg",    "scan/120_1x1_ni_r.jpg",    &[]),
    ("scan/104_2x1_ni.jpg",      "scan/104_2x1_ni.jpg",      &[]),
    ("scan/104_2x2_prog_ni.jpg", "scan/104_2x2_prog_ni.jpg", &[]),
    ("samp/s_1x1_2x1_2x1.jpg",   "samp/s_1x1_2x1_2x1.jpg",   &[]),
    ("samp/s_1x1_1x1_2x2.jpg",   "samp/s_1x1_1x1_2x2.jpg",   &[]),
    ("samp/s_1x2_2x1_1x1.jpg",   "samp/s_1x2_2x1_1x1.jpg",   &[]),
    ("samp/s_2x1_1x1_1x1.jpg",   "samp/s_2x1_1x1_1x1.jpg",   &[]),
    ("img/jpeg_luma_sub.jpg",    "img/jpeg_luma_sub.jpg",    &[]),
    ("img/jpeg_plain.jpg",       "img/jpeg_plain.jpg",       &[]),
    ("img/jpeg_no_eoi.jpg",      "img/jpeg_plain.jpg",       &[DecodeNote::EndMissing]),
    ("img/jpeg_no_eoi_samsung_trailer.jpg", "img/jpeg_plain.jpg", &[DecodeNote::EndMissing]),
    ("img/jpeg_no_dht.jpg",      "img/jpeg_no_dht.jpg",      &[]),
    ("img/webp_lossy_exif6.webp", "img/webp_lossy_exif6.webp", &[DecodeNote::Oriented { exif: 6 }]),
    // The pixels beside it are the hidden image's; its first frame shows what the PNG does.
    ("img/apng_hidden_default.png", "img/png_no_iend.png",   &[DecodeNote::FirstFrameOf { frames: 2 }]),
    ("img/png_no_iend.png",      "img/png_no_iend.png",      &[DecodeNote::EndMissing]),
    ("img/png_cgbi.png",         "img/png_no_iend.png",      &[]),
    ("img/png_alpha.png",        "img/png_alpha.png",        &[DecodeNote::AlphaIgnored]),
];

#[test]
fn files_from_the_field_are_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/field");
    if !folder.is_dir() {
        eprintln!("SKIPPED: {} is not here", folder.display());
        return;
    }
    let read =
        |name: &str| std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    for (name, pixels, notes) in FIELD {
        let got = decode(&read(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let want = decode(&read(&format!("{pixels}.rgb.png"))).unwrap().image;
        assert_eq!(got.notes, *notes, "{name}");
        assert_eq!((got.image.width, got.image.height), (want.width, want.height), "{name}");
        let worst = got.image.pixels.iter().zip(&want.pixels).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        let tolerance = if got.kind == FileKind::Jpeg { JPEG_TOLERANCE } else { 0 };
        assert!(worst <= tolerance, "{name} differs by {worst}");
    }
    // The browser's part; what it must give is checked where there is one.
    let unsupported = DecodeError::Unsupported { kind: FileKind::Avif };
    assert_eq!(decode(&read("img/avif_alpha.avif")), Err(unsupported));

    let is_image = |path: &Path| {
        let name = path.file_name().unwrap().to_string_lossy();
        !name.ends_with(".rgb.png")
            && [".jpg", ".png", ".webp", ".avif"].iter().any(|end| name.ends_with(end))
    };
    let there = ["img", "samp", "scan"].iter().flat_map(|part| std::fs::read_dir(folder.join(part)).unwrap());
    let there = there.filter(|entry| is_image(&entry.as_ref().unwrap().path())).count();
    assert_eq!(there, FIELD.len() + 1, "every image of the folder is looked at");
}
