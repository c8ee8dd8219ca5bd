//! The site's bill of materials, in the form of CycloneDX 1.6. It depends on nothing but the sources: no time, no chance.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::packages::{Key, Package, Shipped};

/// Names the whole in the list of who needs whom.
const SITE: &str = "mobilenet-lab";
/// Names the standard library, which all programs need.
const STANDARD_LIBRARY: &str = "rust-std";

/// The bill for these packages, the standard library of a compiler's release, and the site's commit.
pub(super) fn bill(shipped: &Shipped, rust: &str, commit: &str) -> Result<Value> {
    let licence = "MIT OR Apache-2.0";
    let mut components = vec![json!({
        "type": "library",
        "bom-ref": STANDARD_LIBRARY,
        "name": "std",
        "description": "Rust's standard library",
        "version": rust,
        "licenses": [{ "expression": licence }],
    })];
    for package in shipped.packages.values() {
        components.push(component(shipped, package)?);
    }
    let reference = |key: &Key| shipped.packages.get(key).map(reference);
    let references = |keys: &BTreeSet<Key>| keys.iter().filter_map(reference).collect::<Vec<_>>();
    let mut dependencies = vec![
        json!({ "ref": SITE, "dependsOn": references(&shipped.programs) }),
        json!({ "ref": STANDARD_LIBRARY, "dependsOn": [] }),
    ];
    for (key, needs) in &shipped.needs {
        let mut needed = references(needs);
        if shipped.programs.contains(key) {
            needed.push(STANDARD_LIBRARY.to_owned());
        }
        dependencies.push(json!({ "ref": reference(key), "dependsOn": needed }));
    }
    let mut bill = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": SITE,
                "name": "MobileNet Lab",
                "version": env!("CARGO_PKG_VERSION"),
                "licenses": [{ "expression": licence }],
                "properties": [{ "name": "commit", "value": commit }],
            },
        },
        "components": components,
        "dependencies": dependencies,
    });
    bill["serialNumber"] = serial_number(&bill.to_string()).into();
    Ok(bill)
}

fn component(shipped: &Shipped, package: &Package) -> Result<Value> {
    let about = || format!("{} {}", package.name, package.version);
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(package),
        "name": package.name,
        "version": package.version,
        "licenses": [{ "expression": super::licence(package).with_context(about)? }],
    });
    if package.source.is_some() {
        component["purl"] = reference(package).into();
        let checksum = shipped.checksums.get(&package.key()).context("Cargo.lock has no checksum");
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum.with_context(about)? }]);
    }
    if let Some(address) = &package.repository {
        component["externalReferences"] = json!([{ "type": "vcs", "url": address }]);
    }
    Ok(component)
}

/// A package's name within the bill: its package URL. The workspace's own are in no registry, where others may have their names.
fn reference(package: &Package) -> String {
    let version = package.version.replace('+', "%2B");
    match package.source {
        Some(_) => format!("pkg:cargo/{}@{version}", package.name),
        None => format!("{SITE}/{}@{version}", package.name),
    }
}

/// A UUID of version 8 that follows from the content.
fn serial_number(content: &str) -> String {
    let mut bytes = Sha256::digest(content.as_bytes());
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits: String = bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| &digits[from..to];
    format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<'a>(value: &'a Value, field: &str) -> &'a str {
        value[field].as_str().unwrap_or_else(|| panic!("{field} of {value}"))
    }

    fn is_hexadecimal(text: &str, digits: usize) -> bool {
        text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }

    #[test]
    fn the_sites_bill_has_what_the_form_asks_for() {
        let shipped = Shipped::find().unwrap();
        let bill = bill(&shipped, "1.90.0", "0123456789ab").unwrap();
        assert_eq!((text(&bill, "bomFormat"), text(&bill, "specVersion")), ("CycloneDX", "1.6"));
        assert_eq!(bill["version"], 1);
        let serial: Vec<&str> =
            text(&bill, "serialNumber").strip_prefix("urn:uuid:").unwrap().split('-').collect();
        assert!(
            serial.iter().zip([8, 4, 4, 4, 12]).all(|(part, digits)| is_hexadecimal(part, digits)),
            "{serial:?}"
        );

        let components = bill["components"].as_array().unwrap();
        assert_eq!(components.len(), 1 + shipped.packages.len());
        let mut references = BTreeSet::from([SITE]);
        for component in components {
            assert_eq!(text(component, "type"), "library");
            assert!(!text(component, "name").is_empty() && !text(component, "version").is_empty());
            assert!(references.insert(text(component, "bom-ref")), "{component}");
            let licence = text(&component["licenses"][0], "expression");
            assert!(spdx::Expression::parse(licence).is_ok(), "{component}");
            if let Some(purl) = component.get("purl") {
                assert!(purl.as_str().unwrap().starts_with("pkg:cargo/"), "{component}");
                assert_eq!(component["hashes"][0]["alg"], "SHA-256");
                assert!(is_hexadecimal(text(&component["hashes"][0], "content"), 64), "{component}");
            }
        }
        let mut said = BTreeSet::new();
        for dependency in bill["dependencies"].as_array().unwrap() {
            assert!(said.insert(text(dependency, "ref")), "{dependency}");
            for needed in dependency["dependsOn"].as_array().unwrap() {
                assert!(references.contains(needed.as_str().unwrap()), "{dependency}");
            }
        }
        assert_eq!(said, references);
    }

    #[test]
    fn the_same_sources_give_the_same_bill() {
        let shipped = Shipped::find().unwrap();
        let of = |commit| bill(&shipped, "1.90.0", commit).unwrap();
        assert_eq!(of("a").to_string(), of("a").to_string());
        assert_ne!(of("a")["serialNumber"], of("b")["serialNumber"]);
    }

    #[test]
    fn versions_are_written_as_addresses_are() {
        let metadata = super::super::packages::tests::chain(&[("toml", "1.2.1+spec-1.1.0", Some("MIT"))]);
        assert_eq!(reference(&metadata.packages[1]), "pkg:cargo/toml@1.2.1%2Bspec-1.1.0");
        assert_eq!(reference(&metadata.packages[0]), "mobilenet-lab/app@0.1.0");
    }
}
