//! `static/licences.html` of the site: whose code it is made of, under which licences, with their texts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::packages::{Package, Shipped};
use super::rules::expression;
use crate::project::root;

/// What the names of files with licences begin with, in capitals.
const NAMES: [&str; 6] = ["LICENSE", "LICENCE", "UNLICENSE", "COPYING", "COPYRIGHT", "NOTICE"];

/// Licences whose texts this repository has itself, the one before that is preferred, with their files.
const OWN_TEXTS: [(&str, &str); 2] = [("MIT", "LICENSE-MIT"), ("Apache-2.0", "LICENSE-APACHE")];

/// Whose code is shipped.
struct Notice {
    name: String,
    version: String,
    /// An SPDX expression.
    licence: String,
    address: Option<String>,
    /// The files' names and texts.
    texts: Vec<(String, String)>,
}

/// The page for these packages and the standard library of a compiler's release.
pub(super) fn page(shipped: &Shipped, rust: &str) -> Result<String> {
    let mut notices = vec![standard_library(rust)?];
    for package in shipped.of_others() {
        notices.push(notice(package)?);
    }
    Ok(html(&notices))
}

fn standard_library(rust: &str) -> Result<Notice> {
    let authors = "The Rust Project Developers (see https://thanks.rust-lang.org)";
    Ok(Notice {
        name: "Rust's standard library".to_owned(),
        version: rust.to_owned(),
        licence: "MIT OR Apache-2.0".to_owned(),
        address: Some("https://github.com/rust-lang/rust".to_owned()),
        texts: OWN_TEXTS.iter().map(|(id, _)| own_text(id, authors)).collect::<Result<_>>()?,
    })
}

fn notice(package: &Package) -> Result<Notice> {
    let about = || format!("{} {}", package.name, package.version);
    let licence = super::licence(package).with_context(about)?;
    let mut texts = Vec::new();
    for file in files(package)? {
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        texts.push((name, String::from_utf8_lossy(&bytes).into_owned()));
    }
    if texts.is_empty() {
        texts.push(missing_text(package, &licence).with_context(about)?);
    }
    let address = package.repository.clone().filter(|address| address.starts_with("https://"));
    Ok(Notice { name: package.name.clone(), version: package.version.clone(), licence, address, texts })
}

/// The files of a package's folder that have licences, and those in folders of such a name.
fn files(package: &Package) -> Result<Vec<PathBuf>> {
    let folder = package.manifest_path.parent().unwrap_or(Path::new("."));
    let mut files = BTreeSet::new();
    for path in entries(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        if !NAMES.iter().any(|start| name.starts_with(start)) {
            continue;
        }
        match path.is_dir() {
            true => files.extend(entries(&path)?.into_iter().filter(|path| path.is_file())),
            false => drop(files.insert(path)),
        }
    }
    files.extend(package.license_file.as_ref().map(|file| folder.join(file)).filter(|file| file.is_file()));
    Ok(files.into_iter().collect())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let cannot_read = || format!("cannot read {}", folder.display());
    let entries = fs::read_dir(folder).with_context(cannot_read)?;
    entries.map(|entry| Ok(entry.with_context(cannot_read)?.path())).collect()
}

/// The text that a package without one is under: that of a licence of its choice that is known here, with its authors.
fn missing_text(package: &Package, licence: &str) -> Result<(String, String)> {
    let all = expression(licence)?;
    let is_enough =
        |id: &str| all.evaluate(|one| one.addition.is_none() && one.license.id() == spdx::license_id(id));
    let Some((id, _)) = OWN_TEXTS.iter().find(|(id, _)| is_enough(id)) else {
        bail!(
            "the package has no file with its licence, and the text of {licence} is not known here; use another package"
        );
    };
    let names: Vec<&str> =
        package.authors.iter().map(|author| author.split(" <").next().unwrap_or(author)).collect();
    let authors = match names.is_empty() {
        true => format!("the authors of {}", package.name),
        false => names.join(", "),
    };
    own_text(id, &authors)
}

/// The text of a licence that this repository is under too, with other owners.
fn own_text(id: &str, authors: &str) -> Result<(String, String)> {
    let file = OWN_TEXTS.iter().find(|(own, _)| *own == id).map_or(id, |(_, file)| file);
    let path = root().join(file);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let paragraphs = text.split("\n\n").map(|paragraph| match paragraph.starts_with("Copyright (c)") {
        true => format!("Copyright (c) {authors}"),
        false => paragraph.to_owned(),
    });
    Ok((id.to_owned(), paragraphs.collect::<Vec<_>>().join("\n\n")))
}

/// The page. Texts that differ in spaces only stand there once.
fn html(notices: &[Notice]) -> String {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    // Each text with its file's name and whose it is.
    let mut texts: Vec<(&str, &str, Vec<String>)> = Vec::new();
    let mut rows = String::new();
    for Notice { name, version, licence, address, texts: of_package } in notices {
        let mut links = Vec::new();
        for (file, text) in of_package {
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let number = *numbers.entry(words).or_insert_with(|| {
                texts.push((file, text, Vec::new()));
                texts.len()
            });
            let owner = format!("{name} {version}");
            let owners = &mut texts[number - 1].2;
            if !owners.contains(&owner) {
                owners.push(owner);
                links.push(format!("<a href=\"#text-{number}\">{number}</a>"));
            }
        }
        let name = match address {
            Some(address) => {
                format!("<a href=\"{}\" rel=\"noreferrer\">{}</a>", escaped(address), escaped(name))
            }
            None => escaped(name),
        };
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{name}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(version),
            escaped(licence),
            links.join(" ")
        );
    }
    let mut sections = String::new();
    for (at, (file, text, owners)) in texts.iter().enumerate() {
        let _ = writeln!(
            sections,
            "<h3 id=\"text-{0}\">{0}: {1}</h3>\n<p>{2}</p>\n<pre>\n{3}\n</pre>",
            at + 1,
            escaped(file),
            escaped(&owners.join(", ")),
            escaped(text.replace('\r', "").trim_matches('\n').trim_end())
        );
    }
    format!("{HEAD}{rows}{BETWEEN}{sections}{TAIL}")
}

