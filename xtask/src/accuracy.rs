//! `cargo xtask accuracy`: how often checkpoints are right on labelled images, from the files' bytes on.

mod images;
mod rejection;
pub(crate) mod sample;

use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Result, ensure};
use engine::accuracy::Accuracy;
use engine::predict::Score;
use engine::weights::manifest::CheckpointSource;
use images::Labelled;
use rejection::Rejections;

use crate::checkpoint::Checkpoint;
use crate::process::long_step;
use crate::table;
use crate::weights::{folder, read_manifest};

/// How far a measured accuracy may be from the one that a checkpoint states for the same images, in points.
const TOLERANCE: f64 = 0.1;

/// Arguments of `cargo xtask accuracy`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A folder with a folder of images for each class, named after it
    #[arg(long, value_name = "DIR")]
    images: PathBuf,
    /// What the outputs are called: a name a line, or a table [default: what the checkpoint states]
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Checkpoints: safetensors, PyTorch's, ONNX, TensorFlow Lite or Keras [default: those that ship with the page]
    #[arg(long, value_name = "FILE", num_args = 1..)]
    weights: Vec<PathBuf>,
    /// A folder with folders of images that show none of the classes: says how well their networks notice that
    #[arg(long, value_name = "DIR")]
    others: Option<PathBuf>,
    /// The probability below which an image counts as one of those [default: what takes at most a tenth of the others for such]
    #[arg(long, value_name = "P", requires = "others")]
    least: Option<f32>,
    /// Use only the first images of each class
    #[arg(long, value_name = "N", default_value_t = usize::MAX, hide_default_value = true)]
    limit: usize,
}

/// Runs the command: a row for every checkpoint. Fails where one's accuracy is not what it states, or a file
/// cannot be read.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let files = if args.weights.is_empty() { bundled(&folder())? } else { args.weights.clone() };
    let mut rows = Vec::new();
    let mut all_well = true;
    let others = args.others.as_deref().map(|others| images::unnamed(others, args.limit)).transpose()?;
    let mut rejections = Rejections::default();
    for file in &files {
        let checkpoint = Checkpoint::read(file, args.labels.as_deref())?;
        let images = images::find(&args.images, &checkpoint.names, args.limit)?;
        let guesses = long_step(
            &format!("{} guesses {} images", checkpoint.name, images.len()),
            "a minute or two",
            || Ok(guess(&checkpoint, &images)),
        )?;
        let result = Tested::new(&images, &guesses);
        all_well &= result.holds(stated(&checkpoint)) && result.unreadable.is_empty();
        for (image, error) in &result.unreadable {
            eprintln!("{}: {error}", image.display());
        }
        rows.push(result.cells(&checkpoint));
        if let Some(others) = &others {
            let about = format!("{} guesses {} images of other things", checkpoint.name, others.len());
            let unknown = long_step(&about, "a minute or two", || Ok(guess(&checkpoint, others)))?;
            rejections.add(&checkpoint, guesses, unknown);
        }
    }
    let head = ["checkpoint", "images", "top-1 %", "95 % interval", "top-5 %", "stated %", ""];
    print!("{}", table::render(&head, &rows));
    if others.is_some() {
        print!("\n{}", rejections.table(args.least));
    }
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The files that ship with the page, which are listed in `folder`.
fn bundled(folder: &Path) -> Result<Vec<PathBuf>> {
    let manifest = read_manifest(folder)?.manifest;
    let file = |source: CheckpointSource| match source {
        CheckpointSource::Bundled { file } => Some(folder.join(file)),
        CheckpointSource::Hub { .. } => None,
    };
    let files: Vec<PathBuf> =
        manifest.checkpoints.into_iter().filter_map(|entry| file(entry.source)).collect();
    ensure!(!files.is_empty(), "no checkpoint ships with the page; name one with --weights");
    Ok(files)
}

/// The accuracy that a checkpoint's makers state.
fn stated(checkpoint: &Checkpoint) -> Option<Accuracy> {
    checkpoint.description.training.map(|training| training.test)
}

/// What a checkpoint guesses for each image, in their order. Uses all cores.
fn guess(checkpoint: &Checkpoint, images: &[Labelled]) -> Vec<Guess> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut session = checkpoint.session();
        let mut guesses = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(image) = images.get(index) else { return guesses };
            let top = checkpoint.top(&mut session, &image.file, 5);
            guesses.push((index, top));
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let mut guesses: Vec<(usize, Guess)> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().flat_map(|part| part.join().unwrap_or_else(|bug| resume_unwind(bug))).collect()
    });
    guesses.sort_by_key(|(index, _)| *index);
    guesses.into_iter().map(|(_, guess)| guess).collect()
}

/// The five most probable classes of an image, the most probable first, or why it cannot be read.
type Guess = Result<Vec<Score>, String>;

/// What a checkpoint's guesses are worth.
#[derive(Debug, Default, PartialEq)]
struct Tested {
    top1: Accuracy,
    top5: Accuracy,
    unreadable: Vec<(PathBuf, String)>,
}

impl Tested {
    fn new(images: &[Labelled], guesses: &[Guess]) -> Self {
        let mut tested = Self::default();
        for (Labelled { file, class }, guess) in images.iter().zip(guesses) {
            match guess {
                Ok(classes) => {
                    tested.top1.count(classes.first().is_some_and(|score| score.index == *class));
                    tested.top5.count(classes.iter().any(|score| score.index == *class));
                }
                Err(error) => tested.unreadable.push((file.clone(), error.clone())),
            }
        }
        tested
    }

