//! Photos, networks, and what those have made of them so far.

use std::collections::{BTreeMap, BTreeSet};

use common::folder::is_picture;
use common::interface::{Judged, Output, name_of};
use common::words::Language;

use crate::labels::{classes, output_of};
use crate::statistics::Tally;

/// A photo and its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// Its path in the folder.
    pub path: String,
    /// The position of its class.
    pub class: usize,
}

/// Labelled photos.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Photos {
    /// In the order of their paths.
    pub photos: Vec<Photo>,
    /// The classes, by name.
    pub classes: Vec<String>,
    /// Pictures without a class.
    pub without: usize,
}

impl Photos {
    /// The pictures among these paths, whose classes are those of a list or of the folders. Gives beside each photo the position of
    /// its path.
    pub fn of(paths: &[String], list: Option<&BTreeMap<String, String>>) -> (Self, Vec<usize>) {
        let classes_of = classes(paths, list);
        let mut found: Vec<(usize, &String, &String)> = Vec::new();
        let mut without = 0;
        for (at, (path, class)) in paths.iter().zip(&classes_of).enumerate() {
            match class {
                _ if !is_picture(path) => {}
                Some(class) => found.push((at, path, class)),
                None => without += 1,
            }
        }
        found.sort_by_key(|(_, path, _)| *path);
        let names: BTreeSet<&String> = found.iter().map(|(.., class)| *class).collect();
        let names: Vec<String> = names.into_iter().cloned().collect();
        let photo = |(_, path, class): &(usize, &String, &String)| Photo {
            path: (*path).clone(),
            class: names.binary_search(class).unwrap_or_default(),
        };
        let photos = found.iter().map(photo).collect();
        let places = found.iter().map(|(at, ..)| *at).collect();
        (Self { photos, classes: names, without }, places)
    }
}

/// A network that is asked.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// As the board calls it.
    pub name: String,
    /// Its colour, as the style sheets read it.
    pub style: String,
    /// What it takes here, where it has been measured.
    pub median_ms: Option<f64>,
    /// What its outputs are called.
    pub outputs: Vec<Output>,
    /// The output for each class of the photos, where there is one.
    pub stands_for: Vec<Option<u16>>,
    /// Its guesses.
    pub tally: Tally,
}

impl Network {
    /// Finds the outputs for the photos' classes.
    pub fn learn(&mut self, classes: &[String]) {
        self.stands_for = classes.iter().map(|class| output_of(class, &self.outputs)).collect();
    }

    /// Classes for which it has no output.
    pub fn unknown<'a>(&self, classes: &'a [String]) -> Vec<&'a str> {
        let unknown = classes.iter().zip(&self.stands_for).filter(|(_, output)| output.is_none());
        unknown.map(|(class, _)| class.as_str()).collect()
    }

    /// What an output is called.
    pub fn output(&self, index: u16, language: Language) -> String {
        name_of(&self.outputs, usize::from(index), language)
    }
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Study {
    /// The photos.
    pub photos: Photos,
    /// The networks.
    pub networks: Vec<Network>,
    /// Photos that have been shown to the networks.
    pub done: usize,
    /// Photos that cannot be read, by their position, with the reason.
    pub unreadable: Vec<(usize, String)>,
}

impl Study {
    /// Whether all photos have been judged.
    pub fn is_complete(&self) -> bool {
        self.done == self.photos.photos.len()
    }

    /// Takes in what the networks make of the next photo.
    pub fn judge(&mut self, judged: &[Judged]) {
        let Some(photo) = self.photos.photos.get(self.done) else { return };
        for (network, Judged { logits, .. }) in self.networks.iter_mut().zip(judged) {
            if let Some(label) = network.stands_for.get(photo.class).copied().flatten() {
                network.tally.add(self.done as u32, label, logits);
            }
        }
        self.done += 1;
    }

    /// The next photo cannot be read.
    pub fn skip(&mut self, reason: String) {
        self.unreadable.push((self.done, reason));
        self.done += 1;
    }

