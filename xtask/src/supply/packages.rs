//! What Cargo knows of packages: those of every build, and those whose code a visitor downloads.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::build::worker;
use crate::process::{command, output};
use crate::project::{WASM32, root};

/// A package's name and version. With all packages from one registry, these are enough.
pub(super) type Key = (String, String);

/// What `cargo metadata` prints, as far as it is needed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Metadata {
    pub(super) packages: Vec<Package>,
    pub(super) workspace_members: Vec<String>,
    resolve: Resolve,
}

/// A package.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Package {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) version: String,
    /// Absent where it is a folder.
    pub(super) source: Option<String>,
    /// As SPDX writes it, more or less.
    pub(super) license: Option<String>,
    pub(super) license_file: Option<PathBuf>,
    pub(super) manifest_path: PathBuf,
    #[serde(default)]
    pub(super) authors: Vec<String>,
    pub(super) repository: Option<String>,
    #[serde(default)]
    pub(super) dependencies: Vec<Dependency>,
}

/// What a package's manifest asks for.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// Versions.
    pub(super) req: String,
    pub(super) path: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Debug, Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Debug, Deserialize)]
struct Kind {
    /// `dev`, `build`, or nothing.
    kind: Option<String>,
}

impl Package {
    /// Its name and version.
    pub(super) fn key(&self) -> Key {
        (self.name.clone(), self.version.clone())
    }
}

impl Metadata {
    /// Of everything that is compiled for these targets, tests and tools included.
    pub(super) fn of_workspace(targets: &[String]) -> Result<Metadata> {
        let mut cargo = command("cargo");
        cargo.args(["metadata", "--locked", "--format-version", "1"]);
        for target in targets {
            cargo.args(["--filter-platform", target]);
        }
        serde_json::from_str(&output(&mut cargo)?).context("cargo metadata prints something unknown")
    }

    /// Whether a package is one of the workspace.
    pub(super) fn is_ours(&self, package: &Package) -> bool {
        self.workspace_members.contains(&package.id)
    }

    /// How a package got in: the shortest way from one of the workspace, both included.
    pub(super) fn way_to(&self, id: &str) -> Vec<&Package> {
        let nodes = self.nodes();
        let mut came_from: BTreeMap<&str, Option<&str>> =
            self.workspace_members.iter().map(|member| (member.as_str(), None)).collect();
        let mut queue: VecDeque<&str> = came_from.keys().copied().collect();
        while let Some(at) = queue.pop_front() {
            for edge in nodes.get(at).into_iter().flat_map(|node| &node.deps) {
                came_from.entry(&edge.pkg).or_insert_with(|| {
                    queue.push_back(&edge.pkg);
                    Some(at)
                });
            }
        }
        let mut way: Vec<&str> =
            std::iter::successors(Some(id), |&at| came_from.get(at).copied().flatten()).collect();
        way.reverse();
        way.iter().filter_map(|&id| self.packages.iter().find(|package| package.id == id)).collect()
    }

    /// The ids of packages that are needed for more than tests.
    pub(super) fn beyond_tests(&self) -> BTreeSet<&str> {
        let nodes = self.nodes();
        let is_needed = |edge: &&Edge| edge.dep_kinds.iter().any(|kind| kind.kind.as_deref() != Some("dev"));
        let mut found = BTreeSet::new();
        let mut rest: Vec<&str> = self.workspace_members.iter().map(String::as_str).collect();
        while let Some(at) = rest.pop() {
            if found.insert(at) {
                let edges = nodes.get(at).into_iter().flat_map(|node| &node.deps);
                rest.extend(edges.filter(is_needed).map(|edge| edge.pkg.as_str()));
            }
        }
        found
    }

    fn nodes(&self) -> BTreeMap<&str, &Node> {
        self.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect()
    }
}

