//! Numbers as people read them.

/// A count with three significant digits and k, M or G: `4.23 M`.
pub fn count(value: f64) -> String {
    scaled(value, ["", " k", " M", " G"])
}

/// A round count on an axis: `20 M`.
pub fn tick(value: f64) -> String {
    round(&count(value))
}

/// Round bytes on an axis: `2 MB`.
pub fn byte_tick(value: f64) -> String {
    round(&bytes(value))
}

/// A number without zeros behind its point.
fn round(text: &str) -> String {
    let (number, unit) = text.split_once(' ').map_or((text, ""), |(number, unit)| (number, unit));
    let number =
        if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    format!("{number} {unit}").trim_end().to_owned()
}

/// Bytes in decimal units: `14.2 MB`.
pub fn bytes(value: f64) -> String {
    scaled(value, [" B", " kB", " MB", " GB"])
}

/// Milliseconds: `12.3 ms`.
pub fn milliseconds(value: f64) -> String {
    format!("{} ms", digits(value))
}

/// A share with its interval, all in percent: `84.3 % (81.0–87.1)`.
pub fn share(percent: f64, (low, high): (f64, f64)) -> String {
    format!("{percent:.1} % ({low:.1}–{high:.1})")
}

/// Three significant digits, never more than three decimals.
pub fn digits(value: f64) -> String {
    let size = value.abs().max(0.001);
    let power = size.log10().floor() as i32;
    // 9.996 has the digits of 10.
    let power = if size >= 9.995 * 10f64.powi(power) { power + 1 } else { power };
    format!("{value:.0$}", (2 - power).clamp(0, 3) as usize)
}

/// A share in percent: `79.3 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// How many times as much: `8.2`.
pub fn times(ratio: f64) -> String {
    if ratio >= 99.5 { format!("{ratio:.0}") } else { format!("{ratio:.1}") }
}

fn scaled(mut value: f64, units: [&str; 4]) -> String {
    let mut unit = 0;
    // 999.5 would be shown as 1000: that is the next unit's 1.00.
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    match unit {
        0 => format!("{value:.0}{}", units[0]),
        _ => format!("{}{}", digits(value), units[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        for (value, text) in [(0.0, "0"), (999.0, "999"), (568_740_352.0, "569 M"), (4_231_976.0, "4.23 M")] {
            assert_eq!(count(value), text);
        }
        assert_eq!(bytes(999_600.0), "1.00 MB");
        assert_eq!(milliseconds(12.345), "12.3 ms");
        assert_eq!([0.123_456, 9.996, 99.96].map(digits), ["0.123", "10.0", "100"]);
        assert_eq!((times(8.25), times(123.4)), ("8.2".to_owned(), "123".to_owned()));
        assert_eq!(percent(0.25), "25.0 %");
        assert_eq!(share(84.34, (81.0, 87.06)), "84.3 % (81.0–87.1)");
        assert_eq!([0.0, 200.0, 2e7, 2.5e6].map(tick), ["0", "200", "20 M", "2.5 M"]);
        assert_eq!([0.0, 2e6].map(byte_tick), ["0 B", "2 MB"]);
    }
}
