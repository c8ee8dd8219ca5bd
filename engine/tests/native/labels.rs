//! The class names in `static/labels`.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use engine::weights::labels::ClassName;
use engine::weights::manifest::LabelSet;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../static/labels"))
}

fn names(set: LabelSet) -> Vec<ClassName> {
    let table = fs::read_to_string(folder().join(set.file())).unwrap();
    assert!(!table.contains('\r') && table.ends_with('\n'), "{}", set.file());
    set.class_names(&table).unwrap_or_else(|error| panic!("{}: {error}", set.file()))
}

/// `n` and eight digits, as ImageNet writes the offsets of WordNet 3.0's nouns.
fn is_wordnet_id(id: &str) -> bool {
    id.strip_prefix('n')
        .is_some_and(|digits| digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_han(c: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&c)
}

/// Why a class's Chinese name is badly written, if it is.
fn fault(name: &ClassName) -> Option<&'static str> {
    let letters: Vec<char> = name.chinese.chars().collect();
    let is_known = |&c: &char| is_han(c) || "（） ".contains(c) || c.is_ascii_alphanumeric();
    let count = |wanted: char| letters.iter().filter(|&&c| c == wanted).count();
    let parts_scripts = |around: &&[char]| {
        around[1] == ' '
            && (is_han(around[0]) && around[2].is_ascii_alphanumeric()
                || around[0].is_ascii_alphanumeric() && is_han(around[2]))
    };
    // A product's name is the same everywhere.
    if !letters.iter().any(|&c| is_han(c)) && name.chinese != name.english {
        Some("nothing Chinese")
    } else if !letters.iter().all(is_known) {
        Some("a character that is neither Chinese, Latin, a digit nor a full-width bracket")
    } else if count('（') != count('）') {
        Some("brackets that do not close")
    } else if letters.windows(3).filter(parts_scripts).count() != count(' ') {
        Some("a space that does not stand between Chinese and Latin")
    } else {
        None
    }
}

#[test]
fn every_class_has_one_name_of_its_own_in_each_language() {
    for set in LabelSet::ALL {
        let (mut english, mut chinese) = (BTreeSet::new(), BTreeSet::new());
        for name in names(set) {
            assert!(name.english.is_ascii() && name.english.trim() == name.english, "{set:?}: {name:?}");
            assert_eq!(fault(&name), None, "{set:?}: {name:?}");
            assert!(english.insert(name.english.clone()), "{set:?} has two classes {:?}", name.english);
            assert!(chinese.insert(name.chinese.clone()), "{set:?} has two classes {:?}", name.chinese);
        }
    }
}

#[test]
fn badly_written_names_are_noticed() {
    let name = |chinese: &str| ClassName {
        english: "iPod".to_owned(),
        chinese: chinese.to_owned(),
        wordnet: Vec::new(),
    };
    for good in ["iPod", "猫", "灯（灯罩）", "T恤", "CD 播放机", "福特 T 型车", "鹟䴕"] {
        assert_eq!(fault(&name(good)), None, "{good}");
    }
    for bad in [
        "",
        "cat",
        "猫(虎斑)",
        "灯（灯罩",
        "猫,狗",
        "猫，狗",
        " 猫",
        "猫 ",
        "猫 狗",
        "CD  播放机",
        "ＣＤ播放机",
        "lampe 灯é",
    ] {
        assert_ne!(fault(&name(bad)), None, "{bad}");
    }
}

#[test]
fn the_same_thing_is_called_the_same_in_every_set() {
    let mut known = BTreeMap::new();
    for set in LabelSet::ALL {
        for name in names(set) {
            let before = known.entry(name.english.clone()).or_insert_with(|| name.chinese.clone());
            assert_eq!(*before, name.chinese, "{set:?}: {}", name.english);
        }
    }
}

#[test]
fn classes_of_imagenet_are_its_synsets_in_order() {
    let names = names(LabelSet::Imagenet1000);
    for (class, name) in names.iter().enumerate() {
        assert!(matches!(&name.wordnet[..], [id] if is_wordnet_id(id)), "{class}: {name:?}");
    }
    assert!(names.is_sorted_by(|a, b| a.wordnet < b.wordnet));
    for (class, id, english, chinese) in [
        (0, "n01440764", "tench", "丁鱥"),
        (134, "n02012849", "crane bird", "鹤"),
        (285, "n02124075", "Egyptian cat", "埃及猫"),
        (474, "n02963159", "cardigan", "开襟毛衣"),
        (517, "n03126707", "crane", "起重机"),
        (639, "n03710721", "maillot tank suit", "连体泳衣"),
        (999, "n15075141", "toilet tissue", "卫生纸"),
    ] {
        let name = &names[class];
        assert_eq!((&*name.wordnet[0], &*name.english, &*name.chinese), (id, english, chinese));
    }
}

#[test]
fn tensorflow_counts_a_background_before_imagenet() {
    let mut counted = names(LabelSet::Imagenet1001);
    let background = counted.remove(0);
    assert_eq!((&*background.english, &*background.chinese), ("background", "背景"));
    assert_eq!(counted, names(LabelSet::Imagenet1000));
}

#[test]
fn everyday_classes_are_made_of_synsets_of_imagenet_each_at_most_once() {
    let imagenet = names(LabelSet::Imagenet1000);
    let mut known: BTreeSet<&str> = imagenet.iter().map(|name| &*name.wordnet[0]).collect();
    for name in names(LabelSet::Everyday146) {
        for id in &name.wordnet {
            assert!(known.remove(&**id), "{id} of {name:?}");
        }
    }
}

#[test]
fn every_table_is_that_of_a_label_set() {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let tables: BTreeSet<String> = files.filter(|file| file != "README.md").collect();
    let known: BTreeSet<String> = LabelSet::ALL.map(|set| set.file().to_owned()).into();
    assert_eq!(tables, known);
}
