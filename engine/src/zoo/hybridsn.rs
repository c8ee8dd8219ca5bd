//! HybridSN (arXiv 1902.06701, table I), for windows of a hyperspectral image with so many bands: its authors' in Keras, and one in
//! PyTorch with batch normalisation. The first linear layer reads the whole last map, so that weights are of one window only.

use super::Family;
use super::styles::AUTHORS;
use crate::blocks::Out;
use crate::blocks::VolumeForm::{Keras, Pytorch};
use crate::graph::Activation::Relu;
use crate::graph::op::Flattened::{ChannelsFirst, ChannelsLast};
use crate::spec::rows::{activate, classifier, flat_convolution, linear, linear_of_map, row, volume_convolution};
use crate::spec::{Library, Model, Row, Style};

/// The family.
pub const FAMILY: Family = Family {
    id: "hybridsn",
    title: "HybridSN",
    year: 2019,
    paper: "arXiv 1902.06701",
    parents: &[],
    idea: "Three 3-D convolutions look along the bands of a hyperspectral image and across its pixels together, and a 2-D one looks at \
           what they found in all bands. It tells what grows in a field by light that eyes do not see.",
};

const KERAS: Style = Style { library: Library::Keras, ..AUTHORS };

/// Of 30 bands and 16 classes (Indian Pines), 15 bands and 9 (University of Pavia) or 16 (Salinas).
pub const MODELS: &[Model] = &[
    Model::new("hybridsn", KERAS, "hybridsn_keras_30b_16c", "HybridSN, 30 bands", &[1.0], &[25, 19], KERAS_ROWS).of(30, 16),
    Model::new("hybridsn", KERAS, "hybridsn_keras_15b_9c", "HybridSN, 15 bands", &[1.0], &[25, 19], KERAS_ROWS).of(15, 9),
    Model::new("hybridsn", KERAS, "hybridsn_keras_15b_16c", "HybridSN, 15 bands", &[1.0], &[25, 19], KERAS_ROWS).of(15, 16),
    Model::new("hybridsn", AUTHORS, "hybridsn_seed", "HybridSN with BN, 30 bands", &[1.0], &[25, 19], BN_ROWS).of(30, 16),
    Model::new("hybridsn", AUTHORS, "hybridsn_bn_15b_9c", "HybridSN with BN, 15 bands", &[1.0], &[25, 19], BN_ROWS).of(15, 9),
    Model::new("hybridsn", AUTHORS, "hybridsn_bn_30b_16c_w19", "HybridSN with BN, window 19", &[1.0], &[19, 25], BN_ROWS).of(30, 16),
];

#[rustfmt::skip]
const KERAS_ROWS: &[Row] = &[
    // channels of a plane, depth, filters
    row("conv3d_1", volume_convolution( 1, 7,  8, Keras)),
    row("conv3d_1.relu", activate(Relu)),
    row("conv3d_2", volume_convolution( 8, 5, 16, Keras)),
    row("conv3d_2.relu", activate(Relu)),
    row("conv3d_3", volume_convolution(16, 3, 32, Keras)),
    row("conv3d_3.relu", activate(Relu)),
    row("conv2d_1", flat_convolution(32, 64, Keras)),
    row("conv2d_1.relu", activate(Relu)),
    row("dense_1", linear_of_map(Out::Fixed(256), ChannelsLast)),
    row("dense_1.relu", activate(Relu)),
    row("dense_2", linear(Out::Fixed(128))),
    row("dense_2.relu", activate(Relu)),
    row("dense_3", classifier()),
];

#[rustfmt::skip]
const BN_ROWS: &[Row] = &[
    row("conv1", volume_convolution( 1, 7,  8, Pytorch)),
    row("conv2", volume_convolution( 8, 5, 16, Pytorch)),
    row("conv3", volume_convolution(16, 3, 32, Pytorch)),
    row("conv_2d", flat_convolution(32, 64, Pytorch)),
    row("fc1", linear_of_map(Out::Fixed(256), ChannelsFirst)),
    row("fc1.relu", activate(Relu)),
    row("fc2", linear(Out::Fixed(128))),
    row("fc2.relu", activate(Relu)),
    row("fc3", classifier()),
];
