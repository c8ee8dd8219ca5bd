//! Classes, their photos, and what has come of teaching them.

use crate::course::Learned;

/// A photo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// Tells it from the others.
    pub id: u32,
    /// Its file's name.
    pub name: String,
    /// Why it cannot be used, where that is known.
    pub problem: Option<String>,
}

/// A class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Tells it from the others.
    pub id: u32,
    /// As the visitor calls it.
    pub name: String,
    /// Its photos.
    pub photos: Vec<Photo>,
}

impl Class {
    /// Those that can be used, as far as is known.
    pub fn usable(&self) -> impl Iterator<Item = &Photo> {
        self.photos.iter().filter(|photo| photo.problem.is_none())
    }
}

/// The classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// In their order.
    pub classes: Vec<Class>,
    /// The last id that has been given.
    last: u32,
}

/// Why classes cannot be learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// There are fewer than two.
    TooFew,
    /// The class at this position has no name.
    Nameless(usize),
    /// Two have this name.
    Twice(String),
    /// The class of this name has no photos.
    Empty(String),
    /// None of its photos can be read.
    Unreadable(String),
}

impl Project {
    fn id(&mut self) -> u32 {
        self.last += 1;
        self.last
    }

    /// One more class; gives its id.
    pub fn add(&mut self, name: &str) -> u32 {
        let id = self.id();
        self.classes.push(Class { id, name: name.to_owned(), photos: Vec::new() });
        id
    }

    /// Removes a class with its photos; gives their ids.
    pub fn remove(&mut self, class: u32) -> Vec<u32> {
        let (gone, left): (Vec<Class>, _) =
            std::mem::take(&mut self.classes).into_iter().partition(|other| other.id == class);
        self.classes = left;
        gone.iter().flat_map(|class| class.photos.iter().map(|photo| photo.id)).collect()
    }

    /// The class of this id.
    pub fn class_mut(&mut self, id: u32) -> Option<&mut Class> {
        self.classes.iter_mut().find(|class| class.id == id)
    }

    /// The id of the class of this name.
    pub fn named(&self, name: &str) -> Option<u32> {
        self.classes.iter().find(|class| class.name.trim() == name.trim()).map(|class| class.id)
    }

    /// One more photo of a class; gives its id.
    pub fn add_photo(&mut self, class: u32, name: &str) -> Option<u32> {
        let id = self.id();
        let photo = Photo { id, name: name.to_owned(), problem: None };
        self.class_mut(class)?.photos.push(photo);
        Some(id)
    }

    /// Says that a photo cannot be used.
    pub fn refuse(&mut self, photo: u32, reason: &str) {
        let photos = self.classes.iter_mut().flat_map(|class| &mut class.photos);
        for photo in photos.filter(|other| other.id == photo) {
            photo.problem = Some(reason.to_owned());
        }
    }

    /// Photos that cannot be used.
    pub fn refused(&self) -> impl Iterator<Item = &Photo> {
        self.classes.iter().flat_map(|class| &class.photos).filter(|photo| photo.problem.is_some())
    }

    /// Removes classes without photos, as long as others are left to be told apart.
    pub fn tidy(&mut self) {
        let is_used = |class: &Class| !class.photos.is_empty();
        if self.classes.iter().filter(|class| is_used(class)).count() > 1 {
            self.classes.retain(is_used);
        }
    }

    /// Whether the classes can be learned.
    ///
    /// # Errors
    /// The first [`Flaw`].
    pub fn check(&self) -> Result<(), Flaw> {
        if self.classes.len() < 2 {
            return Err(Flaw::TooFew);
        }
        for (at, class) in self.classes.iter().enumerate() {
            let name = class.name.trim();
            if name.is_empty() {
                return Err(Flaw::Nameless(at));
            }
            if self.classes[..at].iter().any(|other| other.name.trim() == name) {
                return Err(Flaw::Twice(name.to_owned()));
            }
            if class.photos.is_empty() {
                return Err(Flaw::Empty(name.to_owned()));
            }
            if class.usable().next().is_none() {
                return Err(Flaw::Unreadable(name.to_owned()));
            }
        }
        Ok(())
    }

    /// What the classes are called.
    pub fn names(&self) -> Vec<String> {
        self.classes.iter().map(|class| class.name.trim().to_owned()).collect()
    }
}

/// What has come of teaching a network.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Its turn has not come.
    Waiting,
    /// Why it has not learned.
    Failed(String),
    /// It has learned.
    Learned(Box<Learned>),
}

