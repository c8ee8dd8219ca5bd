//! What can go wrong, as page and worker tell each other.

use std::collections::BTreeMap;
use std::fmt;

use cube::CubeError;
use engine::backend::GpuError;
use engine::decode::{DecodeError, DecodeNote};
use engine::golden::GoldenError;
use engine::spec::SpecError;
use engine::weights::manifest::ManifestError;
use engine::weights::{NamesError, WeightsError};
use reader::ReaderError;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// Defines [`Code`] with its names.
macro_rules! codes {
    ($($code:ident = $name:literal;)*) => {
        /// What went wrong, or is to be remarked: stable, for programs and translations. Names are dotted.
        #[allow(missing_docs, reason = "the names say it")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($code,)* }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// Its name in messages, files of results and the interface for scripts.
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)* }
            }
        }
    };
}

codes! {
    Cancelled = "cancelled";
    PageIncomplete = "page.incomplete";
    WorkerNoSimd = "worker.no_simd";
    WorkerLoadFailed = "worker.load_failed";
    WorkerCrashed = "worker.crashed";
    WorkerProtocol = "worker.protocol";
    WorkerReply = "worker.reply";
    Protocol = "protocol";
    BenchHidden = "bench.hidden";
    BoardFull = "board.full";
    BoardFullFile = "board.full_file";
    BenchClock = "bench.clock";
    LinkVersion = "link.version";
    LinkColumns = "link.columns";
    LinkDamaged = "link.damaged";
    LinkWeights = "link.weights";
    LinkNotCopied = "link.not_copied";
    NetworkVersion = "network.version";
    NetworkDamaged = "network.damaged";
    CameraRefused = "camera.refused";
    CameraNone = "camera.none";
    CameraFailed = "camera.failed";
    ResultsUnreadable = "results.unreadable";
    ResultsNotJson = "results.not_json";
    ResultsFormat = "results.format";
    ResultsVersion = "results.version";
    ResultsDamaged = "results.damaged";
    ResultsEmpty = "results.empty";
    ResultsNoTimes = "results.no_times";
    ResultsContradiction = "results.contradiction";
    CopyRefused = "copy.refused";
    PictureRefused = "picture.refused";
    AddressInvalid = "address.invalid";
    AddressUnreachable = "address.unreachable";
    AddressElsewhere = "address.elsewhere";
    SampleUnreachable = "sample.unreachable";
    FileUnreadable = "file.unreadable";
    UnknownImage = "unknown_image";
    DecodersMissing = "decoders_missing";
    DecodeEmpty = "decode.empty";
    DecodeNotAnImage = "decode.not_an_image";
    DecodeUnsupported = "decode.unsupported";
    DecodeTruncated = "decode.truncated";
    DecodeTooLarge = "decode.too_large";
    DecodeCorrupt = "decode.corrupt";
    DecodePixelCount = "decode.pixel_count";
    ReaderMissing = "reader_missing";
    ReaderTruncated = "reader.truncated";
    ReaderMalformed = "reader.malformed";
    ReaderUnsupported = "reader.unsupported";
    ReaderTooLarge = "reader.too_large";
    ReaderDamaged = "reader.damaged";
    ReaderForm = "reader.form";
    ReaderQuantised = "reader.quantised";
    ReaderNoTensors = "reader.no_tensors";
    CubesMissing = "cubes_missing";
    UnknownCube = "unknown_cube";
    CubeNotAnArray = "cube.not_an_array";
    CubeHdf5 = "cube.hdf5";
    CubeTruncated = "cube.truncated";
    CubeMalformed = "cube.malformed";
    CubeNumbers = "cube.numbers";
    CubeNoArray = "cube.no_array";
    CubeTooLarge = "cube.too_large";
    CubeNotFinite = "cube.not_finite";
    CubeLabel = "cube.label";
    CubeComponents = "cube.components";
    CubeRank = "cube.rank";
    CubeEigenvalues = "cube.eigenvalues";
    CubeWindow = "cube.window";
    CubeTruthSize = "cube.truth_size";
    CubeTruthAlone = "cube.truth_alone";
    CubePixel = "cube.pixel";
    NoteFirstFrameOf = "note.first_frame_of";
    NoteOriented = "note.oriented";
    NoteAlphaIgnored = "note.alpha_ignored";
    NoteSixteenBit = "note.sixteen_bit";
    NoteEndMissing = "note.end_missing";
    NoteAlphaLost = "note.alpha_lost";
    NoteNoise = "note.noise";
    CanvasNoise = "canvas_noise";
    WeightsTooShort = "weights.too_short";
    WeightsNotSafetensors = "weights.not_safetensors";
    WeightsHeaderTooLong = "weights.header_too_long";
    WeightsHeaderBeyondFile = "weights.header_beyond_file";
    WeightsHeaderNotJson = "weights.header_not_json";
    WeightsHeaderNotObject = "weights.header_not_object";
    WeightsBadHeaderEntry = "weights.bad_header_entry";
    WeightsDuplicateName = "weights.duplicate_name";
    WeightsUnsupportedDtype = "weights.unsupported_dtype";
    WeightsOutOfBounds = "weights.out_of_bounds";
    WeightsSizeMismatch = "weights.size_mismatch";
    WeightsOverlap = "weights.overlap";
    WeightsNonFinite = "weights.non_finite";
    WeightsTruncated = "weights.truncated";
    WeightsTrailingBytes = "weights.trailing_bytes";
    WeightsReservedName = "weights.reserved_name";
    WeightsShapeTooLarge = "weights.shape_too_large";
    WeightsReversedOffsets = "weights.reversed_offsets";
    WeightsHole = "weights.hole";
    WeightsBeyondRange = "weights.beyond_range";
    WeightsNamesMismatch = "weights.names.mismatch";
    WeightsNamesUnrecognised = "weights.names.unrecognised";
    WeightsNamesUnknownModel = "weights.names.unknown_model";
    WeightsNamesOtherLayers = "weights.names.other_layers";
    WeightsNamesMoreLayers = "weights.names.more_layers";
    WeightsNamesChannels = "weights.names.channels";
    WeightsNamesQuantised = "weights.names.quantised";
    WeightsNamesOtherNetwork = "weights.names.other_network";
    WeightsNamesNoTable = "weights.names.no_table";
    WeightsNamesTableShape = "weights.names.table_shape";
    WeightsNamesTableChannel = "weights.names.table_channel";
    WeightsOneOutput = "weights.one_output";
    WeightsShard = "weights.shard";
    WeightsIndex = "weights.index";
    WeightsUnused = "weights.unused";
    WeightsRenamed = "weights.renamed";
    WeightsConverted = "weights.converted";
    WeightsInferred = "weights.inferred";
    WeightsFolded = "weights.folded";
    WeightsDequantised = "weights.dequantised";
    WeightsKnown = "weights.known";
    WeightsMetadataUnusable = "weights.metadata.unusable";
    WeightsMetadataOfOthers = "weights.metadata.of_others";
    ConfigAlone = "config.alone";
    NamesAlone = "names.alone";
    NamesUnreadable = "names.unreadable";
    NamesCount = "names.count";
    WeightsMetadataAccuracy = "weights.metadata.accuracy";
    DownloadUnreachable = "download.unreachable";
    DownloadStatus = "download.status";
    DownloadTruncated = "download.truncated";
    DownloadHashMismatch = "download.hash_mismatch";
    DownloadNotKept = "download.not_kept";
    DownloadNotKeptNoCache = "download.not_kept.no_cache";
    DownloadNotKeptNoRoom = "download.not_kept.no_room";
    UnknownCheckpoint = "unknown_checkpoint";
    UnknownModel = "unknown_model";
    ManifestMissing = "manifest.missing";
    ManifestTooLong = "manifest.too_long";
    ManifestNotJson = "manifest.not_json";
    ManifestMalformed = "manifest.malformed";
    ManifestUnsupportedVersion = "manifest.unsupported_version";
    ManifestTooManyCheckpoints = "manifest.too_many_checkpoints";
    ManifestUnknownModel = "manifest.unknown_model";
    ManifestEntry = "manifest.entry";
    UnknownStage = "unknown_stage";
    UnknownClass = "unknown_class";
    NoClassMap = "model.no_class_map";
    NoLinearHead = "model.no_linear_head";
    ModelMismatch = "model_mismatch";
    ModelChannels = "model.channels";
    ModelNoClasses = "model.no_classes";
    ModelTooLarge = "model.too_large";
    NoNumbers = "no_numbers";
    RandomWeights = "random_weights";
    Int8Module = "int8.module";
    Int8Samples = "int8.samples";
    Int8Channels = "int8.channels";
    Int8Golden = "int8.golden";
    ProfileNoClock = "profile.no_clock";
    ProfileClock = "profile.clock";
    GoldenMalformed = "golden.malformed";
    GoldenUnknownModel = "golden.unknown_model";
    GoldenFramework = "golden.framework";
    GoldenSpec = "golden.spec";
    GoldenNames = "golden.names";
    GoldenChecksum = "golden.checksum";
    GoldenInput = "golden.input";
    GoldenUnreachable = "golden.unreachable";
    GoldenGpu = "golden.gpu";
    GpuNoAdapter = "gpu.no_adapter";
    GpuSilent = "gpu.silent";
    GpuNoDevice = "gpu.no_device";
    GpuLost = "gpu.lost";
    GpuUnreliable = "gpu.unreliable";
    GpuOutOfMemory = "gpu.out_of_memory";
    GpuLimit = "gpu.limit";
    GpuUnsupported = "gpu.unsupported";
    GpuNoHalf = "gpu.no_half";
    GpuRefused = "gpu.refused";
    SpecResolution = "spec.resolution";
    SpecTooSmall = "spec.too_small";
    SpecUnfit = "spec.unfit";
    SpecRow = "spec.row";
    SpecSize = "spec.size";
    SpecWidth = "spec.width";
    SpecClasses = "spec.classes";
    InferInput = "infer.input";
    ApiArgument = "api.argument";
    Unknown = "unknown";
}

