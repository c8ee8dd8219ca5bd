//! The end of a site's build: no script stays in the page itself, which the page's security policy forbids, and the service
//! worker learns which files there are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{commit, parts};
use crate::project::root;

/// The page, and the script at the site's root whose scope is the whole site.
const PAGE: &str = "index.html";
const SERVICE_WORKER: &str = "sw.js";

/// Arguments of `cargo xtask seal`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder that becomes the site
    #[arg(long, env = "TRUNK_STAGING_DIR")]
    staging: PathBuf,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    parts::stage(&args.staging)?;
    let page = read(&args.staging.join(PAGE))?;
    let (page, script) = take_script(&page)?;
    let hash = &hex(script.as_bytes())[..16];
    let name = format!("start-{hash}.js");
    let page = page.replace(SCRIPT_PLACE, &format!("<script type=\"module\" src=\"./{name}\"></script>"));
    let page = with_commit(&page, &commit::commit())?;
    write(&args.staging.join(&name), script)?;
    write(&args.staging.join(PAGE), &page)?;

    let mut files = BTreeMap::new();
    list(&args.staging, &args.staging, &mut files)?;
    let template = read(&root().join("app").join("service_worker.js"))?;
    let policy = policy(&page).ok_or_else(|| anyhow!("{PAGE} has no Content-Security-Policy"))?;
    write(&args.staging.join(SERVICE_WORKER), service_worker(&files, policy, &template)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Names the commit in the page of a site that is built already, and the changed page in its service worker. Nothing happens where
/// it is named.
pub(super) fn name_commit(site: &Path, commit: &str) -> Result<()> {
    let (page, worker) = (site.join(PAGE), site.join(SERVICE_WORKER));
    let old = read(&page)?;
    let new = with_commit(&old, commit)?;
    if new == old {
        return Ok(());
    }
    let renewed = renewed(&read(&worker)?, &new)
        .with_context(|| format!("{} is not as the build wrote it; remove the site", worker.display()))?;
    write(&page, new)?;
    write(&worker, renewed)
}

/// The page with this commit in its `<meta name="commit">`.
fn with_commit(page: &str, commit: &str) -> Result<String> {
    let named = || {
        let (before, rest) = page.split_once("<meta name=\"commit\" content=\"")?;
        let (_, after) = rest.split_once('"')?;
        Some(format!("{before}<meta name=\"commit\" content=\"{commit}\"{after}"))
    };
    named().ok_or_else(|| anyhow!("{PAGE} has no place for the commit"))
}

/// A site's service worker for another page and the same files otherwise.
fn renewed(worker: &str, page: &str) -> Result<String> {
    let parts = worker.strip_prefix(SITE).and_then(|rest| rest.split_once("\n};\n"));
    let (site, template) = parts.ok_or_else(|| anyhow!("it has no list of files"))?;
    let site: Site = serde_json::from_str(&format!("{site}\n}}"))?;
    let mut files = site.files;
    files.insert(PAGE.to_owned(), hex(page.as_bytes()));
    service_worker(&files, &site.policy, template)
}

/// Where the script was that [`take_script`] has taken.
const SCRIPT_PLACE: &str = "<!-- start -->";

/// The page without the script that Trunk has put into it, and that script, which first waits for what `static/boot.js` does.
fn take_script(page: &str) -> Result<(String, String)> {
    let cut = || {
        let (before, rest) = page.split_once("<script type=\"module\"")?;
        let (attributes, rest) = rest.split_once('>')?;
        let (script, after) = rest.split_once("</script>")?;
        (!attributes.contains("src=")).then(|| (format!("{before}{SCRIPT_PLACE}{after}"), script.trim()))
    };
    let (page, script) =
        cut().ok_or_else(|| anyhow!("{PAGE} has no script that starts the page's program"))?;
    Ok((page, format!("await globalThis.booted;\n{script}\n")))
}

/// The page's Content-Security-Policy.
pub(crate) fn policy(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("http-equiv=\"Content-Security-Policy\"")?;
    let (_, rest) = rest.split_once("content=\"")?;
    Some(rest.split_once('"')?.0)
}

/// The hashes of all files below `dir`, by their paths from `root` on.
fn list(root: &Path, dir: &Path, files: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry.with_context(|| format!("cannot read {}", dir.display()))?.path();
        if path.is_dir() {
            list(root, &path, files)?;
            continue;
        }
        let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        if name != SERVICE_WORKER {
            files.insert(name, hex(&content));
        }
    }
    Ok(())
}

