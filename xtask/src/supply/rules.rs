//! The rules of `deny.toml`, and whether packages keep them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, anyhow};
use semver::{Version, VersionReq};
use serde::Deserialize;
use spdx::{Expression, LicenseReq, Licensee, ParseMode};

use super::packages::{Metadata, Package};
use crate::project::root;

/// The file of the rules.
pub(super) const FILE: &str = "deny.toml";
/// What precedes the address of a registry where Cargo says whence a package is.
const REGISTRY: &str = "registry+";

/// The rules. The file's form is that of cargo-deny; what does not stand here is refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rules {
    pub(super) graph: Graph,
    licenses: Licenses,
    sources: Sources,
    bans: Bans,
    /// cargo-deny's alone.
    #[serde(rename = "advisories")]
    _advisories: serde::de::IgnoredAny,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Graph {
    /// What is compiled for.
    pub(super) targets: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Licenses {
    allow: Vec<Licence>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

/// Licences that are allowed to some packages only.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    #[serde(rename = "crate")]
    spec: Spec,
    allow: Vec<Licence>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Sources {
    #[serde(rename = "unknown-registry")]
    _registry: Level,
    #[serde(rename = "unknown-git")]
    _git: Level,
    allow_registry: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Bans {
    #[serde(rename = "wildcards")]
    _wildcards: Level,
    #[serde(rename = "allow-wildcard-paths")]
    _paths: bool,
    #[serde(rename = "multiple-versions")]
    _versions: Level,
    deny: Vec<Ban>,
    skip: Vec<Skip>,
}

/// What becomes of who breaks a rule. There is no milder level here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Level {
    Deny,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Ban {
    #[serde(rename = "crate")]
    spec: Spec,
    use_instead: String,
}

/// A version that may be there beside the newest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Skip {
    #[serde(rename = "crate")]
    spec: Spec,
    #[serde(rename = "reason")]
    _reason: String,
}

/// A licence, perhaps with an exception: `Apache-2.0 WITH LLVM-exception`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Licence(Licensee);

impl TryFrom<String> for Licence {
    type Error = anyhow::Error;

    fn try_from(text: String) -> Result<Self> {
        let licensee = Licensee::parse(&text);
        licensee.map(Self).map_err(|error| anyhow!("{text:?} is no SPDX licence: {}", error.reason))
    }
}

/// A package by its name, and perhaps by its version: `name`, `name@1.2.3` or `name:^1`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Spec {
    text: String,
    name: String,
    versions: VersionReq,
}

impl TryFrom<String> for Spec {
    type Error = anyhow::Error;

    fn try_from(text: String) -> Result<Self> {
        let (name, versions) = match text.split_once(['@', ':']) {
            None => (text.as_str(), "*".to_owned()),
            Some((name, version)) if text[name.len()..].starts_with('@') => (name, format!("={version}")),
            Some((name, versions)) => (name, versions.to_owned()),
        };
        let versions =
            VersionReq::parse(&versions).with_context(|| format!("{text:?} has an unknown version"))?;
        Ok(Self { name: name.to_owned(), versions, text })
    }
}

impl Spec {
    fn is(&self, package: &Package) -> bool {
        self.name == package.name
            && Version::parse(&package.version).is_ok_and(|version| self.versions.matches(&version))
    }
}

/// A rule that is not kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    /// What is wrong, with the package and its version.
    what: String,
    /// How the package got in; nothing where no package is to blame.
    way: String,
    /// What to do.
    remedy: String,
}

impl std::fmt::Display for Complaint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let way = if self.way.is_empty() { String::new() } else { format!("\n    way in: {}", self.way) };
        write!(f, "{}{way}\n    to do: {}", self.what, self.remedy)
    }
}

/// A licence as crates.io takes it: older packages write a stroke for OR.
pub(super) fn expression(text: &str) -> Result<Expression> {
    Expression::parse_mode(text, ParseMode::LAX).map_err(|error| anyhow!("{}", error.reason))
}

