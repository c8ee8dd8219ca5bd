//! What kind of file some bytes are, judged by their content and never by a name.

use serde::{Deserialize, Serialize};

/// The kinds of file that people drop on an image field, as far as they can be told apart.
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
    /// ZIP archive; PyTorch's `.pt` and `.pth` files are ZIP archives too.
    Zip,
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
            Self::Safetensors => "safetensors",
            Self::Html => "HTML",
            Self::Empty => "empty",
            Self::Unknown => "unknown",
        }
    }

    /// Whether a browser may be able to decode the format although [`decode`](super::decode) is not: its
    /// pixels come back through [`from_rgba`](super::from_rgba).
    pub fn browser_may_decode(self) -> bool {
        matches!(self, Self::Avif | Self::Heic | Self::JpegXl | Self::Tiff)
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
        .or_else(|| sniff_text(bytes))
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
    (FileKind::Zip,    &[(0, b"PK\x03\x04")]),
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
        check(b"GIF88a", FileKind::Unknown);
        check(b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", FileKind::Bmp);
        check(b"BMW makes cars, and they are dear.", FileKind::Unknown);
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
        check(b"{\"a\": 1}", FileKind::Unknown);
        check(b"\0", FileKind::Unknown);
    }

    #[test]
    fn vector_graphics_and_web_pages_are_told_apart_behind_prologs() {
        let check = |text: &str, kind| assert_eq!(sniff(text.as_bytes()), kind, "{text}");
        check("<svg xmlns='http://www.w3.org/2000/svg'/>", FileKind::Svg);
        check("\u{FEFF}<?xml version='1.0'?>\n<!-- drawn by hand -->\n<svg>", FileKind::Svg);
        check("<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' ''><svg>", FileKind::Svg);
        check("\n\n<!doctype HTML><title>404</title>", FileKind::Html);
        check("<!-- saved --><html>", FileKind::Html);
        check("<?xml never closed", FileKind::Unknown);
        check("<rss>", FileKind::Unknown);
        check("an <svg> in a sentence", FileKind::Unknown);
    }
}
