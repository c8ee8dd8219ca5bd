//! A linear scale from zero.

/// Maps values to percent of a chart's width.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    most: f64,
    /// Values that get a grid line.
    pub(super) ticks: Vec<f64>,
}

impl Scale {
    /// From zero to `most`, with about four ticks at round numbers.
    pub(super) fn to(most: f64) -> Self {
        if !most.is_finite() || most <= 0.0 {
            return Self { most: 1.0, ticks: vec![0.0] };
        }
        let step = round_step(most / 4.0);
        let count = (most / step + 1e-9).floor() as usize;
        Self { most, ticks: (0..=count).map(|i| i as f64 * step).collect() }
    }

    /// Whether a value lies on it.
    pub(super) fn reaches(&self, value: f64) -> bool {
        value <= self.most
    }

    /// Where a value lies.
    pub(super) fn percent(&self, value: f64) -> f64 {
        (value / self.most * 100.0).clamp(0.0, 100.0)
    }
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is not below `least`.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let digit = [1.0, 2.0, 2.5, 5.0].into_iter().find(|digit| digit * power >= least * (1.0 - 1e-9));
    digit.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(Scale::to(4.23).ticks, [0.0, 2.0, 4.0]);
        assert_eq!(Scale::to(569.0).ticks, [0.0, 200.0, 400.0]);
        assert_eq!(Scale::to(1.0).ticks, [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(Scale::to(0.0).ticks, [0.0]);
        assert_eq!(Scale::to(f64::NAN).ticks, [0.0]);
    }

    #[test]
    fn percent_starts_at_zero() {
        let scale = Scale::to(200.0);
        assert_eq!(scale.percent(0.0), 0.0);
        assert_eq!(scale.percent(50.0), 25.0);
        assert_eq!(scale.percent(300.0), 100.0);
        assert!(scale.reaches(200.0) && !scale.reaches(200.1));
    }
}
