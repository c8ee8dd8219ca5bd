//! The names of modules and tensors in the libraries whose checkpoints are read.

use super::Block;

/// A library's scheme of module names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// timm's EfficientNet builder: `blocks.S.I.conv_dw`, `bn1` (which includes the activation).
    TimmBlocks,
    /// timm's ByobNet: `stages.S.I.conv1_1x1.conv`.
    TimmStages,
    /// torchvision's MobileNetV2: `features.K.conv.0.0`.
    TorchvisionV2,
    /// torchvision's MobileNetV3: `features.K.block.0.0`.
    TorchvisionV3,
}

/// What a convolution does in its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The only convolution of a [`Block::Conv`].
    Only,
    /// 1×1 before the depthwise convolution.
    Expand,
    /// The depthwise convolution.
    Depthwise,
    /// 1×1 after the depthwise convolution, the block's last.
    Project,
}

/// The modules of a convolution with its normalisation and activation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnitNames {
    /// The convolution.
    pub conv: String,
    /// The normalisation.
    pub norm: String,
    /// Whether that module's output is after the activation (timm's fused BatchNormAct2d).
    pub norm_activates: bool,
    /// Further modules whose output is that of the whole unit.
    pub outputs: Vec<String>,
}

/// The modules of a squeeze-and-excite.
pub(super) struct SqueezeNames {
    /// The whole.
    pub module: String,
    /// Its first 1×1 convolution.
    pub reduce: String,
    /// Its second.
    pub expand: String,
}

/// Hands out the names of one block's modules in the order of execution.
pub(super) struct BlockNames {
    naming: Naming,
    block: Block,
    /// The block's own module.
    pub path: String,
    units: usize,
}

impl Naming {
    /// The stem convolution.
    pub(super) fn stem(self) -> UnitNames {
        match self {
            Self::TimmBlocks => timm("conv_stem", "bn1"),
            Self::TimmStages => timm_unit("stem"),
            Self::TorchvisionV2 | Self::TorchvisionV3 => torchvision_unit("features.0"),
        }
    }

    /// Block `index` of `stage`, the `ordinal`-th (from 0) of the network.
    pub(super) fn block(self, block: Block, stage: usize, index: usize, ordinal: usize) -> BlockNames {
        let path = match self {
            Self::TimmBlocks => format!("blocks.{stage}.{index}"),
            Self::TimmStages => format!("stages.{stage}.{index}"),
            Self::TorchvisionV2 | Self::TorchvisionV3 => format!("features.{}", ordinal + 1),
        };
        BlockNames { naming: self, block, path, units: 0 }
    }

    /// The module that holds a whole stage, if there is one.
    pub(super) fn stage(self, stage: usize) -> Option<String> {
        match self {
            Self::TimmBlocks => Some(format!("blocks.{stage}")),
            Self::TimmStages => Some(format!("stages.{stage}")),
            Self::TorchvisionV2 | Self::TorchvisionV3 => None,
        }
    }

    /// The head's convolution before the pool, after `blocks` blocks.
    pub(super) fn head_unit(self, blocks: usize) -> UnitNames {
        match self {
            Self::TimmBlocks => timm("conv_head", "bn2"),
            Self::TimmStages => timm_unit("final_conv"),
            Self::TorchvisionV2 | Self::TorchvisionV3 => {
                let mut unit = torchvision_unit(&format!("features.{}", blocks + 1));
                unit.outputs.push("features".to_owned());
                unit
            }
        }
    }

