//! Scenes whose classes are known, and files of them.
#![allow(dead_code, reason = "not every test needs all of it")]

use std::io::Write;
use std::path::PathBuf;

use cube::NumberKind;
use flate2::Compression;
use flate2::write::ZlibEncoder;

/// A file of `tests/data`.
pub fn data(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// SplitMix64, so that a seed is a scene.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Of mean 0 and variance 1, nearly normal.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
}

/// A labelled cube: fields of classes, each with a spectrum of its own, in light of a strength that changes over the scene, and
/// noise.
pub struct Labelled {
    pub height: usize,
    pub width: usize,
    pub bands: usize,
    /// Rows, columns and bands, the last fastest; whole numbers from 0 to 65535.
    pub values: Vec<f64>,
    /// Row by row; 0 between the fields.
    pub truth: Vec<u16>,
}

impl Labelled {
    /// A scene of `classes` classes.
    pub fn new(height: usize, width: usize, bands: usize, classes: u16, seed: u64) -> Self {
        let mut random = Random(seed);
        let mut spectra = Vec::new();
        for _ in 0..classes {
            // A few waves over the bands.
            let waves = [1.0, 2.0, 3.5].map(|turns| (turns, random.normal(), random.share()));
            let of_band = |band: usize| {
                let at = band as f64 / bands as f64;
                let wave = |(turns, size, phase): (f64, f64, f64)| {
                    size * ((turns * at + phase) * std::f64::consts::TAU).sin()
                };
                4000.0 + 500.0 * waves.into_iter().map(wave).sum::<f64>()
            };
            spectra.push((0..bands).map(of_band).collect::<Vec<_>>());
        }
        let field = 7;
        let across = width.div_ceil(field);
        let (mut values, mut truth) = (Vec::new(), Vec::new());
        for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
            let class = (row / field * across + column / field) % usize::from(classes);
            let is_between = row % field == 0 || column % field == 0;
            truth.push(if is_between { 0 } else { class as u16 + 1 });
            let light = 1.0 + 0.05 * (row as f64 / height as f64) + 0.01 * random.normal();
            values.extend(
                spectra[class]
                    .iter()
                    .map(|value| (light * value + 20.0 * random.normal()).round().clamp(0.0, 65535.0)),
            );
        }
        Self { height, width, bands, values, truth }
    }

    pub fn shape(&self) -> [usize; 3] {
        [self.height, self.width, self.bands]
    }

    pub fn truth(&self) -> Vec<f64> {
        self.truth.iter().map(|class| f64::from(*class)).collect()
    }
}

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    pub numbers: NumberKind,
    pub is_big_endian: bool,
    /// For `.npy`; MATLAB's are always so.
    pub is_fortran: bool,
    /// Of `.npy`.
    pub version: u8,
    /// For `.mat`.
    pub is_compressed: bool,
}

impl Form {
    pub const PLAIN: Self = Self {
        numbers: NumberKind::U16,
        is_big_endian: false,
        is_fortran: false,
        version: 1,
        is_compressed: false,
    };

    fn number(&self, value: f64) -> Vec<u8> {
        macro_rules! bytes {
            ($number:ident) => {{
                let value = value as $number;
                if self.is_big_endian { value.to_be_bytes().to_vec() } else { value.to_le_bytes().to_vec() }
            }};
        }
        match self.numbers {
            NumberKind::U8 => bytes!(u8),
            NumberKind::I8 => bytes!(i8),
            NumberKind::U16 => bytes!(u16),
            NumberKind::I16 => bytes!(i16),
            NumberKind::U32 => bytes!(u32),
            NumberKind::I32 => bytes!(i32),
            NumberKind::U64 => bytes!(u64),
            NumberKind::I64 => bytes!(i64),
            NumberKind::F32 => bytes!(f32),
            NumberKind::F64 => bytes!(f64),
        }
    }

    fn numbers(&self, values: impl Iterator<Item = f64>) -> Vec<u8> {
        values.flat_map(|value| self.number(value)).collect()
    }

