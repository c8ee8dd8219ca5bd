//! JPEG (ITU-T T.81): what stands in a file, and what its decoder is told about it.
//!
//! What cameras and programs write, the `image` crate decodes; everything else `jpeg_decoder`, which gives the right pixels for
//! every arrangement of scans and sampling but one, which is refused here. What
//! libjpeg, and with it every viewer, does beyond the standard is added around it: standard Huffman tables where a
//! file has none, files without an end marker, and its rule for the meaning of the components.

use std::borrow::Cow;
use std::io::ErrorKind;

use image::ColorType;
use jpeg_decoder::{ColorTransform, Decoder, Error, PixelFormat};

use super::header::be16;
use super::{DecodeError, FileKind};

/// What stands in a file, as far as one needs to know before decoding it.
pub(super) struct Layout<'a> {
    /// Width and height in pixels.
    pub size: Option<(u32, u32)>,
    /// The first Exif block.
    pub exif: Option<&'a [u8]>,
    /// Up to the end marker, or where there is none, to what is no part of the last scan any more.
    image: &'a [u8],
    has_end: bool,
    has_tables: bool,
    has_restarts: bool,
    scans: usize,
    frame: Frame,
    is_jfif: bool,
    /// The transform that Adobe's segment states.
    adobe: Option<u8>,
    is_miscounted: bool,
}

/// The frame header.
#[derive(Clone, Copy, Default)]
struct Frame {
    /// The marker: how the image is coded.
    coding: u8,
    /// Bits a sample.
    precision: u8,
    components: [Component; 4],
    component_count: usize,
}

#[derive(Clone, Copy, Default)]
struct Component {
    id: u8,
    /// Sampling factors, horizontal and vertical.
    sampling: (u32, u32),
    /// One bit for each of the 64 coefficients of which a scan has brought the last bit.
    finished: u64,
}

