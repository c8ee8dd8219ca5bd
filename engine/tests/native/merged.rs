//! RepViT with its branches summed up is the network that it was.

use std::borrow::Cow;
use std::ops::Range;

use engine::backend::reference::Reference;
use engine::graph::{Graph, ParamId};
use engine::synthetic;
use engine::weights::Parameters;
use engine::zoo::Zoo;

/// Side of the token mixer's windows.
const KERNEL: usize = 3;
/// timm's of every batch normalisation.
const EPS: f64 = 1e-5;

fn graph(id: &str) -> Graph {
    let variant = Zoo::builtin().find(id).expect("in the zoo");
    variant.with_resolution(96, 96).graph().expect("can be built")
}

/// Weights of the network with branches.
struct Branched<'g>(&'g Graph);

impl Parameters for Branched<'_> {
    fn elements(&self, id: ParamId) -> usize {
        self.0.param(id).elements()
    }

    fn part(&self, id: ParamId, range: Range<usize>) -> Cow<'_, [f32]> {
        let param = self.0.param(id);
        synthetic::part(&param.name, &param.shape, param.kind, 1.0, range).into()
    }
}

impl Branched<'_> {
    /// A tensor's values; `None` if there is none of the name.
    fn tensor(&self, name: &str) -> Option<Vec<f64>> {
        let id = self.0.params.iter().position(|param| param.name == name).map(ParamId)?;
        Some(self.part(id, 0..self.elements(id)).iter().map(|x| f64::from(*x)).collect())
    }

    /// A batch normalisation as x · scale + shift.
    fn norm(&self, path: &str) -> Option<(Vec<f64>, Vec<f64>)> {
        let tensor = |name: &str| self.tensor(&format!("{path}.{name}"));
        let (weight, bias, mean, var) =
            (tensor("weight")?, tensor("bias")?, tensor("running_mean")?, tensor("running_var")?);
        let scale: Vec<f64> = weight.iter().zip(var).map(|(w, var)| w / (var + EPS).sqrt()).collect();
        let shift =
            scale.iter().zip(bias).zip(mean).map(|((scale, bias), mean)| bias - mean * scale).collect();
        Some((scale, shift))
    }

    /// A convolution and its batch normalisation as filters and biases.
    fn unit(&self, path: &str) -> Option<(Vec<f64>, Vec<f64>)> {
        let (mut filters, (scale, shift)) =
            (self.tensor(&format!("{path}.c.weight"))?, self.norm(&format!("{path}.bn"))?);
        scaled(&mut filters, &scale);
        Some((filters, shift))
    }

    /// The filters and biases of a module of the merged network.
    fn merged(&self, path: &str) -> (Vec<f64>, Vec<f64>) {
        if path == "head" {
            return self.classifier();
        }
        if let Some(plain) = self.tensor(&format!("{path}.weight")) {
            return (plain, self.tensor(&format!("{path}.bias")).expect("a bias"));
        }
        if let Some(unit) = self.unit(path) {
            return unit;
        }
        let (mut filters, mut biases) = self.unit(&format!("{path}.conv")).expect("a token mixer");
        let pixel = self.tensor(&format!("{path}.conv1.weight")).expect("a branch");
        let more = self.tensor(&format!("{path}.conv1.bias")).expect("a branch");
        for (c, filter) in filters.chunks_exact_mut(KERNEL * KERNEL).enumerate() {
            filter[KERNEL * KERNEL / 2] += pixel[c] + 1.0;
            biases[c] += more[c];
        }
        let (scale, shift) = self.norm(&format!("{path}.bn")).expect("a normalisation");
        scaled(&mut filters, &scale);
        let biases = biases.iter().zip(&scale).zip(&shift).map(|((b, scale), shift)| b * scale + shift);
        (filters, biases.collect())
    }

    /// The mean of the two classifiers.
    fn classifier(&self) -> (Vec<f64>, Vec<f64>) {
        let of = |head: &str| {
            let (scale, shift) = self.norm(&format!("head.{head}.bn")).expect("a normalisation");
            let weights = self.tensor(&format!("head.{head}.l.weight")).expect("a classifier");
            let mut biases = self.tensor(&format!("head.{head}.l.bias")).expect("a classifier");
            for (bias, row) in biases.iter_mut().zip(weights.chunks_exact(shift.len())) {
                *bias += row.iter().zip(&shift).map(|(w, shift)| w * shift).sum::<f64>();
            }
            let scaled = weights.iter().zip(scale.iter().cycle()).map(|(w, scale)| w * scale).collect();
            (scaled, biases)
        };
        let ((a, x), (b, y)) = (of("head"), of("head_dist"));
        let mean = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(b).map(|(a, b)| (a + b) / 2.0).collect();
        (mean(a, b), mean(x, y))
    }
}

fn scaled(filters: &mut [f64], scale: &[f64]) {
    let k = filters.len() / scale.len();
    for (filter, scale) in filters.chunks_exact_mut(k).zip(scale) {
        filter.iter_mut().for_each(|weight| *weight *= scale);
    }
}

/// Weights of the merged network.
struct Merged<'g> {
    graph: &'g Graph,
    from: Branched<'g>,
}

impl Parameters for Merged<'_> {
    fn elements(&self, id: ParamId) -> usize {
        self.graph.param(id).elements()
    }

    fn part(&self, id: ParamId, range: Range<usize>) -> Cow<'_, [f32]> {
        let name = &self.graph.param(id).name;
        let (path, kind) = name.rsplit_once('.').expect("a module's tensor");
        let (filters, biases) = self.from.merged(path);
        let values = if kind == "bias" { biases } else { filters };
        assert_eq!(values.len(), self.elements(id), "{name}");
        values[range].iter().map(|x| *x as f32).collect()
    }
}

#[test]
fn merged_branches_compute_the_same_with_fewer_parameters() {
    let (branched, merged) = (graph("repvit_m0_9"), graph("repvit_m0_9_fused"));
    let input = synthetic::input(96, 96);
    let of = |graph: &Graph, weights: &dyn Parameters| {
        Reference::new(graph, weights).run(&input, &mut |_, _| {}).to_vec()
    };
    let before = of(&branched, &Branched(&branched));
    let after = of(&merged, &Merged { graph: &merged, from: Branched(&branched) });
    let largest = before.iter().fold(0f32, |most, x| most.max(x.abs()));
    assert!(largest > 0.1, "logits of {largest} say little");
    for (i, (a, b)) in before.iter().zip(&after).enumerate() {
        assert!((a - b).abs() <= 1e-4 * largest, "logit {i} is {a}, merged {b}, of at most {largest}");
    }
    // timm's module after its fuse().
    assert_eq!((merged.cost().params, merged.params.len()), (5_067_056, 208));
    assert!(
        branched.cost().params > 5_400_000
            && branched.cost().conv_linear_macs > merged.cost().conv_linear_macs
    );
}
