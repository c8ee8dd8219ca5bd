//! PNG files that the decoder would refuse or read wrongly, made into such as it reads rightly.

use std::borrow::Cow;

use super::Frame;
use super::header::be32;
use crate::checksum::CRC32;

/// A chunk (PNG specification, third edition, section 5).
pub(super) struct Chunk<'a> {
    pub name: [u8; 4],
    pub data: &'a [u8],
    /// With length, name and checksum, which the last one of a file may lack.
    whole: &'a [u8],
}

const SIGNATURE_BYTES: usize = 8;

/// The chunks of a file up to IEND, or to the first that is not all there.
pub(super) fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = bytes.get(SIGNATURE_BYTES..).unwrap_or_default();
    std::iter::from_fn(move || {
        let length = be32(rest, 0)? as usize;
        let (name, data) = rest.get(4..)?.split_first_chunk()?;
        let data = data.get(..length)?;
        let (whole, after) = rest.split_at(rest.len().min(12 + length));
        rest = if name == b"IEND" { &[] } else { after };
        Some(Chunk { name: *name, data, whole })
    })
}

fn write(file: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    file.extend((data.len() as u32).to_be_bytes());
    let checked = file.len();
    file.extend(name);
    file.extend(data);
    let crc = CRC32.checksum(&file[checked..]);
    file.extend(crc.to_be_bytes());
}

/// Whether the file ends between two chunks though its last is not IEND.
pub(super) fn lacks_end(bytes: &[u8]) -> bool {
    let (mut length, mut has_end) = (SIGNATURE_BYTES, false);
    for chunk in chunks(bytes) {
        length += chunk.whole.len();
        has_end |= &chunk.name == b"IEND";
    }
    !has_end && length == bytes.len()
}

/// Whether the file is in the variant that Apple's tools write into apps, which begins with a chunk CgBI: the
/// compressed data has no zlib header, colours are in the order blue, green, red, and multiplied by alpha.
pub(super) fn is_apple(bytes: &[u8]) -> bool {
    chunks(bytes).next().is_some_and(|chunk| &chunk.name == b"CgBI")
}

/// The first frame as a file that the decoder reads: of an animation whose default image is none of its frames, of
/// Apple's variant, and with the end that is missing.
pub(super) fn still(bytes: &[u8]) -> Option<(Cow<'_, [u8]>, Frame)> {
    let before_image = |name: &[u8; 4]| {
        chunks(bytes).take_while(|chunk| &chunk.name != b"IDAT").any(|chunk| &chunk.name == name)
    };
    let is_apple = is_apple(bytes);
    let hides_image = before_image(b"acTL") && !before_image(b"fcTL");
    let control = chunks(bytes).find(|chunk| hides_image && &chunk.name == b"fcTL");
    if !is_apple && control.is_none() && !lacks_end(bytes) {
        return None;
    }
    let mut frame = Frame::default();
    let mut file = bytes[..SIGNATURE_BYTES].to_vec();
    let mut frames = 0;
    let mut compressed = Vec::new();
    for Chunk { name, data, whole } in chunks(bytes) {
        match (&name, &control) {
            (b"CgBI" | b"acTL" | b"IEND", _) => {}
            (b"fcTL", _) => frames += 1,
            // width, height, x and y stand in this order behind a number
            (b"IHDR", Some(control)) if data.len() > 8 && control.data.len() >= 20 => {
                let size = &control.data[4..12];
                write(&mut file, b"IHDR", &[size, &data[8..]].concat());
                frame = Frame { at: (be32(control.data, 12)?, be32(control.data, 16)?), is_part: true };
            }
            (b"IDAT", Some(_)) => {}
            (b"fdAT", Some(_)) if frames == 1 => compressed.extend(data.get(4..)?),
            (b"fdAT", _) => {}
            (b"IDAT", None) => compressed.extend(data),
            // What follows the image is not needed to decode it.
            _ if compressed.is_empty() => file.extend(whole),
            _ => {}
        }
    }
    if is_apple {
        // A zlib header, and a checksum that the decoder does not look at.
        compressed = [b"\x78\x01", compressed.as_slice(), &[0; 4]].concat();
    }
    write(&mut file, b"IDAT", &compressed);
    write(&mut file, b"IEND", &[]);
    Some((file.into(), frame))
}

/// Puts the samples of Apple's variant, of 8 bits and `channels` a pixel, in order.
pub(super) fn from_apple(samples: &mut [u8], channels: usize) {
    for pixel in samples.chunks_exact_mut(channels) {
        if channels >= 3 {
            pixel.swap(0, 2);
        }
        if let [red, green, blue, alpha @ 1..=254] = pixel {
            for colour in [red, green, blue] {
                *colour =
                    ((u32::from(*colour) * 255 + u32::from(*alpha) / 2) / u32::from(*alpha)).min(255) as u8;
            }
        }
    }
}