impl Rules {
    /// Reads the repository's.
    pub(super) fn read() -> Result<Rules> {
        let file = root().join(FILE);
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Rules> {
        toml::from_str(text).with_context(|| format!("{FILE} has a rule that is not known here"))
    }

    /// All that is wrong with these packages, and rules that none of them needs.
    pub(super) fn judge(&self, metadata: &Metadata) -> Vec<Complaint> {
        let mut judge = Judge { rules: self, metadata, complaints: Vec::new() };
        judge.licences();
        judge.sources();
        judge.bans();
        judge.versions();
        judge.unneeded();
        judge.complaints
    }

    /// The licences that a package may be under.
    fn allowed<'a>(&'a self, package: &'a Package) -> impl Iterator<Item = &'a Licensee> {
        let exceptions = self.licenses.exceptions.iter().filter(|exception| exception.spec.is(package));
        self.licenses.allow.iter().chain(exceptions.flat_map(|exception| &exception.allow)).map(|one| &one.0)
    }
}

struct Judge<'a> {
    rules: &'a Rules,
    metadata: &'a Metadata,
    complaints: Vec<Complaint>,
}

impl Judge<'_> {
    fn complain(&mut self, package: &Package, what: &str, remedy: &str) {
        let way = self.metadata.way_to(&package.id);
        let way: Vec<String> = way.iter().map(|one| format!("{} {}", one.name, one.version)).collect();
        self.complaints.push(Complaint {
            what: format!("{} {}: {what}", package.name, package.version),
            way: way.join(" → "),
            remedy: remedy.to_owned(),
        });
    }

    fn licences(&mut self) {
        let metadata = self.metadata;
        for package in &metadata.packages {
            let Some(text) = &package.license else {
                self.complain(
                    package,
                    "its manifest names no licence",
                    "ask its authors for one, or use another package",
                );
                continue;
            };
            match expression(text) {
                Err(reason) => self.complain(
                    package,
                    &format!("its licence {text:?} is no SPDX expression ({reason})"),
                    "ask its authors to mend it, or use another package",
                ),
                Ok(expression) => {
                    let is_allowed =
                        |req: &LicenseReq| self.rules.allowed(package).any(|one| one.satisfies(req));
                    if let Err(refused) = expression.evaluate_with_failures(is_allowed) {
                        let refused: Vec<String> = refused.iter().map(|one| one.req.to_string()).collect();
                        self.complain(
                            package,
                            &format!("its licence is {text:?}, and {} is not allowed", refused.join(", ")),
                            &format!(
                                "use another package; if this project can keep the licence's terms, enter it in [licenses] of {FILE}"
                            ),
                        );
                    }
                }
            }
        }
    }

    fn sources(&mut self) {
        let metadata = self.metadata;
        for package in &metadata.packages {
            let is_known = match &package.source {
                None => metadata.is_ours(package),
                Some(source) => source.strip_prefix(REGISTRY).is_some_and(|registry| {
                    self.rules.sources.allow_registry.iter().any(|allowed| allowed == registry)
                }),
            };
            if !is_known {
                let source = package.source.as_deref().unwrap_or("a folder outside the workspace");
                self.complain(
                    package,
                    &format!("it comes from {source}"),
                    &format!("use a version of a registry that {FILE} names in [sources]"),
                );
            }
        }
    }

    fn bans(&mut self) {
        let metadata = self.metadata;
        for package in &metadata.packages {
            for ban in self.rules.bans.deny.iter().filter(|ban| ban.spec.is(package)) {
                self.complain(package, "it is banned", &format!("use {} instead", ban.use_instead));
            }
            if metadata.is_ours(package) {
                let any = |dependency: &&super::packages::Dependency| {
                    dependency.req == "*" && dependency.path.is_none()
                };
                for dependency in package.dependencies.iter().filter(any) {
                    self.complain(
                        package,
                        &format!("it asks for any version of {}", dependency.name),
                        "name the oldest version that it works with",
                    );
                }
            }
        }
    }

    /// One version of a package is enough, but for those that the rules skip. What only tests need is not looked at.
    fn versions(&mut self) {
        let metadata = self.metadata;
        let needed = metadata.beyond_tests();
        let mut versions: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
        for package in metadata.packages.iter().filter(|package| needed.contains(package.id.as_str())) {
            if !self.rules.bans.skip.iter().any(|skip| skip.spec.is(package)) {
                versions.entry(&package.name).or_default().push(package);
            }
        }
        for packages in versions.values_mut() {
            packages.sort_by_cached_key(|package| Version::parse(&package.version).ok());
            if let [older @ .., newest] = packages.as_slice() {
                for package in older {
                    self.complain(
                        package,
                        &format!("{} is there too", newest.version),
                        &format!(
                            "let all who need it agree on one version, or enter it in [bans] skip of {FILE}"
                        ),
                    );
                }
            }
        }
    }

    /// Rules that no package needs any more, so that nobody takes them for needed.
    fn unneeded(&mut self) {
        let packages = &self.metadata.packages;
        let mut unneeded = BTreeSet::new();
        let needs = |package: &Package, licence: &Licensee| {
            let text = package.license.as_deref().unwrap_or_default();
            expression(text).is_ok_and(|all| all.requirements().any(|one| licence.satisfies(&one.req)))
        };
        for Licence(licence) in &self.rules.licenses.allow {
            if !packages.iter().any(|package| needs(package, licence)) {
                unneeded.insert(format!("[licenses] allows {licence}"));
            }
        }
        for Exception { spec, allow } in &self.rules.licenses.exceptions {
            for Licence(licence) in allow {
                if !packages.iter().any(|package| spec.is(package) && needs(package, licence)) {
                    unneeded.insert(format!("[licenses] excepts {} for {licence}", spec.text));
                }
            }
        }
        for Skip { spec, .. } in &self.rules.bans.skip {
            if !packages.iter().any(|package| spec.is(package)) {
                unneeded.insert(format!("[bans] skips {}", spec.text));
            }
        }
        self.complaints.extend(unneeded.into_iter().map(|rule| Complaint {
            what: format!("{FILE}: {rule}, which no package needs"),
            way: String::new(),
            remedy: "remove it".to_owned(),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::super::packages::Dependency;
    use super::super::packages::tests::{chain, for_tests_only};
    use super::*;

    const RULES: &str = r#"
        graph.targets = ["wasm32-unknown-unknown"]
        advisories.yanked = "deny"
        [licenses]
        allow = ["MIT", "Apache-2.0 WITH LLVM-exception"]
        exceptions = [{ crate = "odd:1", allow = ["ISC"] }]
        [sources]
        unknown-registry = "deny"
        unknown-git = "deny"
        allow-registry = ["https://github.com/rust-lang/crates.io-index"]
        [bans]
        wildcards = "deny"
        allow-wildcard-paths = true
        multiple-versions = "deny"
        deny = [{ crate = "openssl-sys", use-instead = "rustls" }]
        skip = [{ crate = "old@0.9.1", reason = "somebody" }]
    "#;

    /// Complaints about packages, without those about rules.
    fn complaints(metadata: &Metadata) -> Vec<String> {
        let all = Rules::parse(RULES).unwrap().judge(metadata);
        all.iter().filter(|one| !one.way.is_empty()).map(ToString::to_string).collect()
    }

    fn of_licence(licence: Option<&str>) -> Vec<String> {
        complaints(&chain(&[("between", "1.0.0", Some("MIT")), ("found", "2.3.4", licence)]))
    }

    #[test]
    fn licences_are_judged_as_expressions() {
        for fine in [
            "MIT",
            "MIT OR GPL-3.0-only",
            "GPL-3.0-only OR MIT",
            "MIT/GPL-3.0-only",
            "GPL-3.0-only / MIT",
            "Apache-2.0 WITH LLVM-exception",
            "MIT AND (GPL-2.0-only OR Apache-2.0 WITH LLVM-exception)",
            "MIT OR LGPL-2.1-or-later OR Apache-2.0",
        ] {
            assert_eq!(of_licence(Some(fine)), [""; 0], "{fine}");
        }
        for (refused, why) in [
            ("GPL-3.0-only", "and GPL-3.0-only is not allowed"),
            ("Apache-2.0", "and Apache-2.0 is not allowed"),
            ("MIT WITH LLVM-exception", "and MIT WITH LLVM-exception is not allowed"),
            ("MIT AND ISC", "and ISC is not allowed"),
            ("(MIT OR ISC) AND (GPL-3.0-only OR Zlib)", "GPL-3.0-only, Zlib is not allowed"),
            ("LicenseRef-ours", "and LicenseRef-ours is not allowed"),
            ("Do what you like", "is no SPDX expression"),
            ("MIT OR", "is no SPDX expression"),
        ] {
            let [complaint] = &of_licence(Some(refused))[..] else { panic!("{refused}") };
            assert!(complaint.contains(why), "{complaint}");
        }
    }

    #[test]
    fn a_complaint_says_who_needs_the_package_and_what_to_do() {
        assert_eq!(
            of_licence(Some("GPL-3.0-only")),
            ["found 2.3.4: its licence is \"GPL-3.0-only\", and GPL-3.0-only is not allowed\n    \
              way in: app 0.1.0 → between 1.0.0 → found 2.3.4\n    \
              to do: use another package; if this project can keep the licence's terms, enter it in [licenses] of deny.toml"]
        );
        let [complaint] = &of_licence(None)[..] else { panic!("one complaint") };
        assert!(complaint.starts_with("found 2.3.4: its manifest names no licence\n"), "{complaint}");
    }

    #[test]
    fn exceptions_are_for_their_package_alone() {
        let of = |name, version| complaints(&chain(&[(name, version, Some("ISC"))])).len();
        assert_eq!((of("odd", "1.2.0"), of("odd", "2.0.0"), of("other", "1.2.0")), (0, 1, 1));
    }

    #[test]
    fn packages_come_from_known_registries() {
        for source in [
            Some("git+https://github.com/somebody/found?branch=main#0123"),
            Some("registry+https://registry.example.org/index"),
            None,
        ] {
            let mut metadata = chain(&[("found", "2.3.4", Some("MIT"))]);
            metadata.packages[1].source = source.map(str::to_owned);
            let [complaint] = &complaints(&metadata)[..] else { panic!("{source:?}") };
            let said = source.unwrap_or("a folder outside the workspace");
            assert!(complaint.starts_with(&format!("found 2.3.4: it comes from {said}\n")), "{complaint}");
        }
    }

    #[test]
    fn bans_and_versions_are_kept() {
        let mit = Some("MIT");
        let [complaint] = &complaints(&chain(&[("openssl-sys", "0.9.0", mit)]))[..] else { panic!("banned") };
        assert!(complaint.ends_with("to do: use rustls instead"), "{complaint}");

        let twice = [("twice", "0.10.0", mit), ("twice", "0.9.0", mit)];
        let [complaint] = &complaints(&chain(&twice))[..] else { panic!("two versions") };
        assert!(complaint.starts_with("twice 0.9.0: 0.10.0 is there too\n"), "{complaint}");
        let mut metadata = chain(&twice);
        for_tests_only(&mut metadata, 1);
        assert_eq!(complaints(&metadata), [""; 0]);
        assert_eq!(complaints(&chain(&[("old", "0.9.1", mit), ("old", "1.0.0", mit)])), [""; 0]);
        assert_eq!(complaints(&chain(&[("old", "0.9.2", mit), ("old", "1.0.0", mit)])).len(), 1);

        let mut metadata = chain(&[("found", "2.3.4", mit)]);
        let any = Dependency { name: "found".to_owned(), req: "*".to_owned(), path: None };
        metadata.packages[0].dependencies =
            vec![any.clone(), Dependency { path: Some("found".into()), ..any }];
        let [complaint] = &complaints(&metadata)[..] else { panic!("any version") };
        assert!(complaint.starts_with("app 0.1.0: it asks for any version of found\n"), "{complaint}");
    }

    #[test]
    fn rules_that_nobody_needs_are_named() {
        let judge = |metadata: &Metadata| {
            let all = Rules::parse(RULES).unwrap().judge(metadata);
            all.iter().map(|one| one.what.clone()).collect::<Vec<_>>()
        };
        assert_eq!(
            judge(&chain(&[])),
            [
                "deny.toml: [bans] skips old@0.9.1, which no package needs",
                "deny.toml: [licenses] allows Apache-2.0 WITH LLVM-exception, which no package needs",
                "deny.toml: [licenses] excepts odd:1 for ISC, which no package needs",
            ]
        );
        let all =
            [("odd", "1.0.0", Some("ISC")), ("old", "0.9.1", Some("MIT OR Apache-2.0 WITH LLVM-exception"))];
        assert_eq!(judge(&chain(&all)), [""; 0]);
    }

    #[test]
    fn a_rule_that_is_not_known_is_refused() {
        for (from, to) in [
            ("\"deny\"\n        allow-wildcard", "\"warn\"\n        allow-wildcard"),
            ("use-instead", "instead"),
            ("[bans]", "[bans]\n        highlight = \"all\""),
            ("\"MIT\"", "\"MIT or so\""),
            ("odd:1", "odd:one"),
        ] {
            let text = RULES.replacen(from, to, 1);
            assert_ne!(text, RULES, "{from}");
            assert!(Rules::parse(&text).is_err(), "{to}");
        }
    }
}
