//! Keras' files: HDF5 with the weights of each layer by its name, with or without the network's description (`.h5`), and archives of a
//! description and such a file (`.keras`).

use std::collections::HashMap;
use std::io::{Cursor, Read, Seek};
use std::ops::Range;

use serde_json::Value as Json;
use zip::{CompressionMethod, ZipArchive};

use super::hdf5::{self, Object};
use super::layers::{Constant, Done, Network, Piece, Product, Value, Walk, Zeros};
use super::source::Source;
use super::tensor::{From, Tensor};
use super::{Checkpoint, Part, SPARE_BYTES, exported, tensor};
use crate::error::ReaderError;

/// Most layers.
const MAX_LAYERS: usize = 10_000;
/// Most bytes of a description.
const MAX_CONFIG: u64 = 2 << 20;
/// ε of Keras' batch normalisation, where the file does not say it.
const KERAS_EPS: f32 = 1e-3;

/// Whether an archive is one of Keras'.
pub(crate) fn is_archive(source: &mut (impl Read + Seek)) -> Result<bool, ReaderError> {
    source.rewind()?;
    // An archive that is cut off can be told by its first entry.
    let mut start = [0; 48];
    let read = super::file::read_up_to(source, &mut start)?;
    let first = start[..read].get(30..).unwrap_or_default();
    if [&b"metadata.json"[..], b"config.json", b"model.weights.h5"].iter().any(|name| first.starts_with(name))
    {
        source.rewind()?;
        return Ok(true);
    }
    source.rewind()?;
    let is = ZipArchive::new(&mut *source)
        .is_ok_and(|archive| archive.index_for_name("model.weights.h5").is_some());
    source.rewind()?;
    Ok(is)
}

/// Reads an archive.
pub(crate) fn archive<S: Read + Seek>(source: &mut S) -> Result<Checkpoint, ReaderError> {
    let len = Source::new(source, "Keras")?.len();
    let damaged = |reason: String| ReaderError::Damaged { format: "Keras".to_owned(), reason };
    let mut entry = |name: &str, most: u64| -> Result<(Range<u64>, Option<Vec<u8>>), ReaderError> {
        let mut archive = ZipArchive::new(&mut *source)
            .map_err(|error| damaged(format!("its archive is damaged ({error})")))?;
        let index =
            archive.index_for_name(name).ok_or_else(|| damaged(format!("its archive has no {name}")))?;
        let (range, method) = {
            let entry = archive
                .by_index_raw(index)
                .map_err(|error| damaged(format!("{name} is damaged ({error})")))?;
            let start =
                entry.data_start().ok_or_else(|| damaged(format!("{name} is nowhere in its archive")))?;
            (start..start.saturating_add(entry.compressed_size()), entry.compression())
        };
        drop(archive);
        if range.end > len {
            return Err(damaged(format!("{name} would end at byte {} of {len}", range.end)));
        }
        match method {
            CompressionMethod::Stored => Ok((range, None)),
            CompressionMethod::DEFLATE => {
                let bytes = Source::new(source, "Keras")?.bytes(range.clone(), name)?;
                let unpacked = miniz_oxide::inflate::decompress_to_vec_with_limit(&bytes, most as usize);
                let unpacked =
                    unpacked.map_err(|error| damaged(format!("{name} cannot be unpacked ({error})")))?;
                Ok((range, Some(unpacked)))
            }
            other => Err(ReaderError::Form {
                format: "Keras".to_owned(),
                reason: format!(
                    "{name} is packed in its archive by {other}; save it anew with model.save(\"FILE.keras\")"
                ),
            }),
        }
    };
    let (config_range, config) = entry("config.json", MAX_CONFIG)?;
    let (range, unpacked) = entry("model.weights.h5", (len / 2 + SPARE_BYTES / 4).min(1 << 30))?;
    let config = match config {
        Some(config) => config,
        None if config_range.end - config_range.start > MAX_CONFIG => {
            return Err(ReaderError::TooLarge { what: "bytes of config.json".to_owned(), limit: MAX_CONFIG });
        }
        None => Source::new(source, "Keras")?.bytes(config_range, "config.json")?,
    };
    let config = serde_json::from_slice(&config)
        .map_err(|error| damaged(format!("config.json is not JSON ({error})")))?;
    match unpacked {
        None => {
            let mut source = Source::within(source, range, "Keras")?;
            let (network, tensors) = read(&mut source, Some(config))?;
            exported(&mut source, &network, tensors)
        }
        // What was packed is nowhere in the file as it is wanted.
        Some(bytes) => {
            let mut inner = Cursor::new(bytes);
            let mut source = Source::new(&mut inner, "Keras")?;
            let (network, mut tensors) = read(&mut source, Some(config))?;
            let parts = tensor::write(&mut source, &mut tensors, &network.wanted, &network.metadata)?;
            let checkpoint = Checkpoint { parts, tensors: network.wanted.len() };
            let new = checkpoint.bytes(&mut inner)?;
            Ok(Checkpoint { parts: vec![Part::New(new)], tensors: checkpoint.tensors })
        }
    }
}

