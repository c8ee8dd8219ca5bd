//! `cargo xtask verify`: what the backends compute against what PyTorch has computed.

use std::fs;
use std::io::{self, Read, Write};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use anyhow::{Context, Result, ensure};
use engine::backend::{Gpu, Precision, Target, Threads};
use engine::golden::{CaseReport, Golden};
use flate2::read::MultiGzDecoder;
use pollster::block_on;

/// The longest golden file, unpacked, in bytes. Those of the repository have 0.1 MB; a gzipped file can claim
/// a thousand times its length.
const MAX_JSON_BYTES: u64 = 256 << 20;

/// Arguments of `cargo xtask verify`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The backend to check; all if absent
    #[arg(long, value_enum)]
    backend: Option<Backend>,
    /// Golden files: JSON, or gzipped JSON
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// A backend's name on the command line and in the report.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Backend {
    Reference,
    Cpu,
    #[value(name = "webgpu")]
    WebGpu,
    /// With weights in f16
    #[value(name = "webgpu-f16-weights")]
    WebGpuHalfWeights,
    /// With weights and values in f16
    #[value(name = "webgpu-f16")]
    WebGpuHalf,
}

impl Backend {
    const ALL: &[Self] =
        &[Self::Reference, Self::Cpu, Self::WebGpu, Self::WebGpuHalfWeights, Self::WebGpuHalf];

    fn verify(self, golden: &Golden) -> Result<Vec<CaseReport>> {
        let on_gpu = |precision| {
            let gpu = block_on(Gpu::request()).context(
                "install a Vulkan driver (`cargo xtask setup` installs Mesa's), or pass --backend cpu",
            )?;
            Ok::<_, anyhow::Error>(block_on(golden.verify(Target::WebGpu(&gpu, precision)))?)
        };
        match self {
            Self::Reference => Ok(block_on(golden.verify(Target::Reference))?),
            Self::Cpu => Ok(block_on(golden.verify(Target::Cpu(&Threads::alone())))?),
            Self::WebGpu => on_gpu(Precision::Full),
            Self::WebGpuHalfWeights => on_gpu(Precision::HalfWeights),
            Self::WebGpuHalf => on_gpu(Precision::Half),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Cpu => "cpu",
            Self::WebGpu => "webgpu",
            Self::WebGpuHalfWeights => "webgpu-f16-weights",
            Self::WebGpuHalf => "webgpu-f16",
        }
    }
}

/// Runs the command: a line for every case on every backend, and the totals. Fails if a case does, or a file
/// cannot be checked.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let backends = args.backend.as_ref().map_or(Backend::ALL, std::slice::from_ref);
    let totals =
        verify(&args.files, backends, &mut io::stdout().lock()).context("cannot write the report")?;
    Ok(if totals.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Cases and unreadable files.
#[derive(Debug, Default, PartialEq)]
struct Totals {
    passed: u32,
    failed: u32,
}

/// Checks the files, as many at once as there are cores, and reports them in their order.
fn verify(files: &[PathBuf], backends: &[Backend], out: &mut impl Write) -> io::Result<Totals> {
    let mut totals = Totals::default();
    let at_once = thread::available_parallelism().map_or(1, NonZero::get);
    for files in files.chunks(at_once) {
        let checked: Vec<Vec<Outcome>> = thread::scope(|scope| {
            let running: Vec<_> = files.iter().map(|file| scope.spawn(|| check(file, backends))).collect();
            running.into_iter().map(|file| file.join().unwrap_or_else(|bug| resume_unwind(bug))).collect()
        });
        for Outcome { passed, line } in checked.into_iter().flatten() {
            *if passed { &mut totals.passed } else { &mut totals.failed } += 1;
            writeln!(out, "{} {line}", if passed { "PASS" } else { "FAIL" })?;
        }
    }
    writeln!(out, "{} passed, {} failed", totals.passed, totals.failed)?;
    Ok(totals)
}

/// What came of a case on a backend, or of a file that cannot be checked.
struct Outcome {
    passed: bool,
    line: String,
}

fn check(file: &Path, backends: &[Backend]) -> Vec<Outcome> {
    let failed = |reason: String| Outcome { passed: false, line: format!("{}: {reason}", file.display()) };
    let golden = match load(file) {
        Ok(golden) => golden,
        Err(error) => return vec![failed(format!("{error:#}"))],
    };
    let on_backend = |backend: &Backend| match backend.verify(&golden) {
        Ok(reports) => reports
            .iter()
            .map(|report| Outcome { passed: report.passed, line: line(report, *backend) })
            .collect(),
        Err(error) => vec![failed(format!("{error:#}"))],
    };
    backends.iter().flat_map(on_backend).collect()
}

/// Reads a golden file, gzipped or not; its content tells, not its name.
fn load(file: &Path) -> Result<Golden> {
    let bytes = fs::read(file).context("cannot read the file")?;
    let mut json = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let unpacked = MultiGzDecoder::new(bytes.as_slice()).take(MAX_JSON_BYTES + 1).read_to_end(&mut json);
        unpacked.context("the gzipped file is damaged; download it again")?;
    } else {
        json = bytes;
    }
    ensure!(json.len() as u64 <= MAX_JSON_BYTES, "unpacked, the file has more than {MAX_JSON_BYTES} bytes");
    let golden = Golden::parse(&json)?;
    // Said here, it is said once and not for every backend.
    golden.variant()?;
    ensure!(!golden.cases.is_empty(), "golden {} has no cases, so there is nothing to compare", golden.id);
    Ok(golden)
}

