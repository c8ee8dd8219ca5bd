//! Arrays from files: as NumPy and SciPy write them (`tests/data/generate.py`), and in the forms that those do not write.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used)]

mod common;

use common::{Form, Labelled, data};
use cube::{CubeError, Format, Labels, NumberKind, Scene, false_colour, read};

/// Kinds of numbers, as the files' names have them.
const KINDS: [(&str, NumberKind); 10] = [
    ("uint8", NumberKind::U8),
    ("int8", NumberKind::I8),
    ("uint16", NumberKind::U16),
    ("int16", NumberKind::I16),
    ("uint32", NumberKind::U32),
    ("int32", NumberKind::I32),
    ("uint64", NumberKind::U64),
    ("int64", NumberKind::I64),
    ("float32", NumberKind::F32),
    ("float64", NumberKind::F64),
];

/// What `numbers` of generate.py gives, in C order.
fn expected(kind: NumberKind) -> Vec<f64> {
    let step = if kind.bytes() == 1 { 4 } else { 17 };
    let is_signed = !kind.name().starts_with('u');
    let value = |index: i64| match index * step {
        even if is_signed && even % 2 == 0 => -(even / 2),
        value => value,
    };
    (1..=60).map(|index| value(index) as f64).collect()
}

#[test]
fn arrays_of_numpy_are_read_in_every_order_and_version() {
    let mut found = 0;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some((_, kind)) = KINDS.iter().find(|(kind, _)| name.starts_with(&format!("{kind}_"))) else {
            continue;
        };
        let array = read(data(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            (array.format, &*array.shape, array.numbers),
            (Format::Numpy, &[3, 4, 5][..], *kind),
            "{name}"
        );
        assert_eq!(array.values(), expected(*kind), "{name}");
        found += 1;
    }
    assert_eq!(found, 14);
}

#[test]
fn variables_of_scipy_are_read() {
    for (name, kind) in KINDS {
        let array = read(data(&format!("{name}.mat"))).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            (array.format, &*array.shape, array.numbers),
            (Format::Matlab, &[3, 4, 5][..], kind),
            "{name}"
        );
        assert_eq!(array.values(), expected(kind), "{name}");
    }
    let plain = read(data("plain.mat")).unwrap();
    assert_eq!(plain.name.as_deref(), Some("indian_pines_corrected"));
    assert_eq!(plain.values(), expected(NumberKind::F64));
}

#[test]
fn the_largest_cube_of_several_variables_is_taken() {
    let several = read(data("several.mat")).unwrap();
    assert_eq!((several.name.as_deref(), several.values()), (Some("cube"), expected(NumberKind::U16)));
}

#[test]
fn maps_of_classes_are_read() {
    for name in ["truth.npy", "truth.mat"] {
        let truth = Labels::new(&read(data(name)).unwrap()).unwrap();
        assert_eq!((truth.height, truth.width), (3, 4), "{name}");
        assert_eq!(truth.classes, [0, 1, 2, 2, 3, 3, 0, 1, 16, 2, 1, 0], "{name}");
    }
    for (value, text) in [(-1.0, "-1"), (0.5, "0.5"), (65536.0, "65536"), (f64::NAN, "NaN")] {
        let form = Form { numbers: NumberKind::F64, ..Form::PLAIN };
        let array = read(form.npy(&[2, 3], &[0.0, 1.0, 2.0, 3.0, value, 5.0])).unwrap();
        let error = Labels::new(&array).unwrap_err();
        assert_eq!(error, CubeError::Label { value: text.to_owned(), row: 1, column: 1 });
    }
}