/// Reads an HDF5 file; `config`: the network's description, where that lies beside it.
///
/// # Errors
/// [`ReaderError`].
pub(crate) fn read<S: Read + Seek>(
    source: &mut Source<'_, S>,
    config: Option<Json>,
) -> Result<(Network, Vec<Tensor>), ReaderError> {
    let root = hdf5::root(source)?;
    let config =
        match (config, root.texts(source, "model_config")?.and_then(|texts| texts.into_iter().next())) {
            (None, Some(text)) if text.len() as u64 > MAX_CONFIG => {
                return Err(ReaderError::TooLarge {
                    what: "bytes of model_config".to_owned(),
                    limit: MAX_CONFIG,
                });
            }
            (None, Some(text)) => {
                let config = serde_json::from_str(&text);
                Some(config.map_err(|error| source.damaged(format!("model_config is not JSON ({error})")))?)
            }
            (config, _) => config,
        };
    let weights = root.find(source, "model_weights")?.unwrap_or(root);
    let names = weights.texts(source, "layer_names")?;
    let store = match names {
        Some(names) if names.len() <= MAX_LAYERS => Store::Named { group: weights, names },
        Some(names) => {
            return Err(ReaderError::TooLarge {
                what: format!("layers than {}", names.len()),
                limit: MAX_LAYERS as u64,
            });
        }
        None => {
            let mut layers = None;
            for name in ["layers", "_layer_checkpoint_dependencies"] {
                layers = match layers {
                    None => weights.find(source, name)?,
                    layers => layers,
                };
            }
            match layers {
                Some(group) => Store::Counted { group, places: HashMap::new() },
                None => {
                    return Err(source.damaged(
                        "it is HDF5, but has neither Keras' layer_names nor a group of layers; choose what model.save of Keras wrote",
                    ));
                }
            }
        }
    };
    let left = source.len() / 2 + SPARE_BYTES / 4;
    let mut reading = Reading { store, tensors: Vec::new(), walk: Walk::default(), left };
    let metadata = match config {
        Some(config) => reading.described(source, &config)?,
        None => reading.in_sequence(source)?,
    };
    if !reading.walk.has_layers() {
        return Err(source.damaged("none of its layers is a convolution or linear layer with weights"));
    }
    let network = reading.walk.finish("Keras", metadata).map_err(|reason| source.form(reason))?;
    Ok((network, reading.tensors))
}

/// How the weights of a layer are found.
enum Store {
    /// A group a layer with a list of its weights.
    Named { group: Object, names: Vec<String> },
    /// A group a layer with `vars/0` and so on; the groups of the layers by their names.
    Counted { group: Object, places: HashMap<String, String> },
}

struct Reading {
    store: Store,
    tensors: Vec<Tensor>,
    walk: Walk,
    /// Bytes that may still be unpacked.
    left: u64,
}

/// The names of a layer's weights, in the order in which Keras counts them.
const BATCH_NORM: [&str; 4] = ["gamma", "beta", "moving_mean", "moving_variance"];