impl<'a> Layout<'a> {
    /// Walks over the segments (annex B). `None` if the file ends before its first scan begins. Allocates nothing.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut layout = Self {
            size: None,
            exif: None,
            image: bytes,
            has_end: false,
            has_tables: false,
            has_restarts: false,
            scans: 0,
            frame: Frame::default(),
            is_jfif: false,
            adobe: None,
            is_miscounted: false,
        };
        let mut at = 2;
        loop {
            let scanned = layout.scans > 0;
            let Some((marker, after)) = next_marker(bytes, at) else {
                return scanned.then_some(layout);
            };
            match marker {
                0xD9 => {
                    layout.has_end = true;
                    layout.image = &bytes[..after - 2];
                    return Some(layout);
                }
                // restart markers, and others without a length
                0xD0..=0xD7 => {
                    at = after;
                    continue;
                }
                0x01 | 0xD8 if !scanned => {
                    at = after;
                    continue;
                }
                _ => {}
            }
            let end = be16(bytes, after).map(|length| after + usize::from(length.max(2)));
            let segment = end.and_then(|end| bytes.get(after + 2..end).map(|segment| (segment, end)));
            // Where the end marker is missing, what a phone has appended looks like segments here and there. A true one
            // between scans is of few kinds, makes sense, and another marker follows it at once.
            let is_believed = |segment: &[u8], end| match marker {
                0xDA => layout.frame.scan(segment).is_some(),
                0xC4 | 0xDB..=0xDD | 0xE0..=0xEF | 0xFE => bytes.get(end) == Some(&0xFF),
                _ => false,
            };
            match segment {
                Some((segment, end)) if !scanned || is_believed(segment, end) => {
                    layout.take(marker, segment);
                    at = end;
                }
                _ if scanned => {
                    layout.image = &bytes[..after - 2];
                    return Some(layout);
                }
                _ => return None,
            }
        }
    }

    fn take(&mut self, marker: u8, segment: &'a [u8]) {
        match marker {
            // SOF0 to SOF15; the three left out are no frames
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) && self.size.is_none() => {
                self.frame = Frame::read(marker, segment);
                self.size = be16(segment, 3).zip(be16(segment, 1)).map(|(w, h)| (w.into(), h.into()));
            }
            0xC4 => self.has_tables = true,
            0xDA => self.take_scan(segment),
            0xDD => self.has_restarts = true,
            0xE0 => self.is_jfif |= segment.starts_with(b"JFIF\0"),
            0xE1 if segment.starts_with(b"Exif\0\0") => self.exif = self.exif.or(Some(segment)),
            0xEE if segment.starts_with(b"Adobe") => self.adobe = self.adobe.or(segment.get(11).copied()),
            _ => {}
        }
    }

    /// Notes what a scan brings (B.2.3).
    fn take_scan(&mut self, segment: &[u8]) {
        self.scans += 1;
        let Some((ids, [first, last, approximation])) = self.frame.scan(segment) else { return };
        let (width, height) = self.size.unwrap_or_default();
        let frame = self.frame;
        for component in &mut self.frame.components[..frame.component_count] {
            if !ids.iter().step_by(2).any(|id| *id == component.id) {
                continue;
            }
            if approximation & 15 == 0 && first <= last && last < 64 {
                component.finished |= u64::MAX >> (63 - (last - first)) << first;
            }
            // A scan of one component has as many blocks as that has samples (A.2.2). The decoder counts the image's
            // blocks instead, and of the whole units; where that is not the same it decodes noise without a word.
            if ids.len() == 2 && frame.component_count > 1 {
                let (most_across, most_down) = frame.most_sampling();
                let (across, down) = component.sampling;
                for (pixels, factor, most) in [(width, across, most_across), (height, down, most_down)] {
                    let blocks = (pixels * factor).div_ceil(most.max(1)).div_ceil(8);
                    let counted = (pixels.div_ceil(8 * most.max(1)) * factor).min(pixels.div_ceil(8));
                    self.is_miscounted |= blocks != counted;
                }
            }
        }
    }

    /// Whether it is coded as cameras and programs do: in one scan or progressively, grey or with colours of the same or half the
    /// resolution.
    fn is_ordinary(&self) -> bool {
        let Frame { coding, precision, .. } = self.frame;
        let sampling = self.frame.components.map(|component| component.sampling);
        let is_usual = match self.frame.component_count {
            1 => sampling[0] == (1, 1),
            3 => matches!(sampling[0], (1, 1) | (2, 1) | (2, 2)) && sampling[1..3] == [(1, 1); 2],
            _ => false,
        };
        // Decoders agree on what these names mean.
        let ids = self.frame.components.map(|component| component.id);
        let is_named = matches!(self.adobe, None | Some(1)) && matches!(ids, [1, 0 | 2, 0 | 3, 0]);
        let is_complete = self.has_tables && !self.has_restarts && self.frame.is_finished();
        let is_coded_so = precision == 8 && (coding == 0xC2 || coding == 0xC0 && self.scans == 1);
        is_usual && is_named && is_complete && is_coded_so
    }

    /// Why the file is not decoded, if so. No browser opens such files either.
    fn refusal(&self) -> Option<String> {
        let Frame { coding, precision, .. } = self.frame;
        match (coding, precision) {
            (0xC0..=0xC2, 8) if self.is_miscounted => Some(
                "components of these sampling factors in scans of their own are not supported".to_owned(),
            ),
            (0xC0..=0xC2, 8) => None,
            (0xC0..=0xC2, _) => Some(format!("{precision} bits a sample are not supported")),
            (0xC9..=0xCB, _) => Some("arithmetic coding is not supported".to_owned()),
            (0xC3, _) => Some("lossless coding is not supported".to_owned()),
            _ => Some(format!("coding process {} is not supported", coding & 15)),
        }
    }

    /// What the components mean, by libjpeg's rule (`default_decompress_parms`), which all viewers follow.
    fn colours(&self) -> ColorTransform {
        match (self.frame.component_count, self.adobe) {
            (1, _) => ColorTransform::Grayscale,
            (4, None | Some(0)) => ColorTransform::CMYK,
            (4, Some(_)) => ColorTransform::YCCK,
            _ if self.is_jfif => ColorTransform::YCbCr,
            (_, Some(0)) => ColorTransform::RGB,
            (_, None) if self.frame.components.map(|component| component.id)[..3] == *b"RGB" => {
                ColorTransform::RGB
            }
            _ => ColorTransform::YCbCr,
        }
    }
}

impl Frame {
    /// Reads a frame header (B.2.2); what is missing stays 0.
    fn read(marker: u8, segment: &[u8]) -> Self {
        let mut frame = Self { coding: marker, ..Self::default() };
        frame.precision = segment.first().copied().unwrap_or_default();
        let listed = segment.get(6..).unwrap_or_default().chunks_exact(3);
        for (component, listed) in frame.components.iter_mut().zip(listed) {
            let sampling = (u32::from(listed[1] >> 4), u32::from(listed[1] & 15));
            *component = Component { id: listed[0], sampling, finished: 0 };
            frame.component_count += 1;
        }
        frame
    }

    fn most_sampling(&self) -> (u32, u32) {
        let sampling = self.components.map(|component| component.sampling);
        sampling.into_iter().fold((0, 0), |most, next| (most.0.max(next.0), most.1.max(next.1)))
    }

