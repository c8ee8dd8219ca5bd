//! Running other programs, and telling what takes long.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Announces a step that takes `about` so long, does it, and says how long it took.
pub(crate) fn long_step<T>(what: &str, about: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("==> {what} (about {about})");
    let start = Instant::now();
    let result = work()?;
    eprintln!("    done in {}", human(start.elapsed()));
    Ok(result)
}

/// A duration as people say it: `0.4 s`, `12 s`, `3 min 20 s`.
pub(crate) fn human(duration: Duration) -> String {
    let secs = duration.as_secs_f64();
    match secs {
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 59.5 => format!("{s:.0} s"),
        s => {
            let whole = s.round() as u64;
            format!("{} min {} s", whole / 60, whole % 60)
        }
    }
}

/// A command that runs in the repository's root, free of what Cargo told *this* program about itself.
///
/// `CARGO` would send Trunk and wasm-pack to the Cargo that runs xtask instead of the one on PATH.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(crate::project::root()).env_remove("CARGO").env_remove("CARGO_MANIFEST_DIR");
    command
}

/// Runs a command with its output visible; a status other than success is an error that names it.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", line(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", line(command));
    }
    Ok(())
}

/// Runs a command silently and gives its standard output; a failure carries the message on its standard error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {}", line(command)))?;
    if !output.status.success() {
        bail!("{} failed: {}", line(command), message(&String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The line that says what went wrong: the first that calls itself an error, or the last.
fn message(errors: &str) -> &str {
    let mut lines = errors.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_error = |line: &&str| line.starts_with("error") || line.starts_with("E: ");
    lines.clone().find(is_error).or_else(|| lines.next_back()).unwrap_or("no message")
}

/// The command as one would type it.
fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|w| w.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// The first of `names` that is a file in one of PATH's folders.
pub(crate) fn find_on_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let dirs: Vec<PathBuf> = env::split_paths(&path).collect();
    names.iter().find_map(|name| dirs.iter().find_map(|dir| find_in(dir, name)))
}

/// The program `name` in the folder `dir`.
pub(crate) fn find_in(dir: &Path, name: &str) -> Option<PathBuf> {
    let file = dir.join(format!("{name}{}", env::consts::EXE_SUFFIX));
    file.is_file().then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        for (millis, want) in
            [(400, "0.4 s"), (12_300, "12 s"), (59_700, "1 min 0 s"), (200_000, "3 min 20 s")]
        {
            assert_eq!(human(Duration::from_millis(millis)), want);
        }
    }

    #[test]
    fn the_message_among_other_output() {
        for (errors, want) in [
            ("info: syncing\nerror: no network\n  1: a backtrace\n", "error: no network"),
            ("W: old list\nE: unable to locate package\n", "E: unable to locate package"),
            ("this went wrong\nand that\n\n", "and that"),
            ("", "no message"),
        ] {
            assert_eq!(message(errors), want);
        }
    }

    #[test]
    fn a_failure_names_the_command_and_its_last_message() {
        let message = format!("{:#}", output(command("cargo").args(["no-such-command-here"])).unwrap_err());
        assert!(message.starts_with("cargo no-such-command-here failed: "), "{message}");
        let message = format!("{:#}", output(&mut command("no-such-program-here")).unwrap_err());
        assert!(message.starts_with("cannot start no-such-program-here"), "{message}");
    }
}
