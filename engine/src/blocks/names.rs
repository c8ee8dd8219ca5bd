//! Names of modules and tensors, as the libraries have them whose checkpoints are read.

use serde::{Deserialize, Serialize};

use super::Net;

/// A module of a network, and what its children are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope(String);

impl Scope {
    /// The module with this path; the whole network's is empty.
    pub fn new(path: &str) -> Self {
        Self(path.to_owned())
    }

    /// The module's path.
    pub fn path(&self) -> &str {
        &self.0
    }

    /// The path of a child; its own for an empty name.
    pub fn join(&self, name: &str) -> String {
        match (self.0.as_str(), name) {
            ("", name) => name.to_owned(),
            (path, "") => path.to_owned(),
            (path, name) => format!("{path}.{name}"),
        }
    }

    /// A child.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        Self(self.join(name))
    }

    /// The `index`-th child of an `nn.Sequential`. A path that ends in `_` is where siblings' names begin, and no module.
    #[must_use]
    pub fn numbered(&self, index: usize) -> Self {
        if self.is_prefix() { Self(format!("{}{index}", self.0)) } else { self.child(&index.to_string()) }
    }

    /// Whether the path is what siblings' names begin with.
    pub fn is_prefix(&self) -> bool {
        self.0.ends_with('_')
    }
}

/// What a convolution, its normalisation and its activation are called within their module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitNames {
    /// timm's stem: `conv_stem`, `bn1`, which includes the activation.
    Stem,
    /// timm's stem in GhostNet: `conv_stem`, `bn1`, `act1`.
    StemActivated,
    /// timm's last convolution before the pool: `conv_head`, `bn2`.
    Head,
    /// timm's last convolution behind the pool: `conv_head`, `norm_head`, `act2`.
    HeadOnVector,
    /// timm's block of one convolution: `conv`, `bn1`.
    ConvBn1,
    /// timm's ConvNormAct: `conv`, `bn`.
    ConvBn,
    /// timm's RepViT: `c`, `bn`.
    CBn,
    /// torchvision's Conv2dNormActivation: `0`, `1`, `2`.
    Sequential,
    /// mobile-vision's convolution that is a block: `conv.conv`, `conv.bn`.
    ConvWithin,
    /// torchvision's MnasNet: children of `layers` from this number on.
    Layers(u32),
    /// The convolution is the module itself.
    Bare,
    /// PeleeNet's authors: `conv`, `norm`.
    ConvNorm,
    /// Caffe's layers, numbered through the network: `Convolution1`, `BatchNorm1`.
    Caffe,
    /// IGCV1's authors: `g0_conv`, `g0_bn`, `g0_relu`.
    Igc,
    /// IGCV3's authors: `first-3x3-conv-conv2d`, `first-3x3-conv-batchnorm`.
    IgcV3,
}

/// How the modules within a block of depthwise and pointwise convolutions are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockNames {
    /// timm's EfficientNet builder: `conv_dw`, `bn1`, which includes the activation.
    Timm,
    /// timm's ByobNet: `conv1_1x1.conv`.
    Byob,
    /// torchvision's MobileNetV2: `conv.0.0`.
    TorchvisionV2,
    /// torchvision's MobileNetV3: `block.0.0`.
    TorchvisionV3,
    /// torchvision's MnasNet: `layers.0`, `layers.3`, `layers.6`.
    TorchvisionMnasnet,
    /// mobile-vision: `pw.conv`, `dw.conv`, `pwl.conv`.
    MobileVision,
}

/// The modules of a convolution with its normalisation and activation, by their whole paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitPaths {
    /// The convolution.
    pub conv: String,
    /// The normalisation.
    pub norm: String,
    /// The activation, where it has a module of its own.
    pub activation: Option<String>,
    /// The module that holds them all, where there is one.
    pub whole: Option<String>,
}

impl UnitPaths {
    /// Side by side in a module; the normalisation includes the activation.
    pub fn beside(at: &Scope, conv: &str, norm: &str) -> Self {
        Self { conv: at.join(conv), norm: at.join(norm), activation: None, whole: None }
    }

    /// With names that continue that of the module, which is none itself.
    pub fn continued(at: &Scope, conv: &str, norm: &str) -> Self {
        Self::beside(&Scope::new(""), &format!("{}{conv}", at.path()), &format!("{}{norm}", at.path()))
    }

    /// Convolution, normalisation and activation as children of a module from the `first` on.
    pub fn numbered(at: &Scope, first: usize) -> Self {
        let path = |place: usize| at.numbered(place).path().to_owned();
        Self { conv: path(first), norm: path(first + 1), activation: Some(path(first + 2)), whole: None }
    }

    /// A module with `conv` and `bn`.
    pub fn conv_bn(at: &Scope) -> Self {
        Self { whole: Some(at.path().to_owned()), ..Self::beside(at, "conv", "bn") }
    }

    /// A module with `c` and `bn`.
    pub fn c_bn(at: &Scope) -> Self {
        Self { whole: Some(at.path().to_owned()), ..Self::beside(at, "c", "bn") }
    }

    /// An `nn.Sequential` of convolution, normalisation, activation.
    pub fn sequential(at: &Scope) -> Self {
        Self { whole: Some(at.path().to_owned()), ..Self::numbered(at, 0) }
    }
}

impl UnitNames {
    /// The modules' paths.
    pub fn paths(self, net: &mut Net, at: &Scope) -> UnitPaths {
        match self {
            Self::Stem => UnitPaths::beside(at, "conv_stem", "bn1"),
            Self::StemActivated => {
                UnitPaths { activation: Some(at.join("act1")), ..UnitPaths::beside(at, "conv_stem", "bn1") }
            }
            Self::Head => UnitPaths::beside(at, "conv_head", "bn2"),
            Self::HeadOnVector => UnitPaths {
                activation: Some(at.join("act2")),
                ..UnitPaths::beside(at, "conv_head", "norm_head")
            },
            Self::ConvBn1 => UnitPaths::beside(at, "conv", "bn1"),
            Self::ConvBn => UnitPaths::conv_bn(at),
            Self::CBn => UnitPaths::c_bn(at),
            Self::Sequential => UnitPaths::sequential(at),
            Self::ConvWithin => UnitPaths::conv_bn(&at.child("conv")),
            Self::Layers(first) => UnitPaths::numbered(&at.child("layers"), first as usize),
            Self::Bare => UnitPaths::beside(at, "", ""),
            Self::ConvNorm => {
                UnitPaths { whole: Some(at.path().to_owned()), ..UnitPaths::beside(at, "conv", "norm") }
            }
            Self::Caffe => {
                let number = net.count("Convolution");
                let name = |layer: &str| format!("{layer}{number}");
                UnitPaths {
                    activation: Some(name("ReLU")),
                    ..UnitPaths::beside(&Scope::new(""), &name("Convolution"), &name("BatchNorm"))
                }
            }
            Self::Igc => UnitPaths {
                activation: Some(format!("ops.{}relu", at.path())),
                ..UnitPaths::continued(at, "conv", "bn")
            },
            Self::IgcV3 => UnitPaths::continued(at, "conv2d", "batchnorm"),
        }
    }
}