impl Reading {
    /// A layer's weight, `index` being its place among the layer's own.
    fn weight<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        layer: &str,
        names: &[&str],
        index: usize,
    ) -> Result<Option<usize>, ReaderError> {
        let (path, dataset) = match &self.store {
            Store::Named { group, .. } => {
                let Some(own) = group.find(source, layer)? else { return Ok(None) };
                let list = own.texts(source, "weight_names")?.unwrap_or_default();
                let bare =
                    |path: &str| path.rsplit('/').next().unwrap_or(path).trim_end_matches(":0").to_owned();
                let Some(path) = list.into_iter().find(|path| names.contains(&bare(path).as_str())) else {
                    return Ok(None);
                };
                let dataset = own.find(source, &path)?;
                (path, dataset)
            }
            Store::Counted { group, places } => {
                let place = places.get(layer).map_or(layer, String::as_str);
                let path = format!("{place}/vars/{index}");
                let dataset = group.find(source, &path)?;
                if dataset.is_none() {
                    return Ok(None);
                }
                (format!("{layer}/{}", names.first().copied().unwrap_or_default()), dataset)
            }
        };
        let dataset = dataset.ok_or_else(|| {
            source.damaged(format!("layer {layer:?} lists the weight {path:?}, which is not there"))
        })?;
        let tensor = dataset.tensor(source, &path, &mut self.left)?;
        self.tensors.push(tensor);
        Ok(Some(self.tensors.len() - 1))
    }

    fn piece<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        layer: &str,
        names: &[&str],
        index: usize,
        order: Option<&[usize]>,
    ) -> Result<Option<Piece>, ReaderError> {
        let Some(tensor) = self.weight(source, layer, names, index)? else { return Ok(None) };
        let Tensor { name, shape, .. } = &self.tensors[tensor];
        if order.is_some_and(|order| order.len() != shape.len()) {
            return Err(source.damaged(format!("weight {name:?} has the shape {shape:?}")));
        }
        Ok(Some(Piece::of(name, tensor, shape, order)))
    }

    /// What a convolution or linear layer is; `None` where it has no kernel.
    fn product<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        layer: &str,
        kind: &str,
    ) -> Result<Option<Product>, ReaderError> {
        let order: &[usize] = match kind {
            "DepthwiseConv2D" => &[2, 3, 0, 1],
            "Dense" => &[1, 0],
            _ => &[3, 2, 0, 1],
        };
        let Some(weight) = self.piece(source, layer, &["kernel", "depthwise_kernel"], 0, Some(order))? else {
            return Ok(None);
        };
        let shape = match &weight.from {
            From::Tensor { tensor, .. } => self.tensors[*tensor].shape.clone(),
            From::Shaped { .. } | From::Plus { .. } | From::Same { .. } => Vec::new(),
        };
        if kind == "DepthwiseConv2D" && shape.get(3) != Some(&1) {
            return Err(source.form(format!("layer {layer:?} is depthwise with several filters a channel ({shape:?}), which no network here has")));
        }
        let kernel = if kind == "Dense" {
            [1, 1]
        } else {
            [shape.first().copied().unwrap_or(1), shape.get(1).copied().unwrap_or(1)]
        };
        let bias = self.piece(source, layer, &["bias"], 1, None)?;
        Ok(Some(Product { weight, bias, kernel, stride: None, dilation: [1, 1], zeros: Zeros::Unknown }))
    }

    /// The parts of a batch normalisation, which may lack scale and shift.
    fn norm<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        layer: &str,
        has: [bool; 2],
    ) -> Result<Option<[Piece; 4]>, ReaderError> {
        let mut parts = Vec::new();
        let mut index = 0;
        for (name, has) in BATCH_NORM.into_iter().zip([has[0], has[1], true, true]) {
            let piece =
                if has { self.piece(source, layer, &[name, "moving_var"], index, None)? } else { None };
            index += usize::from(piece.is_some());
            parts.push(piece);
        }
        let [scale, shift, mean, var] = [parts.remove(0), parts.remove(0), parts.remove(0), parts.remove(0)];
        let (Some(mean), Some(var)) = (mean, var) else { return Ok(None) };
        let same = |number: f32, name: &str| Piece {
            name: format!("{layer}/{name}"),
            from: From::Same { number, count: mean.out },
            out: mean.out,
        };
        let scale = scale.unwrap_or_else(|| same(1.0, "gamma"));
        let shift = shift.unwrap_or_else(|| same(0.0, "beta"));
        Ok(Some([scale, shift, mean, var]))
    }

    /// The layers in the order of the file's list, of which nothing else is known.
    fn in_sequence<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
    ) -> Result<Vec<(String, String)>, ReaderError> {
        let Store::Named { names, .. } = &self.store else {
            return Err(source.form(
                "these are weights alone in the form of Keras 3, whose layers have no names; save the whole network: model.save(\"FILE.keras\")",
            ));
        };
        let mut last = self.walk.input();
        for layer in names.clone() {
            let shape_of =
                |reading: &mut Self, source: &mut Source<'_, S>| -> Result<Option<Vec<u64>>, ReaderError> {
                    let found = reading.weight(source, &layer, &["kernel", "depthwise_kernel"], 0)?;
                    let shape = found.map(|tensor| reading.tensors[tensor].shape.clone());
                    reading.tensors.truncate(found.unwrap_or(reading.tensors.len()));
                    Ok(shape)
                };
            if let Some(shape) = shape_of(self, source)? {
                let kind = match shape.as_slice() {
                    [_, _] => "Dense",
                    [_, _, _, 1] => "DepthwiseConv2D",
                    _ => "Conv2D",
                };
                if let Some(product) = self.product(source, &layer, kind)? {
                    let before = self.walk.unknown(last);
                    last = self.walk.product(before, product);
                }
            } else if let Some(norm) = self.norm(source, &layer, [true, true])? {
                last = self.walk.norm(last, true, norm, KERAS_EPS);
            }
            self.walk.check()?;
        }
        self.walk.unknown(last);
        self.walk.assume_padding("same");
        Ok(vec![("inferred".to_owned(), "padding,bn_eps".to_owned())])
    }

    /// The layers as the network's description has them.
    fn described<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        config: &Json,
    ) -> Result<Vec<(String, String)>, ReaderError> {
        let class = config["class_name"].as_str().unwrap_or_default();
        let layers = config["config"]["layers"].as_array();
        let Some(layers) = layers.filter(|_| matches!(class, "Functional" | "Model" | "Sequential")) else {
            return Err(source
                .form(format!("its network is described as {class:?}; save one made of Keras' own layers")));
        };
        if layers.len() > MAX_LAYERS {
            return Err(ReaderError::TooLarge { what: "layers".to_owned(), limit: MAX_LAYERS as u64 });
        }
        self.count(source, layers)?;
        let is_sequential = class == "Sequential";
        let mut readers: HashMap<String, usize> = HashMap::new();
        let reads: Vec<Reads> = layers.iter().map(Reads::of).collect();
        for name in reads.iter().flat_map(|reads| &reads.names) {
            *readers.entry(name.clone()).or_default() += 1;
        }
        let mut values: HashMap<String, Value> = HashMap::new();
        let mut last = self.walk.input();
        let mut metadata = Vec::new();
        for (layer, reads) in layers.iter().zip(&reads) {
            let options = &layer["config"];
            let name = options["name"].as_str().or(layer["name"].as_str()).unwrap_or_default();
            let class = layer["class_name"].as_str().unwrap_or_default();
            if class == "InputLayer" {
                let shape = options.get("batch_shape").or(options.get("batch_input_shape"));
                let extents: Vec<Option<u64>> =
                    shape.and_then(Json::as_array).into_iter().flatten().map(Json::as_u64).collect();
                if let [_, Some(height @ 1..=8192), Some(width @ 1..=8192), Some(3)] = extents.as_slice() {
                    metadata.push(("input_size".to_owned(), format!("3,{height},{width}")));
                }
                let input = self.walk.input();
                values.insert(name.to_owned(), input);
                continue;
            }
            let inputs: Vec<Value> = if is_sequential {
                vec![last]
            } else {
                reads
                    .names
                    .iter()
                    .map(|name| values.get(name).copied().unwrap_or_else(|| self.walk.plain()))
                    .collect()
            };
            let is_alone =
                is_sequential || reads.names.first().and_then(|name| readers.get(name)) == Some(&1);
            let value = self.layer(source, name, class, options, &inputs, &reads.numbers, is_alone)?;
            self.walk.check()?;
            last = value;
            values.insert(name.to_owned(), value);
        }
        self.walk.read(last);
        Ok(metadata)
    }

    /// Finds the groups of layers that are counted by kind, unless they go by their names.
    fn count<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        layers: &[Json],
    ) -> Result<(), ReaderError> {
        let Store::Counted { group, places } = &mut self.store else { return Ok(()) };
        let mut counts: HashMap<String, usize> = HashMap::new();
        let mut is_by_name = true;
        for layer in layers {
            let name = layer["config"]["name"].as_str().or(layer["name"].as_str()).unwrap_or_default();
            let kind = snake_case(layer["class_name"].as_str().unwrap_or_default());
            let count = counts.entry(kind.clone()).or_default();
            let place = if *count == 0 { kind } else { format!("{kind}_{count}") };
            *count += 1;
            if is_by_name {
                is_by_name = group.find(source, &format!("{name}/vars"))?.is_some()
                    || group.find(source, &format!("{place}/vars"))?.is_none();
            }
            places.insert(name.to_owned(), place);
        }
        if is_by_name {
            places.clear();
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments, clippy::too_many_lines, reason = "a table of layers")]
    fn layer<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        name: &str,
        class: &str,
        options: &Json,
        inputs: &[Value],
        numbers: &[f64],
        is_alone: bool,
    ) -> Result<Value, ReaderError> {
        let Some(&input) = inputs.first() else { return Ok(self.walk.plain()) };
        let two = |key: &str| {
            let pair = |list: &Vec<Json>| Some([list.first()?.as_u64()?, list.get(1)?.as_u64()?]);
            options[key].as_array().and_then(pair).unwrap_or([1, 1])
        };
        let constant = match numbers {
            [number] => Constant::Number(*number),
            _ => Constant::Other,
        };
        // Functions of TensorFlow as layers carry their names.
        let function = options["function"].as_str().unwrap_or_default();
        let class = match (class, function) {
            ("TFOpLambda" | "SlicingOpLambda", "__operators__.add" | "math.add") => "Add",
            ("TFOpLambda" | "SlicingOpLambda", "math.multiply") => "Multiply",
            (class, _) => class,
        };
        let value = match class {
            "Conv2D" | "DepthwiseConv2D" | "Dense" => {
                let Some(product) = self.product(source, name, class)? else {
                    return Err(source.damaged(format!("layer {name:?} ({class}) has no kernel")));
                };
                let zeros = match options["padding"].as_str() {
                    Some("same") => Zeros::Same,
                    Some("valid") => Zeros::At([0; 4]),
                    _ => Zeros::Unknown,
                };
                let is_dense = class == "Dense";
                let product = Product {
                    stride: Some(if is_dense { [1, 1] } else { two("strides") }),
                    dilation: if is_dense { [1, 1] } else { two("dilation_rate") },
                    zeros,
                    ..product
                };
                let value = self.walk.product(input, product);
                self.activation(value, &options["activation"])
            }
            "BatchNormalization" => {
                let has = ["scale", "center"].map(|key| options[key].as_bool().unwrap_or(true));
                let Some(norm) = self.norm(source, name, has)? else {
                    return Err(source.damaged(format!("layer {name:?} has no moving mean and variance")));
                };
                let eps = options["epsilon"].as_f64().unwrap_or(f64::from(KERAS_EPS)) as f32;
                self.walk.norm(input, is_alone, norm, eps)
            }
            "LayerNormalization" => {
                let scale = self.piece(source, name, &["gamma"], 0, None)?;
                let shift = self.piece(source, name, &["beta"], 1, None)?;
                self.walk.layer_norm(input, scale, shift)
            }
            "Rescaling" => {
                let number = |key: &str, default: f64| options[key].as_f64().unwrap_or(default);
                let scaled = self.walk.times(input, Constant::Number(number("scale", 1.0)));
                self.walk.plus(scaled, Constant::Number(number("offset", 0.0)))
            }
            "ReLU" => {
                let zero = |key: &str| options[key].as_f64().unwrap_or(0.0) == 0.0;
                let function = match options["max_value"].as_f64() {
                    _ if !zero("negative_slope") || !zero("threshold") => Done::Other,
                    None => Done::Relu,
                    Some(6.0) => Done::Relu6,
                    Some(_) => Done::Other,
                };
                self.walk.apply(input, function)
            }
            "Activation" => self.activation(input, &options["activation"]),
            "Add" if inputs.len() == 1 => self.walk.plus(input, constant),
            "Multiply" if inputs.len() == 1 => self.walk.times(input, constant),
            "Multiply" if inputs.len() == 2 => self.walk.multiply(inputs[0], inputs[1]),
            "Add" => self.walk.join("add", inputs),
            "Concatenate" => self.walk.join("cat", inputs),
            "GlobalAveragePooling2D" | "AveragePooling2D" => self.walk.join("mean", inputs),
            "MaxPooling2D" | "GlobalMaxPooling2D" => self.walk.join("max", inputs),
            "ZeroPadding2D" => {
                let side = |axis: usize, end: usize| options["padding"][axis][end].as_u64().unwrap_or(0);
                self.walk.pad(input, [side(0, 0), side(1, 0), side(0, 1), side(1, 1)])
            }
            "Dropout" | "Reshape" | "Flatten" | "Permute" | "Softmax" | "SpatialDropout2D"
            | "GaussianNoise" => input,
            "Functional" | "Model" | "Sequential" => {
                return Err(source.form(format!(
                    "its layer {name:?} is a network of its own ({class}); save that one alone"
                )));
            }
            _ => self.walk.other(inputs),
        };
        Ok(value)
    }

    fn activation(&mut self, input: Value, activation: &Json) -> Value {
        let name =
            activation.as_str().or(activation["config"].as_str()).or(activation["class_name"].as_str());
        let function = match name {
            None | Some("linear" | "softmax") => return input,
            Some("relu") => Done::Relu,
            Some("relu6") => Done::Relu6,
            Some("sigmoid") => Done::Sigmoid,
            Some("silu" | "swish") => Done::Silu,
            Some("hard_silu" | "hard_swish") => Done::HardSwish,
            Some("gelu") => Done::Gelu,
            Some(_) => Done::Other,
        };
        self.walk.apply(input, function)
    }
}

