//! The parts of the page as markup. What can be pressed is found again by its attributes.

use std::collections::BTreeMap;
use std::fmt::Write;

use common::format;
use common::plot::{Plot, Range};
use common::svg::{Anchor, Svg, escaped};
use common::words::{Language, Words, words};
use engine::accuracy::Accuracy;

use crate::statistics::{BINS, Paired};
use crate::study::{Network, Study};

/// As many classes have a place in the confusion matrix; of more, the largest confusions are listed.
const MOST_CLASSES: usize = 40;

/// As many lines a list shows.
const MOST_LINES: usize = 30;

/// As many photos are shown at once.
pub const MOST_PHOTOS: usize = 24;

/// Networks of the same accuracy would split otherwise in fewer than one case of twenty.
const SIGNIFICANT: f64 = 0.05;

/// What stands before anything is chosen.
pub fn frame(language: Language) -> String {
    let t = |words| language.of(words);
    format!(
        "<p class=\"prose\">{}</p>\
         <div class=\"buttons\"><label class=\"button primary file\"><span>{}</span>\
         <input type=\"file\" webkitdirectory multiple data-choose data-testid=\"validation-folder\"></label>\
         <button type=\"button\" data-start data-testid=\"validation-start\" hidden>{}</button>\
         <button type=\"button\" data-stop data-testid=\"validation-stop\" hidden>{}</button></div>\
         <p class=\"note\" data-chosen data-testid=\"validation-chosen\"></p>\
         <progress data-progress hidden aria-label=\"{}\"></progress>\
         <p class=\"note\" role=\"status\" data-status data-testid=\"validation-status\"></p>\
         <div data-results class=\"validation-results\"></div>",
        t(words(
            "Choose (or drop here) a folder that has a folder of photos for each class, named after it; a list (.csv: path, class) in it goes before. The networks of the board are asked about every photo. Nothing leaves this device.",
            "选择（或拖到这里）一个文件夹：其中每个类别一个子文件夹，以类别命名；若其中有列表文件（.csv：路径,类别），则以列表为准。对比面板上的网络将逐张判断。一切都留在本设备上。",
        )),
        t(words("Choose a folder of labelled photos", "选择带标签的照片文件夹")),
        t(START),
        t(words("Stop", "停止")),
        t(words("Photos that have been judged", "已判断的照片")),
    )
}

/// On the button that begins.
pub const START: Words = words("Judge them", "开始判断");
/// On the same button after it was stopped.
pub const GO_ON: Words = words("Go on", "继续");

/// What was chosen, and what of it cannot be used.
pub fn chosen(study: &Study, language: Language) -> String {
    let photos = &study.photos;
    let (count, classes) = (photos.photos.len(), photos.classes.len());
    let mut lines = vec![match language {
        Language::English => format!("{count} photos of {classes} classes."),
        Language::Chinese => format!("{classes} 个类别，{count} 张照片。"),
    }];
    if photos.without > 0 {
        lines.push(match language {
            Language::English => format!("{} pictures have no class and are left out.", photos.without),
            Language::Chinese => format!("{} 张图片没有类别，已略去。", photos.without),
        });
    }
    let mut unknown: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for network in &study.networks {
        unknown.entry(network.unknown(&photos.classes)).or_default().push(&network.name);
    }
    let comma = language.of(words(", ", "、"));
    for (classes, networks) in unknown.into_iter().filter(|(classes, _)| !classes.is_empty()) {
        let named = classes.iter().take(5).copied().collect::<Vec<_>>().join(comma);
        let named = if classes.len() > 5 { named + "…" } else { named };
        let (count, who) = (classes.len(), networks.join(comma));
        lines.push(match language {
            Language::English => format!(
                "No output for {count} of the classes ({named}), so not asked about their photos: {who}."
            ),
            Language::Chinese => {
                format!("没有其中 {count} 个类别（{named}）的输出，因此不判断这些照片：{who}。")
            }
        });
    }
    lines.join(" ")
}

/// A share with its interval; of no photos there is none.
fn share(accuracy: Accuracy) -> String {
    if accuracy.images == 0 {
        return "–".to_owned();
    }
    format::share(accuracy.percent(), accuracy.interval_percent())
}

