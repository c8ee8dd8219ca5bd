//! `cargo xtask dist`: the site as a folder for a static host.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use flate2::{Compression, write::GzEncoder};

use crate::build::commit::commit;
use crate::build::worker;
use crate::project::{Profile, ProfileArgs, target_dir};
use crate::{build, setup, supply};

/// The folder of the worker without WebGPU, which is not part of the site: it shows what the CPU alone costs.
const LEAST: &str = "worker-least";

/// The most bytes of a wasm file, compressed with Brotli, by a part of its path: what a visitor waits for.
const BROTLI_BUDGETS: [(&str, u64); 4] =
    [(LEAST, 380_000), ("worker_bg.wasm", 900_000), ("/app-", 600_000), ("/parts/", 200_000)];

/// Arguments of `cargo xtask dist`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    profile: ProfileArgs,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let kit = setup::for_builds()?;
    let profile = args.profile.or(Profile::Release);
    let dist = build::site(&kit, profile)?;
    supply::write_bill(kit.toolchain, &dist, &commit())?;
    let mut sizes = Vec::new();
    measure(&dist, &mut sizes)?;
    sizes.sort_by_key(|size| std::cmp::Reverse(size.bytes));
    print!("{}", table(&dist, &sizes));
    println!("The site is in {}", dist.display());

    let least = target_dir().join(LEAST);
    worker::build_least(&kit, profile, &least)?;
    let mut without = Vec::new();
    measure(&least, &mut without)?;
    without.retain(|size| size.brotli_bytes.is_some());
    println!("The worker without WebGPU, which no site carries:");
    print!("{}", table(&least, &without));
    sizes.extend(without);
    check(&sizes)?;
    Ok(ExitCode::SUCCESS)
}

/// A file and what a visitor downloads of it.
struct Size {
    file: PathBuf,
    bytes: u64,
    gzip_bytes: u64,
    /// Of wasm only: Brotli's best takes seconds a file.
    brotli_bytes: Option<u64>,
}

fn measure(dir: &Path, sizes: &mut Vec<Size>) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let file = entry.with_context(|| format!("cannot read {}", dir.display()))?.path();
        if file.is_dir() {
            measure(&file, sizes)?;
        } else {
            let content = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let is_wasm = file.extension().is_some_and(|extension| extension == "wasm");
            sizes.push(Size {
                bytes: content.len() as u64,
                gzip_bytes: gzip_bytes(&content)?,
                brotli_bytes: is_wasm.then(|| brotli_bytes(&content)).transpose()?,
                file,
            });
        }
    }
    Ok(())
}

fn gzip_bytes(content: &[u8]) -> Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).context("cannot compress")?;
    Ok(encoder.finish().context("cannot compress")?.len() as u64)
}

fn brotli_bytes(content: &[u8]) -> Result<u64> {
    let params = brotli::enc::BrotliEncoderParams { size_hint: content.len(), ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &params).context("cannot compress")?;
    Ok(compressed.len() as u64)
}

/// Fails if a file is larger than a visitor should wait for.
fn check(sizes: &[Size]) -> Result<()> {
    for Size { file, brotli_bytes, .. } in sizes {
        let path = file.display().to_string();
        let budget = BROTLI_BUDGETS.iter().find(|(part, _)| path.contains(part));
        if let (Some((_, most)), Some(bytes)) = (budget, brotli_bytes)
            && bytes > most
        {
            bail!(
                "{path} has {bytes} bytes with Brotli, {most} are allowed; move what the first prediction does not \
                 need out of it"
            );
        }
    }
    Ok(())
}

fn table(dist: &Path, sizes: &[Size]) -> String {
    let row = |name: &str, bytes: u64, gzip_bytes: u64, brotli_bytes: Option<u64>| {
        let brotli =
            brotli_bytes.map_or_else(String::new, |bytes| format!("{:.1} kB brotli", bytes as f64 / 1e3));
        let (kb, gzip_kb) = (bytes as f64 / 1e3, gzip_bytes as f64 / 1e3);
        format!("{kb:>10.1} kB {gzip_kb:>10.1} kB gzip {brotli:>16}  {name}\n")
    };
    let mut text = String::new();
    for size in sizes {
        let name = size.file.strip_prefix(dist).unwrap_or(&size.file);
        text += &row(&name.display().to_string(), size.bytes, size.gzip_bytes, size.brotli_bytes);
    }
    let total = |of: fn(&Size) -> u64| sizes.iter().map(of).sum();
    text + &row("all", total(|s| s.bytes), total(|s| s.gzip_bytes), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, bytes: u64, brotli_bytes: Option<u64>) -> Size {
        Size { file: Path::new("/d").join(name), bytes, gzip_bytes: bytes / 2, brotli_bytes }
    }

    #[test]
    fn a_file_beyond_its_budget_fails() {
        for (name, most) in [
            ("worker-least/worker_bg.wasm", 380_000),
            ("worker/simd/worker_bg.wasm", 900_000),
            ("app-0123abcd_bg.wasm", 600_000),
            ("parts/views-0123abcd.wasm", 200_000),
        ] {
            let wasm = |bytes| [file(name, 2_000_000, Some(bytes))];
            assert!(check(&wasm(most)).is_ok(), "{name}");
            let error = check(&wasm(most + 1)).unwrap_err().to_string();
            assert!(error.contains(&format!("{name} has {} bytes", most + 1)), "{error}");
        }
        assert!(check(&[file("worker/decoder/decoder_bg.wasm", 2_000_000, Some(950_000))]).is_ok());
    }

    #[test]
    fn the_table_has_a_row_per_file_and_a_sum() {
        let text = table(Path::new("/d"), &[file("a/b.wasm", 3000, Some(1200)), file("c.js", 1000, None)]);
        assert_eq!(
            text,
            "       3.0 kB        1.5 kB gzip    1.2 kB brotli  a/b.wasm\n\
             \u{20}      1.0 kB        0.5 kB gzip                   c.js\n\
             \u{20}      4.0 kB        2.0 kB gzip                   all\n"
        );
    }

    #[test]
    fn zeros_compress() {
        assert!(gzip_bytes(&[0; 10_000]).unwrap() < 100);
        assert!(brotli_bytes(&[0; 10_000]).unwrap() < 100);
    }
}