/// What a layer reads: other layers, and numbers.
struct Reads {
    names: Vec<String>,
    numbers: Vec<f64>,
}

impl Reads {
    fn of(layer: &Json) -> Self {
        let mut reads = Self { names: Vec::new(), numbers: Vec::new() };
        // Of a layer that is used several times only the first use counts.
        if let Some(first) = layer["inbound_nodes"].as_array().and_then(|nodes| nodes.first()) {
            reads.collect(first);
        }
        reads
    }

    /// Recursive, as deep as JSON may be.
    fn collect(&mut self, json: &Json) {
        match json {
            Json::Number(number) => self.numbers.extend(number.as_f64()),
            Json::Array(items) => match items.as_slice() {
                [Json::String(name), Json::Number(_), Json::Number(_), rest @ ..] => {
                    self.names.push(name.clone());
                    rest.iter().for_each(|item| self.collect(item));
                }
                items => items.iter().for_each(|item| self.collect(item)),
            },
            Json::Object(fields) => match fields.get("class_name").and_then(Json::as_str) {
                Some("__keras_tensor__") => {
                    let name = json["config"]["keras_history"][0].as_str();
                    self.names.extend(name.map(str::to_owned));
                }
                _ => fields.values().for_each(|field| self.collect(field)),
            },
            Json::Null | Json::Bool(_) | Json::String(_) => {}
        }
    }
}

/// Keras' name of a kind of layer in its files: `DepthwiseConv2D` is `depthwise_conv2d`.
fn snake_case(class: &str) -> String {
    let letters: Vec<char> =
        class.chars().filter(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    let mut name = String::new();
    for (i, letter) in letters.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| letters.get(i));
        let after = letters.get(i + 1);
        let begins = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase() || (*before != '_' && after.is_some_and(char::is_ascii_lowercase))
            });
        if begins {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}
