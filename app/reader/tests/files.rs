//! Files that PyTorch 2.15 has written, and what its own safetensors writer makes of the same tensors.

#![cfg(not(target_family = "wasm"))]

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use reader::{Part, ReaderError, read};

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Type, shape and bytes of each tensor.
type Tensors = BTreeMap<String, (String, Vec<u64>, Vec<u8>)>;

fn tensors(safetensors: &[u8]) -> Tensors {
    let len = u64::from_le_bytes(*safetensors.first_chunk().expect("a length")) as usize;
    let (header, data) = safetensors[8..].split_at(len);
    let header: BTreeMap<String, serde_json::Value> = serde_json::from_slice(header).expect("JSON");
    let numbers = |value: &serde_json::Value| -> Vec<u64> {
        value.as_array().expect("a list").iter().map(|n| n.as_u64().expect("a number")).collect()
    };
    let one = |(name, tensor): (String, serde_json::Value)| {
        let offsets = numbers(&tensor["data_offsets"]);
        let bytes = data[offsets[0] as usize..offsets[1] as usize].to_vec();
        (name, (tensor["dtype"].as_str().expect("a type").to_owned(), numbers(&tensor["shape"]), bytes))
    };
    header.into_iter().filter(|(name, _)| name != "__metadata__").map(one).collect()
}

fn converted(name: &str) -> Tensors {
    let mut source = Cursor::new(file(name));
    let checkpoint = read(&mut source).unwrap_or_else(|error| panic!("{name}: {error}"));
    let all = tensors(&checkpoint.bytes(&mut source).expect("can be read"));
    assert_eq!(all.len(), checkpoint.tensors, "{name}");
    all
}

fn expected(name: &str) -> Tensors {
    tensors(&file(&format!("expected_{name}.safetensors")))
}

/// The tensors whose names begin with a prefix, without it.
fn of(all: &Tensors, prefix: &str) -> Tensors {
    all.iter()
        .filter_map(|(name, tensor)| Some((name.strip_prefix(prefix)?.to_owned(), tensor.clone())))
        .collect()
}

#[test]
fn dictionaries_are_read_in_every_form() {
    for name in ["zip.pth", "legacy.pth"] {
        assert_eq!(converted(name), expected("before"), "{name}");
    }
    assert_eq!(converted("protocol5.pth"), expected("net"));
}

#[test]
fn wrapped_dictionaries_keep_their_names_and_optimisers_are_left_out() {
    let all = converted("wrapped.pth");
    assert_eq!(of(&all, "state_dict.module."), expected("net"));
    let average = of(&all, "state_dict_ema.");
    assert_eq!(average.len(), expected("net").len());
    assert_eq!(all.len(), 2 * average.len(), "{:?}", all.keys());
}

#[test]
fn whole_modules_and_scripts_are_read_without_running_them() {
    for name in ["module.pth", "module_legacy.pth"] {
        assert_eq!(converted(name), expected("net"), "{name}");
    }
    // A script has no counters of batch normalisations that it does not use; its code has been taken out of the file.
    let script = converted("script.pt");
    for (name, tensor) in expected("net") {
        assert!(script.get(&name).is_none_or(|own| *own == tensor), "{name}");
    }
    assert!(
        script.contains_key("stem.weight") && script.contains_key("bn.running_var"),
        "{:?}",
        script.keys()
    );
}

#[test]
fn views_are_put_in_order_and_doubles_become_floats() {
    let all = converted("views.pth");
    assert_eq!(all, expected("views"));
    let legacy = converted("views_legacy.pth");
    for (name, tensor) in &legacy {
        assert_eq!(Some(tensor), all.get(name), "{name}");
    }
    assert_eq!(legacy.len(), 4);
}

#[test]
fn what_lies_in_order_is_not_copied() {
    let mut source = Cursor::new(file("zip.pth"));
    let checkpoint = read(&mut source).unwrap();
    let copied = checkpoint.parts.iter().filter(|part| matches!(part, Part::New(_))).count();
    assert_eq!(copied, 1, "the header alone");
}

#[test]
fn a_tensor_alone_has_a_name() {
    assert_eq!(converted("alone.pth").into_keys().collect::<Vec<_>>(), ["tensor"]);
}