/// What the list of files stands behind in the service worker.
const SITE: &str = "const SITE = ";

/// What the build tells the service worker.
#[derive(Deserialize)]
struct Site {
    policy: String,
    files: BTreeMap<String, String>,
}

/// The service worker for these files. Its version follows from them.
fn service_worker(files: &BTreeMap<String, String>, policy: &str, template: &str) -> Result<String> {
    let version = &hex(serde_json::to_string(&(files, policy))?.as_bytes())[..16];
    let site = serde_json::json!({ "version": version, "policy": policy, "files": files });
    Ok(format!("{SITE}{};\n{template}", serde_json::to_string_pretty(&site)?))
}

/// The SHA-256, as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

pub(super) fn write(file: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    fs::write(file, content).with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE_OF_TRUNK: &str = "<head>\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\" />\
        <script type=\"module\" nonce=\"x\">\nimport init from './app.js';\n</script><link></head>";

    #[test]
    fn the_script_of_the_page_becomes_a_file() {
        let (page, script) = take_script(PAGE_OF_TRUNK).unwrap();
        assert_eq!(script, "await globalThis.booted;\nimport init from './app.js';\n");
        assert!(page.ends_with("/><!-- start --><link></head>"), "{page}");
        assert!(take_script(&page).is_err());
        assert!(take_script("<script type=\"module\" src=\"a.js\"></script>").is_err());
    }

    #[test]
    fn the_policy_is_the_pages() {
        assert_eq!(policy(PAGE_OF_TRUNK), Some("default-src 'none'"));
        assert_eq!(policy("<head></head>"), None);
    }

    #[test]
    fn a_commit_changes_the_page_and_its_hash_alone() {
        let site = std::env::temp_dir().join(format!("mobilenet-lab-seal-{}", std::process::id()));
        fs::create_dir_all(&site).unwrap();
        let page = "<meta name=\"commit\" content=\"unknown\" /><p content=\"unknown\">";
        let mut files = BTreeMap::from([("a.js".to_owned(), "1".to_owned())]);
        files.insert(PAGE.to_owned(), hex(page.as_bytes()));
        let template = "// The rest.\nconst x = {\n};\n";
        write(&site.join(PAGE), page).unwrap();
        write(&site.join(SERVICE_WORKER), service_worker(&files, "p", template).unwrap()).unwrap();

        name_commit(&site, "0123456789ab+").unwrap();
        let page = page.replacen("unknown", "0123456789ab+", 1);
        assert_eq!(read(&site.join(PAGE)).unwrap(), page);
        files.insert(PAGE.to_owned(), hex(page.as_bytes()));
        let worker = service_worker(&files, "p", template).unwrap();
        assert_eq!(read(&site.join(SERVICE_WORKER)).unwrap(), worker);
        fs::remove_dir_all(&site).unwrap();
        assert!(with_commit("<head></head>", "0").is_err());
        assert!(renewed("// Another.", &page).is_err());
    }

    #[test]
    fn every_change_is_a_new_version() {
        let files = |hash: &str| BTreeMap::from([("a/b.js".to_owned(), hash.to_owned())]);
        let worker = |hash, policy| service_worker(&files(hash), policy, "// rest").unwrap();
        assert!(worker("1", "p").contains("\"a/b.js\": \"1\"") && worker("1", "p").ends_with("};\n// rest"));
        assert_eq!(worker("1", "p"), worker("1", "p"));
        let version = |worker: String| {
            let (_, rest) = worker.split_once("\"version\": \"").unwrap();
            rest.split_once('"').unwrap().0.to_owned()
        };
        assert_ne!(version(worker("1", "p")), version(worker("2", "p")));
        assert_ne!(version(worker("1", "p")), version(worker("1", "q")));
    }
}
