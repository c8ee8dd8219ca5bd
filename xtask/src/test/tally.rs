//! Counting tests from what their runners print.

use std::fmt;
use std::ops::Add;

/// How many tests passed, failed, and were skipped for which reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u32,
    pub(super) failed: u32,
    pub(super) skipped: u32,
    /// Each reason once, as printed: `SKIPPED: …`.
    pub(super) skip_reasons: Vec<String>,
}

impl Tally {
    fn give_reason(&mut self, reason: &str) {
        if !self.skip_reasons.iter().any(|known| known == reason) {
            self.skip_reasons.push(reason.to_owned());
        }
    }
}

impl Add<&Tally> for Tally {
    type Output = Tally;

    fn add(mut self, other: &Tally) -> Tally {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        other.skip_reasons.iter().for_each(|reason| self.give_reason(reason));
        self
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        match self.skipped {
            0 => Ok(()),
            skipped => write!(f, ", {skipped} skipped"),
        }
    }
}

/// What Rust's test harness prints with `--show-output`, any number of times.
///
/// A test that finds its data missing prints `SKIPPED: why` and returns: the harness calls that passed, this does
/// not. Ignored tests are skipped ones too.
pub(super) fn libtest(output: &str) -> Tally {
    let mut tally = Tally::default();
    let mut skipped_themselves = 0;
    let mut counted_in_section = false;
    for line in output.lines() {
        if line.starts_with("---- ") && line.ends_with(" ----") {
            counted_in_section = false;
        } else if line.starts_with("SKIPPED") {
            tally.give_reason(line);
            skipped_themselves += u32::from(!counted_in_section);
            counted_in_section = true;
        } else if let Some(result) = line.strip_prefix("test result: ") {
            tally.passed += number_before(result, " passed");
            tally.failed += number_before(result, " failed");
            tally.skipped += number_before(result, " ignored");
        }
    }
    tally.passed = tally.passed.saturating_sub(skipped_themselves);
    tally.skipped += skipped_themselves;
    tally
}

/// 3 for (`ok. 3 passed; 0 failed`, ` passed`); 0 where the word is missing.
fn number_before(text: &str, word: &str) -> u32 {
    let before = text.split_once(word).map_or("", |(before, _)| before);
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// What Node's test runner prints at its end.
pub(super) fn node(output: &str) -> Tally {
    let mut tally = Tally::default();
    for line in output.lines() {
        if let Some(at) = line.find("SKIPPED: ") {
            tally.give_reason(line[at..].trim_end());
        }
        let total = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# "));
        let Some((word, Ok(number))) =
            total.and_then(|t| t.split_once(' ')).map(|(w, n)| (w, n.parse::<u32>()))
        else {
            continue;
        };
        match word {
            "pass" => tally.passed += number,
            "fail" | "cancelled" => tally.failed += number,
            "skipped" | "todo" => tally.skipped += number,
            _ => {}
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_test_programs_add_up() {
        let tally = libtest(
            "running 3 tests\ntest a ... ok\n\n\
             test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\n\
             test result: ok. 40 passed; 0 failed; 5 ignored; 0 measured; 0 filtered out; finished in 1.20s\n",
        );
        assert_eq!(tally, Tally { passed: 42, failed: 1, skipped: 5, skip_reasons: vec![] });
    }

    #[test]
    fn a_test_that_skips_itself_has_not_passed() {
        let tally = libtest(
            "test result: ok. 1 passed; 0 failed; 0 ignored\n\
             running 3 tests\n\nsuccesses:\n\n\
             ---- golden::v1 stdout ----\nSKIPPED: ../shared is missing\nSKIPPED: really\n\n\
             ---- golden::v2 stdout ----\nSKIPPED: ../shared is missing\n\n\
             ---- golden::v3 stdout ----\nmax difference 0.1\n\n\
             successes:\n    golden::v1\n    golden::v2\n\n\
             test result: ok. 3 passed; 0 failed; 0 ignored\n",
        );
        assert_eq!((tally.passed, tally.failed, tally.skipped), (2, 0, 2));
        assert_eq!(tally.skip_reasons, ["SKIPPED: ../shared is missing", "SKIPPED: really"]);
    }

    #[test]
    fn nodes_totals_in_both_forms() {
        let spec = "✔ page is isolated (812ms)\n﹣ chelsea is a cat (0.2ms) # SKIPPED: no weights\n\
                    ℹ tests 5\nℹ suites 0\nℹ pass 3\nℹ fail 1\nℹ cancelled 0\nℹ skipped 1\nℹ todo 0\nℹ duration_ms 9.5\n";
        let want =
            Tally { passed: 3, failed: 1, skipped: 1, skip_reasons: vec!["SKIPPED: no weights".to_owned()] };
        assert_eq!(node(spec), want);
        assert_eq!(node(&spec.replace("ℹ ", "# ")), want);
    }

    #[test]
    fn other_output_counts_nothing() {
        for text in ["", "# pass", "ℹ pass many", "# a heading 3", "test result: ok."] {
            assert_eq!(libtest(text), Tally::default(), "{text}");
            assert_eq!(node(text), Tally::default(), "{text}");
        }
    }
}
