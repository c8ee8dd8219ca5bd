//! A network as a table.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Interpolation, Preprocess, Resize};
use crate::blocks::{Block, Conventions, Rounding, Scope};
use crate::graph::TensorNames;

/// The code base whose definition (rounding, names, ε) a model follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Library {
    /// timm (PyTorch Image Models).
    Timm,
    /// torchvision.
    Torchvision,
    /// mobile-vision (Meta).
    MobileVision,
    /// pytorchcv.
    Pytorchcv,
    /// Keras.
    Keras,
    /// The article's authors, whatever they wrote it in.
    Authors,
    /// None: a visitor's own.
    Own,
    /// The article's authors, in MXNet, whose tensors have names of their own.
    Mxnet,
}

impl Library {
    /// The library's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Timm => "timm",
            Self::Torchvision => "torchvision",
            Self::MobileVision => "mobile-vision",
            Self::Pytorchcv => "pytorchcv",
            Self::Keras => "Keras",
            Self::Authors => "authors",
            Self::Own => "own",
            Self::Mxnet => "mxnet",
        }
    }

    /// What golden files and lists of tensors call it: for the authors, what they wrote it in.
    pub fn frameworks(self) -> &'static [&'static str] {
        match self {
            Self::Timm => &["timm"],
            Self::Torchvision => &["torchvision"],
            Self::MobileVision => &["mobilecv"],
            Self::Pytorchcv => &["pytorchcv"],
            Self::Keras => &["keras", "own"],
            Self::Authors => &["authors", "caffe", "own"],
            Self::Mxnet => &["mxnet"],
            Self::Own => &[],
        }
    }

    /// How tensors are called within their modules.
    pub fn tensor_names(self) -> TensorNames {
        match self {
            Self::Mxnet => TensorNames::Mxnet,
            Self::Timm
            | Self::Torchvision
            | Self::MobileVision
            | Self::Pytorchcv
            | Self::Keras
            | Self::Authors
            | Self::Own => TensorNames::Pytorch,
        }
    }
}

/// Some blocks of a kind, one after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The path of their module in the library; the network's own if empty. The number of a child stands behind it, or in place
    /// of `{1}`, which also says with which number they begin (`features.stage1.unit{1}`).
    pub module: Cow<'static, str>,
    /// How many, as children of the module, which are numbered through all rows of one module; 0 where the block is the
    /// module itself. Only the first has the block's stride.
    pub count: u32,
    /// Which.
    pub block: Block,
}

impl Row {
    /// Parts of the module's path around the number of a child, and the number of the first.
    fn numbered(&self) -> Option<(&str, usize, &str)> {
        let (before, rest) = self.module.split_once('{')?;
        let (first, after) = rest.split_once('}')?;
        Some((before, first.parse().ok()?, after))
    }

    /// The module of a child, counted from 0.
    pub fn child(&self, index: usize) -> Scope {
        match self.numbered() {
            Some((before, first, after)) => {
                Scope::new(&format!("{before}{}{after}", first.saturating_add(index)))
            }
            None => Scope::new(&self.module).numbered(index),
        }
    }

    /// The module that holds the children, or is the block.
    pub fn whole(&self) -> Scope {
        match self.numbered() {
            Some((before, ..)) => Scope::new(before.rsplit_once('.').map_or("", |(path, _)| path)),
            None => Scope::new(&self.module),
        }
    }
}

/// What models of one library share.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Style {
    /// Whose definition they follow.
    pub library: Library,
    /// Padding and ε.
    pub conventions: Conventions,
    /// How scaled channels are rounded.
    pub rounding: Rounding,
    /// The default preprocessing of their checkpoints.
    pub preprocess: Preprocess,
}

impl Style {
    /// The same for checkpoints whose input is this share of the scaled image's shorter side, scaled with this filter.
    pub const fn cropped(self, crop_pct: f64, interpolation: Interpolation) -> Self {
        let preprocess = Preprocess { resize: Resize::CropPct(crop_pct), interpolation, ..self.preprocess };
        Self { preprocess, ..self }
    }

    /// The same for checkpoints whose images' shorter side is scaled to so many pixels.
    pub const fn scaled(self, side: u32) -> Self {
        let preprocess = Preprocess { resize: Resize::ShortSide(side), ..self.preprocess };
        Self { preprocess, ..self }
    }
}

