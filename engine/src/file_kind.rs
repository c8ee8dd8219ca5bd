//! What kind of file some bytes are, and what to do with one that is of no use here: the one place where files are judged, by
//! their content; a name only tells apart what begins alike.

use serde::{Deserialize, Serialize};

/// The kinds of file that people drop on the page, as far as they can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// JPEG (JFIF, Exif or Adobe).
    Jpeg,
    /// PNG or animated PNG.
    Png,
    /// WebP: lossy, lossless or animated.
    WebP,
    /// GIF87a or GIF89a.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// AV1 image file.
    Avif,
    /// HEVC image file, the camera format of iPhones.
    Heic,
    /// JPEG XL, bare codestream or container.
    JpegXl,
    /// TIFF; most raw formats of cameras are TIFF files too.
    Tiff,
    /// Scalable vector graphics.
    Svg,
    /// Portable document format.
    Pdf,
    /// MP4, QuickTime or WebM.
    Video,
    /// A ZIP archive or another.
    Zip,
    /// PyTorch's `.pth`, `.pt` and `.bin` since 2020, which are ZIP archives.
    Pytorch,
    /// A Python pickle: PyTorch's older files.
    Pickle,
    /// An ONNX model.
    Onnx,
    /// A TensorFlow Lite model.
    Tflite,
    /// TensorFlow's graphs, `.pb`.
    Tensorflow,
    /// Keras' `.h5` and `.keras`.
    Keras,
    /// NumPy's arrays, several in an archive.
    Numpy,
    /// A single array of NumPy's, `.npy`.
    Npy,
    /// MATLAB's variables, `.mat` since version 5.
    Matlab,
    /// llama.cpp's weights.
    Gguf,
    /// What Git LFS leaves in a clone in place of a large file.
    GitLfs,
    /// Text, such as a list of class names, or a server's error message.
    Text,
    /// A checkpoint in safetensors form.
    Safetensors,
    /// A web page, typically an error page saved under the name of an image.
    Html,
    /// No bytes at all.
    Empty,
    /// None of these.
    Unknown,
}

impl FileKind {
    /// All of them.
    pub const ALL: [Self; 29] = [
        Self::Jpeg,
        Self::Png,
        Self::WebP,
        Self::Gif,
        Self::Bmp,
        Self::Avif,
        Self::Heic,
        Self::JpegXl,
        Self::Tiff,
        Self::Svg,
        Self::Pdf,
        Self::Video,
        Self::Zip,
        Self::Pytorch,
        Self::Pickle,
        Self::Onnx,
        Self::Tflite,
        Self::Tensorflow,
        Self::Keras,
        Self::Numpy,
        Self::Npy,
        Self::Matlab,
        Self::Gguf,
        Self::GitLfs,
        Self::Text,
        Self::Safetensors,
        Self::Html,
        Self::Empty,
        Self::Unknown,
    ];

