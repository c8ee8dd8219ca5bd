//! Networks layer by layer: rows from the engine's graph, joined with measured times.

mod export;

use std::collections::BTreeMap;

use engine::graph::{Layer, OpKind, passes};
use engine::roofline::Bound;
use worker::protocol::{Exactness, LayerTimes};

pub(crate) use export::CopyFormat;

/// What a bar or a share is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LayerMetric {
    /// Measured milliseconds.
    Time,
    /// Multiply-accumulates.
    Macs,
    /// Learned parameters.
    Params,
    /// Bytes of what layers compute.
    Activations,
}

impl LayerMetric {
    /// All of them, in the order of the choice.
    pub(crate) const ALL: [Self; 4] = [Self::Time, Self::Macs, Self::Params, Self::Activations];

    /// Its value in the choice.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Macs => "macs",
            Self::Params => "params",
            Self::Activations => "activations",
        }
    }

    /// The metric with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }
}

/// Kinds of layers, as coarse as a sentence about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LayerKind {
    /// k×k, all channels.
    Conv,
    /// 1×1.
    Pointwise,
    /// One filter a channel.
    Depthwise,
    /// Linear layers.
    Linear,
    /// The products of attention.
    Attention,
    /// Everything without multiply-accumulates.
    Other,
}

impl LayerKind {
    /// All of them, in the order in which bars stack them.
    pub(crate) const ALL: [Self; 6] =
        [Self::Conv, Self::Pointwise, Self::Depthwise, Self::Linear, Self::Attention, Self::Other];

    /// Of an operation.
    pub(crate) fn of(op: OpKind) -> Self {
        match op {
            OpKind::Conv | OpKind::GroupedConv | OpKind::ConvTranspose => Self::Conv,
            OpKind::PointwiseConv => Self::Pointwise,
            OpKind::DepthwiseConv => Self::Depthwise,
            OpKind::Linear => Self::Linear,
            OpKind::Attention => Self::Attention,
            OpKind::Input
            | OpKind::BatchNorm
            | OpKind::Activation
            | OpKind::Add
            | OpKind::Scale
            | OpKind::ShiftMax
            | OpKind::Concat
            | OpKind::Channels
            | OpKind::MaxPool
            | OpKind::AveragePool
            | OpKind::GlobalAveragePool
            | OpKind::Resize
            | OpKind::Unfold
            | OpKind::Fold
            | OpKind::LayerNorm => Self::Other,
        }
    }
}

/// A layer with what was measured and predicted of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LayerRow {
    /// The layer.
    pub(crate) layer: Layer,
    /// Its kind.
    pub(crate) kind: LayerKind,
    /// Measured milliseconds.
    pub(crate) ms: Option<f64>,
    /// The least milliseconds by the roofline, and which roof decides.
    pub(crate) predicted: Option<(f64, Bound)>,
    /// How exact its values are, of a network in bytes.
    pub(crate) exactness: Option<Exactness>,
}

/// All layers of one network.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LayerTable {
    /// The network's name.
    pub(crate) name: String,
    /// What was measured, if it was.
    pub(crate) times: Option<LayerTimes>,
    /// In the order in which they run.
    pub(crate) rows: Vec<LayerRow>,
}

/// What takes most of a network.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dominance {
    /// The kind with the largest share of the time, or of the MACs where no time is known.
    pub(crate) kind: LayerKind,
    /// Its share of the measured time, 0..1.
    pub(crate) time: Option<f64>,
    /// Its share of the multiply-accumulates.
    pub(crate) macs: f64,
    /// The single layer with the largest share, and that share.
    pub(crate) layer: (String, f64),
    /// Layers that are memory-bound by the roofline.
    pub(crate) memory_bound: usize,
}

impl LayerTable {
    /// The layers as the backend ran them, or as the CPU backend would run them.
    pub(crate) fn new(
        name: String,
        variant: engine::spec::Variant,
        times: Option<LayerTimes>,
    ) -> Option<Self> {
        let layers = match &times {
            Some(times) => times.layers.clone(),
            None => passes::fuse(&variant.graph().ok()?).layers(),
        };
        let row = |layer: Layer| LayerRow {
            kind: LayerKind::of(layer.cost.op),
            ms: times.as_ref().and_then(|times| times.nodes_ms.get(layer.node).copied()),
            predicted: times.as_ref().map(|times| times.roofs.predict(&layer)),
            exactness: times.as_ref().and_then(|times| times.exactness.get(layer.node).copied()),
            layer,
        };
        let rows = layers.into_iter().map(row).collect();
        Some(Self { name, times, rows })
    }

    /// The metric summed over all layers; 0 for times that were not measured.
    pub(crate) fn total(&self, metric: LayerMetric) -> f64 {
        self.rows.iter().map(|row| row.value(metric)).sum()
    }

    /// The sum of the predictions; `None` without a measurement of the roofs.
    pub(crate) fn predicted_ms(&self) -> Option<f64> {
        self.rows.iter().map(|row| row.predicted.map(|(ms, _)| ms)).sum()
    }

    /// The metric by stride (`None`, behind the last map, comes last) and kind.
    pub(crate) fn by_stride(&self, metric: LayerMetric) -> BTreeMap<usize, [f64; LayerKind::ALL.len()]> {
        let mut sums = BTreeMap::<usize, [f64; LayerKind::ALL.len()]>::new();
        for row in &self.rows {
            let stride = row.layer.stride.unwrap_or(HEAD);
            sums.entry(stride).or_default()[row.kind as usize] += row.value(metric);
        }
        sums
    }

