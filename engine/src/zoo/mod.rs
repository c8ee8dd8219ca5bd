//! Every network: one data file per family, and what a visitor adds.
//!
//! A new family is a file with its [`Family`] and its models, and a word in `families!`; the data files contain no functions.

mod published;
mod quoted;
pub(crate) mod styles;

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

pub use published::{PUBLISHED, Publication, Published};
pub use quoted::{Figure, Printed, QUOTED, Quoted, Why};

use crate::order;
use crate::spec::{Model, SpecError, Variant};

/// Networks of one idea, published together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// Id.
    pub id: &'static str,
    /// Name.
    pub title: &'static str,
    /// Year of publication.
    pub year: u16,
    /// Where it was published.
    pub paper: &'static str,
    /// Ids of the families that it took most from, not all of which are here.
    pub parents: &'static [&'static str],
    /// What is new about it, in two sentences.
    pub idea: &'static str,
}

/// The closed list of families, in the order in which they are offered.
macro_rules! families {
    ($($family:ident),+ $(,)?) => {
        $(mod $family;)+

        /// Each family's networks, once: a constant would be there wherever it is used.
        #[allow(non_upper_case_globals, reason = "named as the families are")]
        mod models {
            use super::Model;
            $(pub(super) static $family: &[Model] = super::$family::MODELS;)+
        }

        /// Every family with its networks.
        pub static FAMILIES: &[(Family, &[Model])] = &[$(($family::FAMILY, models::$family)),+];

        /// The networks alone: the worker has no use for what is said about families.
        static MODELS: &[&[Model]] = &[$(models::$family),+];
    };
}

families! {
    mobilenet_v1,
    mobilenet_v2,
    mobilenet_v3,
    mobilevit,
    mobilevit_v2,
    mobilenet_v4,
    mnasnet,
    efficientnet,
    fbnet,
    fbnet_v2,
    fbnet_v3,
    lcnet,
    squeezenet,
    squeezenext,
    igcv1,
    igcv2,
    igcv3,
    shufflenet_v1,
    shufflenet_v2,
    channelnet,
    condensenet,
    peleenet,
    ghostnet,
    repvit,
    starnet,
    espnet,
    espnet_v2,
    weightnet,
    micronet,
    hybridsn,
}

/// The family with this id.
pub fn family(id: &str) -> Option<&'static Family> {
    FAMILIES.iter().map(|(family, _)| family).find(|family| family.id == id)
}

/// No such network.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[error("no network is called {id:?}; the nearest names are {}", nearest.join(", "))]
pub struct UnknownModel {
    /// What was asked for.
    pub id: String,
    /// Ids that begin alike.
    pub nearest: Vec<String>,
}

/// Networks that can be found by their ids.
#[derive(Clone, Debug)]
pub struct Zoo {
    models: Vec<Arc<Model>>,
}

/// What the ids of a visitor's own networks begin with.
pub const CUSTOM: &str = "custom:";

/// Letters that the name of a visitor's network keeps.
const TITLE_LETTERS: usize = 60;

impl Default for Zoo {
    /// The built-in networks.
    fn default() -> Self {
        Self::builtin().clone()
    }
}

