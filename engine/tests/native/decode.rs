//! Decoding against Pillow, and every kind of bad file.
//!
//! The files and what Pillow makes of them are written by `data/images/generate.py`.

#![allow(clippy::unwrap_used)]

use crate::checksum;

use std::collections::BTreeMap;
use std::path::PathBuf;

use engine::decode::{
    DecodeError, DecodeNote, FileKind, Header, MAX_PIXELS, RgbImage, decode, from_rgba, sniff,
};
use engine::preprocess::preprocess;
use engine::spec::{ChannelOrder, Interpolation, Preprocess, Resize};
use serde::Deserialize;

fn file(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/data/images", name].iter().collect();
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A line of expected.json.
#[derive(Deserialize)]
struct Expected {
    kind: FileKind,
    width: u32,
    height: u32,
    notes: Vec<DecodeNote>,
    crc32: Option<String>,
    tolerance: Option<u8>,
}

fn expected() -> BTreeMap<String, Expected> {
    serde_json::from_slice(&file("expected.json")).unwrap()
}

#[test]
fn pixels_are_those_of_pillow() {
    let mut failures = Vec::new();
    for (name, want) in expected() {
        let got = decode(&file(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((got.kind, &got.notes), (want.kind, &want.notes), "{name}");
        assert_eq!((got.image.width, got.image.height), (want.width, want.height), "{name}");
        match (want.crc32, want.tolerance) {
            (Some(crc), None) => {
                let got = format!("{:08x}", checksum::crc32(&got.image.pixels));
                if got != crc {
                    failures.push(format!("{name}: CRC {got}, expected {crc}"));
                }
            }
            (None, Some(tolerance)) => {
                let pillow = decode(&file(&format!("{name}.rgb.png"))).unwrap().image.pixels;
                assert_eq!(got.image.pixels.len(), pillow.len(), "{name}");
                let worst = got.image.pixels.iter().zip(&pillow).map(|(a, b)| a.abs_diff(*b)).max();
                println!("{name}: largest difference {worst:?}");
                if worst > Some(tolerance) {
                    failures.push(format!("{name}: differs by {worst:?}, accepted are {tolerance}"));
                }
            }
            _ => panic!("{name}: either a CRC or a tolerance"),
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn headers_agree_with_the_decoded_image() {
    for (name, want) in expected() {
        let header = Header::read(want.kind, &file(&name)).unwrap();
        let turned = header.orientation >= 5;
        let upright = if turned { (header.height, header.width) } else { (header.width, header.height) };
        assert_eq!(upright, (want.width, want.height), "{name}");
        assert_eq!(header.frames, if name.starts_with("animated") { 3 } else { 1 }, "{name}");
    }
}

/// `exif_6.jpg` with another orientation, and in it the position of the entry's value.
fn oriented(exif: u8) -> Vec<u8> {
    let mut bytes = file("exif_6.jpg");
    let entry = bytes.windows(8).position(|w| w == [1, 0x12, 0, 3, 0, 0, 0, 1]).unwrap();
    bytes[entry + 9] = exif;
    bytes
}

#[test]
fn every_orientation_is_applied() {
    let raw = decode(&oriented(1)).unwrap();
    assert!(raw.notes.is_empty());
    let (w, h) = (raw.image.width, raw.image.height);
    // Where the pixel shown at (x, y) comes from, by the definition of the Exif values (Exif 3.0, tag 274).
    type Origin = fn(u32, u32, u32, u32) -> (u32, u32);
    let origins: [Origin; 8] = [
        |x, y, _, _| (x, y),
        |x, y, w, _| (w - 1 - x, y),
        |x, y, w, h| (w - 1 - x, h - 1 - y),
        |x, y, _, h| (x, h - 1 - y),
        |x, y, _, _| (y, x),
        |x, y, _, h| (y, h - 1 - x),
        |x, y, w, h| (w - 1 - y, h - 1 - x),
        |x, y, w, _| (w - 1 - y, x),
    ];
    let pixel = |image: &RgbImage, x: u32, y: u32| {
        let at = (y * image.width + x) as usize * 3;
        image.pixels[at..at + 3].to_vec()
    };
    for (exif, origin) in (1..).zip(origins) {
        let got = decode(&oriented(exif)).unwrap();
        let want_size = if exif >= 5 { (h, w) } else { (w, h) };
        assert_eq!((got.image.width, got.image.height), want_size, "orientation {exif}");
        for (y, x) in (0..want_size.1).flat_map(|y| (0..want_size.0).map(move |x| (y, x))) {
            let (from_x, from_y) = origin(x, y, w, h);
            assert_eq!(pixel(&got.image, x, y), pixel(&raw.image, from_x, from_y), "{exif} at {x}, {y}");
        }
        let noted = got.notes.contains(&DecodeNote::Oriented { exif });
        assert_eq!(noted, exif != 1, "orientation {exif}");
    }
    assert!(decode(&oriented(9)).unwrap().notes.is_empty(), "an illegal value means upright");
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = file("grey.png");
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = checksum::crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

#[test]
fn huge_images_are_refused_by_their_header() {
    let too_large = |width, height| DecodeError::TooLarge { width, height, limit: MAX_PIXELS };
    let check = |bytes: &[u8], width, height| {
        assert_eq!(decode(bytes).unwrap_err(), too_large(width, height));
    };
    check(&png(30_000, 30_000), 30_000, 30_000);
    check(&png(30_000, 30_000)[..33], 30_000, 30_000);
    check(&png(1, 70_000), 1, 70_000);
    check(&png(u32::MAX, u32::MAX), u32::MAX, u32::MAX);

    let mut bmp = file("rgb.bmp");
    bmp[18..22].copy_from_slice(&20_000_u32.to_le_bytes());
    bmp[22..26].copy_from_slice(&(-20_000_i32).to_le_bytes());
    check(&bmp, 20_000, 20_000);

    let mut gif = file("still.gif");
    gif[6..10].copy_from_slice(&[0xFF; 4]);
    check(&gif, 65_535, 65_535);

    let mut jpeg = file("420.jpg");
    let sof = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    jpeg[sof + 5..sof + 9].copy_from_slice(&[0xEA, 0x60, 0xEA, 0x60]);
    check(&jpeg, 60_000, 60_000);

    let mut webp = file("lossy.webp");
    webp[26..30].copy_from_slice(&[0xFF, 0x3F, 0xFF, 0x3F]);
    check(&webp, 16_383, 16_383);

    let message = decode(&png(30_000, 30_000)).unwrap_err().to_string();
    assert!(message.contains("30000 × 30000") && message.contains("100 megapixels"), "{message}");
}

#[test]
fn files_cut_off_are_errors_and_no_grey_halves() {
    let names =
        ["444.jpg", "420.jpg", "progressive.jpg", "cmyk_adobe.jpg", "rgb.png", "grey16.png", "palette.png"];
    let others =
        ["lossless.webp", "lossy_alpha.webp", "animated.webp", "still.gif", "rgb.bmp", "palette.bmp"];
    for name in names.into_iter().chain(others) {
        let whole = file(name);
        for share in [0.1, 0.3, 0.5, 0.7, 0.9] {
            let cut = &whole[..(whole.len() as f64 * share) as usize];
            let kind = sniff(cut);
            let bytes = cut.len() as u64;
            let got = decode(cut).map(|decoded| decoded.notes);
            assert_eq!(
                got,
                Err(DecodeError::Truncated { kind, bytes }),
                "{name}, {bytes} of {}",
                whole.len()
            );
        }
    }
    // Between two chunks, and between two scans, nothing but the missing rest tells.
    let png = file("rgb.png");
    let data = png.windows(4).position(|name| name == b"IDAT").unwrap();
    assert!(matches!(decode(&png[..data - 4]), Err(DecodeError::Truncated { .. })));
    let progressive = file("progressive.jpg");
    let last_scan = progressive.windows(2).rposition(|pair| pair == [0xFF, 0xC4]).unwrap();
    assert!(matches!(decode(&progressive[..last_scan]), Err(DecodeError::Truncated { .. })));
}

#[test]
fn whole_pictures_need_no_end() {
    let names = ["444.jpg", "420.jpg", "restart.jpg", "progressive.jpg", "grey.jpg", "cmyk_adobe.jpg"];
    for (name, end_bytes) in
        names.map(|name| (name, 2)).into_iter().chain([("rgb.png", 12), ("grey16.png", 12)])
    {
        let whole = file(name);
        let with_end = decode(&whole).unwrap();
        let cut = &whole[..whole.len() - end_bytes];
        let without_end = decode(cut).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(without_end.image, with_end.image, "{name}");
        assert_eq!(without_end.notes.last(), Some(&DecodeNote::EndMissing), "{name}");
        assert!(!with_end.notes.contains(&DecodeNote::EndMissing), "{name}");
        // A few bytes less, and a part of the picture is missing.
        let too_short = decode(&cut[..cut.len() - 12]);
        assert!(matches!(too_short, Err(DecodeError::Truncated { .. })), "{name}: {too_short:?}");
        let after = decode(&[&whole[..], &[0; 100]].concat()).unwrap();
        assert_eq!(after, with_end, "{name}: bytes after the image do no harm");
    }
}

/// What a phone appends is no part of the picture, whether or not the end marker precedes it, and whatever it looks like.
#[test]
fn trailers_of_phones_are_skipped() {
    let whole = file("420.jpg");
    let picture = decode(&whole).unwrap().image;
    let another = file("444.jpg");
    let looks_like = |marker: u8| [&[0xFF, marker, 0, 4, 1, 2, 3][..], &another[20..]].concat();
    let trailers = (0x01..=0xFE).filter(|marker| *marker != 0xD9).map(looks_like).chain([another.clone()]);
    for trailer in trailers {
        let shown = decode(&[&whole, &trailer[..]].concat()).unwrap();
        assert!(shown.image == picture && shown.notes.is_empty(), "{:x?}", &trailer[..8]);
        let cut = [&whole[..whole.len() - 2], &trailer[..]].concat();
        let shown = decode(&cut).unwrap_or_else(|error| panic!("{:x?}: {error}", &trailer[..8]));
        assert!(shown.image == picture, "{:x?}", &trailer[..8]);
    }
}

/// Adobe's segment and JFIF's decide, then the components' names: libjpeg's rule.
#[test]
fn components_mean_what_libjpeg_takes_them_for() {
    let yellow = |bytes: &[u8]| decode(bytes).unwrap().image.pixels[..3].to_vec();
    let jfif = file("444.jpg"); // begins with JFIF's segment of 18 bytes
    let bare = [&jfif[..2], &jfif[20..]].concat();
    let adobe =
        |transform| [&jfif[..2], b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0", &[transform], &jfif[20..]].concat();
    let named = |ids: &[u8; 3], mut bytes: Vec<u8>| {
        let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
        let scan = bytes.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
        for (index, id) in ids.iter().enumerate() {
            bytes[frame + 10 + 3 * index] = *id;
            bytes[scan + 5 + 2 * index] = *id;
        }
        bytes
    };
    let (converted, as_stored) = (yellow(&jfif), yellow(&adobe(0)));
    // As far as decoders differ.
    let near = |a: &[u8], b: &[u8]| a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 4);
    assert!(!near(&converted, &as_stored));
    for bytes in [&bare, &adobe(1), &named(b"RGB", jfif.clone()), &named(b"\0\x01\x02", bare.clone())] {
        assert!(near(&yellow(bytes), &converted));
    }
    for bytes in [&named(b"RGB", bare.clone()), &named(b"\x01\x22\x23", adobe(0))] {
        assert!(near(&yellow(bytes), &as_stored));
    }
}

#[test]
fn codings_that_no_browser_reads_are_refused_by_name() {
    let jpeg = file("420.jpg");
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    let with = |offset: usize, byte| {
        let mut bytes = jpeg.clone();
        bytes[frame + offset] = byte;
        decode(&bytes).unwrap_err().to_string()
    };
    for (error, reason) in [
        (with(1, 0xC9), "arithmetic"),
        (with(1, 0xC3), "lossless"),
        (with(1, 0xC5), "coding process 5"),
        (with(4, 12), "12 bits"),
    ] {
        assert!(error.contains(reason) && error.contains("save it as PNG or JPEG"), "{error}");
    }
    let mut os2 = file("rgb.bmp");
    os2[14] = 36;
    os2[30] = 3;
    assert!(decode(&os2).unwrap_err().to_string().contains("compression 3 of OS/2"));
}

#[test]
fn other_files_are_named_with_a_next_step() {
    assert_eq!(decode(b""), Err(DecodeError::Empty));

    let error = decode(b"hello\0world").unwrap_err();
    assert_eq!(error, DecodeError::NotAnImage { first_bytes: b"hello\0world".to_vec() });
    assert!(error.to_string().contains("JPEG, PNG, WebP, GIF or BMP"), "{error}");

    let cases: [(&[u8], FileKind, &str); 20] = [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", FileKind::Heic, "Most Compatible"),
        (b"\0\0\0\x1Cftypavif\0\0\0\0mif1avifmiaf", FileKind::Avif, "JPEG or PNG"),
        (b"\xFF\x0A\xFA\x7F", FileKind::JpegXl, "JPEG or PNG"),
        (b"II*\0\x08\0\0\0", FileKind::Tiff, "Export"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", FileKind::Svg, "Export it as PNG"),
        (b"%PDF-1.7\n", FileKind::Pdf, "screenshot"),
        (b"<!doctype html><title>Not found</title>", FileKind::Html, "save the file itself"),
        (b"PK\x03\x04\x14\0\0\0", FileKind::Zip, "Unpack"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", FileKind::Video, "Pause"),
        (b"\x02\0\0\0\0\0\0\0{}", FileKind::Safetensors, "weights"),
        (b"PK\x03\x04archive/data.pkl", FileKind::Pytorch, "safetensors.torch"),
        (b"\x80\x02\x8A\x0A", FileKind::Pickle, "weights_only"),
        (b"\x08\x07\x12\x07pytorch", FileKind::Onnx, "exported from"),
        (b"\x1C\0\0\0TFL3", FileKind::Tflite, "Drop the file"),
        (b"\x89HDF\r\n\x1A\n", FileKind::Keras, "Drop the file"),
        (
            b"PK\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0w.npy",
            FileKind::Numpy,
            "safetensors.numpy",
        ),
        (b"\x93NUMPY\x01\0", FileKind::Npy, "hyperspectral cube"),
        (b"GGUF\x03\0\0\0", FileKind::Gguf, "safetensors"),
        (b"version https://git-lfs.github.com/spec/v1\n", FileKind::GitLfs, "git lfs pull"),
        (b"tench\ngoldfish\n", FileKind::Text, "labels.txt"),
    ];
    for (bytes, kind, next_step) in cases {
        let error = decode(bytes).unwrap_err();
        assert_eq!(error, DecodeError::Unsupported { kind });
        assert!(error.to_string().contains(next_step), "{kind:?}: {error}");
        let browser = matches!(kind, FileKind::Heic | FileKind::Avif | FileKind::JpegXl | FileKind::Tiff);
        assert_eq!(kind.browser_may_decode(), browser, "{kind:?}");
    }
}

#[test]
fn damaged_files_say_what_is_wrong() {
    let mut png = file("rgb.png");
    png[60] ^= 0x55;
    let mut gif = file("still.gif");
    gif[8..10].fill(0);
    let mut bmp = file("rgb.bmp");
    bmp[28..30].copy_from_slice(&[99, 0]);
    let jpeg = b"\xFF\xD8\xFF\xFE\0\x04no\xFF\xD9".to_vec();
    for (bytes, kind) in
        [(png, FileKind::Png), (gif, FileKind::Gif), (bmp, FileKind::Bmp), (jpeg, FileKind::Jpeg)]
    {
        match decode(&bytes) {
            Err(DecodeError::Corrupt { kind: found, reason }) => {
                assert_eq!(found, kind);
                assert!(reason.len() > 10, "{reason}");
            }
            other => panic!("{kind:?}: {other:?}"),
        }
    }
}

#[test]
fn errors_survive_the_way_to_another_thread() {
    let error = decode(&png(30_000, 30_000)).unwrap_err();
    let json = serde_json::to_string(&error).unwrap();
    assert_eq!(serde_json::from_str::<DecodeError>(&json).unwrap(), error);
}

#[test]
fn thin_images_decode_and_preprocess() {
    let p = Preprocess {
        resize: Resize::CropPct(0.875),
        interpolation: Interpolation::Bicubic,
        mean: Preprocess::IMAGENET_MEAN,
        std: Preprocess::IMAGENET_STD,
        order: ChannelOrder::Rgb,
    };
    for (width, height) in [(1, 1), (1, 4000), (4000, 1)] {
        let pixels = (0..width * height * 3).map(|i| (i % 251) as u8).collect();
        let buffer: image::RgbImage = image::ImageBuffer::from_raw(width, height, pixels).unwrap();
        for format in [image::ImageFormat::Png, image::ImageFormat::Bmp, image::ImageFormat::WebP] {
            let mut bytes = std::io::Cursor::new(Vec::new());
            buffer.write_to(&mut bytes, format).unwrap();
            let got = decode(bytes.get_ref()).unwrap().image;
            assert_eq!((got.width, got.height), (width, height));
            assert_eq!(&got.pixels, buffer.as_raw(), "{format:?}");
            let values = preprocess(&got, &p, (224, 224));
            assert_eq!(values.len(), 224 * 224 * 3);
            assert!(values.iter().all(|value| value.is_finite()));
        }
    }
}

#[test]
fn pixels_of_the_browser_are_checked() {
    let image = from_rgba(2, 1, &[1, 2, 3, 255, 4, 5, 6, 0]).unwrap();
    assert_eq!(image, RgbImage { width: 2, height: 1, pixels: vec![1, 2, 3, 4, 5, 6] });
    let wrong = |width, height, bytes| Err(DecodeError::PixelCount { width, height, bytes });
    assert_eq!(from_rgba(2, 2, &[0; 15]), wrong(2, 2, 15));
    assert_eq!(from_rgba(0, 5, &[]), wrong(0, 5, 0));
    assert_eq!(from_rgba(u32::MAX, u32::MAX, &[0; 4]), wrong(u32::MAX, u32::MAX, 4));
    let strip = vec![0; 4 * 70_000];
    assert!(matches!(from_rgba(70_000, 1, &strip), Err(DecodeError::TooLarge { .. })));
}