    /// A `.npy` file of values whose last index is the fastest.
    pub fn npy(&self, shape: &[usize], values: &[f64]) -> Vec<u8> {
        let order = if self.is_big_endian { '>' } else { '<' };
        let name = self.numbers.name();
        let descr = format!("{order}{}{}", &name[..1], self.numbers.bytes());
        let fortran = if self.is_fortran { "True" } else { "False" };
        let shape_text = shape.iter().map(|side| format!("{side}, ")).collect::<String>();
        let mut header =
            format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': ({shape_text}), }}");
        let fixed = if self.version == 1 { 10 } else { 12 };
        while (header.len() + fixed + 1) % 64 > 0 {
            header.push(' ');
        }
        header.push('\n');
        let length = header.len() as u32;
        let length = if self.version == 1 {
            (length as u16).to_le_bytes().to_vec()
        } else {
            length.to_le_bytes().to_vec()
        };
        let values = if self.is_fortran { transposed(shape, values) } else { values.to_vec() };
        let parts = [
            b"\x93NUMPY",
            &[self.version, 0][..],
            &length,
            header.as_bytes(),
            &self.numbers(values.into_iter()),
        ];
        parts.concat()
    }

    fn u32(&self, value: u32) -> [u8; 4] {
        if self.is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn element(&self, kind: u32, data: &[u8]) -> Vec<u8> {
        if (1..=4).contains(&data.len()) {
            let mut small = data.to_vec();
            small.resize(4, 0);
            return [self.u32(kind | (data.len() as u32) << 16).to_vec(), small].concat();
        }
        let mut element = [self.u32(kind), self.u32(data.len() as u32)].concat();
        element.extend(data);
        element.resize(element.len().next_multiple_of(8), 0);
        element
    }

    /// A `.mat` file's variable of values whose last index is the fastest.
    pub fn variable(&self, name: &str, shape: &[usize], values: &[f64]) -> Vec<u8> {
        let (class, kind) = match self.numbers {
            NumberKind::I8 => (8, 1),
            NumberKind::U8 => (9, 2),
            NumberKind::I16 => (10, 3),
            NumberKind::U16 => (11, 4),
            NumberKind::I32 => (12, 5),
            NumberKind::U32 => (13, 6),
            NumberKind::F32 => (7, 7),
            NumberKind::F64 => (6, 9),
            NumberKind::I64 => (14, 12),
            NumberKind::U64 => (15, 13),
        };
        let sides: Vec<u8> = shape.iter().flat_map(|side| self.u32(*side as u32)).collect();
        let parts = [
            self.element(6, &[self.u32(class), self.u32(0)].concat()),
            self.element(5, &sides),
            self.element(1, name.as_bytes()),
            self.element(kind, &self.numbers(transposed(shape, values).into_iter())),
        ];
        let matrix = self.element(14, &parts.concat());
        if !self.is_compressed {
            return matrix;
        }
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&matrix).unwrap();
        let data = encoder.finish().unwrap();
        [self.u32(15).to_vec(), self.u32(data.len() as u32).to_vec(), data].concat()
    }

    /// A `.mat` file of variables.
    pub fn mat(&self, variables: &[Vec<u8>]) -> Vec<u8> {
        let mut file = b"MATLAB 5.0 MAT-file, written by a test".to_vec();
        file.resize(124, b' ');
        file.extend(if self.is_big_endian { b"\x01\x00MI" } else { b"\x00\x01IM" });
        file.extend(variables.concat());
        file
    }
}

/// The values with the first index the fastest.
fn transposed(shape: &[usize], values: &[f64]) -> Vec<f64> {
    (0..values.len())
        .map(|mut index| {
            let at = shape.iter().scan((), |(), side| {
                let at = index % side;
                index /= side;
                Some(at)
            });
            let at: Vec<usize> = at.collect();
            let place = shape.iter().zip(at).fold(0, |place, (side, at)| place * side + at);
            values[place]
        })
        .collect()
}
