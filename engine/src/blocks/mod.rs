//! Building blocks, a file each: a block's data, its wiring and the names of its modules together.
//!
//! A new block is a file here with a struct that has `build`, and a word in [`blocks!`]. What it shares with others is in
//! [`Net`].

mod channel_net;
mod classifier;
mod condense;
mod esp;
mod fire;
mod fused_inverted;
mod ghost;
mod igc;
mod inverted_residual;
mod join;
mod micro;
mod mobile_vit;
mod mobile_vit_v2;
mod names;
mod net;
mod out;
mod pelee;
mod pooling;
mod prelu;
mod repvit;
mod separable;
mod shuffle;
mod shuffle_v1;
mod simple;
mod squeeze;
mod squeeze_next;
mod star;
mod unit;
mod universal;
mod volume;
mod weight_net;

use serde::{Deserialize, Serialize};

pub use channel_net::{ChannelPart, ChannelUnit, Merge};
pub use classifier::{Classifier, NormedLinear};
pub use condense::{CondenseLayer, IndexedClassifier};
pub use esp::{Esp, EspV2, Reinforcement};
pub use fire::Fire;
pub use fused_inverted::FusedInverted;
pub use ghost::Ghost;
pub use igc::{Igc, IgcExpand, IgcResidual, IgcV2, IgcV3, IgcV3Names};
pub use inverted_residual::{Expand, InvertedResidual};
pub use join::{From, Join};
pub use micro::{Function, Micro, MicroStem, Project};
pub use mobile_vit::MobileVit;
pub use mobile_vit_v2::MobileVitV2;
pub use names::{BlockNames, Scope, UnitNames};
pub use net::{BuildError, Conventions, Net};
pub use out::{Out, Rounding, by_width};
pub use pelee::{PeleeDense, PeleeStem};
pub use pooling::{FixedMean, Mean, Pooling};
pub use prelu::{Norm, PreluUnit, Upsample};
pub use repvit::{RepVit, RepVitDownsample, RepVitForm, RepVitHead};
pub use separable::Separable;
pub use shuffle::{ShuffleForm, ShuffleV2};
pub use shuffle_v1::ShuffleV1;
pub use simple::{Activate, Skip};
pub use squeeze::{Squeeze, SqueezeFrom, SqueezeRounding};
pub use squeeze_next::{Shortcut, SqueezeNext, SqueezeNextForm};
pub use star::Star;
pub use unit::Unit;
pub use universal::UniversalInverted;
pub use volume::{LinearOfMap, VolumeConv, VolumeForm};
pub use weight_net::WeightNet;

use crate::graph::NodeId;

/// The closed list of blocks.
macro_rules! blocks {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// A block of a network.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Block {
            $($(#[$doc])* $name($name)),+
        }

        impl Block {
            /// Appends it to a network.
            ///
            /// # Errors
            /// [`BuildError`] where it cannot be applied to `x`.
            pub fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
                match self {
                    $(Self::$name(block) => block.build(net, at, x)),+
                }
            }

            /// What follows it in a row of several: the same without its stride.
            #[must_use]
            pub fn repeated(&self) -> Self {
                match self {
                    $(Self::$name(block) => Self::$name(block.repeated())),+
                }
            }
        }
    };
}

blocks! {
    /// See [`Unit`].
    Unit,
    /// See [`Activate`].
    Activate,
    /// See [`Skip`].
    Skip,
    /// See [`Pooling`].
    Pooling,
    /// See [`Mean`].
    Mean,
    /// See [`Classifier`].
    Classifier,
    /// See [`Separable`].
    Separable,
    /// See [`InvertedResidual`].
    InvertedResidual,
    /// See [`UniversalInverted`].
    UniversalInverted,
    /// See [`FusedInverted`].
    FusedInverted,
    /// See [`MobileVit`].
    MobileVit,
    /// See [`MobileVitV2`].
    MobileVitV2,
    /// See [`Fire`].
    Fire,
    /// See [`ShuffleV2`].
    ShuffleV2,
    /// See [`Ghost`].
    Ghost,
    /// See [`Star`].
    Star,
    /// See [`PreluUnit`].
    PreluUnit,
    /// See [`Norm`].
    Norm,
    /// See [`Upsample`].
    Upsample,
    /// See [`Join`].
    Join,
    /// See [`Esp`].
    Esp,
    /// See [`EspV2`].
    EspV2,
    /// See [`FixedMean`].
    FixedMean,
    /// See [`ShuffleV1`].
    ShuffleV1,
    /// See [`PeleeStem`].
    PeleeStem,
    /// See [`PeleeDense`].
    PeleeDense,
    /// See [`SqueezeNext`].
    SqueezeNext,
    /// See [`Igc`].
    Igc,
    /// See [`IgcResidual`].
    IgcResidual,
    /// See [`IgcV2`].
    IgcV2,
    /// See [`IgcV3`].
    IgcV3,
    /// See [`RepVit`].
    RepVit,
    /// See [`RepVitDownsample`].
    RepVitDownsample,
    /// See [`RepVitHead`].
    RepVitHead,
    /// See [`WeightNet`].
    WeightNet,
    /// See [`MicroStem`].
    MicroStem,
    /// See [`Micro`].
    Micro,
    /// See [`NormedLinear`].
    NormedLinear,
    /// See [`VolumeConv`].
    VolumeConv,
    /// See [`LinearOfMap`].
    LinearOfMap,
    /// See [`CondenseLayer`].
    CondenseLayer,
    /// See [`IndexedClassifier`].
    IndexedClassifier,
    /// See [`ChannelUnit`].
    ChannelUnit,
}