impl Zoo {
    /// The networks of [`FAMILIES`].
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<Zoo> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            let models = MODELS.iter().copied().flatten();
            Self { models: models.cloned().map(Arc::new).collect() }
        })
    }

    /// Every network.
    pub fn models(&self) -> &[Arc<Model>] {
        &self.models
    }

    /// Every network at every width of its grid.
    pub fn variants(&self) -> impl Iterator<Item = Variant> + '_ {
        self.models.iter().flat_map(|model| model.widths.iter().map(|width| Variant::new(model, *width)))
    }

    /// What a visitor has added.
    pub fn added(&self) -> impl Iterator<Item = Variant> + '_ {
        let added = self.models.iter().filter(|model| model.id.starts_with(CUSTOM));
        added.map(|model| Variant::new(model, model.default_width()))
    }

    /// The network with this id at its default resolution: any width where the id has one, its default otherwise.
    ///
    /// # Errors
    /// [`UnknownModel`] with ids that begin alike.
    pub fn find(&self, id: &str) -> Result<Variant, UnknownModel> {
        let found = self.models.iter().find_map(|model| Some(Variant::new(model, model.width_of(id)?)));
        found.ok_or_else(|| {
            let ids = self.variants().map(|variant| variant.id()).collect();
            UnknownModel { id: id.to_owned(), nearest: nearest(id, ids) }
        })
    }

    /// The network that a code base, as golden files name it, calls so; here it is called so too, or so behind its library's name
    /// where another library has one of that name (`torchvision_efficientnet_b0`).
    pub fn find_in(&self, framework: &str, name: &str) -> Option<Variant> {
        let theirs = |model: &&Arc<Model>| model.style.library.frameworks().contains(&framework);
        self.models.iter().filter(theirs).find_map(|model| {
            let prefixed = format!("{}_{name}", model.style.library.name());
            let width = model.width_of(name).or_else(|| model.width_of(&prefixed))?;
            Some(Variant::new(model, width))
        })
    }

    /// Adds a visitor's own network at the first width of its grid; its id becomes a hash of how it is `written`, so that the same
    /// network is there once. Gives the id.
    ///
    /// # Errors
    /// [`SpecError`] unless it can be built at its first width and resolution.
    pub fn add(&mut self, mut model: Model, written: impl Fn(&Model) -> String) -> Result<String, SpecError> {
        model.widths = vec![model.default_width()].into();
        model.title = model.title.chars().take(TITLE_LETTERS).collect();
        model.id = "".into();
        let id = format!("{CUSTOM}{:016x}", crate::synthetic::seed(&written(&model)));
        self.insert(Model { id: id.clone().into(), ..model })?;
        Ok(id)
    }

    /// Adds a network that has its id, unless it is there.
    ///
    /// # Errors
    /// [`SpecError`] unless it can be built at its first width and resolution.
    pub fn insert(&mut self, model: Model) -> Result<(), SpecError> {
        if self.models.iter().all(|other| other.id != model.id) {
            let model = Arc::new(model);
            Variant::new(&model, model.default_width()).graph()?;
            self.models.push(model);
        }
        Ok(())
    }
}

/// The three names that share the longest beginning with one that is not among them.
pub fn nearest(name: &str, names: Vec<String>) -> Vec<String> {
    let shared = |other: &str| other.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
    let mut names = order::sorted(names, |other| !(shared(other) as u128));
    names.dedup();
    names.truncate(3);
    names
}

