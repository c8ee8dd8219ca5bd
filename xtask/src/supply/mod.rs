//! What the site is made of besides its own code: `cargo xtask licences` judges the packages by the rules of `deny.toml`, the build
//! writes their licences into the site, and `cargo xtask dist` a bill of materials.

mod bill;
mod notices;
mod packages;
mod rules;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use spdx::Expression;

use packages::{Metadata, Package, Shipped};
use rules::Rules;

use crate::build::commit::commit;
use crate::setup::toolchain::WasmToolchain;

/// The page of licences, in the site.
const NOTICES: &str = "static/licences.html";
/// The bill of materials, in the site.
const BILL: &str = "sbom.cdx.json";

/// Arguments of `cargo xtask licences`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Also write the site's page of licences and its bill of materials into this folder
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let complaints = judge()?;
    if let Some(folder) = &args.write {
        write_notices(WasmToolchain::Active, folder)?;
        write_bill(WasmToolchain::Active, folder, &commit())?;
        println!("{NOTICES} and {BILL} are in {}", folder.display());
    }
    Ok(if complaints == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Judges all packages by the rules, prints what is wrong, and gives its number.
pub(crate) fn judge() -> Result<u32> {
    let rules = Rules::read()?;
    let metadata = Metadata::of_workspace(&rules.graph.targets)?;
    let complaints = rules.judge(&metadata);
    for complaint in &complaints {
        println!("error: {complaint}\n");
    }
    // The texts that the site passes on are there as well.
    let shipped = Shipped::find()?;
    notices::page(&shipped, "any")?;
    println!(
        "{} packages ({} in the site) were judged by {}: {} complaints",
        metadata.packages.len(),
        shipped.of_others().count(),
        rules::FILE,
        complaints.len()
    );
    Ok(u32::try_from(complaints.len()).unwrap_or(u32::MAX))
}

/// Writes the page of licences into a site.
pub(crate) fn write_notices(toolchain: WasmToolchain, site: &Path) -> Result<()> {
    let page = notices::page(&Shipped::find()?, &toolchain.release()?)?;
    write(&site.join(NOTICES), &page)
}

/// Writes the bill of materials into a site of this commit that is otherwise complete: it is for who wants it, and no visit loads or
/// keeps it.
pub(crate) fn write_bill(toolchain: WasmToolchain, site: &Path, commit: &str) -> Result<()> {
    let bill = bill::bill(&Shipped::find()?, &toolchain.release()?, commit)?;
    write(&site.join(BILL), &(serde_json::to_string_pretty(&bill).context("cannot write JSON")? + "\n"))
}

fn write(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// A package's licence as SPDX writes it today.
fn licence(package: &Package) -> Result<String> {
    let text = package.license.as_deref().context("the package names no licence")?;
    rules::expression(text)?;
    let modern = Expression::canonicalize(text).ok().flatten();
    Ok(modern.unwrap_or_else(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspaces_packages_keep_the_rules() {
        assert_eq!(judge().unwrap(), 0);
    }

    #[test]
    fn hosted_workflows_name_what_they_run_by_hash() {
        let folder = crate::project::root().join(".github/workflows");
        for entry in fs::read_dir(folder).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            for line in text.lines().filter(|line| line.contains("uses:")) {
                let (_, hash) = line.split_once('@').unwrap();
                let (hash, version) = hash.split_once(" # v").unwrap_or_else(|| panic!("{line}"));
                assert!(hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
                assert!(!version.is_empty(), "{line}");
            }
        }
    }
}
