//! Non-linearities.

use super::{Define, Of};
use crate::graph::Activation;
use crate::graph::op::Activate;

impl Define for Activate {
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        of.inputs[0].iter().map(|x| self.0.apply(*x)).collect()
    }

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        vec![of.inputs[0].iter().zip(seed).map(|(x, seed)| seed * slope(self.0, f64::from(*x))).collect()]
    }
}

/// The derivative of a non-linearity; at a kink the one that PyTorch takes.
pub(super) fn slope(activation: Activation, x: f64) -> f64 {
    let within = |low: f64, high: f64| x > low && x < high;
    let sigmoid = || 1.0 / (1.0 + (-x).exp());
    match activation {
        Activation::Identity => 1.0,
        Activation::Relu => f64::from(u8::from(x > 0.0)),
        Activation::Relu6 => f64::from(u8::from(within(0.0, 6.0))),
        Activation::HardSwish if x <= -3.0 => 0.0,
        Activation::HardSwish if x < 3.0 => x / 3.0 + 0.5,
        Activation::HardSwish => 1.0,
        Activation::HardSigmoid => f64::from(u8::from(within(-3.0, 3.0))) / 6.0,
        Activation::Sigmoid => sigmoid() * (1.0 - sigmoid()),
        Activation::Silu => sigmoid() * (1.0 + x * (1.0 - sigmoid())),
        Activation::Gelu => {
            let density = (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt();
            0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2) + x * density
        }
    }
}
