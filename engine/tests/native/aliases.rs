//! Files with other libraries' names are read as those libraries run them.

use crate::located;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use engine::graph::{Graph, ParamId};
use engine::spec::{Library, Padding, Resize, Variant};
use engine::synthetic;
use engine::weights::aliases::{SCHEMES, Scheme};
use engine::weights::safetensors::{read, read_header};
use engine::weights::write::{TensorRef, write_safetensors};
use engine::weights::{
    Description, Dtype, FloatDtype, Header, NamesError, TensorInfo, Weights, describe, locate, metadata,
};
use engine::zoo::Zoo;
use located::{part, values};

/// A library's own list of a network's tensors.
struct List {
    library: String,
    id: String,
    rows: Vec<(String, Dtype, Vec<usize>)>,
}

impl List {
    fn all() -> Vec<Self> {
        Self::folder("aliases").into_iter().chain(Self::of_mxnet()).collect()
    }

    fn folder(name: &str) -> Vec<Self> {
        let folder = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
        let entries = std::fs::read_dir(folder).expect("the folder is there");
        entries.map(|entry| Self::read(&entry.expect("an entry").path())).collect()
    }

    /// MXNet's files have the graph's names behind what kind of tensor it is.
    fn of_mxnet() -> impl Iterator<Item = Self> {
        let models = Zoo::builtin().models().iter().filter(|model| model.style.library == Library::Mxnet);
        models.map(|model| {
            let variant = Variant::new(model, model.default_width());
            let row = |param: &engine::graph::Param| {
                let is_state = param.name.ends_with("_moving_mean") || param.name.ends_with("_moving_var");
                let kind = if is_state { "aux" } else { "arg" };
                (format!("{kind}:{}", param.name), Dtype::Float(FloatDtype::F32), param.shape.clone())
            };
            let rows = variant.graph().expect("can be built").params.iter().map(row).collect();
            Self { library: "MXNet".to_owned(), id: variant.id(), rows }
        })
    }

    fn of(id: &str) -> Self {
        Self::all().into_iter().find(|list| list.id == id).unwrap_or_else(|| panic!("no list of {id}"))
    }

    fn read(path: &std::path::Path) -> Self {
        let name = path.file_name().and_then(|name| name.to_str()).expect("UTF-8");
        let (library, id) = name.trim_end_matches(".tsv.gz").split_once("__").expect("LIBRARY__ID");
        let mut text = String::new();
        let file = std::fs::File::open(path).expect("the file is there");
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("gzip");
        let row = |line: &str| {
            let mut columns = line.split('\t');
            let (name, shape) = (columns.next().expect("a name"), columns.next().expect("a shape"));
            let extents = shape.split(',').filter(|n| !n.is_empty());
            let dtype = match columns.next() {
                Some("int") => Dtype::Integer(8),
                _ => Dtype::Float(FloatDtype::F32),
            };
            (name.to_owned(), dtype, extents.map(|n| n.parse().expect("a number")).collect())
        };
        Self { library: library.to_owned(), id: id.to_owned(), rows: text.lines().map(row).collect() }
    }

    fn floats(&self) -> usize {
        self.rows.iter().filter(|(_, dtype, _)| matches!(dtype, Dtype::Float(_))).count()
    }

    /// The header of a file of these tensors, their names changed.
    fn header_as(&self, metadata: &[(&str, &str)], name: impl Fn(&str) -> String) -> Header {
        let mut begin = 0;
        let tensors = self.rows.iter().map(|(theirs, dtype, shape)| {
            let bytes = match dtype {
                Dtype::Float(dtype) => dtype.bytes(),
                Dtype::Integer(bytes) => *bytes,
            };
            let end = begin + (bytes * shape.iter().product::<usize>()) as u64;
            let info = TensorInfo { name: name(theirs), dtype: *dtype, shape: shape.clone(), begin, end };
            begin = end;
            info
        });
        let tensors = tensors.collect();
        let metadata = metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Header { metadata, tensors, data_start: 8 }
    }

    fn header(&self) -> Header {
        self.header_as(&[], str::to_owned)
    }

