//! Whole networks and photos in a browser.
//!
//! What a file becomes on its way into a network is checked natively too, against the same numbers: both must
//! come to the same bits.

mod checksum;
#[cfg(all(target_family = "wasm", feature = "int8"))]
mod int8_golden;

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

use engine::decode::decode;
use engine::preprocess::{preprocess, resize_and_crop};
use engine::spec::{ChannelOrder, Interpolation, Preprocess, Resize};

#[cfg(target_family = "wasm")]
wasm_bindgen_test_configure!(run_in_browser);

macro_rules! image {
    ($name:literal) => {
        ($name, include_bytes!(concat!("data/images/", $name)) as &[u8])
    };
}

/// File, and the CRC-32 of its pixels, of the picture that a network sees, and of the network's input.
type Photo = ((&'static str, &'static [u8]), [u32; 3]);

const PHOTOS: [Photo; 5] = [
    (image!("rgb.png"), [0x1994_b334, 0x26b6_3cc2, 0xd610_c64b]),
    (image!("420.jpg"), [0xa606_5406, 0xde18_4297, 0x5155_2b41]),
    (image!("exif_6.jpg"), [0x6bff_a942, 0xf0e8_5fea, 0xbe9b_d116]),
    (image!("cmyk_adobe.jpg"), [0x80bc_074d, 0x7a69_df00, 0xe92a_ffb6]),
    (image!("lossy.webp"), [0x3ee5_6f2b, 0xfbf7_fffe, 0x8502_409c]),
];

#[cfg_attr(target_family = "wasm", wasm_bindgen_test)]
#[cfg_attr(not(target_family = "wasm"), test)]
fn photos_become_the_same_input_everywhere() {
    let p = Preprocess {
        resize: Resize::CropPct(0.875),
        interpolation: Interpolation::Bicubic,
        mean: Preprocess::IMAGENET_MEAN,
        std: Preprocess::IMAGENET_STD,
        order: ChannelOrder::Rgb,
    };
    let mut wrong = Vec::new();
    for ((name, bytes), expected) in PHOTOS {
        let image = decode(bytes).expect("an image").image;
        let seen = resize_and_crop(&image, &p, (224, 224));
        let input: Vec<u8> =
            preprocess(&image, &p, (224, 224)).iter().flat_map(|value| value.to_le_bytes()).collect();
        let found = [&image.pixels, &seen.pixels, &input].map(|bytes| checksum::crc32(bytes));
        if found != expected {
            wrong.push(format!("{name}: {found:#010x?}, expected {expected:#010x?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A browser's `usize` has 32 bits: what large inputs cost must not be counted in it.
#[cfg_attr(target_family = "wasm", wasm_bindgen_test)]
#[cfg_attr(not(target_family = "wasm"), test)]
fn large_inputs_are_counted_whole() {
    let facts = |side| {
        let variant =
            engine::zoo::Zoo::builtin().find("mobilevit_s").expect("in the zoo").with_resolution(side, side);
        variant.graph().expect("can be built").facts()
    };
    let (small, large) = (facts(256), facts(2048));
    let tokens = 64; // times as many, each with all others
    assert!(large.attention_macs > u64::from(u32::MAX) && large.softmax_elements > u64::from(u32::MAX));
    assert_eq!(large.attention_macs, tokens * tokens * small.attention_macs);
    assert_eq!(large.softmax_elements, tokens * tokens * small.softmax_elements);
    let classifier = 640 * 1000;
    assert_eq!(large.conv_linear_macs - classifier, tokens * (small.conv_linear_macs - classifier));
}

/// Networks as a visitor's browser runs them.
#[cfg(target_family = "wasm")]
mod networks {
    use std::io::Read;

    use super::wasm_bindgen_test;
    use engine::backend::{Target, Threads};
    use engine::golden::Golden;

    #[wasm_bindgen_test]
    fn simd_is_compiled_in() {
        // Flags get lost silently, and then everything is right but slow.
        const { assert!(cfg!(target_feature = "simd128"), "build with -Ctarget-feature=+simd128") };
    }

    async fn check(file: &[u8]) {
        let mut json = Vec::new();
        flate2::read::GzDecoder::new(file).read_to_end(&mut json).expect("gzip");
        let golden = Golden::parse(&json).expect("a golden file");
        let reports = golden.verify(Target::Cpu(&Threads::alone())).await.expect("the zoo has the network");
        assert_eq!(reports.len(), 2, "a golden file has two cases");
        for report in reports {
            assert!(report.passed, "{report:?}");
            assert!(report.stages_checked >= 12, "{report:?}");
        }
    }

    #[cfg(feature = "int8")]
    #[wasm_bindgen_test]
    fn bytes_are_the_same_everywhere() {
        for (_, json) in super::int8_golden::GOLDENS {
            super::int8_golden::Golden::parse(json).check();
        }
    }

    #[wasm_bindgen_test]
    async fn mobilenetv3_small_100() {
        check(include_bytes!("data/golden/mobilenetv3_small_100_224.json.gz")).await;
    }

    #[wasm_bindgen_test]
    async fn mobilevit_xxs() {
        check(include_bytes!("data/golden/mobilevit_xxs_256.json.gz")).await;
    }
}