    /// The global average pool.
    pub(super) fn pool(self) -> &'static str {
        match self {
            Self::TimmBlocks => "global_pool",
            Self::TimmStages => "head.global_pool",
            Self::TorchvisionV2 | Self::TorchvisionV3 => "avgpool",
        }
    }

    /// The head's convolution after the pool, and its activation.
    pub(super) fn head_conv(self) -> (&'static str, &'static str) {
        match self {
            Self::TimmBlocks | Self::TimmStages => ("conv_head", "act2"),
            Self::TorchvisionV2 | Self::TorchvisionV3 => ("classifier.0", "classifier.1"),
        }
    }

    /// The last linear layer.
    pub(crate) fn classifier(self) -> &'static str {
        match self {
            Self::TimmBlocks => "classifier",
            Self::TimmStages => "head.fc",
            Self::TorchvisionV2 => "classifier.1",
            Self::TorchvisionV3 => "classifier.3",
        }
    }
}

impl BlockNames {
    /// The next convolution unit.
    pub(super) fn unit(&mut self, role: Role) -> UnitNames {
        let (unit, path) = (self.units, &self.path);
        self.units += 1;
        match self.naming {
            Naming::TimmBlocks => {
                let conv = match (role, self.block) {
                    (Role::Only, _) => "conv",
                    (Role::Expand, _) | (Role::Project, Block::Separable { .. }) => "conv_pw",
                    (Role::Depthwise, _) => "conv_dw",
                    (Role::Project, _) => "conv_pwl",
                };
                timm(&format!("{path}.{conv}"), &format!("{path}.bn{}", unit + 1))
            }
            Naming::TimmStages => timm_unit(&match role {
                Role::Only => path.clone(),
                Role::Expand => format!("{path}.conv1_1x1"),
                Role::Depthwise => format!("{path}.conv2_kxk"),
                Role::Project => format!("{path}.conv3_1x1"),
            }),
            Naming::TorchvisionV2 if role == Role::Project => UnitNames {
                conv: format!("{path}.conv.{unit}"),
                norm: format!("{path}.conv.{}", unit + 1),
                norm_activates: false,
                outputs: vec![format!("{path}.conv")],
            },
            Naming::TorchvisionV3 if role == Role::Project => {
                let mut names = torchvision_unit(&format!("{path}.block.{unit}"));
                names.outputs.push(format!("{path}.block"));
                names
            }
            Naming::TorchvisionV2 | Naming::TorchvisionV3 if role == Role::Only => torchvision_unit(path),
            Naming::TorchvisionV2 => torchvision_unit(&format!("{path}.conv.{unit}")),
            Naming::TorchvisionV3 => torchvision_unit(&format!("{path}.block.{unit}")),
        }
    }

    /// The block's squeeze-and-excite.
    pub(super) fn squeeze(&mut self) -> SqueezeNames {
        let path = &self.path;
        match self.naming {
            Naming::TimmBlocks | Naming::TimmStages => SqueezeNames {
                module: format!("{path}.se"),
                reduce: format!("{path}.se.conv_reduce"),
                expand: format!("{path}.se.conv_expand"),
            },
            Naming::TorchvisionV2 | Naming::TorchvisionV3 => {
                let module = format!("{path}.block.{}", self.units);
                self.units += 1;
                SqueezeNames { reduce: format!("{module}.fc1"), expand: format!("{module}.fc2"), module }
            }
        }
    }
}

/// A unit whose modules lie side by side.
fn timm(conv: &str, norm: &str) -> UnitNames {
    UnitNames { conv: conv.to_owned(), norm: norm.to_owned(), norm_activates: true, outputs: Vec::new() }
}

/// A unit with a module of its own around `conv` and `bn`.
pub(super) fn timm_unit(path: &str) -> UnitNames {
    UnitNames { outputs: vec![path.to_owned()], ..timm(&format!("{path}.conv"), &format!("{path}.bn")) }
}

/// torchvision's `Conv2dNormActivation`: 0 convolution, 1 normalisation, 2 activation.
fn torchvision_unit(path: &str) -> UnitNames {
    UnitNames {
        conv: format!("{path}.0"),
        norm: format!("{path}.1"),
        norm_activates: false,
        outputs: vec![format!("{path}.2"), path.to_owned()],
    }
}
