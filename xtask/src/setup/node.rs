//! Node and the packages of the end-to-end tests.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Result, anyhow};

use super::debian;
use crate::process::{self, command, long_step};
use crate::project::root;

/// Node's own test runner prints its totals in the form that `cargo xtask test` reads from this version on.
const OLDEST: u32 = 20;

/// Makes sure that Node is there and that the packages of `end2end/` are installed as locked.
pub(super) fn find_or_install() -> Result<()> {
    if !is_new_enough() && debian::can_install() {
        debian::install(&["nodejs", "npm"])?;
    }
    if !is_new_enough() {
        return Err(anyhow!("the end-to-end tests need Node {OLDEST} or later with npm: put both on PATH"));
    }
    let end2end = root().join("end2end");
    if packages_are_current(&end2end) {
        return Ok(());
    }
    long_step("installing the packages of the end-to-end tests", "10 seconds", || {
        process::output(command("npm").current_dir(&end2end).arg("ci")).map(drop)
    })
}

fn is_new_enough() -> bool {
    let version = process::output(command("node").arg("--version")).unwrap_or_default();
    let npm = process::output(command("npm").arg("--version")).is_ok();
    npm && major(&version).is_some_and(|major| major >= OLDEST)
}

/// 20 for `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// npm writes its own copy of the lock file when an installation is complete.
fn packages_are_current(end2end: &Path) -> bool {
    let modified =
        |file: &str| -> Option<SystemTime> { fs::metadata(end2end.join(file)).ok()?.modified().ok() };
    match (modified("node_modules/.package-lock.json"), modified("package-lock.json")) {
        (Some(installed), Some(locked)) => installed >= locked,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_major_version() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("20"), None);
        assert_eq!(major(""), None);
    }
}
