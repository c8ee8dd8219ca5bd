//! The block that a network is made of, as steps: read from the graph that its rows build, so that it cannot be wrong.

use std::collections::BTreeMap;
use std::ops::Range;

use engine::graph::op::{Groups, Op};
use engine::graph::{Activation, Graph, NodeId, OpKind, Shape};
use engine::spec::Variant;

use crate::charts::Step;
use crate::strings::{Strings, fill, op_name};

/// More steps than this are no picture.
const MOST_STEPS: usize = 40;

/// The steps of a network's typical block: of the block kind that most of its operations belong to, at its place with the most of
/// them, where it has its residual. `None` where there is no such block, or it is too large to be drawn.
pub(crate) fn steps(strings: &'static Strings, variant: &Variant) -> Option<Vec<Step>> {
    let (graph, places) = variant.typical_block()?;
    let drawn = places.into_iter().map(|nodes| drawn(strings, &graph, nodes));
    drawn.into_iter().find(|steps| (2..=MOST_STEPS).contains(&steps.len()))
}

/// A block's nodes as steps: what normalises or bends a value stands in the box that computes it, and so do vectors' layers.
fn drawn(strings: &'static Strings, graph: &Graph, nodes: Range<usize>) -> Vec<Step> {
    let readers = graph.readers();
    let mut steps: Vec<Step> = Vec::new();
    let mut of_node: BTreeMap<usize, usize> = BTreeMap::new();
    for position in nodes.clone() {
        let node = &graph.nodes[position];
        for NodeId(input) in &node.inputs {
            if !nodes.contains(input) && !of_node.contains_key(input) {
                let lines = vec![strings.layers.op_input.to_owned(), shape_text(graph.nodes[*input].shape)];
                of_node.insert(*input, steps.len());
                steps.push(Step { lines, kind: "input", reads: Vec::new() });
            }
        }
        let reads: Vec<usize> =
            node.inputs.iter().filter_map(|input| of_node.get(&input.0).copied()).collect();
        let only = match node.inputs[..] {
            [NodeId(input)] if nodes.contains(&input) && readers[input].len() == 1 => Some(input),
            _ => None,
        };
        let continues = only.filter(|input| {
            let is_vector = |shape: Shape| matches!(shape, Shape::Vector { .. });
            let both_vectors = is_vector(node.shape) && is_vector(graph.nodes[*input].shape);
            matches!(node.op.kind(), OpKind::BatchNorm | OpKind::Activation) || both_vectors
        });
        if let Some(input) = continues {
            let step = of_node[&input];
            of_node.insert(position, step);
            steps[step].lines.push(short_text(strings, graph, position));
        } else {
            of_node.insert(position, steps.len());
            steps.push(Step {
                lines: long_text(strings, graph, position),
                kind: kind(node.op.kind()),
                reads,
            });
        }
    }
    for step in &mut steps {
        step.lines = joined(std::mem::take(&mut step.lines));
        step.reads.dedup();
    }
    steps
}

/// A box's lines: the name, the numbers, and what follows in one line as long as that is short.
fn joined(lines: Vec<String>) -> Vec<String> {
    const MOST_LETTERS: usize = 26;
    let mut joined: Vec<String> = Vec::new();
    for (i, line) in lines.into_iter().enumerate() {
        match joined.last_mut() {
            Some(last) if i > 2 && last.chars().count() + line.chars().count() < MOST_LETTERS => {
                last.push_str(" · ");
                last.push_str(&line);
            }
            _ => joined.push(line),
        }
    }
    joined
}

/// What a surface says about an operation.
fn kind(op: OpKind) -> &'static str {
    use crate::layers::LayerKind;
    match LayerKind::of(op) {
        LayerKind::Conv => "conv",
        LayerKind::Pointwise => "pointwise",
        LayerKind::Depthwise => "depthwise",
        LayerKind::Linear => "linear",
        LayerKind::Attention => "attention",
        LayerKind::Other => "other",
    }
}

fn shape_text(shape: Shape) -> String {
    match shape {
        Shape::Map { h, w, c } => format!("{h}×{w} · {c}"),
        Shape::Vector { c } => c.to_string(),
        Shape::Tokens { sequences, tokens, dim } => format!("{sequences}×{tokens} · {dim}"),
    }
}