    /// The name that people know the format by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::Avif => "AVIF",
            Self::Heic => "HEIC",
            Self::JpegXl => "JPEG XL",
            Self::Tiff => "TIFF",
            Self::Svg => "SVG",
            Self::Pdf => "PDF",
            Self::Video => "video",
            Self::Zip => "ZIP",
            Self::Pytorch => "PyTorch",
            Self::Pickle => "pickle",
            Self::Onnx => "ONNX",
            Self::Tflite => "TensorFlow Lite",
            Self::Tensorflow => "TensorFlow",
            Self::Keras => "Keras",
            Self::Numpy => "NumPy",
            Self::Npy => "NumPy array",
            Self::Matlab => "MATLAB",
            Self::Gguf => "GGUF",
            Self::GitLfs => "Git LFS",
            Self::Text => "text",
            Self::Safetensors => "safetensors",
            Self::Html => "HTML",
            Self::Empty => "empty",
            Self::Unknown => "unknown",
        }
    }

    /// Whether a browser may be able to decode the format although [`decode`](crate::decode::decode) is not: its
    /// pixels come back through [`from_rgba`](crate::decode::from_rgba).
    pub fn browser_may_decode(self) -> bool {
        matches!(self, Self::Avif | Self::Heic | Self::JpegXl | Self::Tiff)
    }

    /// Whether it is weights that another program reads.
    pub fn is_foreign_weights(self) -> bool {
        matches!(
            self,
            Self::Pytorch
                | Self::Pickle
                | Self::Onnx
                | Self::Tflite
                | Self::Tensorflow
                | Self::Keras
                | Self::Numpy
                | Self::Gguf
        )
    }

    /// Whether it is weights of which safetensors can be made (`app/reader`).
    pub fn is_converted(self) -> bool {
        matches!(self, Self::Pytorch | Self::Pickle | Self::Onnx | Self::Tflite | Self::Keras)
    }

    /// Whether it is an array, which may be a hyperspectral cube.
    pub fn is_array(self) -> bool {
        matches!(self, Self::Npy | Self::Matlab)
    }

    /// What a file of this kind is, and what to do with it where it is of no use here.
    pub fn next_step(self) -> &'static str {
        match self {
            Self::Heic => {
                "This is a HEIC photo, even if its name ends in .jpg, and this browser does not support them. Save the photo as JPEG or PNG; an iPhone does so by itself under Settings > Camera > Formats > Most Compatible."
            }
            Self::Avif => {
                "AVIF images are not supported by this browser. Update it, or save the image as JPEG or PNG."
            }
            Self::JpegXl => {
                "JPEG XL images are not supported by this browser. Save the image as JPEG or PNG."
            }
            Self::Tiff => {
                "TIFF images and camera raw files are not supported by this browser. Export the image as JPEG or PNG."
            }
            Self::Svg => {
                "This is an SVG drawing, which has no pixels of its own. Export it as PNG, at least 256 pixels wide."
            }
            Self::Pdf => {
                "This is a PDF document. Save the picture in it, or a screenshot of the page, as PNG or JPEG."
            }
            Self::Video => {
                "This is a video. Pause it at the moment you want and save that picture as PNG or JPEG."
            }
            Self::Zip => "This is an archive. Unpack it and choose the images or weights inside.",
            Self::Pytorch => {
                "This is a PyTorch checkpoint. Drop the file on the page, which reads it, or convert it in Python: import torch, safetensors.torch as st; d = torch.load(\"FILE\", weights_only=True); st.save_file(d.get(\"state_dict\", d), \"model.safetensors\")"
            }
            Self::Pickle => {
                "This is a Python pickle, as older PyTorch checkpoints are. Drop the file on the page, which reads it without running what is in it, or convert it in Python: import torch, safetensors.torch as st; d = torch.load(\"FILE\", weights_only=True); st.save_file(d.get(\"state_dict\", d), \"model.safetensors\")"
            }
            Self::Onnx => {
                "This is an ONNX model. Drop the file on the page, which reads its weights by the order of the layers, or take the PyTorch checkpoint that it was exported from, as safetensors."
            }
            Self::Tflite => {
                "This is a TensorFlow Lite model. Drop the file on the page, which reads its weights by the order of the layers, or take the network's PyTorch checkpoint as safetensors."
            }
            Self::Tensorflow => {
                "This is a TensorFlow graph. Take the network's PyTorch checkpoint as safetensors."
            }
            Self::Keras => {
                "These are weights of Keras. Drop the file on the page, which reads them by the order of the layers, or take the network's PyTorch checkpoint as safetensors."
            }
            Self::Numpy => {
                "These are NumPy arrays. Convert them in Python: import numpy, safetensors.numpy as st; st.save_file(dict(numpy.load(\"FILE\")), \"model.safetensors\")"
            }
            Self::Npy | Self::Matlab => {
                "This is an array of numbers, not an image. Drop it on the page to open it as a hyperspectral cube or the classes of one; as weights, tensors are stored as safetensors."
            }
            Self::Gguf => {
                "This is a GGUF file, as language models have. Take a vision network's safetensors."
            }
            Self::GitLfs => {
                "This is a Git LFS pointer, the note that stands in for a large file. Run `git lfs pull` in the clone, or download the file from the repository's page."
            }
            Self::Text => {
                "This is a text file. A list of class names is dropped as labels.txt, a name a line, with the weights that it is of; a server's error message can be read in an editor."
            }
            Self::Safetensors => {
                "This is a safetensors checkpoint, not an image. Load it as the weights of a network."
            }
            Self::Html => {
                "This is a web page. Open it in a browser, see what it says, save the file itself, and choose that."
            }
            Self::Jpeg | Self::Png | Self::WebP | Self::Gif | Self::Bmp | Self::Empty | Self::Unknown => {
                "This kind of file is not supported. Choose a JPEG, PNG, WebP, GIF or BMP file."
            }
        }
    }
}

