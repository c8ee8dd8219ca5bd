//! An exported network as the order of its layers: what a graph of another program tells of them, and how that is written down.
//!
//! Names of tensors are lost or other ones in such files, so each gets one that says which layer with weights it is of
//! (`engine/src/weights/in_order.rs` has the form).

use super::tensor::{From, Wanted};
use crate::error::ReaderError;

/// Most layers with weights.
const MAX_LAYERS: usize = 10_000;
/// ε of a normalisation that has been folded: any would do.
const FOLDED_EPS: f32 = 1e-5;

/// A tensor of the file with its dimensions in PyTorch's order.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) name: String,
    pub(crate) from: From,
    /// How many numbers it has along its first dimension.
    pub(crate) out: u64,
}

impl Piece {
    /// A tensor of the file of this shape, its dimensions in this order.
    pub(crate) fn of(name: &str, tensor: usize, shape: &[u64], order: Option<&[usize]>) -> Self {
        let first = order.and_then(|order| order.first()).copied().unwrap_or(0);
        let from = From::Tensor { tensor, order: order.map(<[usize]>::to_vec) };
        Self { name: name.to_owned(), from, out: shape.get(first).copied().unwrap_or(1) }
    }
}

/// A layer with weights.
#[derive(Debug)]
struct Layer {
    kind: &'static str,
    stride: String,
    end: Option<String>,
    /// What joined values before it, and what ends that.
    joins: Vec<(&'static str, Option<String>)>,
    /// Whether something happened before it that is not understood.
    is_untold: bool,
    parts: Vec<(&'static str, Piece)>,
    /// Numbers of its output, for those that stand for a normalisation.
    out: u64,
    /// Whether 3 has been added to its bias.
    is_plus_3: bool,
}

/// What was done to each number of a value since it was computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Done {
    Nothing,
    Relu,
    Relu6,
    Plus3,
    Plus3Clipped,
    HardSigmoid,
    /// x · relu6(x + 3).
    SixTimesHardSwish,
    /// x / 6.
    Sixth,
    HardSwish,
    Sigmoid,
    Silu,
    OverRoot2,
    Erf,
    ErfPlus1,
    TwiceGelu,
    /// x / 2.
    Half,
    Gelu,
    /// Multiplied by a number.
    Scaled,
    SquareRoot,
    Other,
}

impl Done {
    fn name(self) -> &'static str {
        match self {
            Self::Nothing => "-",
            Self::Relu => "relu",
            Self::Relu6 => "relu6",
            Self::HardSigmoid => "hard_sigmoid",
            Self::HardSwish => "hard_swish",
            Self::Sigmoid => "sigmoid",
            Self::Silu => "silu",
            Self::Gelu => "gelu",
            Self::Scaled | Self::Sixth | Self::Half => "?",
            Self::Plus3
            | Self::Plus3Clipped
            | Self::SixTimesHardSwish
            | Self::OverRoot2
            | Self::Erf
            | Self::ErfPlus1
            | Self::TwiceGelu
            | Self::SquareRoot
            | Self::Other => "other",
        }
    }
}

/// What computes a value.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Base {
    Input,
    Layer(usize),
    /// The number of the layer before which it stands, and its place there.
    Join(usize, usize),
    Other(usize),
}

/// A value of the graph.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value {
    of: Base,
    done: Done,
    /// Zeros around it: above, left, below, right.
    pad: [u64; 4],
}

/// Where a convolution has its zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zeros {
    /// Above, left, below, right.
    At([u64; 4]),
    /// As many as TensorFlow's SAME means.
    Same,
    /// The file does not say.
    Unknown,
}

/// A convolution or a linear layer.
pub(crate) struct Product {
    pub(crate) weight: Piece,
    pub(crate) bias: Option<Piece>,
    pub(crate) kernel: [u64; 2],
    pub(crate) stride: Option<[u64; 2]>,
    pub(crate) dilation: [u64; 2],
    pub(crate) zeros: Zeros,
}