fn line(report: &CaseReport, backend: Backend) -> String {
    let mut line = format!(
        "{:<26} {:<16} {:<10}  max |Δlogit| {:.1e} (relative {:.1e})  stages: {} checked, {} fused  \
         MB: {:.1} of weights, {:.1} of values",
        report.id,
        report.input,
        backend.name(),
        report.max_abs_logit_diff,
        report.relative_logit_diff,
        report.stages_checked,
        report.stages_fused,
        report.weight_bytes as f64 / 1e6,
        report.activation_bytes as f64 / 1e6,
    );
    if let Some((stage, off)) = &report.worst_stage {
        line += &format!(", worst {stage} at {off:.3} of its tolerance");
    }
    if !report.stages_wrong.is_empty() {
        line += &format!("; unknown or misshapen: {}", report.stages_wrong.join(", "));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::root;
    use crate::weights::tests::Folder;

    fn golden(name: &str) -> PathBuf {
        root().join("engine/tests/data/golden").join(format!("{name}.json.gz"))
    }

    fn report(files: &[PathBuf], backends: &[Backend]) -> (Totals, String) {
        let mut out = Vec::new();
        let totals = verify(files, backends, &mut out).unwrap();
        (totals, String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_golden_passes_on_every_backend() {
        // One: the engine's own tests go through all of them.
        let names = ["mobilenetv3_small_100_224"];
        let (totals, text) = report(&names.map(golden), Backend::ALL);
        assert_eq!(totals, Totals { passed: 10, failed: 0 }, "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with("PASS")).count(), 10, "{text}");
        assert!(text.ends_with("\n10 passed, 0 failed\n"), "{text}");
        for part in
            names.iter().chain(&["synth", "gradient_", "reference", "cpu", "webgpu", "max |Δlogit|", "worst"])
        {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
    }

    #[test]
    fn tampered_and_unreadable_files_fail_and_the_others_are_still_checked() {
        let folder = Folder::new("verify");
        let good = golden("mobilenetv3_small_100_224");
        let packed = fs::read(&good).unwrap();
        let mut json = String::new();
        MultiGzDecoder::new(packed.as_slice()).read_to_string(&mut json).unwrap();
        let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
        let changed = |change: fn(&mut serde_json::Value)| {
            let mut value = parsed.clone();
            change(&mut value);
            value.to_string().into_bytes()
        };
        let files = [
            folder.file("logit", &changed(|golden| golden["cases"][1]["logits_f64"][7] = 9.5.into())),
            folder.file("unknown", &changed(|golden| golden["model"] = "resnet18".into())),
            folder.file("crc", &changed(|golden| golden["weights_crc32"] = "00000000".into())),
            folder.file("shape", &changed(|golden| golden["tensors"][0]["shape"][0] = (1u64 << 40).into())),
            folder.file(
                "input",
                &changed(|golden| golden["cases"][1]["input"] = "gradient_70000x70000".into()),
            ),
            folder.file(
                "idx",
                &changed(|golden| {
                    golden["cases"][0]["stages"]["blocks.1"]["idx"][0] = (1u64 << 40).into();
                }),
            ),
            folder.file("empty", &changed(|golden| golden["cases"] = serde_json::json!([]))),
            folder.file("cut", &packed[..packed.len() / 2]),
            folder.file("text", b"not a golden file"),
            folder.0.join("absent"),
            folder.file("good", json.as_bytes()),
        ];
        let (totals, text) = report(&files, &[Backend::Cpu]);
        // Of three files, one case of two is wrong; `good` has two.
        let lines: Vec<&str> = text.lines().collect();
        let of = |name: &str| {
            let path = folder.0.join(name).display().to_string();
            *lines.iter().find(|line| line.contains(&path)).unwrap_or_else(|| panic!("{name}: {text}"))
        };
        assert!(lines[0].starts_with("PASS") && lines[1].starts_with("FAIL"), "{text}");
        assert!(of("unknown").contains("\"resnet18\""), "{text}");
        assert!(of("crc").contains("checksum"), "{text}");
        assert!(of("shape").contains("another shape"), "{text}");
        assert!(of("input").contains("gradient_70000x70000"), "{text}");
        assert!(text.contains("unknown or misshapen: blocks.1"), "{text}");
        assert!(of("empty").contains("no cases"), "{text}");
        assert!(of("cut").contains("damaged"), "{text}");
        assert!(of("text").contains("not a golden file"), "{text}");
        assert!(of("absent").contains("cannot read"), "{text}");
        assert_eq!(totals, Totals { passed: 4, failed: 10 }, "{text}");
    }

    /// The command as it is called, so that the exit code is seen.
    #[test]
    fn the_exit_code_tells() {
        let args = |files: &[PathBuf]| Args { backend: Some(Backend::Cpu), files: files.to_vec() };
        let good = golden("mobilenetv3_small_100_224");
        let code = |files: &[PathBuf]| format!("{:?}", run(&args(files)).unwrap());
        assert_eq!(code(std::slice::from_ref(&good)), format!("{:?}", ExitCode::SUCCESS));
        assert_eq!(code(&[good, "no such file".into()]), format!("{:?}", ExitCode::FAILURE));
    }
}
