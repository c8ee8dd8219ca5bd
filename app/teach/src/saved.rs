//! A project as a file: all but the photos.

use engine::accuracy::Accuracy;
use serde::{Deserialize, Serialize};

use crate::course::{Learned, Method};
use crate::linear::Linear;
use crate::project::{Outcome, Project, Pupil};

/// The name that files have.
pub const FILE: &str = "mobilenet-lab-project.json";
/// Files of more bytes are not opened: a thousand classes of ten networks have fewer.
pub const MOST_BYTES: f64 = 256.0 * 1024.0 * 1024.0;

const FORMAT: &str = "mobilenet-lab-project";
const VERSION: u32 = 1;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    format: String,
    version: u32,
    /// The classes, as they were called when the file was written.
    pub classes: Vec<Class>,
    /// What they were called when they were learned.
    pub taught: Vec<String>,
    networks: Vec<Network>,
}

/// A class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// What it is called.
    pub name: String,
    /// What its photos are called.
    files: Vec<String>,
}

/// A network that has learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Network {
    name: String,
    model: String,
    resolution: (u32, u32),
    weights: String,
    method: Method,
    held_back: Option<HeldBack>,
    confusion: Vec<Vec<u32>>,
    /// A row for each class. In f32, which the network computes in.
    weight: Vec<Vec<f32>>,
    bias: Vec<f32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct HeldBack {
    correct: u32,
    photos: u32,
}

/// Why a file cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is none of this format; what a reader says of it.
    Foreign(String),
    /// It has a version that this page does not know.
    Version(u32),
    /// What it says of the network of this name does not fit its classes.
    Network(String),
}

/// What is kept of a project: all classes, and the networks that have learned those that are called `taught`.
pub fn write(project: &Project, taught: &[String], pupils: &[Pupil]) -> String {
    let class = |class: &crate::project::Class| Class {
        name: class.name.trim().to_owned(),
        files: class.usable().map(|photo| photo.name.clone()).collect(),
    };
    let saved = Saved {
        format: FORMAT.to_owned(),
        version: VERSION,
        classes: project.classes.iter().map(class).collect(),
        taught: taught.to_vec(),
        networks: pupils.iter().filter_map(Network::of).collect(),
    };
    serde_json::to_string(&saved).expect("text and numbers always serialise")
}

/// What a file holds.
///
/// # Errors
/// [`Flaw`].
pub fn read(text: &str) -> Result<Saved, Flaw> {
    /// What every version has.
    #[derive(Deserialize)]
    struct Head {
        format: String,
        version: u32,
    }
    let foreign = |error: serde_json::Error| Flaw::Foreign(error.to_string());
    let head: Head = serde_json::from_str(text).map_err(foreign)?;
    if head.format != FORMAT {
        return Err(Flaw::Foreign(format!("format {:?}", head.format)));
    }
    if head.version != VERSION {
        return Err(Flaw::Version(head.version));
    }
    let saved: Saved = serde_json::from_str(text).map_err(foreign)?;
    let is_name = |name: &String| !name.trim().is_empty();
    if saved.taught.len() < 2 || !saved.taught.iter().all(is_name) {
        return Err(Flaw::Foreign("\"taught\" names fewer than two classes".to_owned()));
    }
    match saved.networks.iter().find(|network| !network.fits(saved.taught.len())) {
        Some(network) => Err(Flaw::Network(network.name.clone())),
        None if saved.networks.is_empty() => Err(Flaw::Foreign("\"networks\" is empty".to_owned())),
        None => Ok(saved),
    }
}

impl Saved {
    /// The networks, not yet measured and without their colours.
    pub fn pupils(&self) -> Vec<Pupil> {
        self.networks.iter().map(Network::pupil).collect()
    }
}

impl Network {
    fn of(pupil: &Pupil) -> Option<Self> {
        let learned = pupil.learned()?;
        let short = |numbers: &[f64]| numbers.iter().map(|number| *number as f32).collect::<Vec<_>>();
        let Linear { weight, bias } = &learned.layer;
        let width = weight.len() / bias.len().max(1);
        let held_back = learned.held_back.map(|held| HeldBack { correct: held.correct, photos: held.images });
        Some(Self {
            name: pupil.name.clone(),
            model: pupil.model.clone(),
            resolution: pupil.resolution,
            weights: pupil.weights.clone(),
            method: learned.method,
            held_back,
            confusion: learned.confusion.clone(),
            weight: weight.chunks(width.max(1)).map(short).collect(),
            bias: short(bias),
        })
    }

