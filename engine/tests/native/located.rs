//! Reading numbers that are known by their place in a file.

use std::ops::Range;

use engine::weights::{Header, Located};

/// Some of the values that [`engine::weights::locate`] finds for a parameter.
pub(crate) fn part(located: &Located, header: &Header, file: &[u8], range: Range<usize>) -> Vec<f32> {
    let mut values = Vec::new();
    for piece in located.part(range) {
        let [begin, end] = [piece.bytes.start, piece.bytes.end].map(|at| (header.data_start + at) as usize);
        piece.dtype.decode(&file[begin..end], &mut values);
    }
    values
}

/// All of them.
pub(crate) fn values(located: &Located, header: &Header, file: &[u8]) -> Vec<f32> {
    part(located, header, file, 0..located.elements())
}
