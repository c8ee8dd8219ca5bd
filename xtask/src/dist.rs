//! `cargo xtask dist`: the site as a folder for a static host.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};

use crate::project::{Profile, ProfileArgs};
use crate::{build, setup};

/// Arguments of `cargo xtask dist`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    profile: ProfileArgs,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let kit = setup::for_builds()?;
    let dist = build::site(&kit, args.profile.or(Profile::Release))?;
    let mut sizes = Vec::new();
    measure(&dist, &mut sizes)?;
    sizes.sort_by_key(|size| std::cmp::Reverse(size.bytes));
    print!("{}", table(&dist, &sizes));
    println!("The site is in {}", dist.display());
    Ok(ExitCode::SUCCESS)
}

/// A file and what a visitor downloads of it.
struct Size {
    file: PathBuf,
    bytes: u64,
    gzip_bytes: u64,
}

fn measure(dir: &Path, sizes: &mut Vec<Size>) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let file = entry.with_context(|| format!("cannot read {}", dir.display()))?.path();
        if file.is_dir() {
            measure(&file, sizes)?;
        } else {
            let content = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            sizes.push(Size { bytes: content.len() as u64, gzip_bytes: gzip_bytes(&content)?, file });
        }
    }
    Ok(())
}

fn gzip_bytes(content: &[u8]) -> Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).context("cannot compress")?;
    Ok(encoder.finish().context("cannot compress")?.len() as u64)
}

fn table(dist: &Path, sizes: &[Size]) -> String {
    let row = |name: &str, bytes: u64, gzip_bytes: u64| {
        format!("{:>10.1} kB {:>10.1} kB gzip  {name}\n", bytes as f64 / 1e3, gzip_bytes as f64 / 1e3)
    };
    let mut text = String::new();
    for size in sizes {
        let name = size.file.strip_prefix(dist).unwrap_or(&size.file);
        text += &row(&name.display().to_string(), size.bytes, size.gzip_bytes);
    }
    let total = |of: fn(&Size) -> u64| sizes.iter().map(of).sum();
    text + &row("all", total(|s| s.bytes), total(|s| s.gzip_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_per_file_and_a_sum() {
        let file =
            |name: &str, bytes| Size { file: Path::new("/d").join(name), bytes, gzip_bytes: bytes / 2 };
        let text = table(Path::new("/d"), &[file("a/b.wasm", 3000), file("c.js", 1000)]);
        assert_eq!(
            text,
            "       3.0 kB        1.5 kB gzip  a/b.wasm\n\
             \u{20}      1.0 kB        0.5 kB gzip  c.js\n\
             \u{20}      4.0 kB        2.0 kB gzip  all\n"
        );
    }

    #[test]
    fn zeros_compress() {
        assert!(gzip_bytes(&[0; 10_000]).unwrap() < 100);
    }
}
