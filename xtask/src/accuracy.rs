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
use engine::backend::int8::Ranges;
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

/// How far the accuracy in int8 may be below that in f32, in points.
const INT8_TOLERANCE: f64 = 1.0;

/// Images of each class that int8 is calibrated on.
const CALIBRATION: usize = 10;

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
    /// In int8 too, calibrated on some images of each class in this folder, which should be no test images [default: on the page's samples]
    #[arg(long, value_name = "DIR", num_args = 0..=1)]
    calibrate: Option<Option<PathBuf>>,
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
        let guessed = |images: &[Labelled], what: &str, ranges: Option<&Ranges>| {
            let step = format!("{} guesses {} images{what}", checkpoint.name, images.len());
            long_step(&step, "a minute or two", || Ok(guess(&checkpoint, images, ranges)))
        };
        let guesses = guessed(&images, "", None)?;
        let result = Tested::new(&images, &guesses);
        all_well &= result.holds(stated(&checkpoint)) && result.unreadable.is_empty();
        for (image, error) in &result.unreadable {
            eprintln!("{}: {error}", image.display());
        }
        rows.push(result.cells(&checkpoint));
        if let Some(folder) = &args.calibrate {
            let ranges = match folder {
                Some(folder) => {
                    calibrate(&checkpoint, &images::find(folder, &checkpoint.names, CALIBRATION)?)?
                }
                None => checkpoint.calibrate(sample::files()?.iter().map(PathBuf::as_path))?,
            };
            let in_bytes = Tested::new(&images, &guessed(&images, " in int8", Some(&ranges))?);
            all_well &= in_bytes.is_near(&result);
            rows.push(in_bytes.cells_beside(&result, &checkpoint));
        }
        if let Some(others) = &others {
            let unknown = guessed(others, " of other things", None)?;
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

/// Which numbers a checkpoint's values take on some images.
fn calibrate(checkpoint: &Checkpoint, images: &[Labelled]) -> Result<Ranges> {
    checkpoint.calibrate(images.iter().map(|image| image.file.as_path()))
}

/// What a checkpoint guesses for each image, in their order, in int8 if there are ranges for that. Uses all cores.
fn guess(checkpoint: &Checkpoint, images: &[Labelled], ranges: Option<&Ranges>) -> Vec<Guess> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut session = checkpoint.session(ranges);
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

    /// Whether int8 is as often right as f32, or nearly.
    fn is_near(&self, f32: &Self) -> bool {
        let lost = i64::from(f32.top1.correct) - i64::from(self.top1.correct);
        self.unreadable.is_empty() && 100.0 * lost as f64 <= INT8_TOLERANCE * f64::from(self.top1.images)
    }

    /// The cells of int8, below those of f32.
    fn cells_beside(&self, f32: &Self, checkpoint: &Checkpoint) -> Vec<String> {
        let mut cells = self.cells(checkpoint);
        cells[0] += " int8";
        cells[5] = format!("{:+.2} of f32", self.top1.percent() - f32.top1.percent());
        cells[6] = if self.is_near(f32) { String::new() } else { "TOO FAR BELOW F32".to_owned() };
        cells
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
    fn int8_may_lose_a_point() {
        let tested = |correct| Tested { top1: Accuracy { correct, images: 10_000 }, ..Tested::default() };
        assert!(tested(7900).is_near(&tested(8000)) && tested(8100).is_near(&tested(8000)));
        assert!(!tested(7899).is_near(&tested(8000)));
        let unreadable = Tested { unreadable: vec![(PathBuf::from("a.jpg"), String::new())], ..tested(8000) };
        assert!(!unreadable.is_near(&tested(8000)));
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
        unpacked("test", "test/*")
    }

    /// Some of its training images, for calibration.
    fn training_images() -> Option<PathBuf> {
        unpacked("train", "train/*/000[0-9].jpg")
    }

    /// A folder of the archive with the files that a pattern matches.
    fn unpacked(name: &str, pattern: &str) -> Option<PathBuf> {
        let archive = root().join("..").join("shared").join("data").join("cifar10_jpeg.tar.xz");
        if !archive.is_file() {
            println!("SKIPPED: the accuracy of shipped checkpoints needs {}", archive.display());
            return None;
        }
        let folder = target_dir().join("xtask").join("cifar10");
        let whole = folder.join(name);
        if !whole.is_dir() {
            // Renamed when it is whole: an interrupted run must not leave half of the images.
            let partial = folder.join(format!("{name}-{}", std::process::id()));
            fs::create_dir_all(&partial).unwrap();
            let mut tar = Command::new("tar");
            tar.arg("-xJf").arg(archive).arg("-C").arg(&partial).args(["--wildcards", pattern]);
            output(&mut tar).unwrap();
            fs::rename(partial.join(name), &whole).unwrap();
            fs::remove_dir(partial).unwrap();
        }
        Some(whole)
    }

    #[derive(serde::Deserialize)]
    struct Trained {
        test_correct: u32,
        test_guesses: String,
    }

    /// On every fifth image, which takes a minute; of all, the command tells how often they are right.
    #[test]
    fn shipped_checkpoints_guess_as_in_pytorch() {
        let (Some(folder), Some(training)) = (test_images(), training_images()) else { return };
        let names = class_names(LabelSet::Cifar10).unwrap();
        let images = images::find(&folder, &names, usize::MAX).unwrap();
        assert_eq!(images.len(), 10_000);
        let images: Vec<Labelled> = images.into_iter().step_by(5).collect();
        let calibration = images::find(&training, &names, CALIBRATION).unwrap();
        for file in bundled(&crate::weights::folder()).unwrap() {
            let checkpoint = Checkpoint::read(&file, None).unwrap();
            let name = checkpoint.description.variant.id();
            let results =
                root().join("tools").join("train").join("results").join(format!("{name}.cifar10.json"));
            let trained: Trained = serde_json::from_slice(&fs::read(&results).unwrap()).unwrap();
            let stated = stated(&checkpoint).unwrap();
            assert_eq!(stated, Accuracy { correct: trained.test_correct, images: 10_000 }, "{name}");

            let guesses = guess(&checkpoint, &images, None);
            let tested = Tested::new(&images, &guesses);
            assert_eq!(tested.unreadable, [], "{name}");
            // Decoders of JPEG differ by a few levels, which tips few guesses.
            let first = |guess: &Guess| guess.as_ref().ok().and_then(|classes| Some(classes.first()?.index));
            let pytorch = trained.test_guesses.bytes().step_by(5).map(|digit| usize::from(digit - b'0'));
            let pytorch: Vec<Option<usize>> = pytorch.map(Some).collect();
            let agreed =
                guesses.iter().map(first).zip(&pytorch).filter(|(ours, theirs)| ours == *theirs).count();
            assert!(agreed >= 1_970, "{name}: {agreed} of 2,000 guesses agree");
            let right =
                images.iter().zip(&pytorch).filter(|(image, guess)| Some(image.class) == **guess).count();
            let differ = right.abs_diff(tested.top1.correct as usize);
            assert!(differ <= 10, "{name}: {} of 2,000 right, {right} in PyTorch", tested.top1.correct);
            println!("{name}: {:.2} %, {agreed} of 2,000 guesses agree", tested.top1.percent());

            // Bytes on every tenth image, beside f32 on the same ones. So few allow for twice the error of a difference of pairs; what
            // all images say, the command tells.
            let ranges = calibrate(&checkpoint, &calibration).unwrap();
            let some: Vec<Labelled> = images.iter().step_by(2).cloned().collect();
            let in_bytes = guess(&checkpoint, &some, Some(&ranges));
            let is_right = |guess: &Guess, image: &Labelled| first(guess) == Some(image.class);
            let pairs = some.iter().zip(guesses.iter().step_by(2)).zip(&in_bytes);
            let (mut lost, mut won) = (0.0, 0.0);
            for ((image, in_f32), in_bytes) in pairs {
                match (is_right(in_f32, image), is_right(in_bytes, image)) {
                    (true, false) => lost += 1.0,
                    (false, true) => won += 1.0,
                    _ => {}
                }
            }
            let percent = 100.0 / some.len() as f64;
            let (below, error) = (percent * (lost - won), percent * f64::sqrt(lost + won));
            println!("{name}: int8 {below:.2} points below f32, ± {error:.2}");
            assert!(below - 2.0 * error <= INT8_TOLERANCE, "{name}: {below} points below f32, ± {error}");
        }
    }
}
