//! `cargo xtask classify`: what checkpoints see in images, for scripts.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};

use crate::checkpoint::Checkpoint;

/// Arguments of `cargo xtask classify`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Images
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// Checkpoints: safetensors, PyTorch's, ONNX, TensorFlow Lite or Keras
    #[arg(long, required = true, value_name = "FILE", num_args = 1..)]
    weights: Vec<PathBuf>,
    /// What the outputs are called: a name a line, or a table [default: what the checkpoint states]
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// How many classes are printed for each
    #[arg(long, value_name = "N", default_value_t = 5)]
    top: usize,
}

/// Runs the command: a line for every image, checkpoint and class, with tabs between image, checkpoint, rank, output, name and
/// probability. Fails where an image cannot be read, after all others.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    ensure!(args.top > 0, "--top 0 prints nothing; give 1 or more");
    let mut all_well = true;
    for file in &args.weights {
        let checkpoint = Checkpoint::read(file, args.labels.as_deref())?;
        let mut session = checkpoint.session(None);
        for image in &args.images {
            let top = match checkpoint.top(&mut session, image, args.top) {
                Ok(top) => top,
                Err(error) => {
                    eprintln!("{}: {error}", image.display());
                    all_well = false;
                    continue;
                }
            };
            for (rank, score) in top.iter().enumerate() {
                println!(
                    "{}\t{}\t{}\t{}\t{}\t{:.6}",
                    image.display(),
                    checkpoint.name,
                    rank + 1,
                    score.index,
                    checkpoint.names[score.index].english,
                    score.probability
                );
            }
        }
    }
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
