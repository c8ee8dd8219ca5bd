//! Numbers as pixels.

/// What speaks for something, and what against it: orange and blue, which every kind of colour vision tells apart.
const FOR: [u8; 3] = [0xd5, 0x5e, 0x00];
const AGAINST: [u8; 3] = [0x00, 0x72, 0xb2];

/// Red, green, blue and opacity of numbers for and against something, measured by the largest.
pub fn signed(values: &[f32]) -> Vec<u8> {
    let most = largest(values);
    let pixel = |value: &f32| {
        let [red, green, blue] = if *value < 0.0 { AGAINST } else { FOR };
        [red, green, blue, (share(value.abs(), most) * 215.0) as u8]
    };
    values.iter().flat_map(pixel).collect()
}

/// The same of numbers that are not negative: the square root of each, since most are much smaller than the largest.
pub fn strengths(values: &[f32]) -> Vec<u8> {
    let most = largest(values);
    let opacity = |value: &f32| (share(value.abs(), most).sqrt() * 235.0) as u8;
    values.iter().flat_map(|value| [FOR[0], FOR[1], FOR[2], opacity(value)]).collect()
}

/// Numbers from the least, black, to the largest, white.
pub fn grey(values: &[f32]) -> Vec<u8> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = (finite().fold(f32::INFINITY, f32::min), finite().fold(f32::NEG_INFINITY, f32::max));
    let pixel = |value: &f32| {
        let level = (share(value - low, high - low) * 255.0) as u8;
        [level, level, level, 255]
    };
    values.iter().flat_map(pixel).collect()
}

fn largest(values: &[f32]) -> f32 {
    values.iter().map(|value| value.abs()).filter(|value| value.is_finite()).fold(0.0, f32::max)
}

/// A part of a whole, 0 to 1; nothing of what is no number.
fn share(part: f32, whole: f32) -> f32 {
    let share = part / whole;
    if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
}

/// A channel of a map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Channel {
    /// Its number.
    pub number: usize,
    /// Its part of all channels' sum of squares.
    pub energy: f64,
}

/// The channels of a map (channels-last), those with most energy first.
pub fn ranked(values: &[f32], channels: usize) -> Vec<Channel> {
    let mut sums = vec![0.0; channels];
    for position in values.chunks_exact(channels.max(1)) {
        for (sum, value) in sums.iter_mut().zip(position) {
            *sum += f64::from(*value) * f64::from(*value);
        }
    }
    let all: f64 = sums.iter().sum();
    let energy = |sum: f64| if all > 0.0 { sum / all } else { 0.0 };
    let mut ranked: Vec<Channel> =
        sums.into_iter().enumerate().map(|(number, sum)| Channel { number, energy: energy(sum) }).collect();
    ranked.sort_by(|a, b| b.energy.total_cmp(&a.energy));
    ranked
}

/// One channel of a map (channels-last).
pub fn channel(values: &[f32], channels: usize, number: usize) -> Vec<f32> {
    values.iter().skip(number).step_by(channels.max(1)).copied().collect()
}

/// How large the smallest upright rectangle around the middle is that holds this part of the sum, height and width, in a map of
/// `size` = (height, width).
pub fn extent(values: &[f32], (height, width): (usize, usize), part: f64) -> (usize, usize) {
    let all: f64 = values.iter().map(|value| f64::from(*value)).sum();
    if all <= 0.0 {
        return (0, 0);
    }
    let steps = height.max(width).div_ceil(2);
    let around = |middle: usize, step: usize, most: usize, n: usize| {
        let reach = (step * n).div_ceil(most);
        middle.saturating_sub(reach)..(middle + reach).min(n)
    };
    for step in 1..=steps {
        let rows = around(height / 2, step, 2 * steps, height);
        let columns = around(width / 2, step, 2 * steps, width);
        let sum: f64 = rows
            .clone()
            .flat_map(|row| &values[row * width..][columns.clone()])
            .map(|value| f64::from(*value))
            .sum();
        if sum >= part * all {
            return (rows.len(), columns.len());
        }
    }
    (height, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_none_leave_pictures_whole() {
        for values in [vec![], vec![f32::NAN; 4], vec![0.0; 4], vec![f32::INFINITY, -1.0, 2.0, 0.5]] {
            for picture in [signed(&values), strengths(&values), grey(&values)] {
                assert_eq!(picture.len(), 4 * values.len());
            }
        }
    }

    #[test]
    fn what_speaks_against_has_another_colour_and_strength_is_opacity() {
        let picture = signed(&[1.0, -2.0, 0.0]);
        assert_eq!(picture[..3], FOR);
        assert_eq!(picture[4..7], AGAINST);
        assert_eq!([picture[3], picture[7], picture[11]], [107, 215, 0]);
        assert_eq!(grey(&[1.0, 2.0, 3.0])[..9], [0, 0, 0, 255, 127, 127, 127, 255, 255]);
    }

    #[test]
    fn channels_are_in_the_order_of_their_energy() {
        let values = [1.0, 3.0, 0.0, 1.0, 3.0, 0.0];
        let ranked = ranked(&values, 3);
        assert_eq!(ranked.iter().map(|channel| channel.number).collect::<Vec<_>>(), [1, 0, 2]);
        assert!((ranked[0].energy - 0.9).abs() < 1e-9);
        assert_eq!(channel(&values, 3, 1), [3.0, 3.0]);
    }

    #[test]
    fn an_extent_is_around_the_middle() {
        let mut values = vec![0.0; 8 * 8];
        values[4 * 8 + 4] = 9.0;
        assert_eq!(extent(&values, (8, 8), 0.9), (2, 2));
        values[0] = 9.0;
        assert_eq!(extent(&values, (8, 8), 0.9), (8, 8));
        assert_eq!(extent(&[0.0; 64], (8, 8), 0.9), (0, 0));
    }
}