/// The same with the file's name, which tells apart what begins alike.
pub fn sniff_named(bytes: &[u8], name: &str) -> FileKind {
    let kind = sniff(bytes);
    let name = name.to_ascii_lowercase();
    let is = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    match kind {
        FileKind::Zip if is(&[".pth", ".pt", ".bin", ".ckpt"]) => FileKind::Pytorch,
        FileKind::Zip if is(&[".keras"]) => FileKind::Keras,
        FileKind::Zip if is(&[".npz"]) => FileKind::Numpy,
        FileKind::Unknown if is(&[".onnx"]) => FileKind::Onnx,
        FileKind::Unknown if is(&[".pb"]) => FileKind::Tensorflow,
        FileKind::Unknown if is(&[".safetensors"]) => FileKind::Safetensors,
        kind => kind,
    }
}

/// Tells the kind of a file from its first bytes. Reads at most 64 KiB, allocates nothing.
pub fn sniff(bytes: &[u8]) -> FileKind {
    if bytes.is_empty() {
        return FileKind::Empty;
    }
    SIGNATURES
        .iter()
        .find(|(_, parts)| parts.iter().all(|&(at, magic)| has(bytes, at, magic)))
        .map(|&(kind, _)| kind)
        .or_else(|| sniff_iso_media(bytes))
        .or_else(|| sniff_bmp(bytes))
        .or_else(|| sniff_safetensors(bytes))
        .or_else(|| sniff_weights(bytes))
        .or_else(|| sniff_text(bytes))
        .or_else(|| is_text(bytes).then_some(FileKind::Text))
        .unwrap_or(FileKind::Unknown)
}

/// A byte string and the place where it must stand.
type Magic = (usize, &'static [u8]);

/// Formats with an unmistakable signature.
#[rustfmt::skip]
const SIGNATURES: &[(FileKind, &[Magic])] = &[
    (FileKind::Jpeg,   &[(0, b"\xFF\xD8\xFF")]),
    (FileKind::Png,    &[(0, b"\x89PNG\r\n\x1A\n")]),
    (FileKind::WebP,   &[(0, b"RIFF"), (8, b"WEBP")]),
    (FileKind::Gif,    &[(0, b"GIF87a")]),
    (FileKind::Gif,    &[(0, b"GIF89a")]),
    (FileKind::JpegXl, &[(0, b"\xFF\x0A")]),
    (FileKind::JpegXl, &[(0, b"\0\0\0\x0CJXL \r\n\x87\n")]),
    (FileKind::Tiff,   &[(0, b"II*\0")]),
    (FileKind::Tiff,   &[(0, b"MM\0*")]),
    (FileKind::Tiff,   &[(0, b"II+\0")]), // BigTIFF
    (FileKind::Tiff,   &[(0, b"MM\0+")]),
    (FileKind::Pdf,    &[(0, b"%PDF-")]),
    (FileKind::Zip,    &[(0, b"PK\x05\x06")]), // an empty one
    (FileKind::Zip,    &[(0, b"\x1F\x8B")]), // gzip
    (FileKind::Zip,    &[(0, b"7z\xBC\xAF\x27\x1C")]),
    (FileKind::Zip,    &[(0, b"Rar!\x1A\x07")]),
    (FileKind::Zip,    &[(257, b"ustar")]), // tar
    (FileKind::Keras,  &[(0, b"\x89HDF\r\n\x1A\n")]),
    (FileKind::Tflite, &[(4, b"TFL3")]),
    (FileKind::Npy,    &[(0, b"\x93NUMPY")]),
    // The version and the order of bytes behind a text: 5, and 7.3, which is HDF5.
    (FileKind::Matlab, &[(0, b"MATLAB "), (124, b"\0\x01IM")]),
    (FileKind::Matlab, &[(0, b"MATLAB "), (124, b"\x01\0MI")]),
    (FileKind::Matlab, &[(0, b"MATLAB "), (124, b"\0\x02IM")]),
    (FileKind::Gguf,   &[(0, b"GGUF")]),
    (FileKind::Video,  &[(0, b"\x1A\x45\xDF\xA3")]), // Matroska, of which WebM is a part
];

fn has(bytes: &[u8], at: usize, magic: &[u8]) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(magic))
}

/// AVIF, HEIC and MP4 share one container; its `ftyp` box lists the brands (ISO/IEC 14496-12, 4.3).
fn sniff_iso_media(bytes: &[u8]) -> Option<FileKind> {
    if !has(bytes, 4, b"ftyp") {
        return None;
    }
    let length = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
    let end = bytes.len().min(length.clamp(12, 256));
    let brands = || bytes.get(8..end).unwrap_or_default().chunks_exact(4);
    let any = |wanted: &[&[u8]]| brands().any(|brand| wanted.contains(&brand));
    // AVIF files carry HEIF's structural brand `mif1` too, so AVIF is asked first.
    Some(if any(&[b"avif", b"avis"]) {
        FileKind::Avif
    } else if any(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        FileKind::Heic
    } else {
        FileKind::Video
    })
}