/// Packages whose code is in the site's programs, with what each of them needs of the others.
#[derive(Debug)]
pub(super) struct Shipped {
    /// What is compiled for itself: the page, the worker and the modules.
    pub(super) programs: BTreeSet<Key>,
    pub(super) packages: BTreeMap<Key, Package>,
    pub(super) needs: BTreeMap<Key, BTreeSet<Key>>,
    /// The SHA-256 of each package that comes from a registry, as Cargo.lock has it.
    pub(super) checksums: BTreeMap<Key, String>,
}

impl Shipped {
    /// Asks Cargo. Unlike its metadata, its tree has only what the features of the shipped programs need, for wasm32 and without
    /// what runs while they are compiled.
    pub(super) fn find() -> Result<Shipped> {
        let mut cargo = command("cargo");
        cargo.args(["tree", "--locked", "--target", WASM32, "--edges", "normal,no-proc-macro"]);
        cargo.args(["--prefix", "depth", "--format", "{p}"]);
        let programs = worker::packages();
        for program in &programs {
            cargo.args(["--package", program]);
        }
        let needs = tree(&output(&mut cargo)?)?;
        let metadata = Metadata::of_workspace(&[WASM32.to_owned()])?;
        let packages: BTreeMap<Key, Package> = metadata
            .packages
            .iter()
            .filter(|package| needs.contains_key(&package.key()))
            .map(|package| (package.key(), package.clone()))
            .collect();
        ensure!(packages.len() == needs.len(), "cargo tree and cargo metadata name different packages");
        let programs =
            packages.keys().filter(|(name, _)| programs.contains(&name.as_str())).cloned().collect();
        let lock = root().join("Cargo.lock");
        let text = fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
        let mut checksums = checksums(&text)?;
        checksums.retain(|key, _| packages.contains_key(key));
        Ok(Shipped { programs, packages, needs, checksums })
    }

    /// Those that others have written.
    pub(super) fn of_others(&self) -> impl Iterator<Item = &Package> {
        self.packages.values().filter(|package| package.source.is_some())
    }
}

/// Reads what `cargo tree --prefix depth --format {p}` prints: `2serde v1.0.0 (*)` is something that the last line with a 1 needs.
/// What stands there again is marked, and what it needs left out.
fn tree(text: &str) -> Result<BTreeMap<Key, BTreeSet<Key>>> {
    let mut needs: BTreeMap<Key, BTreeSet<Key>> = BTreeMap::new();
    let mut way: Vec<Key> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let read = || {
            let (depth, package) = line.split_at(line.find(|letter: char| !letter.is_ascii_digit())?);
            let (name, rest) = package.split_once(" v")?;
            let version = rest.split(' ').next()?;
            Some((depth.parse::<usize>().ok()?, (name.to_owned(), version.to_owned())))
        };
        let (depth, key) = read().with_context(|| format!("cargo tree prints an unknown {line:?}"))?;
        way.truncate(depth);
        if let Some(by) = way.last() {
            needs.entry(by.clone()).or_default().insert(key.clone());
        }
        needs.entry(key.clone()).or_default();
        way.push(key);
    }
    ensure!(!needs.is_empty(), "cargo tree prints nothing");
    Ok(needs)
}

