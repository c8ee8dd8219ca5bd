//! Labelled images: a folder with a folder of images for each class.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use engine::weights::labels::ClassName;

/// An image file and the output that stands for its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Labelled {
    pub(super) file: PathBuf,
    pub(super) class: usize,
}

/// The images under `dir`, whose folders have the English names of classes (or their WordNet ids, or the numbers of
/// outputs), in the order of classes and file names; at most `limit` of each class.
pub(super) fn find(dir: &Path, names: &[ClassName], limit: usize) -> Result<Vec<Labelled>> {
    let mut images = Vec::new();
    for folder in sorted(dir)? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        if !folder.is_dir() || name.starts_with('.') {
            continue;
        }
        let numbered = || name.parse().ok().filter(|number| *number < names.len());
        let is_named =
            |class: &ClassName| class.english == name || class.wordnet.iter().any(|id| *id == name);
        let class = names.iter().position(is_named).or_else(numbered).with_context(|| {
            let first = names.first().map_or("none", |name| &*name.english);
            format!("{} is named after none of the {} classes ({first}, …)", folder.display(), names.len())
        })?;
        let files = sorted(&folder)?.into_iter().filter(|file| file.is_file()).take(limit);
        images.extend(files.map(|file| Labelled { file, class }));
    }
    ensure!(!images.is_empty(), "{} has no folder of images named after a class", dir.display());
    images.sort_by_key(|image| image.class);
    Ok(images)
}

/// The images in the folders under `dir`, whatever those are called, of no class that has an output; at most `limit` of each.
pub(super) fn unnamed(dir: &Path, limit: usize) -> Result<Vec<Labelled>> {
    let mut images = Vec::new();
    for folder in sorted(dir)?.into_iter().filter(|folder| folder.is_dir()) {
        let files = sorted(&folder)?.into_iter().filter(|file| file.is_file()).take(limit);
        images.extend(files.map(|file| Labelled { file, class: usize::MAX }));
    }
    ensure!(!images.is_empty(), "{} has no folder of images", dir.display());
    Ok(images)
}

/// A folder's entries by name.
fn sorted(dir: &Path) -> Result<Vec<PathBuf>> {
    let listing = || format!("cannot list {}", dir.display());
    let mut entries: Vec<PathBuf> = fs::read_dir(dir)
        .with_context(listing)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()
        .with_context(listing)?;
    entries.sort();
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use engine::weights::manifest::LabelSet;

    use super::*;
    use crate::checkpoint::class_names;
    use crate::weights::tests::Folder;

    #[test]
    fn folders_are_classes() {
        let folder = Folder::new("labelled");
        for class in ["ship", "cat", ".cache"] {
            fs::create_dir_all(folder.0.join(class)).unwrap();
        }
        for file in ["ship/2.jpg", "ship/1.jpg", "cat/9.jpg", ".cache/x.jpg", "notes.txt"] {
            folder.file(file, b"");
        }
        let found = find(&folder.0, &class_names(LabelSet::Cifar10).unwrap(), 9).unwrap();
        let names: Vec<_> =
            found.iter().map(|image| (image.file.file_name().unwrap(), image.class)).collect();
        assert_eq!(names, [("9.jpg".as_ref(), 3), ("1.jpg".as_ref(), 8), ("2.jpg".as_ref(), 8)]);
        assert_eq!(find(&folder.0, &class_names(LabelSet::Cifar10).unwrap(), 1).unwrap().len(), 2);

        fs::create_dir_all(folder.0.join("unicorn")).unwrap();
        let error = find(&folder.0, &class_names(LabelSet::Cifar10).unwrap(), 9).unwrap_err().to_string();
        assert!(error.contains("unicorn") && error.contains("airplane"), "{error}");
    }

    #[test]
    fn outputs_can_be_numbered_or_have_wordnet_ids() {
        let folder = Folder::new("numbered");
        for class in ["285", "Egyptian cat", "n02124075"] {
            fs::create_dir_all(folder.0.join(class)).unwrap();
            folder.file(&format!("{class}/a.jpg"), b"");
        }
        let classes = |labels| {
            Vec::from_iter(
                find(&folder.0, &class_names(labels).unwrap(), 9).unwrap().iter().map(|image| image.class),
            )
        };
        assert_eq!(classes(LabelSet::Imagenet1000), [285, 285, 285]);
        assert_eq!(classes(LabelSet::Imagenet1001), [285, 286, 286]);
        assert!(find(&folder.0, &class_names(LabelSet::Cifar10).unwrap(), 9).is_err());
    }
}