/// "BM" alone begins many texts; the size of the second header has few legal values.
fn sniff_bmp(bytes: &[u8]) -> Option<FileKind> {
    let header_bytes = u32::from_le_bytes(*bytes.get(14..)?.first_chunk()?);
    let known = matches!(header_bytes, 12 | 16..=64 | 108 | 124);
    (has(bytes, 0, b"BM") && known).then_some(FileKind::Bmp)
}

/// A safetensors file is the length of a JSON object (u64, at most 100 MB by its specification), then that
/// object.
fn sniff_safetensors(bytes: &[u8]) -> Option<FileKind> {
    let header_bytes = u64::from_le_bytes(*bytes.first_chunk()?);
    (has(bytes, 8, b"{") && (2..=100_000_000).contains(&header_bytes)).then_some(FileKind::Safetensors)
}

/// ZIP archives by what is in them, pickles, and protocol buffers, which have no signature.
fn sniff_weights(bytes: &[u8]) -> Option<FileKind> {
    if has(bytes, 0, b"PK\x03\x04") {
        let start = &bytes[..bytes.len().min(4096)];
        let contains = |name: &[u8]| start.windows(name.len()).any(|window| window == name);
        // The length of the first file's name, and the name.
        let name =
            bytes.get(26).and_then(|length| bytes.get(30..30 + usize::from(*length))).unwrap_or_default();
        return Some(if contains(b"/data.pkl") {
            FileKind::Pytorch
        } else if name.ends_with(b".npy") {
            FileKind::Numpy
        } else if contains(b"model.weights.h5") || name == b"metadata.json" {
            FileKind::Keras
        } else {
            FileKind::Zip
        });
    }
    match bytes {
        [0x80, 2..=5, ..] => Some(FileKind::Pickle),
        // The version of its form, then who wrote it or the graph.
        [0x08, 1..=20, 0x12 | 0x1A | 0x3A, ..] => Some(FileKind::Onnx),
        _ if has(bytes, 0, b"version https://git-lfs") || bytes == b"version " => Some(FileKind::GitLfs),
        _ => None,
    }
}

/// Whether the bytes are letters and blanks of some language in UTF-8.
fn is_text(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(512)];
    let valid = match str::from_utf8(start) {
        Ok(text) => text,
        // A letter may be cut in two.
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !valid.is_empty() && valid.chars().all(|letter| !letter.is_control() || letter.is_ascii_whitespace())
}

/// How far comments and declarations are skipped in search of the root element, bytes.
const TEXT_WINDOW: usize = 64 * 1024;