/// One architecture: rows from input to logits, and every convention that its checkpoints rely on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Id; `{width}` stands for 100 α in three digits (`mobilenetv2_{width}` → `mobilenetv2_075`), `{width_1}` and `{width.1}`
    /// for α with a decimal or more, `{width/}` for α as pytorchcv writes it (`w1`, `w3d4`, `wd2`).
    pub id: Cow<'static, str>,
    /// Name for people.
    pub title: Cow<'static, str>,
    /// Id of its family.
    pub family: Cow<'static, str>,
    /// Library, padding, rounding, preprocessing.
    pub style: Style,
    /// Channels of its input.
    pub channels: u32,
    /// Classes of its published weights.
    #[serde(default = "imagenet_classes")]
    pub classes: u32,
    /// Widths α of the published grid; the first is the default.
    pub widths: Cow<'static, [f64]>,
    /// Square resolutions ρ of the published grid; the first is the default.
    pub resolutions: Cow<'static, [u32]>,
    /// Blocks from input to logits.
    pub rows: Cow<'static, [Row]>,
}

impl Model {
    /// A network of the zoo; it reads RGB and tells ImageNet's classes apart.
    pub const fn new(
        family: &'static str,
        style: Style,
        id: &'static str,
        title: &'static str,
        widths: &'static [f64],
        resolutions: &'static [u32],
        rows: &'static [Row],
    ) -> Self {
        Self {
            id: Cow::Borrowed(id),
            title: Cow::Borrowed(title),
            family: Cow::Borrowed(family),
            style,
            channels: 3,
            classes: imagenet_classes(),
            widths: Cow::Borrowed(widths),
            resolutions: Cow::Borrowed(resolutions),
            rows: Cow::Borrowed(rows),
        }
    }

    /// The same for other inputs and classes.
    pub const fn of(mut self, channels: u32, classes: u32) -> Self {
        self.channels = channels;
        self.classes = classes;
        self
    }
}

/// ImageNet-1k's.
const fn imagenet_classes() -> u32 {
    1000
}

/// How an id names the width: what stands for it, how a width is written there, and how it is read.
struct WidthName {
    placeholder: &'static str,
    write: fn(f64) -> String,
    read: fn(&str) -> Option<f64>,
}

const WIDTH_NAMES: [WidthName; 4] = [
    WidthName {
        placeholder: "{width}",
        write: |width| format!("{:03}", (width * 100.0).round() as u32),
        read: |text| Some(f64::from(text.parse::<u32>().ok()?) / 100.0),
    },
    WidthName {
        placeholder: "{width_1}",
        write: |width| format!("{width:?}").replace('.', "_"),
        read: |text| text.replace('_', ".").parse().ok(),
    },
    WidthName {
        placeholder: "{width.1}",
        write: |width| format!("{width:?}"),
        read: |text| text.parse().ok(),
    },
    WidthName { placeholder: "{width/}", write: write_fraction, read: read_fraction },
];

/// α as a fraction of quarters: `w1`, `w3d4`, `wd2`.
fn write_fraction(width: f64) -> String {
    let denominator = [1.0, 2.0, 4.0].into_iter().find(|d| (width * d).fract() == 0.0).unwrap_or(4.0);
    match (width * denominator, denominator) {
        (numerator, 1.0) => format!("w{numerator}"),
        (1.0, _) => format!("wd{denominator}"),
        (numerator, _) => format!("w{numerator}d{denominator}"),
    }
}

fn read_fraction(text: &str) -> Option<f64> {
    let (numerator, denominator) = text.strip_prefix('w')?.split_once('d').unwrap_or((&text[1..], "1"));
    let number = |text: &str| if text.is_empty() { Some(1.0) } else { text.parse::<f64>().ok() };
    Some(number(numerator)? / number(denominator)?)
}

impl Model {
    /// Its id at a width; the same at every width where it names none.
    pub fn id_at(&self, width: f64) -> String {
        let name = |id: String, name: &WidthName| id.replace(name.placeholder, &(name.write)(width));
        WIDTH_NAMES.iter().fold(self.id.to_string(), name)
    }

    /// The width at which it has this id, its default where its id names none; `None` if it has it at no width.
    pub fn width_of(&self, id: &str) -> Option<f64> {
        let split = |name: &'static WidthName| Some((self.id.split_once(name.placeholder)?, name));
        let Some(((before, after), name)) = WIDTH_NAMES.iter().find_map(split) else {
            return (self.id == id).then(|| self.default_width());
        };
        let text = id.strip_prefix(before)?.strip_suffix(after)?;
        let width = (name.read)(text)?;
        (super::WIDTHS.contains(&width) && (name.write)(width) == text).then_some(width)
    }

    /// The first width of its grid.
    pub fn default_width(&self) -> f64 {
        self.widths.first().copied().unwrap_or(1.0)
    }

    /// Whether its id names the width.
    pub fn names_width(&self) -> bool {
        WIDTH_NAMES.iter().any(|name| self.id.contains(name.placeholder))
    }
}