/// Top-1 on ImageNet-1k in percent that the authors of a network published for it at a square resolution, and where.
pub fn published_top1(id: &str, resolution: u32) -> Option<(f32, Publication)> {
    PUBLISHED.iter().find_map(|published| {
        let (_, figures) = published.top1.iter().find(|(model, _)| *model == id)?;
        let (_, top1) = figures.iter().find(|(side, _)| *side == resolution)?;
        Some((*top1, published.source))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::RgbImage;
    use crate::preprocess::preprocess;

    /// A file that no word names is not even compiled.
    #[test]
    fn every_file_is_a_family() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/zoo");
        for entry in std::fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            let stem = file.trim_end_matches(".rs");
            let is_data = !["mod", "published", "quoted", "styles"].contains(&stem);
            assert!(!is_data || family(stem).is_some(), "{stem} is missing in families! of zoo/mod.rs");
        }
    }

    #[test]
    fn families_have_ids_of_their_own_and_so_do_their_models() {
        for (i, (family, models)) in FAMILIES.iter().enumerate() {
            assert!(
                FAMILIES[..i].iter().all(|(other, _)| other.id != family.id),
                "{} is there twice",
                family.id
            );
            assert!(
                !models.is_empty() && models.iter().all(|model| model.family == family.id),
                "{}",
                family.id
            );
            assert!(
                (2016..=2026).contains(&family.year) && family.paper.starts_with("arXiv "),
                "{}",
                family.id
            );
            assert_eq!(super::family(family.id), Some(family));
        }
    }

    #[test]
    fn published_figures_are_of_networks_of_the_zoo_at_sides_of_their_grid() {
        let mut seen = Vec::new();
        for published in PUBLISHED {
            assert!(published.source.url.starts_with("https://"), "{}", published.source.title);
            for (id, figures) in published.top1 {
                let model = Zoo::builtin().find(id).unwrap().model;
                assert!(!seen.contains(id), "{id} is there twice");
                seen.push(id);
                for (side, top1) in *figures {
                    assert!(model.resolutions.contains(side), "{id} at {side}");
                    assert!((40.0..85.0).contains(top1), "{id} at {side}: {top1}");
                }
                // More pixels, more right answers: a slip of the pen would show.
                assert!(figures.is_sorted_by(|a, b| a.0 > b.0 && a.1 > b.1), "{id}: {figures:?}");
            }
        }
    }

    #[test]
    fn published_figures_are_found_by_network_and_side() {
        let top1 = |id, side| published_top1(id, side).map(|(top1, source)| (top1, source.title));
        assert_eq!(top1("mobilenetv2_035", 96), Some((45.5, "TF-slim, mobilenet/README.md")));
        assert_eq!(top1("mobilenetv2_130", 192), None);
        assert_eq!(top1("mobilenetv9", 224), None);
    }

    /// Caffe reads files through OpenCV, and SqueezeNext's authors subtract the means of its blue, green and red bytes: 104, 117
    /// and 123 (their prototxt).
    #[test]
    fn networks_of_caffe_read_blue_first() {
        let image = RgbImage { width: 1, height: 1, pixels: vec![200, 120, 100] };
        let models = Zoo::builtin().models().iter().filter(|model| model.id.contains("SqNxt"));
        let inputs = models.map(|model| preprocess(&image, &model.style.preprocess, (1, 1)));
        let inputs: Vec<Vec<f32>> = inputs.collect();
        assert_eq!(inputs.len(), 5);
        for input in inputs {
            let expected = [100.0 - 104.0, 120.0 - 117.0, 200.0 - 123.0];
            assert!(input.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4), "{input:?}");
        }
    }

    fn json(model: &Model) -> String {
        serde_json::to_string(model).unwrap()
    }

    #[test]
    fn a_visitors_network_goes_the_way_of_the_others() {
        let mut zoo = Zoo::default();
        let original = zoo.find("mobilenetv2_100").unwrap();
        let mut model = (*original.model).clone();
        // Written and read again, as links and messages do.
        model.rows.to_mut().remove(5);
        let read: Model = serde_json::from_str(&json(&model)).unwrap();
        assert_eq!(read, model);
        let id = zoo.add(read, json).unwrap();
        assert!(id.starts_with(CUSTOM));
        let added = zoo.find(&id).unwrap();
        assert_eq!(added.id(), id);
        let (ours, theirs) = (added.graph().unwrap().cost(), original.graph().unwrap().cost());
        assert!(ours.params < theirs.params && ours.conv_linear_macs < theirs.conv_linear_macs);
        assert!(zoo.added().map(|variant| variant.id()).eq([id.clone()]));
        // The same network is there once.
        let count = zoo.models().len();
        assert_eq!((zoo.add(model.clone(), json).unwrap(), zoo.models().len()), (id.clone(), count));
        // It has one width, the first that it was given, which is part of what it is.
        model.widths = vec![0.5, 1.0].into();
        let id_of_half = zoo.add(model, json).unwrap();
        let half = zoo.find(&id_of_half).unwrap();
        assert_ne!(half.id(), id);
        assert_eq!((half.width, half.model.widths.len()), (0.5, 1));
        assert!(half.graph().unwrap().cost().params < ours.params);
    }

    #[test]
    fn a_network_that_cannot_be_built_says_which_row_and_why() {
        use crate::graph::Activation;
        use crate::spec::rows;
        let mut zoo = Zoo::default();
        let mut model = (*zoo.find("mobilenetv2_100").unwrap().model).clone();
        model.rows.to_mut()[5] = rows::rows("blocks.3", 1, rows::separable(900, 1, 8, Activation::Relu));
        // Padding follows the kernel, so a large one fits; a wide one without padding does not.
        model.rows.to_mut()[6] =
            rows::rows("blocks.4", 1, rows::conv(99, 1, 0, crate::blocks::Out::Fixed(8)));
        let error = zoo.add(model, json).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("blocks.4") && text.contains("99×99"), "{text}");
    }
}
