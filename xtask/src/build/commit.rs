//! The commit that a site is built of.

use crate::process::{command, output};
use crate::project::root;

/// What is said where nobody can tell.
pub(crate) const UNKNOWN: &str = "unknown";

/// The first twelve digits of the commit, with a `+` where tracked files have been changed since.
pub(crate) fn commit() -> String {
    // A copy without a history of its own may lie in another repository.
    if !root().join(".git").exists() {
        return UNKNOWN.to_owned();
    }
    let mut git = command("git");
    git.args(["describe", "--always", "--abbrev=12", "--exclude=*", "--dirty=+"]);
    output(&mut git).map_or_else(|_| UNKNOWN.to_owned(), |text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_digits_or_unknown() {
        let commit = commit();
        let digits = commit.trim_end_matches('+');
        let is_hash = digits.len() >= 12 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_hash || commit == UNKNOWN, "{commit}");
    }
}
