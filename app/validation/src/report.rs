//! The results as files.

use std::fmt::Write;

use common::csv;
use common::words::Language;
use serde_json::{Value, json};

use crate::statistics::Paired;
use crate::study::{Network, Study};

/// A line a photo: what it is, what each network says with which confidence, and the page's version.
pub fn csv(study: &Study, page: &str) -> String {
    let mut head = vec!["photo".to_owned(), "class".to_owned()];
    for network in &study.networks {
        head.extend([network.name.clone(), format!("{} confidence", network.name)]);
    }
    head.push("page".to_owned());
    let mut lines = vec![csv::line(head)];
    let mut rest: Vec<_> =
        study.networks.iter().map(|network| network.tally.guesses().iter().peekable()).collect();
    for (at, photo) in study.photos.photos.iter().take(study.done).enumerate() {
        let mut cells = vec![photo.path.clone(), study.photos.classes[photo.class].clone()];
        for (network, guesses) in study.networks.iter().zip(&mut rest) {
            let guess = guesses.next_if(|guess| guess.photo as usize == at);
            cells.extend(guess.map_or_else(Default::default, |guess| {
                [network.output(guess.class, Language::English), format!("{:.6}", guess.confidence)]
            }));
        }
        cells.push(page.to_owned());
        lines.push(csv::line(cells));
    }
    lines.join("\r\n") + "\r\n"
}

fn summary(network: &Network) -> Value {
    let tally = &network.tally;
    let accuracy = |accuracy: engine::accuracy::Accuracy| {
        let (low, high) = accuracy.interval_percent();
        json!({ "correct": accuracy.correct, "photos": accuracy.images, "percent": accuracy.percent(), "interval_percent": [low, high] })
    };
    let [error, at_temperature] = tally.calibration().errors();
    json!({
        "network": network.name,
        "median_ms": network.median_ms,
        "top1": accuracy(tally.top1()),
        "top5": accuracy(tally.top5()),
        "calibration_error": error,
        "temperature": tally.calibration().temperature(),
        "calibration_error_at_temperature": at_temperature,
    })
}

/// Counts, intervals and tests, as a page of this version has them.
pub fn json(study: &Study, page: &str) -> String {
    let mut pairs = Vec::new();
    for (at, first) in study.networks.iter().enumerate() {
        for second in &study.networks[at + 1..] {
            let paired = Paired::of(&first.tally, &second.tally);
            pairs.push(json!({
                "networks": [first.name, second.name],
                "photos": paired.images,
                "right_alone": [paired.first_alone, paired.second_alone],
                "mcnemar_p": paired.p_value(),
            }));
        }
    }
    let unreadable =
        study.unreadable.iter().map(|(at, reason)| json!([study.photos.photos[*at].path, reason]));
    let all = json!({
        "format": "mobilenet-lab-validation",
        "version": 1,
        "page": page,
        "photos": study.done,
        "classes": study.photos.classes,
        "unreadable": unreadable.collect::<Vec<_>>(),
        "networks": study.networks.iter().map(summary).collect::<Vec<_>>(),
        "pairs": pairs,
    });
    format!("{all:#}\n")
}

/// A table, and the page's version.
pub fn markdown(study: &Study, page: &str) -> String {
    let mut text = "| network | top-1 % | 95 % interval | top-5 % | photos | ms | ECE % |\n|---|---|---|---|---|---|---|\n".to_owned();
    for network in &study.networks {
        let (top1, top5) = (network.tally.top1(), network.tally.top5());
        let (low, high) = top1.interval_percent();
        let ms = network.median_ms.map_or_else(|| "–".to_owned(), |ms| format!("{ms:.2}"));
        let error = 100.0 * network.tally.calibration().errors()[0];
        let name = network.name.replace('|', "\\|");
        let _ = writeln!(
            text,
            "| {name} | {:.2} | {low:.2}–{high:.2} | {:.2} | {} | {ms} | {error:.2} |",
            top1.percent(),
            top5.percent(),
            top1.images
        );
    }
    text + &format!("\nMobileNet Lab {page}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::tests::study;

    #[test]
    fn files_have_what_the_page_has() {
        let study = study();
        let csv = super::csv(&study, "0.1.0 (unknown)");
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines[0], "photo,class,first,first confidence,second,second confidence,page");
        assert_eq!(lines[1], "a/0.jpg,a,a,0.843795,,,0.1.0 (unknown)");
        assert!(lines[3].starts_with("b/2.jpg,b,b,0.6") && lines[3].contains(",b,0.9"), "{}", lines[3]);
        assert_eq!(lines.len(), 4);
        let json: Value = serde_json::from_str(&json(&study, "0.1.0 (unknown)")).unwrap();
        assert_eq!(json["page"], "0.1.0 (unknown)");
        assert_eq!(json["networks"][0]["top1"]["correct"], 2);
        assert_eq!(json["pairs"][0]["right_alone"], json!([0, 0]));
        let markdown = markdown(&study, "0.1.0 (unknown)");
        assert!(markdown.contains("| first | 66.67 | 20.77–93.85 | 100.00 | 3 | 2.50 |"), "{markdown}");
        assert!(markdown.ends_with(" |\n\nMobileNet Lab 0.1.0 (unknown)\n"), "{markdown}");
    }
}