    /// Whether the accuracy is the stated one, where that is of as many images.
    fn holds(&self, stated: Option<Accuracy>) -> bool {
        let comparable = stated.filter(|stated| stated.images == self.top1.images);
        // From whole images: a difference of two rounded percentages may exceed a tolerance that it equals.
        let off = |stated: Accuracy| 100.0 * f64::from(stated.correct.abs_diff(self.top1.correct));
        comparable.is_none_or(|stated| off(stated) / f64::from(stated.images) <= TOLERANCE)
    }

    fn cells(&self, checkpoint: &Checkpoint) -> Vec<String> {
        let (low, high) = self.top1.interval_percent();
        let stated = stated(checkpoint);
        vec![
            checkpoint.name.clone(),
            self.top1.images.to_string(),
            format!("{:.2}", self.top1.percent()),
            format!("{low:.2}–{high:.2}"),
            format!("{:.2}", self.top5.percent()),
            stated.map_or_else(|| "not stated".to_owned(), |stated| format!("{:.2}", stated.percent())),
            if self.holds(stated) { String::new() } else { "NOT AS STATED".to_owned() },
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use engine::weights::manifest::LabelSet;

    use super::*;
    use crate::checkpoint::class_names;
    use crate::process::output;
    use crate::project::{root, target_dir};

    fn image(class: usize) -> Labelled {
        Labelled { file: PathBuf::from("a.jpg"), class }
    }

    #[test]
    fn guesses_are_counted() {
        let images = [image(3), image(3), image(3), image(9)];
        let broken = || Err("is no image".to_owned());
        let guess = |classes: [usize; 2]| {
            Ok(classes.map(|index| Score { index, probability: 0.4, logit: 0.0 }).to_vec())
        };
        let tested = Tested::new(&images, &[guess([3, 1]), guess([1, 3]), guess([0, 1]), broken()]);
        assert_eq!(tested.top1, Accuracy { correct: 1, images: 3 });
        assert_eq!(tested.top5, Accuracy { correct: 2, images: 3 });
        assert_eq!(tested.unreadable, [(PathBuf::from("a.jpg"), "is no image".to_owned())]);
    }

    #[test]
    fn a_tenth_of_a_point_may_be_lost() {
        let tested = |correct| Tested { top1: Accuracy { correct, images: 10_000 }, ..Tested::default() };
        let stated = Some(Accuracy { correct: 8000, images: 10_000 });
        assert!(tested(7990).holds(stated) && tested(8010).holds(stated));
        assert!(!tested(7989).holds(stated) && !tested(8011).holds(stated));
        // Other images, other accuracy.
        let few = Tested { top1: Accuracy { correct: 1, images: 10 }, ..Tested::default() };
        assert!(few.holds(stated) && few.holds(None));
    }

    /// CIFAR-10's test images, unpacked once; `None` where they are not at hand.
    fn test_images() -> Option<PathBuf> {
        let archive = root().join("..").join("shared").join("data").join("cifar10_jpeg.tar.xz");
        if !archive.is_file() {
            println!("SKIPPED: the accuracy of shipped checkpoints needs {}", archive.display());
            return None;
        }
        let folder = target_dir().join("xtask").join("cifar10");
        let test = folder.join("test");
        if !test.is_dir() {
            // Renamed when it is whole: an interrupted run must not leave half of the images.
            let partial = folder.join(std::process::id().to_string());
            fs::create_dir_all(&partial).unwrap();
            output(Command::new("tar").arg("-xJf").arg(archive).arg("-C").arg(&partial).arg("test")).unwrap();
            fs::rename(partial.join("test"), &test).unwrap();
            fs::remove_dir(partial).unwrap();
        }
        Some(test)
    }

    #[derive(serde::Deserialize)]
    struct Trained {
        test_correct: u32,
        test_guesses: String,
    }

    #[test]
    fn shipped_checkpoints_are_right_as_often_as_in_pytorch() {
        let Some(folder) = test_images() else { return };
        let images = images::find(&folder, &class_names(LabelSet::Cifar10).unwrap(), usize::MAX).unwrap();
        assert_eq!(images.len(), 10_000);
        for file in bundled(&crate::weights::folder()).unwrap() {
            let checkpoint = Checkpoint::read(&file, None).unwrap();
            let name = checkpoint.description.variant.id();
            let results =
                root().join("tools").join("train").join("results").join(format!("{name}.cifar10.json"));
            let trained: Trained = serde_json::from_slice(&fs::read(&results).unwrap()).unwrap();
            let stated = stated(&checkpoint).unwrap();
            assert_eq!(stated, Accuracy { correct: trained.test_correct, images: 10_000 }, "{name}");

            let guesses = guess(&checkpoint, &images);
            let tested = Tested::new(&images, &guesses);
            assert_eq!(tested.unreadable, [], "{name}");
            assert!(tested.holds(Some(stated)), "{name}: {tested:?}, stated {stated:?}");
            // Not only as often, but on the same images: decoders of JPEG differ by a few levels, which tips few.
            let first = |guess: &Guess| guess.as_ref().ok().and_then(|classes| Some(classes.first()?.index));
            let pytorch = trained.test_guesses.bytes().map(|digit| Some(usize::from(digit - b'0')));
            let agreed =
                guesses.iter().map(first).zip(pytorch).filter(|(ours, theirs)| ours == theirs).count();
            assert!(agreed >= 9_850, "{name}: {agreed} of 10,000 guesses agree");
            println!("{name}: {:.2} %, {agreed} of 10,000 guesses agree", tested.top1.percent());
        }
    }
}