impl Code {
    /// The one of this name; [`Code::Unknown`] for one that only another version knows.
    pub fn named(name: &str) -> Self {
        Self::ALL.iter().copied().find(|code| code.name() == name).unwrap_or(Self::Unknown)
    }

    /// Whether a GPU cannot do what the CPU can.
    pub fn is_of_gpu(self) -> bool {
        matches!(
            self,
            Self::GpuNoAdapter
                | Self::GpuSilent
                | Self::GpuNoDevice
                | Self::GpuLost
                | Self::GpuUnreliable
                | Self::GpuOutOfMemory
                | Self::GpuLimit
                | Self::GpuUnsupported
                | Self::GpuNoHalf
                | Self::GpuRefused
        )
    }

    /// Whether it says that a download could not be kept.
    pub fn is_not_kept(self) -> bool {
        matches!(self, Self::DownloadNotKept | Self::DownloadNotKeptNoCache | Self::DownloadNotKeptNoRoom)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::named(&String::deserialize(deserializer)?))
    }
}

/// An error or remark of the engine's, of which every variant has a code.
pub trait Coded: fmt::Display + Serialize {
    /// The code of each variant with the names of its fields, which are the values of the problem; `None` where another
    /// type has them.
    const VARIANTS: &[(Code, Option<&'static [&'static str]>)];

    /// The variant's code.
    fn code(&self) -> Code;
}