/// The packages' checksums in a Cargo.lock.
fn checksums(lock: &str) -> Result<BTreeMap<Key, String>> {
    #[derive(Deserialize)]
    struct Lock {
        package: Vec<Locked>,
    }
    #[derive(Deserialize)]
    struct Locked {
        name: String,
        version: String,
        checksum: Option<String>,
    }
    let lock: Lock = toml::from_str(lock).context("Cargo.lock has an unknown form")?;
    let entry = |locked: Locked| Some(((locked.name, locked.version), locked.checksum?));
    Ok(lock.package.into_iter().filter_map(entry).collect())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Metadata of the member `app`, which needs packages of crates.io one after the other: `(name, version, licence)`.
    pub(in crate::supply) fn chain(packages: &[(&str, &str, Option<&str>)]) -> Metadata {
        let id = |name: &str, version: &str| format!("{name}@{version}");
        let mut metadata = Metadata { workspace_members: vec![id("app", "0.1.0")], ..Metadata::default() };
        let app = [("app", "0.1.0", Some("MIT"))];
        let all: Vec<_> = app.iter().chain(packages).collect();
        for (at, &&(name, version, license)) in all.iter().enumerate() {
            let registry = "registry+https://github.com/rust-lang/crates.io-index".to_owned();
            metadata.packages.push(Package {
                id: id(name, version),
                name: name.to_owned(),
                version: version.to_owned(),
                source: (at > 0).then_some(registry),
                license: license.map(str::to_owned),
                license_file: None,
                manifest_path: PathBuf::from("Cargo.toml"),
                authors: Vec::new(),
                repository: None,
                dependencies: Vec::new(),
            });
            let next = all.get(at + 1).map(|(name, version, _)| Edge {
                pkg: id(name, version),
                dep_kinds: vec![Kind { kind: None }],
            });
            metadata.resolve.nodes.push(Node { id: id(name, version), deps: next.into_iter().collect() });
        }
        metadata
    }

    /// Says that tests alone need the `at`th package after `app`.
    pub(in crate::supply) fn for_tests_only(metadata: &mut Metadata, at: usize) {
        metadata.resolve.nodes[at].deps[0].dep_kinds[0].kind = Some("dev".to_owned());
    }

    #[test]
    fn ways_begin_in_the_workspace() {
        let mut metadata = chain(&[("a", "1.0.0", None), ("b", "2.0.0", None), ("c", "3.0.0", None)]);
        let names = |metadata: &Metadata| {
            metadata.way_to("b@2.0.0").iter().map(|package| package.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&metadata), ["app", "a", "b"]);
        assert_eq!(metadata.beyond_tests().len(), 4);
        for_tests_only(&mut metadata, 1);
        assert_eq!(metadata.beyond_tests(), BTreeSet::from(["a@1.0.0", "app@0.1.0"]));
    }

    #[test]
    fn a_tree_says_who_needs_what() {
        let text =
            "0app v0.1.0 (/a folder/app)\n1b v1.0.0\n2c v2.0.0+spec-1\n1c v2.0.0+spec-1 (*)\n\n0d v3.0.0\n";
        let needs = tree(text).unwrap();
        let key = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        let c = key("c", "2.0.0+spec-1");
        assert_eq!(needs[&key("app", "0.1.0")], BTreeSet::from([key("b", "1.0.0"), c.clone()]));
        assert_eq!(needs[&key("b", "1.0.0")], BTreeSet::from([c.clone()]));
        assert!(needs[&c].is_empty() && needs[&key("d", "3.0.0")].is_empty());
        for text in ["", "app v1", "0app", "1"] {
            assert!(tree(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn checksums_are_those_of_the_lock_file() {
        let lock = "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n\n\
                    [[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\nchecksum = \"ab\"\n";
        let key = ("a".to_owned(), "1.0.0".to_owned());
        assert_eq!(checksums(lock).unwrap(), BTreeMap::from([(key, "ab".to_owned())]));
        assert!(checksums("no lock").is_err());
    }

    #[test]
    fn the_shipped_programs_are_found_with_all_they_need() {
        let shipped = Shipped::find().unwrap();
        assert_eq!(shipped.programs.len(), worker::packages().len());
        let names: BTreeSet<&str> = shipped.packages.keys().map(|(name, _)| name.as_str()).collect();
        for name in ["leptos", "wgpu", "image", "serde", "engine"] {
            assert!(names.contains(name), "{name}");
        }
        // Macros, tests' and tools' packages are in no program.
        for name in ["serde_derive", "leptos_macro", "proptest", "ureq", "xtask", "wgpu-core"] {
            assert!(!names.contains(name), "{name}");
        }
        for package in shipped.of_others() {
            assert!(shipped.checksums.contains_key(&package.key()), "{} has no checksum", package.name);
        }
        assert!(shipped.needs.values().flatten().all(|key| shipped.packages.contains_key(key)));
    }
}
