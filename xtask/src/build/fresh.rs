//! Whether a site must be built again.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Everything a site is made of, relative to the repository's root. Tests and documents are not among it.
const INPUTS: &[&str] = &[
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "app",
    "engine/Cargo.toml",
    "engine/src",
    "engine/tests/data/golden",
    "index.html",
    "shaders",
    "static",
    "xtask/src/build",
    "xtask/src/supply",
];

/// A text that changes whenever one of the inputs under `root` (by name, length or time) or `extra` does.
pub(super) fn stamp(root: &Path, extra: &[&str]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    extra.hash(&mut hasher);
    for input in INPUTS {
        let path = root.join(input);
        if path.exists() {
            hash_entry(&path, &mut hasher)?;
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn hash_entry(path: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    let looked_at = || format!("cannot look at {}", path.display());
    path.hash(hasher);
    let metadata = fs::metadata(path).with_context(looked_at)?;
    if metadata.is_file() {
        (metadata.len(), metadata.modified().with_context(looked_at)?).hash(hasher);
        return Ok(());
    }
    let entries = fs::read_dir(path).with_context(looked_at)?;
    let mut children =
        entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>().with_context(looked_at)?;
    children.sort();
    children.iter().try_for_each(|child| hash_entry(child, hasher))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_follows_its_inputs() {
        let root = std::env::temp_dir().join(format!("mobilenet-lab-fresh-{}", std::process::id()));
        let source = root.join("app").join("src");
        fs::create_dir_all(&source).unwrap();
        fs::write(source.join("main.rs"), "1").unwrap();
        let first = stamp(&root, &["dev"]).unwrap();

        assert_eq!(stamp(&root, &["dev"]).unwrap(), first);
        assert_ne!(stamp(&root, &["release"]).unwrap(), first);
        fs::write(root.join("README.md"), "no input").unwrap();
        assert_eq!(stamp(&root, &["dev"]).unwrap(), first);

        fs::write(source.join("main.rs"), "12").unwrap();
        let edited = stamp(&root, &["dev"]).unwrap();
        assert_ne!(edited, first);
        fs::write(source.join("more.rs"), "").unwrap();
        assert_ne!(stamp(&root, &["dev"]).unwrap(), edited);
        fs::remove_dir_all(&root).unwrap();
    }
}