/// Skips byte order mark, XML declaration and comments, then looks at the document type or root element.
fn sniff_text(bytes: &[u8]) -> Option<FileKind> {
    let mut rest = &bytes[..bytes.len().min(TEXT_WINDOW)];
    rest = rest.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(rest);
    loop {
        rest = rest.trim_ascii_start();
        let end: &[u8] = match rest {
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            _ => break,
        };
        let at = rest.windows(end.len()).position(|window| window == end)?;
        rest = &rest[at + end.len()..];
    }
    let starts =
        |prefix: &[u8]| rest.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    if starts(b"<svg") || starts(b"<!doctype svg") {
        return Some(FileKind::Svg);
    }
    let html: [&[u8]; 4] = [b"<!doctype html", b"<html", b"<head", b"<body"];
    html.into_iter().any(starts).then_some(FileKind::Html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_content() {
        let check = |bytes: &[u8], kind| assert_eq!(sniff(bytes), kind, "{}", bytes.escape_ascii());
        check(b"", FileKind::Empty);
        check(b"\xFF\xD8\xFF\xE0", FileKind::Jpeg);
        check(b"\x89PNG\r\n\x1A\n", FileKind::Png);
        check(b"RIFF\x24\0\0\0WEBPVP8 ", FileKind::WebP);
        check(b"RIFF\x24\0\0\0WAVEfmt ", FileKind::Unknown);
        check(b"GIF89a", FileKind::Gif);
        check(b"GIF88a", FileKind::Text);
        check(b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", FileKind::Bmp);
        check(b"BMW makes cars, and they are dear.", FileKind::Text);
        check(b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miafMA1B", FileKind::Avif);
        check(b"\0\0\0\x1Cftypmif1\0\0\0\0mif1avifmiaf", FileKind::Avif);
        check(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", FileKind::Heic);
        check(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", FileKind::Video);
        check(b"\xFF\x0A\xFA\x7F", FileKind::JpegXl);
        check(b"\0\0\0\x0CJXL \r\n\x87\n", FileKind::JpegXl);
        check(b"II*\0\x08\0\0\0", FileKind::Tiff);
        check(b"MM\0*\0\0\0\x08", FileKind::Tiff);
        check(b"%PDF-1.7", FileKind::Pdf);
        check(b"PK\x03\x04\x14\0", FileKind::Zip);
        check(b"\x10\0\0\0\0\0\0\0{\"a\":1}       ", FileKind::Safetensors);
        check(b"{\"a\": 1}", FileKind::Text);
        check(b"PK\x05\x06", FileKind::Zip);
        check(b"\x1F\x8B\x08", FileKind::Zip);
        check(&zip("word/document.xml"), FileKind::Zip);
        check(&zip("archive/data.pkl"), FileKind::Pytorch);
        check(&zip("weight.npy"), FileKind::Numpy);
        check(&zip("metadata.json"), FileKind::Keras);
        check(b"\x80\x02\x8A\x0A", FileKind::Pickle);
        // A safetensors header of 640 bytes begins as a pickle does.
        check(b"\x80\x02\0\0\0\0\0\0{\"a\":", FileKind::Safetensors);
        check(b"\x08\x08\x12\x07pytorch", FileKind::Onnx);
        check(b"\x1C\0\0\0TFL3", FileKind::Tflite);
        check(b"\x89HDF\r\n\x1A\n", FileKind::Keras);
        check(b"\x93NUMPY\x01\0", FileKind::Npy);
        let matlab = |end: &[u8]| [&format!("{:124}", "MATLAB 5.0 MAT-file").into_bytes(), end].concat();
        check(&matlab(b"\0\x01IM"), FileKind::Matlab);
        check(&matlab(b"\x01\0MI"), FileKind::Matlab);
        check(&matlab(b"\0\x02IM"), FileKind::Matlab);
        check(&matlab(b" is read in many programs"), FileKind::Text);
        check(b"GGUF\x03\0\0\0", FileKind::Gguf);
        check(b"version https://git-lfs.github.com/spec/v1\n", FileKind::GitLfs);
        check("猫\n狗\n".as_bytes(), FileKind::Text);
        check(&"猫".as_bytes()[..2], FileKind::Unknown);
        check(b"tench\0goldfish", FileKind::Unknown);
        check(b"\0", FileKind::Unknown);
    }

    /// The beginning of an archive with one file.
    fn zip(name: &str) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.resize(30, 0);
        bytes[26] = name.len() as u8;
        [&bytes, name.as_bytes(), b"content"].concat()
    }

    #[test]
    fn names_tell_apart_what_begins_alike() {
        for (bytes, name, kind) in [
            (&zip("a")[..], "net.PTH", FileKind::Pytorch),
            (&zip("a"), "net.bin", FileKind::Pytorch),
            (&zip("a"), "net.keras", FileKind::Keras),
            (&zip("a"), "net.npz", FileKind::Numpy),
            (&zip("a"), "photos.zip", FileKind::Zip),
            (b"\x0A\x05", "net.onnx", FileKind::Onnx),
            (b"\x0A\x05", "net.pb", FileKind::Tensorflow),
            (b"\0\0", "net.safetensors", FileKind::Safetensors),
            // Content decides where it can.
            (b"\xFF\xD8\xFF\xE0", "photo.onnx", FileKind::Jpeg),
            (b"tench\ngoldfish\n", "labels.pth", FileKind::Text),
        ] {
            assert_eq!(sniff_named(bytes, name), kind, "{name}");
        }
    }

    #[test]
    fn vector_graphics_and_web_pages_are_told_apart_behind_prologs() {
        let check = |text: &str, kind| assert_eq!(sniff(text.as_bytes()), kind, "{text}");
        check("<svg xmlns='http://www.w3.org/2000/svg'/>", FileKind::Svg);
        check("\u{FEFF}<?xml version='1.0'?>\n<!-- drawn by hand -->\n<svg>", FileKind::Svg);
        check("<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' ''><svg>", FileKind::Svg);
        check("\n\n<!doctype HTML><title>404</title>", FileKind::Html);
        check("<!-- saved --><html>", FileKind::Html);
        check("<?xml never closed", FileKind::Text);
        check("<rss>", FileKind::Text);
        check("an <svg> in a sentence", FileKind::Text);
    }
}