    /// A file of these tensors, each drawn by its own name.
    fn file(&self) -> Vec<u8> {
        let floats = self.rows.iter().filter(|(_, dtype, _)| matches!(dtype, Dtype::Float(_)));
        let drawn: Vec<(&str, &[usize], Vec<f32>)> =
            floats.map(|(name, _, shape)| (name.as_str(), shape.as_slice(), drawn(name, shape))).collect();
        let tensors: Vec<TensorRef<'_>> =
            drawn.iter().map(|(name, shape, data)| TensorRef { name, shape, data }).collect();
        write_safetensors(&tensors, FloatDtype::F32, &BTreeMap::new()).expect("f32 holds it")
    }
}

fn drawn(name: &str, shape: &[usize]) -> Vec<f32> {
    synthetic::tensor(name, shape, engine::graph::ParamKind::Weight, 1.0)
}

fn find(id: &str) -> Variant {
    Zoo::builtin().find(id).expect("in the zoo")
}

fn scheme_of(description: &Description) -> &'static Scheme {
    description.renaming.as_ref().and_then(|renaming| renaming.scheme).expect("another library's names")
}

#[test]
fn every_list_is_its_networks_parameters_one_to_one() {
    let mut models = BTreeSet::new();
    for list in List::all() {
        let (id, header) = (&list.id, list.header());
        let unnamed = describe(&header, Zoo::builtin(), None).unwrap_or_else(|error| {
            panic!("nothing in SCHEMES of weights/aliases.rs reads {}'s {id}: {error}", list.library)
        });
        // Names do not tell padding and ε.
        let is_both = list.library == "pytorchcv" && id.ends_with("efficientnet_b0");
        let forms = if is_both { vec!["efficientnet_b0", "tf_efficientnet_b0"] } else { vec![id.as_str()] };
        assert_eq!(unnamed.candidates, forms);
        let description = describe(&header, Zoo::builtin(), Some(id)).expect("fits");
        let renaming = description.renaming.clone().expect("other names");
        let scheme = scheme_of(&description);
        assert_eq!(scheme.library, list.library);
        let graph = description.variant.graph().expect("can be built");
        let is_ours = |name: &str| graph.params.iter().any(|param| param.name == name);
        let kept = list.rows.iter().filter(|(name, ..)| is_ours(name)).count();
        assert!(kept <= 2, "{id}: only a classifier may be called alike");
        assert_eq!(renaming.renamed, list.floats() - kept, "{id}");
        let said = format!("names of {}, {} tensors renamed", list.library, renaming.renamed);
        assert_eq!(renaming.to_string(), said);
        models.insert(description.variant.model.id.to_string());

        let (located, unused) = locate(id, &graph, &header).expect("fits");
        assert!(unused.is_empty(), "{id}: {unused:?}");
        for (located, param) in located.iter().zip(&graph.params) {
            assert_eq!(located.elements(), param.elements(), "{id}: {}", param.name);
        }
        // Every number of the file has its place, and no two have one.
        let mut bytes: Vec<_> = located
            .iter()
            .flat_map(|located| located.part(0..located.elements()).map(|piece| piece.bytes))
            .map(|bytes| (bytes.start, bytes.end))
            .collect();
        bytes.sort_unstable();
        assert!(bytes.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{id}: used twice");
        let used: u64 = bytes.iter().map(|(begin, end)| end - begin).sum();
        let floats: u64 = header.floats().map(|info| info.end - info.begin).sum();
        assert_eq!(used, floats, "{id}");
    }
    let known: BTreeSet<String> =
        SCHEMES.iter().flat_map(|scheme| scheme.models).map(|id| (*id).to_owned()).collect();
    assert_eq!(models, known, "every scheme needs a list of each of its models");
}

#[test]
fn a_library_brings_its_conventions_and_the_file_may_state_others() {
    let list = List::of("mobilenetv2_140");
    let description = describe(&list.header(), Zoo::builtin(), None).expect("recognised");
    assert_eq!(description.variant.width, 1.4);
    assert_eq!(description.variant.conventions.padding, Padding::Same);
    assert_eq!(description.variant.conventions.bn_eps, 1e-3);
    assert_eq!(description.preprocess.resize, Resize::ShortSide(256));
    assert_eq!((description.preprocess.mean, description.preprocess.std), ([0.5; 3], [0.5; 3]));

    let stated = [("padding", "symmetric"), ("bn_eps", "1e-05"), ("mean", "0,0,0"), ("crop_pct", "0.9")];
    let stated = list.header_as(&stated, str::to_owned);
    let by_file = describe(&stated, Zoo::builtin(), None).expect("recognised");
    assert_eq!(by_file.variant.conventions, find("mobilenetv2_140").conventions);
    assert_eq!(by_file.preprocess.mean, [0.0; 3]);
    assert_eq!(by_file.preprocess.resize, Resize::CropPct(0.9));

    // A model that is asked for or declared is read by the same scheme.
    let declared = list.header_as(&[("architecture", "mobilenetv2_140")], str::to_owned);
    for (header, model) in [(list.header(), Some("mobilenetv2_140")), (declared, None)] {
        let named = describe(&header, Zoo::builtin(), model).expect("fits");
        assert_eq!(named.variant.conventions, description.variant.conventions);
        assert_eq!(named.renaming, description.renaming);
    }

    // pytorchcv trained FBNet-C with TensorFlow's ε alone, and scales every network's images alike.
    let fbnet = describe(&List::of("fbnetc_100").header(), Zoo::builtin(), None).expect("recognised");
    assert_eq!(
        (fbnet.variant.conventions.bn_eps, fbnet.variant.conventions.padding),
        (1e-3, Padding::Symmetric)
    );
    assert_eq!(fbnet.preprocess.resize, Resize::CropPct(0.875));
    // Of a network that has timm's names and PyTorch's padding here, transformers has Keras' form.
    let lists = List::all().into_iter().filter(|list| list.id == "efficientnet_b1");
    let paddings = lists.map(|list| {
        let read = describe(&list.header(), Zoo::builtin(), None).expect("recognised");
        (list.library, read.variant.conventions.padding)
    });
    let expected = [("torchvision", Padding::Symmetric), ("transformers", Padding::Same)];
    assert_eq!(
        paddings.collect::<BTreeMap<_, _>>(),
        expected.map(|(library, padding)| (library.to_owned(), padding)).into()
    );

    let other = describe(&List::of("mobilevit_s").header(), Zoo::builtin(), None).expect("recognised");
    assert_eq!(other.variant.conventions, find("mobilevit_s").conventions);
    assert_eq!(other.preprocess.resize, Resize::ShortSide(288));
}

#[test]
fn wrappers_are_removed_and_named() {
    for list in [List::of("mobilenetv1_050"), List::of("mobilevit_xxs"), List::of("squeezenet1_1")] {
        for wrapper in ["module.", "model.", "state_dict.", "backbone.", "state_dict.module."] {
            let header = list.header_as(&[], |name| format!("{wrapper}{name}"));
            let description = describe(&header, Zoo::builtin(), None).expect("recognised");
            assert_eq!(description.candidates, std::slice::from_ref(&list.id));
            let renaming = description.renaming.clone().expect("other names");
            assert_eq!((renaming.wrapper.as_str(), renaming.renamed), (wrapper, list.floats()));
            assert_eq!(scheme_of(&description).library, list.library);
        }
    }
    // The network's own names within a wrapper.
    let graph = find("mobilenetv2_035").graph().expect("can be built");
    let wrapped = |prefix: &str| {
        let dtype = Dtype::Float(FloatDtype::F32);
        let rows =
            graph.params.iter().map(|param| (format!("{prefix}{}", param.name), dtype, param.shape.clone()));
        List { library: "timm".to_owned(), id: "mobilenetv2_035".to_owned(), rows: rows.collect() }.header()
    };
    let description = describe(&wrapped("module."), Zoo::builtin(), None).expect("recognised");
    let renaming = description.renaming.expect("a wrapper");
    assert_eq!((renaming.scheme, renaming.renamed), (None, graph.params.len()));
    assert!(renaming.to_string().starts_with("“module.” before every name"), "{renaming}");
    assert_eq!(describe(&wrapped(""), Zoo::builtin(), None).expect("recognised").renaming, None);
    // Any prefix that all names have is one.
    let description = describe(&wrapped("student."), Zoo::builtin(), None).expect("recognised");
    let renaming = description.renaming.expect("a wrapper");
    assert_eq!((renaming.wrapper.as_str(), renaming.renamed), ("student.", graph.params.len()));
}

fn param(graph: &Graph, name: &str) -> ParamId {
    ParamId(graph.params.iter().position(|param| param.name == name).unwrap_or_else(|| panic!("no {name}")))
}

#[test]
fn values_are_bound_and_located_alike() {
    for id in [
        "mobilevit_xxs",
        "mobilevitv2_050",
        "mobilenetv1_025",
        "shufflenet_v2_x0_5",
        "mnasnet_small",
        "peleenet",
    ] {
        let file = List::of(id).file();
        let header = read_header(&file).expect("a header");
        let graph = find(id).graph().expect("can be built");
        let (bound, unused) = Weights::bind(id, &graph, read(&file).expect("a file").tensors).expect("fits");
        assert!(unused.is_empty());
        let (located, _) = locate(id, &graph, &header).expect("fits");
        for (i, located) in located.iter().enumerate() {
            assert_eq!(values(located, &header, &file), bound.get(ParamId(i)), "{}", graph.params[i].name);
        }
    }
    // What the library keeps in another form.
    let file = List::of("mobilevit_xxs").file();
    let graph = find("mobilevit_xxs").graph().expect("can be built");
    let (bound, _) =
        Weights::bind("mobilevit_xxs", &graph, read(&file).expect("a file").tensors).expect("fits");
    let path = "mobilevit.encoder.layer.3.transformer.layer.2.attention.attention";
    let parts = ["query", "key", "value"].map(|part| drawn(&format!("{path}.{part}.weight"), &[80, 80]));
    let joined = bound.get(param(&graph, "stages.3.1.transformer.2.attn.qkv.weight"));
    assert_eq!(joined, parts.concat());
    let stem = drawn("mobilevit.conv_stem.convolution.weight", &[16, 3, 3, 3]);
    let bgr = stem.chunks(27).flat_map(|filter| filter.chunks(9).rev().flatten().copied());
    assert_eq!(bound.get(param(&graph, "stem.conv.weight")), bgr.collect::<Vec<f32>>());

    // Two ways that one library joins in this order and the other in that.
    let file = List::of("peleenet").file();
    let graph = find("peleenet").graph().expect("can be built");
    let (bound, _) = Weights::bind("peleenet", &graph, read(&file).expect("a file").tensors).expect("fits");
    let join = drawn("features.init_block.last_conv.conv.weight", &[32, 64, 1, 1]);
    let exchanged = join.chunks(64).flat_map(|filter| filter[32..].iter().chain(&filter[..32]).copied());
    let ours = param(&graph, "features.stemblock.stem3.conv.weight");
    assert_eq!(bound.get(ours), exchanged.collect::<Vec<f32>>());

    // Any part of what is in several pieces.
    let file = List::of("mobilevit_xxs").file();
    let graph = find("mobilevit_xxs").graph().expect("can be built");
    let header = read_header(&file).expect("a header");
    let (located, _) = locate("mobilevit_xxs", &graph, &header).expect("fits");
    let ParamId(stem) = param(&graph, "stem.conv.weight");
    let whole = values(&located[stem], &header, &file);
    for range in [0..0, 0..1, 5..13, 9..18, 400..432, 0..432] {
        let elements: usize = located[stem]
            .part(range.clone())
            .map(|piece| (piece.bytes.end - piece.bytes.start) as usize / 4)
            .sum();
        assert_eq!(elements, range.len());
        assert_eq!(part(&located[stem], &header, &file, range.clone()), whole[range]);
    }
}

#[test]
fn what_differs_is_told_in_the_files_own_names() {
    let list = List::of("mobilenetv2_100");
    let mut header = list.header_as(&[], |name| match name {
        "mobilenet_v2.layer.3.conv_3x3.convolution.weight" => "mobilenet_v2.layer.3.extra".to_owned(),
        name => name.to_owned(),
    });
    let head = "mobilenet_v2.conv_1x1.convolution.weight";
    let misshaped = header.tensors.iter_mut().find(|info| info.name == head).expect("is there");
    misshaped.shape[0] = 640;
    for model in [None, Some("mobilenetv2_100")] {
        let error = describe(&header, Zoo::builtin(), model).expect_err("does not fit");
        let (NamesError::Unrecognised { mismatch, .. } | NamesError::Mismatch { mismatch, .. }) = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!(mismatch.missing, ["blocks.2.1.conv_dw.weight"]);
        assert_eq!(mismatch.extra, ["mobilenet_v2.layer.3.extra"]);
        assert_eq!(mismatch.misshaped.len(), 1);
        assert_eq!(mismatch.misshaped[0].name, head);
        assert!(error.to_string().contains("mobilenetv2_100"), "{error}");
    }

    // A tensor whose other parts are missing is no parameter, and is not lost from the account.
    let mut header = List::of("mobilevit_xs").header();
    let key = "mobilevit.encoder.layer.2.transformer.layer.0.attention.attention.key.bias";
    header.tensors.retain(|info| info.name != key);
    let Err(NamesError::Unrecognised { nearest, mismatch }) = describe(&header, Zoo::builtin(), None) else {
        panic!("fits")
    };
    assert_eq!(nearest, "mobilevit_xs");
    assert_eq!(mismatch.missing, ["stages.2.1.transformer.0.attn.qkv.bias"]);
    assert_eq!(mismatch.extra, [key.replace("key", "query"), key.replace("key", "value")]);
}

/// Networks that compute something else than ours, or have a tensor more or less, with what they would be taken for; the last
/// would fit if its names did.
#[test]
fn networks_that_are_not_ours_are_refused() {
    let counterparts: BTreeMap<&str, &str> = BTreeMap::from([
        ("mobilenet_w1", "mobilenetv1_100"),
        ("mobilenetv2b_w1", "mobilenetv2_100"),
        ("mobilenetv3_large_w1", "mobilenetv3_large_100"),
        ("mobilenetv3_small_w1", "mobilenetv3_small_100"),
        ("shufflenet_g3_w1", "shufflenetv1_g3_1.0x"),
        ("shufflenetv2_w1", "shufflenet_v2_x1_0"),
        ("shufflenetv2b_w1", "shufflenet_v2_x1_0"),
        ("espnetv2_w1", "espnetv2_1.0"),
        ("ghostnet", "ghostnet_100"),
        ("lcnet", "lcnet_100"),
        ("efficientnet_b1b", "efficientnet_b1"),
    ]);
    let lists = List::folder("aliases_refused");
    assert_eq!(lists.len(), counterparts.len());
    for list in lists {
        let ours = counterparts[list.id.as_str()];
        for model in [None, Some(ours)] {
            let error = describe(&list.header(), Zoo::builtin(), model).expect_err(&list.id);
            let is_misfit = matches!(error, NamesError::Unrecognised { .. } | NamesError::Mismatch { .. });
            assert!(is_misfit, "{}: {error}", list.id);
        }
    }
}

/// What `cargo xtask weights add` writes: our names, and what the library did differently as metadata.
#[test]
fn a_converted_file_tells_the_same_without_the_scheme() {
    for list in List::all() {
        let read = describe(&list.header(), Zoo::builtin(), Some(&list.id)).expect("fits");
        let graph = read.variant.graph().expect("can be built");
        let dtype = Dtype::Float(FloatDtype::F32);
        let rows = graph.params.iter().map(|param| (param.name.clone(), dtype, param.shape.clone()));
        let ours = List { library: String::new(), id: list.id.clone(), rows: rows.collect() };
        let stated = metadata(&read.variant, &read.preprocess, None);
        let stated: Vec<(&str, &str)> = stated.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let again =
            describe(&ours.header_as(&stated, str::to_owned), Zoo::builtin(), None).expect("recognised");
        assert_eq!(again.candidates, read.candidates);
        assert_eq!(again.variant.conventions, read.variant.conventions, "{}", list.id);
        assert_eq!((again.preprocess, again.renaming), (read.preprocess, None), "{}", list.id);
    }
}

/// Recognition compares names at a model's first width before it builds the others.
#[test]
fn names_are_the_same_at_every_width() {
    let names = |variant: Variant| -> BTreeSet<String> {
        let graph = variant.graph().expect("can be built");
        graph.params.into_iter().map(|param| param.name).collect()
    };
    for model in Zoo::builtin().models() {
        let mut widths = model.widths.iter().map(|width| names(Variant::new(model, *width)));
        let first = widths.next().expect("a width");
        assert!(widths.all(|names| names == first), "{}", model.id);
    }
}
