//! Linear and logarithmic scales.

/// Maps values to percent of a chart's side.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    least: f64,
    most: f64,
    /// Equal ratios are equally far apart.
    is_logarithmic: bool,
    /// Values that get a grid line.
    pub(super) ticks: Vec<f64>,
}

impl Scale {
    /// From zero to `most`, with about four ticks at round numbers.
    pub(super) fn to(most: f64) -> Self {
        if !most.is_finite() || most <= 0.0 {
            return Self { least: 0.0, most: 1.0, is_logarithmic: false, ticks: vec![0.0] };
        }
        Self::from_to(0.0, most)
    }

    /// Around values, from which zero may be far.
    pub(super) fn around(values: &[f64]) -> Self {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let (least, most) = (finite().fold(f64::INFINITY, f64::min), finite().fold(0.0, f64::max));
        if least > most {
            return Self::to(1.0);
        }
        // One value alone lies in the middle.
        let margin = if least < most { 0.15 * (most - least) } else { 0.1 * most.max(1.0) };
        Self::from_to(least - margin, most + margin)
    }

    fn from_to(least: f64, most: f64) -> Self {
        let step = round_step((most - least) / 4.0);
        let (first, last) = ((least / step - 1e-9).ceil() as i64, (most / step + 1e-9).floor() as i64);
        // Three tenths are not 0.30000000000000004.
        let tick = |i| (i as f64 * step * 1e9).round() / 1e9;
        Self { least, most, is_logarithmic: false, ticks: (first..=last).map(tick).collect() }
    }

    /// Around positive values that may differ a thousandfold, with ticks at 1, 2 and 5 times powers of ten, or at the powers
    /// alone where those are enough.
    pub(super) fn logarithmic(values: &[f64]) -> Self {
        let positive = || values.iter().copied().filter(|value| value.is_finite() && *value > 0.0);
        let (least, most) = (positive().fold(f64::INFINITY, f64::min), positive().fold(0.0, f64::max));
        if least > most {
            return Self::to(1.0);
        }
        // A tenth of the range, and something where it is one value.
        let margin = (most / least).powf(0.1).max(1.2);
        let (least, most) = (least / margin, most * margin);
        let is_wide = most / least > 300.0;
        let digits: &[f64] = if is_wide { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let powers = least.log10().floor() as i32..=most.log10().ceil() as i32;
        let ticks = powers.flat_map(|power| digits.iter().map(move |digit| digit * 10f64.powi(power)));
        Self {
            least,
            most,
            is_logarithmic: true,
            ticks: ticks.filter(|tick| (least..=most).contains(tick)).collect(),
        }
    }

    /// Whether a value lies on it.
    pub(super) fn reaches(&self, value: f64) -> bool {
        value <= self.most
    }

    /// Where a value lies.
    pub(super) fn percent(&self, value: f64) -> f64 {
        let share = if self.is_logarithmic {
            (value / self.least).ln() / (self.most / self.least).ln()
        } else {
            (value - self.least) / (self.most - self.least)
        };
        // What has no logarithm is at the end.
        if share.is_nan() { 0.0 } else { (share * 100.0).clamp(0.0, 100.0) }
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
        assert_eq!(Scale::to(0.4).ticks, [0.0, 0.1, 0.2, 0.3, 0.4]);
        assert_eq!(Scale::to(0.0).ticks, [0.0]);
        assert_eq!(Scale::to(f64::NAN).ticks, [0.0]);
        assert_eq!(Scale::around(&[60.0, 72.0]).ticks, [60.0, 65.0, 70.0]);
        assert_eq!(Scale::around(&[]), Scale::to(1.0));
    }

    #[test]
    fn percent_starts_at_zero() {
        let scale = Scale::to(200.0);
        assert_eq!(scale.percent(0.0), 0.0);
        assert_eq!(scale.percent(50.0), 25.0);
        assert_eq!(scale.percent(300.0), 100.0);
        assert!(scale.reaches(200.0) && !scale.reaches(200.1));
    }

    #[test]
    fn ratios_are_equally_far_apart_on_a_logarithmic_scale() {
        let scale = Scale::logarithmic(&[10.0, 1000.0, 0.0]);
        let [low, middle, high] = [10.0, 100.0, 1000.0].map(|value| scale.percent(value));
        assert!(
            (middle - low - (high - middle)).abs() < 1e-9 && low > 5.0 && high < 95.0,
            "{low} {middle} {high}"
        );
        assert_eq!(scale.ticks, [10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]);
        assert_eq!(scale.percent(0.0), 0.0);
        assert_eq!(Scale::logarithmic(&[2e6, 5e9]).ticks, [1e6, 1e7, 1e8, 1e9, 1e10]);
        assert_eq!(Scale::logarithmic(&[-1.0]), Scale::to(1.0));
        assert_eq!(Scale::logarithmic(&[7.0]).percent(7.0).round(), 50.0);
    }

    #[test]
    fn a_scale_around_values_has_room_on_both_sides() {
        let scale = Scale::around(&[72.0, 60.0, f64::NAN]);
        let (low, high) = (scale.percent(60.0), scale.percent(72.0));
        assert!((low - 11.54).abs() < 0.01 && (high - 88.46).abs() < 0.01, "{low} {high}");
        assert_eq!(Scale::around(&[70.0]).percent(70.0), 50.0);
    }
}
