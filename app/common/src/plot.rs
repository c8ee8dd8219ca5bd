//! Two axes with their grid, and where values lie between them.

use crate::svg::{Anchor, Svg};

/// How values lie along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// From one number to another.
    Linear(f64, f64),
    /// Likewise, equal ratios equally far apart.
    Logarithmic(f64, f64),
}

impl Range {
    /// Where a value lies, 0 to 1; beyond the ends at the ends.
    pub fn share(self, value: f64) -> f64 {
        let share = match self {
            Self::Linear(from, to) => (value - from) / (to - from),
            Self::Logarithmic(from, to) => (value / from).ln() / (to / from).ln(),
        };
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }

    /// About four round numbers within; powers of ten where equal ratios are equally far apart.
    pub fn ticks(self) -> Vec<f64> {
        match self {
            Self::Linear(from, to) => {
                let step = round_step((to - from) / 4.0);
                let (first, last) = ((from / step - 1e-9).ceil() as i64, (to / step + 1e-9).floor() as i64);
                (first..=last).map(|i| (i as f64 * step * 1e9).round() / 1e9).collect()
            }
            Self::Logarithmic(from, to) => {
                let digits: &[f64] = if to / from > 300.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
                let powers = from.log10().floor() as i32..=to.log10().ceil() as i32;
                let ticks =
                    powers.flat_map(|power| digits.iter().map(move |digit| digit * 10f64.powi(power)));
                ticks.filter(|tick| (from * 0.999..=to * 1.001).contains(tick)).collect()
            }
        }
    }
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is not below `least`.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let digit = [1.0, 2.0, 2.5, 5.0].into_iter().find(|digit| digit * power >= least * (1.0 - 1e-9));
    digit.unwrap_or(10.0) * power
}

/// The area between the axes, in pixels.
#[derive(Clone, Copy, Debug)]
pub struct Plot {
    /// Left, top, width, height.
    pub area: [f64; 4],
    /// Across.
    pub x: Range,
    /// Up.
    pub y: Range,
}

impl Plot {
    /// Where a pair of values lies.
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let [left, top, width, height] = self.area;
        (left + width * self.x.share(x), top + height * (1.0 - self.y.share(y)))
    }

    /// Draws the grid, the ticks and the axes' titles.
    pub fn grid(&self, svg: &mut Svg, titles: [&str; 2], tick: [fn(f64) -> String; 2]) {
        let [left, top, width, height] = self.area;
        for value in self.x.ticks() {
            let x = left + width * self.x.share(value);
            svg.line("grid", (x, top), (x, top + height));
            svg.text("tick", (x, top + height + 16.0), Anchor::Middle, &tick[0](value));
        }
        for value in self.y.ticks() {
            let y = top + height * (1.0 - self.y.share(value));
            svg.line("grid", (left, y), (left + width, y));
            svg.text("tick", (left - 6.0, y + 4.0), Anchor::End, &tick[1](value));
        }
        svg.text("axis", (left + width, top + height + 34.0), Anchor::End, &format!("{} →", titles[0]));
        svg.text("axis", ((left - 56.0).max(0.0), top - 10.0), Anchor::Start, &format!("↑ {}", titles[1]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_where_they_should() {
        let plot = Plot {
            area: [10.0, 20.0, 100.0, 50.0],
            x: Range::Logarithmic(1.0, 100.0),
            y: Range::Linear(-1.0, 1.0),
        };
        assert_eq!(plot.at(10.0, 0.0), (60.0, 45.0));
        assert_eq!(plot.at(1e9, 9.0), (110.0, 20.0));
        assert_eq!(plot.x.ticks(), [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
        assert_eq!(plot.y.ticks(), [-1.0, -0.5, 0.0, 0.5, 1.0]);
    }
}