#[test]
fn a_scene_is_the_same_in_every_form() {
    let scene = Labelled::new(9, 8, 6, 3, 5);
    let mut forms = 0;
    for (_, numbers) in KINDS.iter().filter(|(_, kind)| kind.bytes() > 1) {
        for bits in 0..16_u8 {
            let [is_big_endian, is_fortran, is_compressed, is_new] = [1, 2, 4, 8].map(|bit| bits & bit > 0);
            let version = if is_new { 2 + u8::from(is_fortran) } else { 1 };
            let form = Form { numbers: *numbers, is_big_endian, is_fortran, version, is_compressed };
            let variables = [
                form.variable("x", &[1, 1], &[7.0]),
                form.variable("a_scene_with_a_name", &scene.shape(), &scene.values),
                form.variable("gt", &scene.shape()[..2], &scene.truth()),
            ];
            for file in [form.npy(&scene.shape(), &scene.values), form.mat(&variables)] {
                let array = read(file).unwrap_or_else(|error| panic!("{form:?}: {error}"));
                assert_eq!((&*array.shape, array.numbers), (&scene.shape()[..], *numbers), "{form:?}");
                assert_eq!(array.values(), scene.values, "{form:?}");
                forms += 1;
            }
            let truth = read(form.mat(&variables[2..])).unwrap();
            assert_eq!(Labels::new(&truth).unwrap().classes, scene.truth, "{form:?}");
        }
    }
    assert_eq!(forms, 8 * 16 * 2);
}

#[test]
fn small_elements_hold_their_data_within_the_tag() {
    // One-byte numbers of a 1 × 2 × 2 array and a name of one letter are small elements.
    let form = Form { numbers: NumberKind::U8, ..Form::PLAIN };
    let array = read(form.mat(&[form.variable("q", &[2, 2], &[1.0, 2.0, 3.0, 4.0])])).unwrap();
    assert_eq!((array.name.as_deref(), array.values()), (Some("q"), vec![1.0, 2.0, 3.0, 4.0]));
}

#[test]
fn sides_of_one_are_no_dimensions() {
    let form = Form::PLAIN;
    let numbers: Vec<f64> = (0..24).map(f64::from).collect();
    for shape in [&[1, 2, 3, 4][..], &[2, 3, 4, 1], &[2, 3, 1, 4]] {
        for file in [form.npy(shape, &numbers), form.mat(&[form.variable("x", shape, &numbers)])] {
            let array = read(file).unwrap();
            assert_eq!((&*array.shape, array.values()), (&[2, 3, 4][..], numbers.clone()));
        }
    }
    assert_eq!(read(form.npy(&[4, 6, 1], &numbers)).unwrap().shape, [4, 6]);
}

#[track_caller]
fn refused(file: Vec<u8>, says: &[&str]) {
    let error = read(file).and_then(Scene::new).unwrap_err();
    let text = error.to_string();
    assert!(says.iter().all(|part| text.contains(part)), "{text}");
    assert!(text.ends_with(['.', '?']), "{text}");
}

#[test]
fn what_cannot_be_read_is_named() {
    refused(Vec::new(), &["neither a NumPy array"]);
    refused(b"\x89PNG\r\n\x1A\n".to_vec(), &["[137, 80, 78, 71", "numpy.save"]);
    refused(data("complex.npy"), &["<c8", "astype"]);
    refused(data("records.npy"), &["records", "'a', '<f4'"]);
    refused(data("row.npy"), &["1 × 7 × 1", "three dimensions"]);
    refused(data("truth.npy"), &["3 × 4"]);
    refused(data("complex.mat"), &["waves (complex numbers)", "astype"]);
    refused(data("no_cube.mat"), &["name (", "row (1 × 4)"]);
    let mut hdf5 = b"MATLAB 7.3 MAT-file, Platform: PCWIN64".to_vec();
    hdf5.resize(124, b' ');
    hdf5.extend(b"\x00\x02IM\x89HDF");
    refused(hdf5, &["7.3", "'-v7'", "h5py"]);
    let form = Form::PLAIN;
    refused(form.mat(&[]), &["no variable"]);
    refused(form.npy(&[2, 0, 2], &[]), &["2 × 0 × 2", "empty"]);
}