/// A network that is taught.
#[derive(Clone, Debug, PartialEq)]
pub struct Pupil {
    /// As the board calls it.
    pub name: String,
    /// Its colour, as the style sheets read it.
    pub style: String,
    /// Its id.
    pub model: String,
    /// Height and width of what it sees.
    pub resolution: (u32, u32),
    /// The checkpoint whose features are used.
    pub weights: String,
    /// What it takes here, where it has been measured.
    pub median_ms: Option<f64>,
    /// What has come of it.
    pub outcome: Outcome,
}

impl Pupil {
    /// What it has learned.
    pub fn learned(&self) -> Option<&Learned> {
        if let Outcome::Learned(learned) = &self.outcome { Some(learned) } else { None }
    }
}

/// The name of a taught network's file: the network and the beginning of the classes' names.
pub fn file_name(model: &str, classes: &[String]) -> String {
    let plain = |character: char| if character.is_alphanumeric() { character } else { '_' };
    let names: String = classes.join("-").chars().take(40).collect();
    let names: String = names
        .split('-')
        .map(|name| name.chars().map(plain).collect::<String>())
        .collect::<Vec<_>>()
        .join("-");
    format!("{model}.{names}.safetensors")
}

#[cfg(test)]
pub(crate) mod tests {
    use engine::accuracy::Accuracy;

    use super::*;
    use crate::course::Method;
    use crate::linear::Linear;

    /// Two classes, of two photos and one, and three networks: two have learned, one cannot.
    pub(crate) fn taught() -> (Project, Vec<Pupil>) {
        let mut project = Project::default();
        let (cat, dog) = (project.add("cat"), project.add(" <dog> "));
        for (class, name) in [(cat, "a.jpg"), (cat, "b.jpg"), (dog, "c.jpg"), (dog, "bad.txt")] {
            project.add_photo(class, name).expect("the class is there");
        }
        project.refuse(6, "no photo");
        let learned = |correct| {
            Outcome::Learned(Box::new(Learned {
                method: Method::Regression,
                held_back: Some(Accuracy { correct, images: 3 }),
                confusion: vec![vec![2, 0], vec![3 - correct, correct - 2]],
                layer: Linear { weight: vec![0.5, 0.1, -0.5, -0.1], bias: vec![0.25, -0.25] },
            }))
        };
        let pupil = |name: &str, median_ms, outcome| Pupil {
            name: name.to_owned(),
            style: "--family: red".to_owned(),
            model: "mobilenetv2_100".to_owned(),
            resolution: (96, 128),
            weights: "of".to_owned(),
            median_ms,
            outcome,
        };
        let pupils = vec![
            pupil("slow", None, learned(2)),
            pupil("unfit", Some(1.0), Outcome::Failed("it cannot be taught".to_owned())),
            pupil("fast", Some(2.5), learned(3)),
        ];
        (project, pupils)
    }

    #[test]
    fn flaws_are_named_one_after_another() {
        let mut project = Project::default();
        assert_eq!(project.check(), Err(Flaw::TooFew));
        let first = project.add("cat");
        assert_eq!(project.check(), Err(Flaw::TooFew));
        let second = project.add(" ");
        assert_eq!(project.check(), Err(Flaw::Empty("cat".to_owned())));
        let photo = project.add_photo(first, "1.jpg").expect("a class");
        assert_eq!(project.check(), Err(Flaw::Nameless(1)));
        project.class_mut(second).expect("a class").name = "cat ".to_owned();
        assert_eq!(project.check(), Err(Flaw::Twice("cat".to_owned())));
        project.class_mut(second).expect("a class").name = "dog".to_owned();
        assert_eq!(project.named(" dog"), Some(second));
        assert_eq!(project.check(), Err(Flaw::Empty("dog".to_owned())));
        project.add_photo(second, "2.jpg");
        assert_eq!(project.check(), Ok(()));
        project.refuse(photo, "cut off");
        assert_eq!(project.check(), Err(Flaw::Unreadable("cat".to_owned())));
        assert_eq!(project.refused().map(|photo| photo.id).collect::<Vec<_>>(), [photo]);
        assert_eq!(project.remove(first), [photo]);
        assert_eq!(project.check(), Err(Flaw::TooFew));
    }

    #[test]
    fn empty_classes_go_once_others_are_there() {
        let mut project = Project::default();
        let (_, full) = (project.add("a"), project.add("b"));
        project.add_photo(full, "1.jpg");
        project.tidy();
        assert_eq!(project.names(), ["a", "b"]);
        let other = project.add("c");
        project.add_photo(other, "2.jpg");
        project.tidy();
        assert_eq!(project.names(), ["b", "c"]);
    }

    #[test]
    fn files_are_named_after_network_and_classes() {
        let classes = ["my cat", "a/b", "虎斑猫"].map(str::to_owned);
        assert_eq!(file_name("mobilenetv2_100", &classes), "mobilenetv2_100.my_cat-a_b-虎斑猫.safetensors");
    }
}