    /// What takes most; `None` of a network without layers.
    pub(crate) fn dominance(&self) -> Option<Dominance> {
        let metric = if self.times.is_some() { LayerMetric::Time } else { LayerMetric::Macs };
        let of_kind = |kind: LayerKind, metric: LayerMetric| {
            let rows = self.rows.iter().filter(|row| row.kind == kind);
            share(rows.map(|row| row.value(metric)).sum(), self.total(metric))
        };
        let kind =
            LayerKind::ALL.into_iter().max_by(|a, b| of_kind(*a, metric).total_cmp(&of_kind(*b, metric)))?;
        let slowest = self.rows.iter().max_by(|a, b| a.value(metric).total_cmp(&b.value(metric)))?;
        let bound = |row: &&LayerRow| matches!(row.predicted, Some((_, Bound::Memory)));
        Some(Dominance {
            kind,
            time: self.times.is_some().then(|| of_kind(kind, LayerMetric::Time)),
            macs: of_kind(kind, LayerMetric::Macs),
            layer: (slowest.layer.cost.name.clone(), share(slowest.value(metric), self.total(metric))),
            memory_bound: self.rows.iter().filter(bound).count(),
        })
    }
}

/// A value's share of the total, 0..1; 0 where the total is 0, as a coarse clock may say of a fast network.
pub(crate) fn share(value: f64, total: f64) -> f64 {
    if total > 0.0 { value / total } else { 0.0 }
}

/// Stands for the stride of layers after the last feature map.
pub(crate) const HEAD: usize = usize::MAX;

impl LayerRow {
    /// The metric of this layer; 0 for a time that was not measured.
    pub(crate) fn value(&self, metric: LayerMetric) -> f64 {
        match metric {
            LayerMetric::Time => self.ms.unwrap_or_default(),
            LayerMetric::Macs => self.layer.cost.macs as f64,
            LayerMetric::Params => self.layer.cost.params as f64,
            LayerMetric::Activations => self.layer.activation_bytes as f64,
        }
    }

    /// Shapes of the inputs, the second one of a sum or a product behind a plus sign.
    pub(crate) fn input(&self) -> String {
        self.layer.inputs.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ")
    }
}

#[cfg(test)]
pub(super) mod tests {
    use engine::roofline::Roofs;
    use worker::protocol::Backend;

    use super::*;

    /// MobileNetV1 at 32 pixels, as if every layer had taken as many microseconds as its position says.
    pub(in crate::layers) fn table(measured: bool) -> LayerTable {
        let variant = crate::networks::find("mobilenetv1_100").unwrap().with_resolution(32, 32);
        let layers = passes::fuse(&variant.graph().unwrap()).layers();
        let times = measured.then(|| LayerTimes {
            model: "mobilenetv1_100".to_owned(),
            checkpoint: None,
            resolution: (32, 32),
            backend: Backend::Cpu,
            threads: 2,
            runs: 40,
            nodes_ms: (0..=layers.len()).map(|i| i as f64 / 1000.0).collect(),
            layers,
            exactness: Vec::new(),
            roofs: Roofs { macs_per_ms: 1e7, bytes_per_ms: 1e7 },
            timer_step_ms: 0.005,
        });
        LayerTable::new("MobileNetV1".to_owned(), variant, times).unwrap()
    }

    #[test]
    fn rows_carry_the_time_of_their_own_node() {
        let table = table(true);
        // Stem, 13 pairs of depthwise and pointwise, pool, classifier.
        assert_eq!(table.rows.len(), 1 + 2 * 13 + 2);
        assert_eq!(table.rows[0].ms, Some(0.001));
        assert_eq!(table.rows.last().unwrap().ms, Some(0.029));
        assert!((table.total(LayerMetric::Time) - 0.435).abs() < 1e-12);
        assert!(table.predicted_ms().is_some());
        let plain = super::tests::table(false);
        assert_eq!((plain.rows[0].ms, plain.predicted_ms()), (None, None));
        assert_eq!(plain.rows[0].input(), "32×32×3");
    }

    #[test]
    fn strides_hold_everything_exactly_once() {
        let table = table(true);
        for metric in LayerMetric::ALL {
            let by_stride = table.by_stride(metric);
            assert_eq!(by_stride.keys().copied().collect::<Vec<_>>(), [2, 4, 8, 16, 32, HEAD]);
            let sum: f64 = by_stride.values().flatten().sum();
            assert!((sum / table.total(metric) - 1.0).abs() < 1e-12, "{metric:?}");
            assert_eq!(LayerMetric::named(metric.name()), Some(metric));
        }
    }

    #[test]
    fn a_clock_that_saw_nothing_gives_no_shares() {
        let mut table = table(true);
        table.rows.iter_mut().for_each(|row| row.ms = Some(0.0));
        let dominance = table.dominance().unwrap();
        assert_eq!((dominance.time, dominance.layer.1), (Some(0.0), 0.0));
        assert!(!CopyFormat::ALL.into_iter().any(|format| format.write(&table, "0.1.0").contains("NaN")));
    }

    #[test]
    fn what_dominates_is_said_of_the_time_where_it_is_known() {
        let counted = table(false).dominance().unwrap();
        assert_eq!((counted.kind, counted.time), (LayerKind::Pointwise, None));
        assert!(counted.macs > 0.8, "{counted:?}");
        let measured = table(true).dominance().unwrap();
        // The last layer has the largest of the made-up times: 29 of 435.
        assert!((measured.layer.1 - 29.0 / 435.0).abs() < 1e-9, "{measured:?}");
        // 14 numbers in arithmetic progression, from 3 to 27 by 2: 195 of 435.
        assert!((measured.time.unwrap() - 195.0 / 435.0).abs() < 1e-9, "{measured:?}");
        assert!(measured.memory_bound > 0);
    }
}