    /// A scan header's components, two bytes each, and its last three bytes, if it can be one of this frame.
    fn scan<'b>(&self, segment: &'b [u8]) -> Option<(&'b [u8], [u8; 3])> {
        let (&count, rest) = segment.split_first()?;
        let (ids, &last) = rest.split_last_chunk()?;
        let known = |id: &u8| self.components[..self.component_count].iter().any(|other| other.id == *id);
        (count > 0 && ids.len() == 2 * usize::from(count) && ids.iter().step_by(2).all(known))
            .then_some((ids, last))
    }

    /// Whether the scans have brought every coefficient.
    fn is_finished(&self) -> bool {
        self.components[..self.component_count].iter().all(|component| component.finished == u64::MAX)
    }
}

/// The next marker at or after `at`, and the position behind it. Between segments stands entropy-coded data, in which
/// 0xFF is followed by 0; or padding of 0xFF.
fn next_marker(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        at += 1 + bytes.get(at..)?.iter().position(|byte| *byte == 0xFF)?;
        match *bytes.get(at)? {
            0x00 | 0xFF => {}
            marker => return Some((marker, at + 1)),
        }
    }
}

/// What became of a file.
pub(super) enum Opened<'a> {
    /// An ordinary file with its end, for any decoder.
    Ordinary(Cow<'a, [u8]>),
    /// The samples of another, of one or three channels.
    Decoded(Vec<u8>, ColorType),
}

/// A start, and the segment by which files without Huffman tables are known: the decoder has the standard tables for
/// them, and uses them for whatever table a file does not define.
const START: &[u8] = b"\xFF\xD8\xFF\xE0\0\x07AVI1\0";

impl Layout<'_> {
    /// Decodes the file, whose bytes these are, unless it is an ordinary one; also whether its end marker is there.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] for a file without end marker whose picture is not whole; [`DecodeError::Corrupt`].
    pub fn open<'b>(&self, bytes: &'b [u8]) -> Result<(Opened<'b>, bool), DecodeError> {
        if let Some(reason) = self.refusal() {
            return Err(DecodeError::Corrupt { kind: FileKind::Jpeg, reason });
        }
        let is_ordinary = self.is_ordinary();
        if self.has_end && is_ordinary {
            return Ok((Opened::Ordinary(bytes.into()), true));
        }
        if self.has_end {
            let (samples, colour) = self.samples(&[]).map_err(|error| explain(&error))?;
            return Ok((Opened::Decoded(samples, colour), true));
        }
        // The decoder makes up what is missing. Whether anything was shows when other bits follow the file's.
        let truncated = || DecodeError::Truncated { kind: FileKind::Jpeg, bytes: bytes.len() as u64 };
        let whole = self.samples(&[]).ok().filter(|_| self.frame.is_finished());
        let (samples, colour) = whole.ok_or_else(truncated)?;
        match self.samples(&[0xAA; 4096]) {
            Ok((others, _)) if others == samples => {}
            _ => return Err(truncated()),
        }
        let opened = match is_ordinary {
            true => Opened::Ordinary([self.image, b"\xFF\xD9"].concat().into()),
            false => Opened::Decoded(samples, colour),
        };
        Ok((opened, false))
    }

    /// The samples of the image if `more` followed its data.
    fn samples(&self, more: &[u8]) -> Result<(Vec<u8>, ColorType), Error> {
        let file = [START, &self.image[2..], more, b"\xFF\xD9"].concat(); // bytes come fastest from one slice
        let mut decoder = Decoder::new(file.as_slice());
        decoder.set_color_transform(self.colours());
        decoder.read_info()?;
        let info = decoder.info().filter(|info| Some((info.width.into(), info.height.into())) == self.size);
        let info = info.ok_or_else(|| Error::Format("two sizes are stated".to_owned()))?;
        let samples = decoder.decode()?;
        match info.pixel_format {
            PixelFormat::L8 => Ok((samples, ColorType::L8)),
            PixelFormat::RGB24 => Ok((samples, ColorType::Rgb8)),
            PixelFormat::CMYK32 => Ok((from_cmyk(&samples), ColorType::Rgb8)),
            PixelFormat::L16 => Err(Error::Format("16 bits a sample are not supported".to_owned())),
        }
    }
}

/// Inks to light, as Pillow does: all files are taken to be of Adobe's kind, which state how much ink is missing.
fn from_cmyk(samples: &[u8]) -> Vec<u8> {
    let light = |ink: u8, black: u8| (u32::from(255 - ink) * u32::from(255 - black) + 127) / 255;
    let pixels = samples.chunks_exact(4);
    pixels.flat_map(|pixel| [0, 1, 2].map(|ink| light(pixel[ink], pixel[3]) as u8)).collect()
}

fn explain(error: &Error) -> DecodeError {
    let reason = match error {
        Error::Io(error) if error.kind() == ErrorKind::UnexpectedEof => {
            "it ends in the midst of its data".to_owned()
        }
        other => other.to_string(),
    };
    DecodeError::Corrupt { kind: FileKind::Jpeg, reason }
}