/// A row for every network.
pub fn summary(study: &Study, language: Language) -> String {
    let t = |words| language.of(words);
    let head = [
        words("network", "网络"),
        words("top-1 (95 % interval)", "Top-1（95 % 区间）"),
        words("top-5", "Top-5"),
        words("photos", "照片"),
        words("takes here", "本机耗时"),
        words("calibration error", "校准误差"),
        words("temperature", "温度"),
    ];
    let head: String = head.iter().map(|title| format!("<th scope=\"col\">{}</th>", t(*title))).collect();
    let mut rows = String::new();
    for network in &study.networks {
        let Network { name, style, median_ms, tally, .. } = network;
        let known = tally.top1().images > 0;
        let number =
            |value: f64, digits: usize| if known { format!("{value:.digits$}") } else { "–".to_owned() };
        let top5 = if known { format::percent(tally.top5().percent() / 100.0) } else { "–".to_owned() };
        let _ = write!(
            rows,
            "<tr data-testid=\"validation-row\"><th scope=\"row\"><span class=\"swatch\" style=\"{}\"></span>{}</th>\
             <td data-testid=\"validation-top1\">{}</td><td>{top5}</td><td>{}</td><td>{}</td><td>{} %</td><td>{}</td></tr>",
            escaped(style),
            escaped(name),
            share(tally.top1()),
            tally.top1().images,
            median_ms.map_or_else(|| "–".to_owned(), format::milliseconds),
            number(100.0 * tally.calibration().errors()[0], 1),
            number(tally.calibration().temperature(), 2),
        );
    }
    format!(
        "<div class=\"table-scroll\" tabindex=\"0\"><table class=\"validation-table\"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

/// Accuracy over latency; nothing unless two networks have been measured.
fn scatter(study: &Study, width: f64, language: Language) -> Option<String> {
    let t = |words| language.of(words);
    let points: Vec<(&Network, f64)> =
        study.networks.iter().filter_map(|network| Some((network, network.median_ms?))).collect();
    let points: Vec<_> = points.into_iter().filter(|(network, _)| network.tally.top1().images > 0).collect();
    if points.len() < 2 {
        return None;
    }
    let ends = |values: Vec<f64>| {
        values.into_iter().fold((f64::MAX, 0f64), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (fast, slow) = ends(points.iter().map(|(_, ms)| *ms).collect());
    let low = ends(points.iter().map(|(network, _)| network.tally.top1().interval_percent().0).collect()).0;
    let high = ends(points.iter().map(|(network, _)| network.tally.top1().interval_percent().1).collect()).1;
    let plot = Plot {
        area: [52.0, 28.0, (width - 68.0).max(100.0), 220.0],
        x: Range::Logarithmic(fast / 1.5, slow * 1.5),
        y: Range::Linear((low - 3.0).max(0.0), (high + 3.0).min(100.0)),
    };
    let mut svg = Svg::new(width, false);
    let titles = [
        t(words("milliseconds here", "本机毫秒")),
        t(words("top-1 on your photos, %", "在您的照片上的 Top-1，%")),
    ];
    plot.grid(&mut svg, titles, [format::digits, |value| format!("{value:.0}")]);
    for (network, ms) in points {
        let top1 = network.tally.top1();
        let (low, high) = top1.interval_percent();
        let at = plot.at(ms, top1.percent());
        svg.line("whisker", plot.at(ms, low), plot.at(ms, high));
        svg.point(
            "dot",
            at,
            6.0,
            &format!("{}: {}, {}", network.name, share(top1), format::milliseconds(ms)),
            "",
        );
        let (anchor, side) = if at.0 > width - 160.0 { (Anchor::End, -10.0) } else { (Anchor::Start, 10.0) };
        svg.text("label", (at.0 + side, at.1 - 6.0), anchor, &network.name);
    }
    Some(svg.finish(300.0, t(words("Accuracy on your photos over latency", "在您的照片上的准确率与延迟"))))
}

/// Everything that has been found, but for the [`details`] of the networks that are looked at.
pub fn found(study: &Study, [first, second]: [usize; 2], width: f64, language: Language) -> String {
    let t = |words| language.of(words);
    let button = |attribute: &str, kind: &str, text: &str| {
        format!(
            "<button type=\"button\" class=\"quiet\" {attribute}=\"{kind}\" data-testid=\"validation-{kind}\">{text}</button>"
        )
    };
    let exports =
        ["csv", "json", "md"].map(|kind| button("data-export", kind, &kind.to_uppercase())).concat();
    let lists = [
        ("wrong", words("Most confident mistakes", "最有把握的错误")),
        ("disputed", words("Most disputed photos", "分歧最大的照片")),
    ];
    let lists = lists.map(|(kind, text)| button("data-list", kind, t(text))).concat();
    format!(
        "<div data-summary>{}</div>{}<div class=\"buttons\">{exports}</div><div class=\"settings-row\">{}{}</div>\
         <div data-details></div><div class=\"buttons\">{lists}</div><div data-pictures></div>",
        summary(study, language),
        scatter(study, width, language).unwrap_or_default(),
        choices(study, first, "network", t(words("Look at", "查看"))),
        choices(study, second, "other", t(words("beside", "对比"))),
    )
}

/// What has been found of a network, and of it beside another.
pub fn details(study: &Study, [first, second]: [usize; 2], width: f64, language: Language) -> String {
    let Some(network) = study.networks.get(first) else { return String::new() };
    let part = |title: Words, text: String| format!("<h4>{}</h4>{text}", language.of(title));
    let mut html = part(words("What is taken for what", "混淆矩阵"), confusion(network, language))
        + &part(
            words("How far its probabilities can be believed", "概率是否可信"),
            calibration(network, width, language),
        );
    if let Some(other) = study.networks.get(second).filter(|_| first != second) {
        html +=
            &part(words("Which of the two is better", "两者谁更好"), pair(study, network, other, language));
    }
    html
}

/// The names of the networks to choose from.
fn choices(study: &Study, chosen: usize, name: &str, label: &str) -> String {
    let option = |(at, network): (usize, &Network)| {
        let selected = if at == chosen { " selected" } else { "" };
        format!("<option value=\"{at}\"{selected}>{}</option>", escaped(&network.name))
    };
    let options: String = study.networks.iter().enumerate().map(option).collect();
    format!(
        "<label class=\"select\"><span>{}</span><select data-choice=\"{name}\" data-testid=\"validation-{name}\">{options}</select></label>",
        escaped(label)
    )
}

/// What a network took the photos of each class for. A cell opens its photos.
fn confusion(network: &Network, language: Language) -> String {
    let mut counts: BTreeMap<(u16, u16), u32> = BTreeMap::new();
    for guess in network.tally.guesses() {
        *counts.entry((guess.label, guess.class)).or_default() += 1;
    }
    let mut classes: Vec<u16> = network.stands_for.iter().copied().flatten().collect();
    classes.sort_unstable();
    classes.dedup();
    let name = |class: u16| escaped(&network.output(class, language));
    let title = |label: u16, class: u16, count: u32| match language {
        Language::English => format!("{} taken for {}: {count}", name(label), name(class)),
        Language::Chinese => format!("{} 判为 {}：{count}", name(label), name(class)),
    };
    if classes.len() > MOST_CLASSES {
        let mut wrong: Vec<((u16, u16), u32)> =
            counts.into_iter().filter(|((label, class), _)| label != class).collect();
        wrong.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let line = |((label, class), count): &((u16, u16), u32)| {
            format!(
                "<li><button type=\"button\" class=\"quiet\" data-cell=\"{label} {class}\">{}</button></li>",
                title(*label, *class, *count)
            )
        };
        let lines: String = wrong.iter().take(MOST_LINES).map(line).collect();
        return format!("<ol class=\"validation-list\" data-testid=\"validation-confusions\">{lines}</ol>");
    }
    // Outputs that no folder is named after share a column.
    let is_there = |class: &u16| classes.contains(class);
    let head: String =
        classes.iter().map(|class| format!("<th scope=\"col\"><span>{}</span></th>", name(*class))).collect();
    let mut rows = String::new();
    for label in &classes {
        let of_label = network.tally.of_class(*label);
        let _ = write!(rows, "<tr><th scope=\"row\">{}</th>", name(*label));
        let others: u32 = counts
            .iter()
            .filter(|((of, class), _)| of == label && !is_there(class))
            .map(|(_, count)| count)
            .sum();
        for class in &classes {
            let count = counts.get(&(*label, *class)).copied().unwrap_or(0);
            let depth = if of_label.images == 0 {
                0.0
            } else {
                100.0 * f64::from(count) / f64::from(of_label.images)
            };
            let kind = if label == class { "right" } else { "wrong" };
            let cell = match count {
                0 => String::new(),
                count => format!(
                    "<button type=\"button\" data-cell=\"{label} {class}\" aria-label=\"{}\">{count}</button>",
                    title(*label, *class, count)
                ),
            };
            let _ = write!(rows, "<td class=\"{kind}\" style=\"--depth: {depth:.0}%\">{cell}</td>");
        }
        let others = if others == 0 { String::new() } else { others.to_string() };
        let _ = write!(rows, "<td>{others}</td><td>{}</td></tr>", share(of_label));
    }
    format!(
        "<div class=\"table-scroll\" tabindex=\"0\"><table class=\"confusion\" data-testid=\"validation-matrix\"><thead><tr><td></td>{head}\
         <th scope=\"col\"><span>{}</span></th><th scope=\"col\"><span>{}</span></th></tr></thead><tbody>{rows}</tbody></table></div>",
        language.of(words("others", "其他")),
        language.of(words("right", "正确")),
    )
}

/// Which of two networks is better, in all and by class.
fn pair(study: &Study, first: &Network, second: &Network, language: Language) -> String {
    let paired = Paired::of(&first.tally, &second.tally);
    let Paired { images, first_alone, second_alone } = paired;
    let p = paired.p_value();
    let (a, b) = (escaped(&first.name), escaped(&second.name));
    let p_text = if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {p:.3}") };
    let verdict = match (p < SIGNIFICANT, first_alone > second_alone, language) {
        (false, _, Language::English) => {
            format!("No difference beyond chance ({p_text}, McNemar’s exact test).")
        }
        (false, _, Language::Chinese) => format!("差异未超出偶然（{p_text}，McNemar 精确检验）。"),
        (true, is_first, Language::English) => {
            format!(
                "{} is better beyond chance ({p_text}, McNemar’s exact test).",
                if is_first { &a } else { &b }
            )
        }
        (true, is_first, Language::Chinese) => {
            format!("{} 更好，且超出偶然（{p_text}，McNemar 精确检验）。", if is_first { &a } else { &b })
        }
    };
    let counts = match language {
        Language::English => format!(
            "Of {images} photos, {first_alone} were guessed right by {a} alone, {second_alone} by {b} alone."
        ),
        Language::Chinese => {
            format!("{images} 张照片中，仅 {a} 判对 {first_alone} 张，仅 {b} 判对 {second_alone} 张。")
        }
    };
    let mut rows: Vec<(f64, String)> = Vec::new();
    for (class, name) in study.photos.classes.iter().enumerate() {
        let of = |network: &Network| {
            let label = network.stands_for.get(class).copied().flatten()?;
            Some(network.tally.of_class(label)).filter(|accuracy| accuracy.images > 0)
        };
        if let (Some(of_first), Some(of_second)) = (of(first), of(second)) {
            let points = of_first.percent() - of_second.percent();
            rows.push((
                points,
                format!(
                    "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{points:+.1}</td></tr>",
                    escaped(name),
                    share(of_first),
                    share(of_second)
                ),
            ));
        }
    }
    rows.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    let rows: String = rows.into_iter().take(MOST_LINES).map(|(_, row)| row).collect();
    format!(
        "<p data-testid=\"validation-verdict\">{counts} {verdict}</p><div class=\"table-scroll\" tabindex=\"0\"><table class=\"validation-table\"><thead><tr>\
         <th scope=\"col\">{}</th><th scope=\"col\">{a}</th><th scope=\"col\">{b}</th><th scope=\"col\">{}</th></tr></thead><tbody>{rows}</tbody></table></div>",
        language.of(words("class", "类别")),
        language.of(words("points", "相差")),
    )
}

/// How often a network is right where it is so sure, and what would make that equal.
fn calibration(network: &Network, width: f64, language: Language) -> String {
    let t = |words| language.of(words);
    let width = width.min(420.0);
    let plot = Plot {
        area: [52.0, 28.0, (width - 68.0).max(100.0), 200.0],
        x: Range::Linear(0.0, 1.0),
        y: Range::Linear(0.0, 1.0),
    };
    let mut svg = Svg::new(width, false);
    let titles =
        [t(words("how sure it is", "网络给出的概率")), t(words("how often it is right", "实际正确率"))];
    plot.grid(&mut svg, titles, [|value| format!("{value}"), |value| format!("{value}")]);
    svg.line("even", plot.at(0.0, 0.0), plot.at(1.0, 1.0));
    for (at, bin) in network.tally.calibration().bins().iter().enumerate().filter(|(_, bin)| bin.images > 0) {
        let (left, right) = (at as f64 / BINS as f64, (at + 1) as f64 / BINS as f64);
        let ((x, y), (end, base)) = (plot.at(left, bin.accuracy()), plot.at(right, 0.0));
        svg.rect("bin", x + 1.0, y, end - x - 2.0, base - y);
        let accuracy = Accuracy { correct: bin.correct, images: bin.images };
        svg.point(
            "dot",
            plot.at(bin.confidence(), bin.accuracy()),
            4.0,
            &format!("{:.2}: {}", bin.confidence(), share(accuracy)),
            "",
        );
    }
    let [before, after] = network.tally.calibration().errors().map(|error| 100.0 * error);
    let temperature = network.tally.calibration().temperature();
    let text = match language {
        Language::English => format!(
            "On average it is {before:.1} points more or less sure than it is right (ECE, {BINS} bins). Logits divided by {temperature:.2} fit these labels best; the error is then {after:.1} points."
        ),
        Language::Chinese => format!(
            "平均而言，概率与实际正确率相差 {before:.1} 个百分点（ECE，{BINS} 个区间）。把 logit 除以 {temperature:.2} 最符合这些标签，误差变为 {after:.1} 个百分点。"
        ),
    };
    let picture = svg.finish(280.0, t(words("Reliability diagram", "可靠性图")));
    format!("<div>{picture}</div><p data-testid=\"validation-calibration\">{text}</p>")
}

/// Places for photos, which get their pictures later.
pub fn photos(study: &Study, photos: &[usize], title: &str, language: Language) -> String {
    let picture = |photo: &usize| {
        let Some(known) = study.photos.photos.get(*photo) else { return String::new() };
        let class = study.photos.classes.get(known.class).map_or("", String::as_str);
        let said: String = study
            .networks
            .iter()
            .filter_map(|network| {
                let guesses = network.tally.guesses();
                let found = guesses.binary_search_by_key(&(*photo as u32), |guess| guess.photo).ok()?;
                let guess = guesses[found];
                Some(format!(
                    "<li class=\"{}\"><span class=\"swatch\" style=\"{}\"></span>{} {}</li>",
                    if guess.is_right() { "right" } else { "wrong" },
                    escaped(&network.style),
                    escaped(&network.output(guess.class, language)),
                    format::percent(f64::from(guess.confidence))
                ))
            })
            .collect();
        format!(
            "<figure data-testid=\"validation-photo\"><img data-photo=\"{photo}\" alt=\"{}\" loading=\"lazy\"><figcaption><strong>{}</strong><ul>{said}</ul></figcaption></figure>",
            escaped(&known.path),
            escaped(class)
        )
    };
    let more = match photos.len() > MOST_PHOTOS {
        true => match language {
            Language::English => {
                format!("<p class=\"note\">The first {MOST_PHOTOS} of {}.</p>", photos.len())
            }
            Language::Chinese => {
                format!("<p class=\"note\">共 {} 张，显示前 {MOST_PHOTOS} 张。</p>", photos.len())
            }
        },
        false => String::new(),
    };
    let pictures: String = photos.iter().take(MOST_PHOTOS).map(picture).collect();
    format!(
        "<h4 tabindex=\"-1\" data-photos>{}</h4>{more}<div class=\"validation-photos\">{pictures}</div>",
        escaped(title)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::tests::study;

    #[test]
    fn every_part_says_what_was_found_in_both_languages() {
        let mut study = study();
        study.networks[0].name = "<first>".to_owned();
        let [first, second] = &study.networks[..] else { panic!("two networks") };
        for language in Language::ALL {
            let all = [
                frame(language),
                chosen(&study, language),
                found(&study, [0, 1], 600.0, language),
                details(&study, [0, 1], 600.0, language),
                photos(&study, &[0, 1, 2], "x", language),
            ];
            let text = all.concat();
            assert!(!text.contains("<first>") && text.contains("&lt;first&gt;"), "{text}");
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
            assert!(scatter(&study, 600.0, language).is_some());
            // A network beside itself has no better one.
            assert!(!details(&study, [0, 0], 600.0, language).contains("McNemar"));
        }
        assert!(summary(&study, Language::English).contains("66.7 % (20.8–93.9)"));
        assert!(
            chosen(&study, Language::English)
                .contains("No output for 1 of the classes (a), so not asked about their photos: second.")
        );
        assert!(
            confusion(first, Language::English).contains("data-cell=\"1 1\" aria-label=\"b taken for b: 1\"")
        );
        let verdict = pair(&study, first, second, Language::English);
        assert!(verdict.contains("Of 1 photos, 0 were") && verdict.contains("p = 1.000"), "{verdict}");
    }

    #[test]
    fn nothing_yet_is_no_number() {
        let mut study = study();
        study.networks.iter_mut().for_each(|network| network.tally = Default::default());
        for language in Language::ALL {
            let text = [summary(&study, language), confusion(&study.networks[0], language)].concat();
            assert!(!text.contains("NaN"), "{text}");
            assert_eq!(scatter(&study, 600.0, language), None);
        }
    }
}