/// Gives every variant of an error its code, and all of its fields: a variant or a field that is forgotten does not compile.
macro_rules! coded {
    (@fields { $($field:ident),* }) => { Some(&[$(stringify!($field)),*]) };
    (@fields (_)) => { None };
    (@fields) => { Some(&[]) };
    (@pattern $variant:ident { $($field:ident),* }) => { Self::$variant { $($field: _),* } };
    (@pattern $variant:ident (_)) => { Self::$variant(_) };
    (@pattern $variant:ident) => { Self::$variant };
    ($error:ident: $($variant:ident $({ $($field:ident),* })? $(($inner:tt))? => $code:ident;)*) => {
        impl Coded for $error {
            const VARIANTS: &[(Code, Option<&'static [&'static str]>)] = &[$(
                (Code::$code, coded!(@fields $({ $($field),* })? $(($inner))?)),
            )*];

            fn code(&self) -> Code {
                match self {
                    $(coded!(@pattern $variant $({ $($field),* })? $(($inner))?) => Code::$code,)*
                }
            }
        }
    };
}

coded! { DecodeError:
    Empty => DecodeEmpty;
    NotAnImage { first_bytes } => DecodeNotAnImage;
    Unsupported { kind } => DecodeUnsupported;
    Truncated { kind, bytes } => DecodeTruncated;
    TooLarge { width, height, limit } => DecodeTooLarge;
    Corrupt { kind, reason } => DecodeCorrupt;
    PixelCount { width, height, bytes } => DecodePixelCount;
}

coded! { DecodeNote:
    FirstFrameOf { frames } => NoteFirstFrameOf;
    Oriented { exif } => NoteOriented;
    AlphaIgnored => NoteAlphaIgnored;
    SixteenBit => NoteSixteenBit;
    EndMissing => NoteEndMissing;
}

coded! { ReaderError:
    Truncated { what, expected, found } => ReaderTruncated;
    Malformed { reason } => ReaderMalformed;
    Unsupported { reason } => ReaderUnsupported;
    TooLarge { what, limit } => ReaderTooLarge;
    Damaged { format, reason } => ReaderDamaged;
    Form { format, reason } => ReaderForm;
    Quantised { tensor } => ReaderQuantised;
    NoTensors { found } => ReaderNoTensors;
}