    /// Photos about which the networks say the most different things: by the number of answers, then by how sure they are.
    pub fn most_disputed(&self) -> Vec<usize> {
        let mut said: BTreeMap<u32, (BTreeSet<String>, f32)> = BTreeMap::new();
        for network in &self.networks {
            for guess in network.tally.guesses() {
                let (answers, sure) = said.entry(guess.photo).or_default();
                answers.insert(network.output(guess.class, Language::English));
                *sure += guess.confidence;
            }
        }
        let mut disputed: Vec<(u32, usize, f32)> =
            said.into_iter().map(|(photo, (answers, sure))| (photo, answers.len(), sure)).collect();
        disputed.retain(|(_, answers, _)| *answers > 1);
        disputed.sort_by(|a, b| b.1.cmp(&a.1).then(b.2.total_cmp(&a.2)));
        disputed.into_iter().map(|(photo, ..)| photo as usize).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Two networks of three classes on four photos of two; the second network does not know one of them.
    pub(crate) fn study() -> Study {
        let paths =
            ["b/2.jpg", "a/1.jpg", "a/0.jpg", "b/notes.txt", "lost.png", "b/3.jpg"].map(str::to_owned);
        let (photos, places) = Photos::of(&paths, None);
        assert_eq!(places, [2, 1, 0, 5]);
        let outputs = |names: [&str; 3]| {
            let output = |label: &str| Output {
                label: label.to_owned(),
                label_zh: format!("{label}类"),
                ..Output::default()
            };
            names.map(output).to_vec()
        };
        let network = |name: &str, names| {
            let mut network = Network {
                name: name.to_owned(),
                style: "--series: red".to_owned(),
                median_ms: Some(2.5),
                outputs: outputs(names),
                ..Network::default()
            };
            network.learn(&photos.classes);
            network
        };
        let networks = vec![network("first", ["a", "b", "c"]), network("second", ["c", "b", "x"])];
        let judged = |logits| Judged { logits, run_ms: 1.0 };
        let mut study = Study { photos, networks, ..Study::default() };
        study.judge(&[vec![3.0, 1.0, 0.0], vec![1.0, 0.0, 0.0]].map(judged));
        study.judge(&[vec![0.0, 0.0, 2.0], vec![1.0, 0.0, 0.0]].map(judged));
        study.judge(&[vec![0.0, 2.0, 1.0], vec![0.0, 3.0, 0.0]].map(judged));
        study
    }

    #[test]
    fn photos_have_the_classes_of_their_folders() {
        let study = study();
        assert_eq!(study.photos.classes, ["a", "b"]);
        assert_eq!(study.photos.without, 1);
        let photos: Vec<(&str, usize)> =
            study.photos.photos.iter().map(|photo| (photo.path.as_str(), photo.class)).collect();
        assert_eq!(photos, [("a/0.jpg", 0), ("a/1.jpg", 0), ("b/2.jpg", 1), ("b/3.jpg", 1)]);
    }

    #[test]
    fn a_network_is_asked_about_what_it_knows() {
        let mut study = study();
        assert!(!study.is_complete());
        study.skip("cut off".to_owned());
        assert!(study.is_complete());
        let counted: Vec<(u32, u32)> = study
            .networks
            .iter()
            .map(|network| (network.tally.top1().correct, network.tally.top1().images))
            .collect();
        assert_eq!(counted, [(2, 3), (1, 1)]);
        assert_eq!(study.networks[1].unknown(&study.photos.classes), ["a"]);
        assert_eq!(study.unreadable, [(3, "cut off".to_owned())]);
        assert_eq!(study.networks[0].output(1, Language::Chinese), "b类");
        assert_eq!(study.networks[0].output(9, Language::Chinese), "9");
        // Both say b of the third photo; nobody else was asked about the others.
        assert_eq!(study.most_disputed(), [] as [usize; 0]);
    }
}