/// A text in markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<link rel="icon" type="image/svg+xml" href="icons/icon.svg" />
<title>Third-party licences · MobileNet Lab</title>
</head>
<body>
<h1>Third-party licences</h1>
<p><a href="../index.html">MobileNet Lab</a> is under MIT or Apache-2.0, at your option. Its programs contain the packages below, whose
licences' texts follow. Photos, names of classes and weights have their own terms: <a href="samples/CREDITS.md">sample photos</a>,
<a href="labels/README.md">names of classes</a>, and for each file of weights the page “Models” and <a href="weights/manifest.json">the list
of weights</a>. A package without a text has that of a licence that it names.</p>
<p lang="zh-CN">本站程序包含下列软件包，其许可证全文附后。示例照片、类别名称与权重各有其许可条款，见上方链接。</p>
<h2>Packages <span lang="zh-CN">软件包</span></h2>
<table>
<thead><tr><th scope="col">package</th><th scope="col">version</th><th scope="col">licence</th><th scope="col">texts</th></tr></thead>
<tbody>
"#;

const BETWEEN: &str = "</tbody>\n</table>\n<h2>Texts <span lang=\"zh-CN\">许可证全文</span></h2>\n";

const TAIL: &str = "</body>\n</html>\n";

#[cfg(test)]
mod tests {
    use super::*;

    fn fabricated(name: &str, license: &str, authors: &[&str]) -> Package {
        let folder =
            std::env::temp_dir().join(format!("mobilenet-lab-notices-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let metadata = super::super::packages::tests::chain(&[(name, "1.0.0", Some(license))]);
        let mut package = metadata.packages[1].clone();
        package.manifest_path = folder.join("Cargo.toml");
        package.authors = authors.iter().map(|author| (*author).to_owned()).collect();
        package
    }

    #[test]
    fn texts_are_those_of_the_packages_files() {
        let package = fabricated("files", "MIT/Apache-2.0", &[]);
        let folder = package.manifest_path.parent().unwrap();
        fs::create_dir_all(folder.join("LICENSES")).unwrap();
        for (file, text) in [
            ("license-mit.txt", "one"),
            ("LICENSES/Apache-2.0.txt", "two"),
            ("main.rs", "code"),
            ("NOTICE", "three"),
        ] {
            fs::write(folder.join(file), text).unwrap();
        }
        let notice = notice(&package).unwrap();
        assert_eq!(notice.licence, "MIT OR Apache-2.0");
        let texts: BTreeSet<&str> = notice.texts.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, BTreeSet::from(["one", "two", "three"]));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_package_without_a_text_gets_that_of_its_licence() {
        let of = |name, license, authors: &[&str]| {
            let package = fabricated(name, license, authors);
            let found = notice(&package);
            fs::remove_dir_all(package.manifest_path.parent().unwrap()).unwrap();
            found.map(|notice| notice.texts[0].clone())
        };
        let (name, text) = of("plain", "Apache-2.0 OR MIT", &["Ann <ann@example.org>", "Bob"]).unwrap();
        assert!(name == "MIT" && text.starts_with("MIT License\n\nCopyright (c) Ann, Bob\n\n"), "{text}");
        assert!(text.contains("Permission is hereby granted") && !text.contains("MobileNet"), "{text}");
        assert!(of("nobody", "MIT", &[]).unwrap().1.contains("Copyright (c) the authors of nobody"));
        assert!(of("apache", "Apache-2.0", &[]).unwrap().1.contains("TERMS AND CONDITIONS"));
        let message = format!("{:#}", of("other", "ISC", &[]).unwrap_err());
        assert!(message.starts_with("other 1.0.0: the package has no file"), "{message}");
    }

    #[test]
    fn equal_texts_stand_there_once() {
        let notice = |name: &str, texts: &[(&str, &str)]| Notice {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: "MIT".to_owned(),
            address: Some("https://example.org/?a&b".to_owned()),
            texts: texts.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect(),
        };
        let all = [
            notice("a", &[("LICENSE", "Take it,\r\n  <all> of it.\n")]),
            notice("b<", &[("COPYING", "Take it, <all> of\nit."), ("NOTICE", "More")]),
        ];
        let page = html(&all);
        assert_eq!(page.matches("<pre>").count(), 2);
        assert!(
            page.contains(
                "<h3 id=\"text-1\">1: LICENSE</h3>\n<p>a 1.0.0, b&lt; 1.0.0</p>\n<pre>\nTake it,\n"
            ),
            "{page}"
        );
        assert!(page.contains("  &lt;all&gt; of it.\n</pre>") && page.contains("?a&amp;b"), "{page}");
        assert!(page.contains("<a href=\"#text-1\">1</a> <a href=\"#text-2\">2</a></td>"), "{page}");
    }

    #[test]
    fn the_sites_page_has_every_package() {
        let shipped = Shipped::find().unwrap();
        let page = page(&shipped, "1.90.0").unwrap();
        for package in shipped.of_others() {
            assert!(page.contains(&format!(">{}</", package.name)), "{}", package.name);
        }
        assert_eq!(page.matches("<tr>").count(), 2 + shipped.of_others().count());
        assert!(page.len() < 1_000_000, "{} bytes", page.len());
    }
}