    /// Whether it tells so many classes, with numbers that can be.
    fn fits(&self, classes: usize) -> bool {
        let width = self.weight.first().map_or(0, Vec::len);
        let mut numbers = self.weight.iter().flatten().chain(&self.bias);
        width > 0
            && self.weight.len() == classes
            && self.weight.iter().all(|row| row.len() == width)
            && self.bias.len() == classes
            && numbers.all(|number| number.is_finite())
            && self.confusion.len() == classes
            && self.confusion.iter().all(|row| row.len() == classes)
            && self.held_back.is_none_or(|held| held.correct <= held.photos && held.photos > 0)
    }

    fn pupil(&self) -> Pupil {
        let long = |number: &f32| f64::from(*number);
        let layer = Linear {
            weight: self.weight.iter().flatten().map(long).collect(),
            bias: self.bias.iter().map(long).collect(),
        };
        let held_back = self.held_back.map(|held| Accuracy { correct: held.correct, images: held.photos });
        Pupil {
            name: self.name.clone(),
            style: String::new(),
            model: self.model.clone(),
            resolution: self.resolution,
            weights: self.weights.clone(),
            median_ms: None,
            outcome: Outcome::Learned(Box::new(Learned {
                method: self.method,
                held_back,
                confusion: self.confusion.clone(),
                layer,
            })),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::project::tests::taught;

    fn file() -> Value {
        let (project, pupils) = taught();
        serde_json::from_str(&write(&project, &project.names(), &pupils)).expect("JSON")
    }

    #[test]
    fn a_project_holds_all_but_the_photos() {
        let value = file();
        assert_eq!(value["classes"][1], json!({ "name": "<dog>", "files": ["c.jpg"] }));
        assert_eq!(value["networks"].as_array().map(Vec::len), Some(2));
        assert_eq!(value["networks"][0]["weight"], json!([[0.5, 0.1], [-0.5, -0.1]]));
        assert_eq!(value["networks"][1]["held_back"], json!({ "correct": 3, "photos": 3 }));
        assert_eq!(value["networks"][1]["method"], "logistic_regression");
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let (project, pupils) = taught();
        let text = write(&project, &project.names(), &pupils);
        let saved = read(&text).expect("a project");
        assert_eq!(saved.taught, ["cat", "<dog>"]);
        let again = saved.pupils();
        assert_eq!(again.iter().map(|pupil| &*pupil.name).collect::<Vec<_>>(), ["slow", "fast"]);
        assert_eq!((again[0].resolution, &*again[0].weights), ((96, 128), "of"));
        assert_eq!(again[0].learned().map(Learned::mistakes), pupils[0].learned().map(Learned::mistakes));
        assert_eq!(write(&project, &saved.taught, &again), text);
    }

    #[test]
    fn what_is_no_project_is_refused_with_its_reason() {
        for text in ["", "null", "{}", "[1]", r#"{"format":"other","version":1}"#] {
            assert!(matches!(read(text), Err(Flaw::Foreign(_))), "{text}");
        }
        let refused = |change: fn(&mut Value)| {
            let mut value = file();
            change(&mut value);
            read(&value.to_string()).expect_err("it is damaged")
        };
        assert_eq!(refused(|file| file["version"] = json!(2)), Flaw::Version(2));
        let damages: [fn(&mut Value); 8] = [
            |file| file["networks"][1]["bias"] = json!([1.0]),
            |file| file["networks"][1]["bias"] = json!([1e60, 0]),
            |file| file["networks"][1]["weight"] = json!([[1.0, 2.0]]),
            |file| file["networks"][1]["weight"] = json!([[1.0, 2.0], [1.0]]),
            |file| file["networks"][1]["weight"] = json!([[], []]),
            |file| file["networks"][1]["confusion"] = json!([[1, 2]]),
            |file| file["networks"][1]["held_back"] = json!({ "correct": 4, "photos": 3 }),
            |file| file["taught"] = json!(["a", "b", "c"]),
        ];
        for (at, damage) in damages.into_iter().enumerate() {
            assert!(matches!(refused(damage), Flaw::Network(_)), "{at}");
        }
        let foreign: [fn(&mut Value); 5] = [
            |file| file["taught"] = json!(["a"]),
            |file| file["taught"] = json!(["a", " "]),
            |file| file["networks"] = json!([]),
            |file| file["networks"][0]["method"] = json!("magic"),
            |file| file["networks"][0]["model"] = Value::Null,
        ];
        for (at, damage) in foreign.into_iter().enumerate() {
            assert!(matches!(refused(damage), Flaw::Foreign(_)), "{at}");
        }
    }
}
