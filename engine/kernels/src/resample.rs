//! The inner loops of scaling images, in fixed point, and from bytes to numbers.

/// Fractional bits of a weight: what is left of 32 after 8 for the pixel and 2 for sums beyond 0..1.
pub const FRACTION_BITS: u32 = 32 - 8 - 2;

/// One half, with which every sum begins.
pub const HALF: i32 = 1 << (FRACTION_BITS - 1);

/// The weighted sum of neighbouring pixels of three bytes each.
pub fn weighted_pixel(pixels: &[u8], weights: &[i32]) -> [u8; 3] {
    let mut sum = [HALF; 3];
    for (pixel, &weight) in pixels.as_chunks::<3>().0.iter().zip(weights) {
        for (sum, byte) in sum.iter_mut().zip(pixel) {
            *sum += i32::from(*byte) * weight;
        }
    }
    sum.map(to_byte)
}

/// `sums[i] += row[i] * weight`.
pub fn add_weighted(sums: &mut [i32], row: &[u8], weight: i32) {
    for (sum, byte) in sums.iter_mut().zip(row) {
        *sum += i32::from(*byte) * weight;
    }
}

/// Appends sums as bytes.
pub fn extend_bytes(bytes: &mut Vec<u8>, sums: &[i32]) {
    bytes.extend(sums.iter().copied().map(to_byte));
}

/// From a sum of weighted bytes to a byte.
fn to_byte(sum: i32) -> u8 {
    (sum >> FRACTION_BITS).clamp(0, 255) as u8
}

/// The number that stands for each byte in its channel's table.
pub fn looked_up(pixels: &[u8], tables: &[[f32; 256]; 3]) -> Vec<f32> {
    let mut numbers = vec![0.0; pixels.len()];
    for (numbers, pixel) in numbers.as_chunks_mut::<3>().0.iter_mut().zip(pixels.as_chunks::<3>().0) {
        for channel in 0..3 {
            numbers[channel] = tables[channel][usize::from(pixel[channel])];
        }
    }
    numbers
}