/// What follows in a box.
fn short_text(strings: &'static Strings, graph: &Graph, position: usize) -> String {
    let node = &graph.nodes[position];
    match &node.op {
        Op::Activate(op) => activation(op.0).to_owned(),
        Op::Prelu(_) => "PReLU".to_owned(),
        op => match op.kind() {
            OpKind::BatchNorm => "BN".to_owned(),
            kind @ OpKind::Linear => format!("{} → {}", op_name(strings, kind), node.shape.channels()),
            kind => op_name(strings, kind).to_owned(),
        },
    }
}

/// A box's name and numbers.
fn long_text(strings: &'static Strings, graph: &Graph, position: usize) -> Vec<String> {
    let node = &graph.nodes[position];
    let name = op_name(strings, node.op.kind());
    let input = node.inputs.first().map_or(0, |input| graph.node(*input).shape.channels());
    let out = node.shape.channels();
    let channels = format!("{input} → {out}");
    match &node.op {
        Op::Conv(conv) => {
            let [height, width] = conv.filters.kernel;
            let mut numbers = vec![channels];
            let [down, across] = conv.filters.stride;
            if (down, across) != (1, 1) {
                let stride = if down == across { down.to_string() } else { format!("{down}×{across}") };
                numbers.push(fill(strings.survey.step_stride, &[("n", &stride)]));
            }
            if conv.filters.dilation != [1, 1] {
                let dilation = conv.filters.dilation[0].to_string();
                numbers.push(fill(strings.survey.step_dilation, &[("n", &dilation)]));
            }
            if let Groups::Split(groups) = conv.filters.groups
                && groups > 1
                && node.op.kind() == OpKind::GroupedConv
            {
                numbers.push(fill(strings.survey.step_groups, &[("n", &groups.to_string())]));
            }
            vec![format!("{name} {height}×{width}"), numbers.join(" · ")]
        }
        Op::Pool(pool) => {
            let ([height, width], stride) = (pool.window, pool.stride[0].to_string());
            let stride = fill(strings.survey.step_stride, &[("n", &stride)]);
            vec![format!("{name} {height}×{width}"), format!("{channels} · {stride}")]
        }
        _ if input == out => vec![name.to_owned(), out.to_string()],
        _ => vec![name.to_owned(), channels],
    }
}

/// The field's names.
fn activation(activation: Activation) -> &'static str {
    match activation {
        Activation::Identity => "",
        Activation::Relu => "ReLU",
        Activation::Relu6 => "ReLU6",
        Activation::HardSwish => "h-swish",
        Activation::HardSigmoid => "h-sigmoid",
        Activation::Sigmoid => "sigmoid",
        Activation::Silu => "SiLU",
        Activation::Gelu => "GELU",
    }
}

#[cfg(test)]
mod tests {
    use engine::zoo::{FAMILIES, Zoo};

    use super::*;
    use crate::strings::Language;

    fn of(id: &str) -> Vec<Step> {
        steps(Language::English.strings(), &Zoo::builtin().find(id).unwrap()).unwrap()
    }

    #[test]
    fn an_inverted_residual_is_three_convolutions_and_an_addition() {
        let steps = of("mobilenetv2_100");
        let names: Vec<&str> = steps.iter().map(|step| step.lines[0].as_str()).collect();
        let expected = [
            "input",
            "pointwise convolution 1×1",
            "depthwise convolution 3×3",
            "pointwise convolution 1×1",
            "add",
        ];
        assert_eq!(names, expected);
        assert_eq!(steps[1].lines[1..], ["24 → 144", "BN · ReLU6"]);
        assert_eq!(steps[3].lines[1..], ["144 → 24", "BN"], "its end is linear");
        let mut reads = steps[4].reads.clone();
        reads.sort_unstable();
        assert_eq!(reads, [0, 3]);
    }

    #[test]
    fn every_family_has_a_block_that_can_be_drawn() {
        for (family, models) in FAMILIES {
            let is_drawn = models.iter().any(|model| {
                let variant = Zoo::builtin().find(&model.id_at(model.default_width())).unwrap();
                steps(Language::Chinese.strings(), &variant).is_some()
            });
            assert!(is_drawn, "{}", family.id);
        }
    }
}