#[test]
fn what_cannot_be_read_says_why() {
    let error = |bytes: Vec<u8>| read(&mut Cursor::new(bytes)).expect_err("no checkpoint");
    assert_eq!(error(file("quantised.pth")), ReaderError::Quantised { tensor: "w".to_owned() });
    assert_eq!(error(file("none.pth")), ReaderError::NoTensors { found: "a dictionary".to_owned() });
    let reason = |bytes: Vec<u8>| error(bytes).to_string();
    assert!(reason(file("plain.pkl")).contains("torch.save has not written"));
    assert!(reason(b"nothing".to_vec()).contains("neither as an archive"));
    assert!(reason(Vec::new()).contains("neither as an archive"));
    for name in ["zip.pth", "legacy.pth"] {
        let whole = file(name);
        for len in [0, 20, 100, whole.len() / 2, whole.len() - 1] {
            let cut = whole[..len].to_vec();
            assert!(!reason(cut).is_empty(), "{name}, {len} bytes");
        }
    }
    let cut = file("legacy.pth");
    let cut = cut[..cut.len() - 1].to_vec();
    assert!(matches!(error(cut), ReaderError::Truncated { .. }));
    // Nothing is run, and what would be is not needed.
    let harmful = b"\x80\x02cos\nsystem\nX\x02\0\0\0ls\x85R.".to_vec();
    let mut legacy = file("legacy.pth");
    let at = legacy.windows(3).rposition(|three| three == b"\x80\x02]").unwrap();
    legacy.splice(at.., harmful);
    assert!(matches!(error(legacy), ReaderError::Malformed { .. } | ReaderError::Truncated { .. }));
}

#[test]
fn pickles_that_would_grow_are_refused() {
    let with = |pickle: &[u8]| read(&mut Cursor::new(legacy(pickle))).expect_err("no checkpoint");
    let mut many = b"\x80\x02]".to_vec();
    many.extend(std::iter::repeat_n(b'N', 400_000));
    assert!(matches!(with(&many), ReaderError::TooLarge { .. }));
    let mut marks = b"\x80\x02".to_vec();
    marks.extend(std::iter::repeat_n(b'(', 400_000));
    assert!(matches!(with(&marks), ReaderError::TooLarge { .. }));
    // A list that is in itself, and 300 lists one in the other, with an empty list of storages behind.
    assert!(matches!(with(b"\x80\x02]q\0h\0a."), ReaderError::NoTensors { .. }));
    let mut deep = b"\x80\x02".to_vec();
    deep.extend(std::iter::repeat_n(b']', 300));
    deep.extend(std::iter::repeat_n(b'a', 299));
    deep.extend(b".");
    assert!(matches!(with(&deep), ReaderError::TooLarge { .. }));
}

/// A file of the older form with this pickle of values and no storages.
fn legacy(pickle: &[u8]) -> Vec<u8> {
    let legacy = file("legacy.pth");
    // Where the pickle of the values begins: behind three small ones.
    let start =
        legacy.windows(2).enumerate().filter(|(_, two)| two == b"\x80\x02").nth(3).expect("four pickles").0;
    [&legacy[..start], pickle, b"\x80\x02]."].concat()
}

/// What `_rebuild_tensor_v2` makes of a storage, with an offset of 2⁶² and these extents and strides.
fn tensor(extents: &[u8], strides: &[u8]) -> Vec<u8> {
    [
        b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0\x30X\x03\0\0\0cpuK\x01tQ\x8a\x08\0\0\0\0\0\0\0@",
        extents,
        strides,
        b"\x89}tR",
    ]
    .concat()
}

#[test]
fn tensors_without_numbers_may_lie_anywhere_and_others_may_not() {
    let far = b"(\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7ft";
    let in_dict = |tensor: Vec<u8>| [b"\x80\x02}X\x01\0\0\0w", &tensor[..], b"s."].concat();
    let empty = legacy(&in_dict(tensor(b"K\0K\x03\x86", far)));
    let mut source = Cursor::new(empty);
    let checkpoint = read(&mut source).expect("a tensor of no numbers");
    let all = tensors(&checkpoint.bytes(&mut source).expect("can be read"));
    assert_eq!(all["w"], ("F32".to_owned(), vec![0, 3], Vec::new()));
    for strides in [&far[..], b"K\x03K\x01\x86"] {
        let error = read(&mut Cursor::new(legacy(&in_dict(tensor(b"K\x02K\x03\x86", strides)))))
            .expect_err("outside");
        assert!(matches!(error, ReaderError::Truncated { .. }), "{error}");
    }
}

#[test]
fn weights_at_the_root_are_kept_whatever_they_are_called() {
    let named = |name: &[u8]| {
        let key = [b"X", &(name.len() as u32).to_le_bytes()[..], name].concat();
        legacy(&[b"\x80\x02}", &key[..], &tensor(b"K\0\x85", b"K\x01\x85"), b"s."].concat())
    };
    for name in ["optimal.weight", "scheduled.bias", "lr_head.weight"] {
        let mut source = Cursor::new(named(name.as_bytes()));
        let checkpoint = read(&mut source).expect("a tensor");
        let all = tensors(&checkpoint.bytes(&mut source).expect("can be read"));
        assert_eq!(all.keys().collect::<Vec<_>>(), [name]);
    }
}