/// A constant that is added to a value or multiplied with it.
pub(crate) enum Constant {
    /// One number.
    Number(f64),
    /// One for each channel.
    Channels(Piece, Vec<f64>),
    /// Something else.
    Other,
}

impl Constant {
    /// The number that all of it is.
    fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Channels(_, numbers) => uniform(numbers),
            Self::Other => None,
        }
    }
}

/// A graph as it is walked, in an order in which it can run.
#[derive(Default)]
pub(crate) struct Walk {
    layers: Vec<Layer>,
    joins: Vec<(&'static str, Option<String>)>,
    is_untold: bool,
    others: usize,
    /// What becomes of the input before the first layer: factor and summand of each channel.
    input: (Vec<f64>, Vec<f64>),
    epsilons: Vec<f32>,
    paddings: Vec<&'static str>,
}

/// What a whole network is.
pub(crate) struct Network {
    pub(crate) wanted: Vec<Wanted>,
    pub(crate) metadata: Vec<(String, String)>,
}

impl Walk {
    /// The network's input.
    pub(crate) fn input(&self) -> Value {
        Value { of: Base::Input, done: Done::Nothing, pad: [0; 4] }
    }

    fn add_layer(
        &mut self,
        kind: &'static str,
        stride: String,
        parts: Vec<(&'static str, Piece)>,
        out: u64,
    ) -> Value {
        let joins = std::mem::take(&mut self.joins);
        let is_untold = std::mem::take(&mut self.is_untold);
        self.layers.push(Layer { kind, stride, end: None, joins, is_untold, parts, out, is_plus_3: false });
        Value { of: Base::Layer(self.layers.len() - 1), done: Done::Nothing, pad: [0; 4] }
    }

    /// Fails where there are more layers than any network has.
    pub(crate) fn check(&self) -> Result<(), ReaderError> {
        if self.layers.len() > MAX_LAYERS {
            return Err(ReaderError::TooLarge { what: "layers".to_owned(), limit: MAX_LAYERS as u64 });
        }
        Ok(())
    }

    /// Notes what ends a value that is read.
    pub(crate) fn read(&mut self, value: Value) {
        let name = value.done.name();
        let first = self.layers.len();
        let end = match value.of {
            Base::Layer(layer) => &mut self.layers[layer].end,
            Base::Join(before, place) if before == first => &mut self.joins[place].1,
            Base::Join(before, place) => {
                match self.layers.get_mut(before).and_then(|layer| layer.joins.get_mut(place)) {
                    Some(join) => &mut join.1,
                    None => return,
                }
            }
            Base::Input | Base::Other(_) => return,
        };
        match end {
            Some(other) if other == name || other == "?" => {}
            Some(other) if name != "?" => "mixed".clone_into(other),
            end => *end = Some(name.to_owned()),
        }
    }

    /// A convolution or linear layer.
    pub(crate) fn product(&mut self, input: Value, product: Product) -> Value {
        self.read(input);
        let Product { weight, bias, kernel, stride, dilation, zeros } = product;
        if let Some(stride) = stride {
            self.padding(kernel, stride, dilation, zeros, input.pad);
        }
        let stride = match stride {
            Some([down, across]) if down == across => down.to_string(),
            Some([down, across]) => format!("{down}x{across}"),
            None => "?".to_owned(),
        };
        let out = weight.out;
        let mut parts = vec![("weight", weight)];
        parts.extend(bias.map(|bias| ("bias", bias)));
        self.add_layer("product", stride, parts, out)
    }

    /// Which convention a window with a step has.
    fn padding(
        &mut self,
        kernel: [u64; 2],
        stride: [u64; 2],
        dilation: [u64; 2],
        zeros: Zeros,
        before: [u64; 4],
    ) {
        let Zeros::At(own) = zeros else {
            // Without a step both are the same, and with SAME behind zeros of its own it is neither.
            if zeros == Zeros::Same && stride != [1, 1] {
                self.paddings.push(if before == [0; 4] { "same" } else { "other" });
            }
            return;
        };
        if stride == [1, 1] || kernel.contains(&0) {
            return;
        }
        let mut of_axes = [0, 1].map(|axis| {
            let window = (kernel[axis] - 1).saturating_mul(dilation[axis]) + 1;
            let [first, last] =
                [own[axis].saturating_add(before[axis]), own[axis + 2].saturating_add(before[axis + 2])];
            if stride[axis] == 1 || window == 1 {
                None
            } else if first == window / 2 && last == window / 2 {
                Some("symmetric")
            // Of an even number of pixels, as all of these networks halve.
            } else if first.saturating_add(last) == window.saturating_sub(stride[axis])
                && first == (first + last) / 2
            {
                Some("same")
            } else {
                Some("other")
            }
        });
        of_axes.sort();
        self.paddings.extend(of_axes.into_iter().flatten());
    }

    /// A batch normalisation; `is_alone`: it alone reads its input.
    pub(crate) fn norm(&mut self, input: Value, is_alone: bool, norm: [Piece; 4], eps: f32) -> Value {
        self.epsilons.push(eps);
        let names = ["scale", "shift", "mean", "var"];
        let parts = names.into_iter().zip(norm).collect::<Vec<_>>();
        if let (Base::Layer(layer), Done::Nothing, true) = (input.of, input.done, is_alone) {
            let layer = &mut self.layers[layer];
            if layer.kind == "product" && layer.parts.iter().all(|(part, _)| *part != "scale") {
                layer.parts.extend(parts);
                return input;
            }
        }
        self.read(input);
        self.add_layer("norm", "1".to_owned(), parts, 0)
    }

    /// A layer normalisation, whose scale and shift may follow.
    pub(crate) fn layer_norm(&mut self, input: Value, scale: Option<Piece>, shift: Option<Piece>) -> Value {
        self.read(input);
        let parts = [("scale", scale), ("shift", shift)];
        let parts = parts.into_iter().filter_map(|(part, piece)| Some((part, piece?))).collect();
        self.add_layer("layernorm", "1".to_owned(), parts, 0)
    }

    pub(crate) fn prelu(&mut self, input: Value, slope: Piece) -> Value {
        self.read(input);
        self.add_layer("prelu", "1".to_owned(), vec![("weight", slope)], 0)
    }

    /// Values that become one.
    pub(crate) fn join(&mut self, kind: &'static str, inputs: &[Value]) -> Value {
        inputs.iter().for_each(|input| self.read(*input));
        self.joins.push((kind, None));
        let place = self.joins.len() - 1;
        Value { of: Base::Join(self.layers.len(), place), done: Done::Nothing, pad: [0; 4] }
    }

    /// Something that is not told apart.
    pub(crate) fn other(&mut self, inputs: &[Value]) -> Value {
        inputs.iter().for_each(|input| self.read(*input));
        self.is_untold = true;
        self.plain()
    }

    /// A value of no layer.
    pub(crate) fn plain(&mut self) -> Value {
        self.others += 1;
        Value { of: Base::Other(self.others), done: Done::Nothing, pad: [0; 4] }
    }

    /// Whether a value is still the network's input.
    pub(crate) fn is_input(&self, value: Value) -> bool {
        value.of == Base::Input
    }

    /// Whether a value is that of a convolution or linear layer with a bias and without a normalisation.
    fn has_bias(&self, value: Value) -> bool {
        let Base::Layer(layer) = value.of else { return false };
        let has = |part: &str| self.layers[layer].parts.iter().any(|(other, _)| *other == part);
        has("bias") && !has("scale")
    }

    /// The same value where nothing tells what was done to it and what happens next.
    pub(crate) fn unknown(&mut self, value: Value) -> Value {
        self.read(Value { done: Done::Scaled, ..value });
        self.is_untold = true;
        self.plain()
    }

    /// What is not said, but usual where the file comes from.
    pub(crate) fn assume_padding(&mut self, padding: &'static str) {
        self.paddings.push(padding);
    }

    /// Whether a value is a square root.
    pub(crate) fn is_root(&self, value: Value) -> bool {
        value.done == Done::SquareRoot
    }

    /// Zeros around a value.
    pub(crate) fn pad(&mut self, input: Value, zeros: [u64; 4]) -> Value {
        let mut pad = input.pad;
        pad.iter_mut().zip(zeros).for_each(|(all, more)| *all = all.saturating_add(more));
        Value { pad, ..input }
    }

    /// A function of each number.
    pub(crate) fn apply(&mut self, input: Value, function: Done) -> Value {
        let done = match (input.done, function) {
            (Done::Nothing, function) => function,
            (Done::Plus3, Done::Relu6) => Done::Plus3Clipped,
            (Done::OverRoot2, Done::Erf) => Done::Erf,
            // An activation behind one that changes nothing more.
            (Done::Relu6, Done::Relu | Done::Relu6) => Done::Relu6,
            (Done::Relu, Done::Relu6) => Done::Relu6,
            (Done::Relu, Done::Relu) => Done::Relu,
            _ => Done::Other,
        };
        Value { done, ..input }
    }

    /// What `min(max(x, low), high)` is of a value.
    pub(crate) fn clip(&mut self, input: Value, low: f64, high: f64) -> Value {
        let function = match (low, high) {
            (0.0, 6.0) => Done::Relu6,
            (0.0, high) if high >= f64::from(f32::MAX) => Done::Relu,
            _ => Done::Other,
        };
        self.apply(input, function)
    }

    /// A constant added to a value.
    pub(crate) fn plus(&mut self, input: Value, constant: Constant) -> Value {
        let number = constant.number();
        if input.of == Base::Input {
            match constant {
                Constant::Number(number) => self.of_input(&[1.0], &[number]),
                Constant::Channels(_, numbers) => self.of_input(&[1.0], &numbers),
                Constant::Other => {}
            }
            return input;
        }
        match (input.of, input.done, constant) {
            (_, Done::Nothing, _) if number == Some(3.0) => Value { done: Done::Plus3, ..input },
            (_, Done::Erf, _) if number == Some(1.0) => Value { done: Done::ErfPlus1, ..input },
            (Base::Layer(layer), Done::Nothing, Constant::Channels(piece, _)) => {
                let layer = &mut self.layers[layer];
                let has = |part: &str| layer.parts.iter().any(|(other, _)| *other == part);
                let part = match layer.kind {
                    "layernorm" if !has("shift") => "shift",
                    "product" if !has("bias") && !has("scale") && piece.out == layer.out => "bias",
                    _ => return self.other(&[input]),
                };
                layer.parts.push((part, piece));
                input
            }
            _ => self.other(&[input]),
        }
    }

    /// A constant multiplied with a value.
    pub(crate) fn times(&mut self, input: Value, constant: Constant) -> Value {
        let number = constant.number();
        if input.of == Base::Input {
            match constant {
                Constant::Number(number) => self.of_input(&[number], &[0.0]),
                Constant::Channels(_, numbers) => self.of_input(&numbers, &[0.0]),
                Constant::Other => {}
            }
            return input;
        }
        let is = |wanted: f64| number.is_some_and(|number| (number - wanted).abs() < 1e-3 * wanted);
        let done = match input.done {
            Done::Plus3Clipped if is(1.0 / 6.0) => Done::HardSigmoid,
            Done::Relu6 if is(1.0 / 6.0) && self.has_bias(input) => {
                // TensorFlow Lite adds the 3 of a hard sigmoid to the bias before.
                if let Base::Layer(layer) = input.of {
                    self.layers[layer].is_plus_3 = true;
                }
                Done::HardSigmoid
            }
            Done::SixTimesHardSwish if is(1.0 / 6.0) => Done::HardSwish,
            Done::Nothing if is(1.0 / 6.0) => Done::Sixth,
            Done::Nothing if is(std::f64::consts::FRAC_1_SQRT_2) => Done::OverRoot2,
            Done::TwiceGelu if is(0.5) => Done::Gelu,
            Done::Nothing if is(0.5) => Done::Half,
            Done::Nothing if number.is_some() => Done::Scaled,
            _ => match (input.of, input.done, constant) {
                (Base::Layer(layer), Done::Nothing, Constant::Channels(piece, _)) => {
                    let layer = &mut self.layers[layer];
                    if layer.kind != "layernorm" || layer.parts.iter().any(|(part, _)| *part == "scale") {
                        return self.other(&[input]);
                    }
                    layer.parts.push(("scale", piece));
                    return input;
                }
                _ => return self.other(&[input]),
            },
        };
        Value { done, ..input }
    }

    /// Two values multiplied.
    pub(crate) fn multiply(&mut self, a: Value, b: Value) -> Value {
        if a.of == b.of {
            let done = match (a.done, b.done) {
                (Done::Nothing, Done::HardSigmoid) | (Done::HardSigmoid, Done::Nothing) => Done::HardSwish,
                (Done::Nothing, Done::Sigmoid) | (Done::Sigmoid, Done::Nothing) => Done::Silu,
                (Done::Nothing, Done::Plus3Clipped) | (Done::Plus3Clipped, Done::Nothing) => {
                    Done::SixTimesHardSwish
                }
                (Done::Sixth, Done::Plus3Clipped) | (Done::Plus3Clipped, Done::Sixth) => Done::HardSwish,
                (Done::Nothing, Done::ErfPlus1) | (Done::ErfPlus1, Done::Nothing) => Done::TwiceGelu,
                (Done::Half, Done::ErfPlus1) | (Done::ErfPlus1, Done::Half) => Done::Gelu,
                _ => return self.join("scale", &[a, b]),
            };
            return Value { done, ..a };
        }
        self.join("scale", &[a, b])
    }

    /// Notes what becomes of the input.
    fn of_input(&mut self, factors: &[f64], summands: &[f64]) {
        let (all_factors, all_summands) = &mut self.input;
        let at = |all: &[f64], i: usize, default: f64| all.get(i).or(all.first()).copied().unwrap_or(default);
        let channels =
            [all_factors.len(), factors.len(), summands.len()].into_iter().max().unwrap_or(1).min(16);
        let both = (0..channels).map(|i| {
            let factor = at(factors, i, 1.0);
            let summand = at(all_summands, i, 0.0) * factor + at(summands, i, 0.0);
            (at(all_factors, i, 1.0) * factor, summand)
        });
        self.input = both.unzip();
    }

    /// Whether there is any layer.
    pub(crate) fn has_layers(&self) -> bool {
        self.layers.iter().any(|layer| layer.kind == "product")
    }

    /// How the input is prepared by what comes before, where the network's own first operations say it: mean and standard deviation
    /// as shares of white.
    fn prepared(&self) -> Option<[Vec<f64>; 2]> {
        let (factors, summands) = &self.input;
        let all = |numbers: &[f64]| -> Vec<f64> {
            (0..3).filter_map(|i| numbers.get(i).or(numbers.first()).copied()).collect()
        };
        let (factors, summands) = (all(factors), all(summands));
        let is_identity = factors.iter().all(|n| *n == 1.0) && summands.iter().all(|n| *n == 0.0);
        if factors.len() != 3 || is_identity || !factors.iter().all(|n| n.is_finite() && *n > 0.0) {
            return None;
        }
        // A factor of a hundredth is for pixels up to 255, one near 1 or above for shares of white.
        let white = if factors.iter().all(|factor| *factor < 0.1) { 255.0 } else { 1.0 };
        let std: Vec<f64> = factors.iter().map(|factor| 1.0 / (factor * white)).collect();
        let mean = summands.iter().zip(&std).map(|(summand, std)| -summand * std).collect();
        Some([mean, std])
    }

    /// The whole network; `metadata`: what else is known.
    ///
    /// # Errors
    /// What contradicts itself, as the reason.
    pub(crate) fn finish(mut self, format: &str, metadata: Vec<(String, String)>) -> Result<Network, String> {
        self.epsilons.sort_by(f32::total_cmp);
        self.epsilons.dedup();
        if let [first, .., last] = self.epsilons.as_slice() {
            return Err(format!(
                "its batch normalisations have different ε, {first} and {last}, which no network here has; export it in inference mode, so that they are folded"
            ));
        }
        self.paddings.sort_unstable();
        self.paddings.dedup();
        let padding = match self.paddings.as_slice() {
            [] => None,
            [one] if *one != "other" => Some(*one),
            _ => return Err("its convolutions with a step have zeros around them as neither PyTorch nor TensorFlow puts them; export the network with one padding throughout".to_owned()),
        };
        let prepared = self.prepared();
        let eps = self.epsilons.first().copied();
        let own_eps = eps.unwrap_or(FOLDED_EPS);
        let mut all = vec![("converted_from".to_owned(), format.to_owned())];
        all.extend(padding.map(|padding| ("padding".to_owned(), padding.to_owned())));
        let mut folded = 0;
        let mut wanted = Vec::new();
        for (i, layer) in self.layers.into_iter().enumerate() {
            let Layer { kind, stride, end, joins, is_untold, parts, out, is_plus_3 } = layer;
            let joins = if is_untold { "?".to_owned() } else { joined(&joins) };
            let end = end.unwrap_or_else(|| "-".to_owned());
            let named =
                |part: &str, original: &str| format!("{i}/{kind}/{stride}/{end}/{joins}/{part}/{original}");
            let is_whole = kind != "product" || parts.iter().any(|(part, _)| *part == "scale");
            folded += usize::from(!is_whole && parts.iter().any(|(part, _)| *part == "bias"));
            let first = parts.first().map(|(_, piece)| piece.name.clone()).unwrap_or_default();
            wanted.extend(parts.into_iter().map(|(part, piece)| {
                let from = match piece.from {
                    From::Tensor { tensor, .. } if part == "bias" && is_plus_3 => {
                        From::Plus { tensor, number: -3.0 }
                    }
                    from => from,
                };
                Wanted { name: named(part, &piece.name), from }
            }));
            if !is_whole {
                let stand_ins = [("one", 1.0), ("zero", 0.0), ("none", 0.0), ("unit", 1.0 - own_eps)];
                wanted.extend(stand_ins.map(|(part, number)| Wanted {
                    name: named(part, &first),
                    from: From::Same { number, count: out },
                }));
            }
        }
        // Which of the biases are those of normalisations, only the network tells.
        if folded > 0 && eps.is_none() {
            all.push(("folded".to_owned(), folded.to_string()));
        }
        all.push(("bn_eps".to_owned(), own_eps.to_string()));
        if let Some([mean, std]) = prepared {
            let three = |numbers: &[f64]| {
                numbers.iter().map(|n| format!("{}", *n as f32)).collect::<Vec<_>>().join(",")
            };
            all.extend([("mean".to_owned(), three(&mean)), ("std".to_owned(), three(&std))]);
        }
        all.extend(metadata);
        Ok(Network { wanted, metadata: all })
    }
}

/// The number that all of them are.
fn uniform(numbers: &[f64]) -> Option<f64> {
    let first = numbers.first()?;
    numbers.iter().all(|number| number == first).then_some(*first)
}

/// Such as `add+mean:relu`.
fn joined(joins: &[(&str, Option<String>)]) -> String {
    if joins.is_empty() {
        return "-".to_owned();
    }
    let one = |(kind, end): &(&str, Option<String>)| match end.as_deref() {
        None | Some("-" | "?") => (*kind).to_owned(),
        Some(end) => format!("{kind}:{end}"),
    };
    joins.iter().map(one).collect::<Vec<_>>().join("+")
}
