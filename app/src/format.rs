//! Numbers as people read them. Units stand beside them, never inside a calculation.

use worker::protocol::Timing;

/// A count with three significant digits and k, M or G: `4.23 M`.
pub(crate) fn count(value: u64) -> String {
    common::format::count(value as f64)
}

/// Bytes in decimal units with three significant digits: `14.2 MB`.
pub(crate) fn bytes(value: u64) -> String {
    common::format::bytes(value as f64)
}

/// A count with all its digits, in groups of three: `4 231 976` (with narrow spaces).
pub(crate) fn exact(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// Milliseconds without the unit: three significant digits, but none below the clock's step; of what took no longer than a
/// step no more is known than that.
pub(crate) fn milliseconds(value: f64, step_ms: f64) -> String {
    if value > 0.0 && value <= step_ms {
        return format!("≤ {}", milliseconds(step_ms, step_ms / 100.0));
    }
    let wanted = 2 - value.abs().max(0.001).log10().floor() as i32;
    let known = (-step_ms.max(1e-6).log10()).ceil() as i32;
    format!("{value:.0$}", wanted.min(known).clamp(0, 6) as usize)
}

/// Milliseconds of a timing's statistics: samples that are means of several runs are known more finely than one run is.
pub(crate) fn sampled(ms: f64, timing: &Timing) -> String {
    milliseconds(ms, timing.timer_step_ms / f64::from(timing.batch.max(1)))
}

/// Half the interval of a timing's median, in percent of it.
pub(crate) fn margin(timing: &Timing) -> String {
    let (low, high) = timing.statistics.interval_ms;
    let percent = 50.0 * (high - low) / timing.statistics.median_ms;
    format!("{percent:.*}", usize::from(percent < 0.95))
}

/// A probability in percent: `79.3 %`.
pub(crate) fn percent(probability: f32) -> String {
    format!("{:.1} %", probability * 100.0)
}

/// Height and width: `224×224`.
pub(crate) fn size((height, width): (u32, u32)) -> String {
    format!("{height}×{width}")
}

/// A moment in ISO 8601, as JavaScript writes it, to the second: `2026-11-24 08:30:00 UTC`; any other text as it is.
pub(crate) fn moment(iso: &str) -> String {
    match iso.strip_suffix('Z').and_then(|moment| moment.split_once('T')) {
        Some((day, time)) => format!("{day} {} UTC", time.split('.').next().unwrap_or(time)),
        None => iso.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_three_digits() {
        for (value, text) in
            [(0, "0"), (999, "999"), (1000, "1.00 k"), (4_231_976, "4.23 M"), (568_740_352, "569 M")]
        {
            assert_eq!(count(value), text);
        }
        assert_eq!(bytes(14_026_904), "14.0 MB");
        assert_eq!(count(999_600), "1.00 M");
        assert_eq!(exact(4_231_976), "4\u{202f}231\u{202f}976");
    }

    #[test]
    fn moments_are_read_by_people() {
        assert_eq!(moment("2026-11-24T08:30:05.123Z"), "2026-11-24 08:30:05 UTC");
        assert_eq!(moment("2026-11-24T08:30:05Z"), "2026-11-24 08:30:05 UTC");
        assert_eq!(moment("yesterday"), "yesterday");
    }

    #[test]
    fn milliseconds_end_at_the_clocks_step() {
        assert_eq!(milliseconds(12.3456, 0.005), "12.3");
        assert_eq!(milliseconds(12.3456, 0.1), "12.3");
        assert_eq!(milliseconds(12.3456, 1.0), "12");
        assert_eq!(milliseconds(1.23456, 0.1), "1.2");
        assert_eq!(milliseconds(0.0, 0.1), "0.0");
    }
}