coded! { CubeError:
    NotAnArray { first_bytes } => CubeNotAnArray;
    Hdf5 => CubeHdf5;
    Truncated { format, expected, found } => CubeTruncated;
    Malformed { format, reason } => CubeMalformed;
    Numbers { format, numbers } => CubeNumbers;
    NoArray { format, found } => CubeNoArray;
    TooLarge { shape, limit } => CubeTooLarge;
    NotFinite { value, row, column, band } => CubeNotFinite;
    Label { value, row, column } => CubeLabel;
    Components { asked, bands, pixels, most } => CubeComponents;
    Rank { asked, rank } => CubeRank;
    Eigenvalues { bands, largest } => CubeEigenvalues;
    Window { height, width, most } => CubeWindow;
}

coded! { WeightsError:
    TooShort { len } => WeightsTooShort;
    NotSafetensors { kind } => WeightsNotSafetensors;
    HeaderTooLong { len, limit } => WeightsHeaderTooLong;
    HeaderBeyondFile { len, available } => WeightsHeaderBeyondFile;
    HeaderNotJson { line, column, message } => WeightsHeaderNotJson;
    HeaderNotObject { message } => WeightsHeaderNotObject;
    BadHeaderEntry { name, message } => WeightsBadHeaderEntry;
    DuplicateName { name } => WeightsDuplicateName;
    ReservedName { name } => WeightsReservedName;
    UnsupportedDtype { name, dtype } => WeightsUnsupportedDtype;
    ShapeTooLarge { name, shape } => WeightsShapeTooLarge;
    ReversedOffsets { name, begin, end } => WeightsReversedOffsets;
    OutOfBounds { name, end, available } => WeightsOutOfBounds;
    SizeMismatch { name, shape, expected, got } => WeightsSizeMismatch;
    Overlap { first, second } => WeightsOverlap;
    Hole { name, bytes } => WeightsHole;
    NonFinite { name, index, value } => WeightsNonFinite;
    Truncated { expected, got } => WeightsTruncated;
    TrailingBytes { expected, got } => WeightsTrailingBytes;
    BeyondRange { name, index, value, dtype } => WeightsBeyondRange;
}

coded! { NamesError:
    UnknownModel(_) => WeightsNamesUnknownModel;
    Mismatch { model, mismatch } => WeightsNamesMismatch;
    OtherNetwork { model, found } => WeightsNamesOtherNetwork;
    OtherLayers { nearest, same, count, found, expected } => WeightsNamesOtherLayers;
    MoreLayers { model, tensor, count } => WeightsNamesMoreLayers;
    Channels { model, tensor, found, expected } => WeightsNamesChannels;
    Quantised { tensor } => WeightsNamesQuantised;
    NoTable { model, tensor } => WeightsNamesNoTable;
    TableShape { tensor, found, expected } => WeightsNamesTableShape;
    TableChannel { tensor, position, value, channels } => WeightsNamesTableChannel;
    Unrecognised { nearest, mismatch } => WeightsNamesUnrecognised;
}

coded! { ManifestError:
    TooLong { bytes, limit } => ManifestTooLong;
    NotJson { line, column, message } => ManifestNotJson;
    Malformed { line, column, message } => ManifestMalformed;
    UnsupportedVersion { found, supported } => ManifestUnsupportedVersion;
    TooManyCheckpoints { count, limit } => ManifestTooManyCheckpoints;
}

coded! { SpecError:
    Resolution { height, width } => SpecResolution;
    Width { width } => SpecWidth;
    TooSmall { height, width, module, problem, least } => SpecTooSmall;
    Unfit { height, width, module, problem, nearest } => SpecUnfit;
    Classes { classes } => SpecClasses;
    Row { row, module, problem } => SpecRow;
    Size { nodes } => SpecSize;
}

coded! { GoldenError:
    Malformed { reason } => GoldenMalformed;
    UnknownModel(_) => GoldenUnknownModel;
    Framework { id, framework, model, ours } => GoldenFramework;
    Spec(_) => GoldenSpec;
    Names(_) => GoldenNames;
    Checksum { id, expected, found } => GoldenChecksum;
    Input { id, input } => GoldenInput;
    Gpu(_) => GoldenGpu;
}

coded! { GpuError:
    NoAdapter { reason } => GpuNoAdapter;
    NoDevice { reason } => GpuNoDevice;
    Lost { reason } => GpuLost;
    OutOfMemory { bytes } => GpuOutOfMemory;
    Limit { what, needed, limit } => GpuLimit;
    Unsupported { node, reason } => GpuUnsupported;
    NoHalf => GpuNoHalf;
    Refused { reason } => GpuRefused;
}

