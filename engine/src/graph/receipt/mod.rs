//! How many operations a network has depends on what one counts. Here every convention is a set of switches over one list
//! of facts, which is taken from the graph; [`KNOWN`] says which switches reproduce the figures of papers and tools.

mod facts;
mod known;

use serde::{Deserialize, Serialize};

pub use facts::{Facts, PoolFacts};
pub use known::{KNOWN, Known};

/// What one operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A multiplication with its addition is one.
    Mac,
    /// They are two.
    Flop,
}

/// What a batch normalisation costs for each number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchNormCount {
    /// Nothing: it is folded into the convolution before it.
    Folded,
    /// A scale and a shift.
    Two,
    /// Subtract, divide, scale, shift.
    Four,
}

/// What a global pooling costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolingCount {
    /// Nothing.
    Nothing,
    /// An addition for each number that it reads.
    Additions,
    /// That, and a division for each mean.
    Means,
}

/// What is counted. Convolutions and linear layers outside of squeeze-and-excite always are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Convention {
    /// What a multiply-accumulate counts.
    pub unit: Unit,
    /// One addition for each number with a bias.
    pub bias: bool,
    /// Batch normalisations.
    pub batch_norm: BatchNormCount,
    /// One operation for each number that passes an activation function, gates included.
    pub activations: bool,
    /// The two linear layers of squeeze-and-excite.
    pub squeeze_excite: bool,
    /// Global pooling before the classifier.
    pub pooling: PoolingCount,
    /// The same for the pooling of squeeze-and-excite, which some tools see in some libraries.
    pub squeeze_pooling: bool,
    /// One addition for each number of a residual, one multiplication for each number that a gate scales.
    pub residuals: bool,
    /// The two matrix products of attention.
    pub attention: bool,
    /// Five operations, a usual estimate, for each number of a layer normalisation.
    pub layer_norm: bool,
    /// One operation for each score of a softmax.
    pub softmax: bool,
}

/// Operations of a layer normalisation for each number.
const LAYER_NORM_OPERATIONS: u64 = 5;

impl Convention {
    /// Convolutions and linear layers, nothing else: what timm's tables and most papers count.
    pub const CONV_LINEAR: Self = Self {
        unit: Unit::Mac,
        bias: false,
        batch_norm: BatchNormCount::Folded,
        activations: false,
        squeeze_excite: true,
        pooling: PoolingCount::Nothing,
        squeeze_pooling: false,
        residuals: false,
        attention: false,
        layer_norm: false,
        softmax: false,
    };

    /// The lines of a receipt: what is counted, and what that comes to. Lines of nothing are left out.
    pub fn receipt(&self, facts: &Facts) -> Vec<Line> {
        let mac = match self.unit {
            Unit::Mac => 1,
            Unit::Flop => 2,
        };
        let batch_norm = match self.batch_norm {
            BatchNormCount::Folded => 0,
            BatchNormCount::Two => 2,
            BatchNormCount::Four => 4,
        };
        let squeezed = if self.squeeze_pooling { facts.squeeze_pool } else { PoolFacts::default() };
        let pooling = match self.pooling {
            PoolingCount::Nothing => 0,
            PoolingCount::Additions => facts.pool.read + squeezed.read,
            PoolingCount::Means => facts.pool.read + facts.pool.means + squeezed.read + squeezed.means,
        };
        let if_on = |on: bool, operations: u64| if on { operations } else { 0 };
        [
            (Item::ConvLinear, mac * facts.conv_linear_macs),
            (Item::SqueezeExcite, if_on(self.squeeze_excite, mac * facts.squeeze_excite_macs)),
            (Item::Attention, if_on(self.attention, mac * facts.attention_macs)),
            (Item::Bias, if_on(self.bias, facts.biases)),
            (Item::BatchNorm, batch_norm * facts.batch_norm_elements),
            (Item::Activations, if_on(self.activations, facts.activation_elements)),
            (Item::Pooling, pooling),
            (Item::Residuals, if_on(self.residuals, facts.residual_elements + facts.scaled_elements)),
            (Item::LayerNorm, if_on(self.layer_norm, LAYER_NORM_OPERATIONS * facts.layer_norm_elements)),
            (Item::Softmax, if_on(self.softmax, facts.softmax_elements)),
        ]
        .into_iter()
        .filter(|(_, operations)| *operations > 0)
        .map(|(item, operations)| Line { item, operations })
        .collect()
    }

    /// The sum of the receipt.
    pub fn total(&self, facts: &Facts) -> u64 {
        self.receipt(facts).iter().map(|line| line.operations).sum()
    }
}

/// One line of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it is for.
    pub item: Item,
    /// Its operations, in the convention's unit.
    pub operations: u64,
}

/// What a line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// Convolutions and linear layers.
    ConvLinear,
    /// The linear layers of squeeze-and-excite.
    SqueezeExcite,
    /// Attention's two products.
    Attention,
    /// Biases.
    Bias,
    /// Batch normalisations.
    BatchNorm,
    /// Activation functions.
    Activations,
    /// Global pooling.
    Pooling,
    /// Residual additions and products with gates.
    Residuals,
    /// Layer normalisations.
    LayerNorm,
    /// Softmax.
    Softmax,
}
