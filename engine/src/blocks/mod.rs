//! Building blocks, a file each: a block's data, its wiring and the names of its modules together.
//!
//! A new block is a file here with a struct that has `build`, and a word in [`blocks!`]. What it shares with others is in
//! [`Net`].

mod classifier;
mod fire;
mod fused_inverted;
mod ghost;
mod inverted_residual;
mod mobile_vit;
mod names;
mod net;
mod out;
mod pooling;
mod repvit;
mod separable;
mod shuffle;
mod simple;
mod squeeze;
mod star;
mod unit;
mod universal;

use serde::{Deserialize, Serialize};

pub use classifier::Classifier;
pub use fire::Fire;
pub use fused_inverted::FusedInverted;
pub use ghost::Ghost;
pub use inverted_residual::{Expand, InvertedResidual};
pub use mobile_vit::MobileVit;
pub use names::{BlockNames, Scope, UnitNames};
pub use net::{BuildError, Conventions, Net};
pub use out::{Out, Rounding, by_width};
pub use pooling::{Mean, Pooling};
pub use repvit::{RepVit, RepVitDownsample, RepVitHead};
pub use separable::Separable;
pub use shuffle::ShuffleV2;
pub use simple::{Activate, Normalise, Skip};
pub use squeeze::{Squeeze, SqueezeFrom, SqueezeRounding};
pub use star::Star;
pub use unit::Unit;
pub use universal::UniversalInverted;

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
    /// See [`Normalise`].
    Normalise,
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
    /// See [`Fire`].
    Fire,
    /// See [`ShuffleV2`].
    ShuffleV2,
    /// See [`Ghost`].
    Ghost,
    /// See [`Star`].
    Star,
    /// See [`RepVit`].
    RepVit,
    /// See [`RepVitDownsample`].
    RepVitDownsample,
    /// See [`RepVitHead`].
    RepVitHead,
}