#[test]
fn files_that_are_cut_off_are_told_from_damaged_ones() {
    let scene = Labelled::new(9, 8, 6, 3, 5);
    let npy = Form::PLAIN.npy(&scene.shape(), &scene.values);
    let expected = npy.len() as u64;
    let cut = read(npy[..npy.len() - 3].to_vec()).unwrap_err();
    assert_eq!(cut, CubeError::Truncated { format: Format::Numpy, expected, found: expected - 3 });

    let mat = Form::PLAIN.mat(&[Form::PLAIN.variable("x", &scene.shape(), &scene.values)]);
    let cut = read(mat[..mat.len() - 3].to_vec()).unwrap_err();
    assert!(matches!(cut, CubeError::Truncated { format: Format::Matlab, .. }), "{cut}");

    // The checksum of compressed data is looked at.
    let form = Form { is_compressed: true, ..Form::PLAIN };
    let mut mat = form.mat(&[form.variable("x", &scene.shape(), &scene.values)]);
    let last = mat.len() - 1;
    mat[last] ^= 1;
    let damaged = read(mat).unwrap_err();
    assert!(damaged.to_string().contains("cannot be decompressed"), "{damaged}");
}

#[test]
fn too_much_is_refused_before_there_is_room_for_it() {
    let shape = |shape: &[usize]| {
        let mut file = Form::PLAIN.npy(shape, &[]);
        file.resize(file.len() + 64, 0);
        read(file).and_then(Scene::new).unwrap_err().to_string()
    };
    assert!(shape(&[1 << 20, 1 << 20, 1 << 20]).contains("1048576 × 1048576 × 1048576, which is too large"));
    assert!(shape(&[usize::MAX, 2, 3]).contains("too large: at most 1024 MB"));
    assert!(shape(&[1000, 1000, 200]).contains("64 of") || shape(&[1000, 1000, 200]).contains("too early"));
    let many_bands = read(Form::PLAIN.npy(&[2, 2, 513], &vec![1.0; 2052])).and_then(Scene::new).unwrap_err();
    assert!(many_bands.to_string().contains("512 bands"), "{many_bands}");
}

#[test]
fn the_picture_has_the_sensors_colours() {
    // 200 bands are Indian Pines: bands 26, 16 and 6 are at 645, 551 and 456 nm, if AVIRIS' bands are evenly spaced.
    let (height, width, bands) = (10, 10, 200);
    let mut values = vec![0.0; height * width * bands];
    for (pixel, bands) in values.chunks_exact_mut(bands).enumerate() {
        bands[27] = pixel as f64;
        bands[16] = 99.0 - pixel as f64;
    }
    let scene = Scene::new(read(Form::PLAIN.npy(&[height, width, bands], &values)).unwrap()).unwrap();
    let (shown, picture) = false_colour(&scene);
    assert_eq!((shown.bands, shown.sensor.as_deref()), ([27, 16, 6], Some("AVIRIS")));
    assert_eq!(shown.wavelengths, Some([654, 551, 457]));
    // From the 2nd to the 98th of 100 values, and what is constant is black.
    let pixel = |index: usize| &picture[3 * index..][..3];
    assert_eq!(
        (pixel(0), pixel(2), pixel(97), pixel(99)),
        (&[0, 255, 0][..], &[0, 255, 0][..], &[255, 0, 0][..], &[255, 0, 0][..])
    );
    assert_eq!(
        pixel(50),
        &[(48.0_f64 / 95.0 * 255.0).round() as u8, (47.0_f64 / 95.0 * 255.0).round() as u8, 0]
    );

    let other = Labelled::new(9, 8, 40, 3, 5);
    let scene = Scene::new(read(Form::PLAIN.npy(&other.shape(), &other.values)).unwrap()).unwrap();
    let (shown, _) = false_colour(&scene);
    assert_eq!((shown.bands, shown.sensor, shown.wavelengths), ([30, 20, 10], None, None));
}