/// Something that went wrong, or a remark: a code with its values, and the English sentence. The page translates by code
/// and falls back to the sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// For programs and translations.
    pub code: Code,
    /// What, why and what next, in English.
    pub message: String,
    /// The values in the sentence, by name.
    pub values: BTreeMap<String, String>,
}

impl Problem {
    /// A problem with its code and English sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), values: BTreeMap::new() }
    }

    /// Adds a value of the sentence.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.values.insert(name.to_owned(), value.to_string());
        self
    }

    /// The problem of an engine's error: its variant's fields become the values.
    pub fn of(error: &impl Coded) -> Self {
        // Serde writes a variant with fields as an object of one entry, the fields.
        let fields = match serde_json::to_value(error) {
            Ok(Value::Object(variant)) => variant.into_values().next().unwrap_or_default(),
            _ => Value::Null,
        };
        Self::new(error.code(), error.to_string()).with_values(fields)
    }

    /// The problem of an error without variants, whose fields become the values.
    pub fn of_plain(code: Code, error: &(impl fmt::Display + Serialize)) -> Self {
        Self::new(code, error.to_string()).with_values(serde_json::to_value(error).unwrap_or_default())
    }

    /// Whether the visitor has stopped what this is about.
    pub fn is_cancelled(&self) -> bool {
        self.code == Code::Cancelled
    }

    fn with_values(mut self, fields: Value) -> Self {
        if let Value::Object(fields) = fields {
            self.values.extend(fields.into_iter().map(|(name, value)| (name, text(&value))));
        }
        self
    }
}

/// A value as a sentence has it: texts without quotation marks, alone or in a list. (JSON's own writer would add its tables of
/// floats to the worker.)
fn text(value: &Value) -> String {
    let all = |values: &[Value]| values.iter().map(text).collect::<Vec<_>>();
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), ..) => number.to_string(),
            (_, Some(number), _) => number.to_string(),
            (.., number) => number.unwrap_or(f64::NAN).to_string(),
        },
        Value::String(text) => text.clone(),
        Value::Array(values) if values.iter().all(Value::is_string) => all(values).join(", "),
        Value::Array(values) => format!("[{}]", all(values).join(",")),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| format!("{name}: {}", text(value));
            fields.iter().map(field).collect::<Vec<_>>().join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use engine::zoo;

    use super::*;

    fn values(problem: &Problem) -> Vec<(&str, &str)> {
        problem.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    #[test]
    fn codes_are_told_by_their_names() {
        for (position, code) in Code::ALL.iter().enumerate() {
            assert_eq!(
                Code::ALL.iter().position(|other| other.name() == code.name()),
                Some(position),
                "{code}"
            );
            let json = serde_json::to_string(code).unwrap();
            assert_eq!(serde_json::from_str::<Code>(&json).unwrap(), *code);
        }
        assert_eq!(serde_json::from_str::<Code>("\"of.another_version\"").unwrap(), Code::Unknown);
    }

    #[test]
    fn the_fields_of_errors_are_the_values_of_problems() {
        let empty = Problem::of(&DecodeError::Empty);
        assert_eq!((empty.code, values(&empty)), (Code::DecodeEmpty, vec![]));
        let large = Problem::of(&DecodeError::TooLarge { width: 7, height: 8, limit: 9 });
        assert_eq!(large.code, Code::DecodeTooLarge);
        assert_eq!(values(&large), [("height", "8"), ("limit", "9"), ("width", "7")]);
        let misfit = Problem::of(&WeightsError::SizeMismatch {
            name: "stem".to_owned(),
            shape: vec![16, 3],
            expected: 192,
            got: 4,
        });
        let values_of_misfit = [("expected", "192"), ("got", "4"), ("name", "stem"), ("shape", "[16,3]")];
        assert_eq!(values(&misfit), values_of_misfit);
        let narrow = Problem::of(&SpecError::Width { width: 0.01 });
        assert_eq!(values(&narrow), [("width", "0.01")]);
        let unknown =
            zoo::UnknownModel { id: "v9".to_owned(), nearest: vec!["v1".to_owned(), "v2".to_owned()] };
        let plain = Problem::of_plain(Code::UnknownModel, &unknown);
        assert_eq!(
            (plain.code, values(&plain)),
            (Code::UnknownModel, vec![("id", "v9"), ("nearest", "v1, v2")])
        );
        let within = Problem::of(&GoldenError::UnknownModel(unknown));
        assert_eq!((within.code, values(&within)), (Code::GoldenUnknownModel, values(&plain)));
    }
}
