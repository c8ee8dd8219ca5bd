//! The section as markup.

use std::fmt::Write;

use common::format;
use common::svg::escaped;
use common::words::{Language, Words, words};

use crate::picture::Channel;

/// So many channels are shown.
pub const MOST_CHANNELS: usize = 24;

/// The photo that networks look at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Photo {
    /// What it is called.
    pub name: String,
    /// Address of its pixels.
    pub url: String,
}

/// What a network's answer comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Attributed {
    /// As the board calls it.
    pub name: String,
    /// Its colour, as the style sheets read it.
    pub style: String,
    /// What speaks for the class or against it, or why nobody knows.
    pub found: Result<Found, String>,
}

/// A class map in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The class.
    pub class: String,
    /// Its logit.
    pub logit: f32,
    /// Whether positions add up to it.
    pub is_exact: bool,
    /// Height and width of the map.
    pub size: (usize, usize),
    /// Row and column of the largest number, from 0.
    pub most: (usize, usize),
    /// Where in the photo the network's input lies: left, top, width and height as shares of the photo's.
    pub seen: [f64; 4],
}

/// A module that can be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The module's name.
    pub name: String,
    /// Height, width and channels; 1×1 of vectors, `None` of what is no picture.
    pub size: Option<(usize, usize, usize)>,
}

/// What stands before there is anything.
pub fn frame(language: Language) -> String {
    let t = |words| language.of(words);
    format!(
        "<p class=\"prose\">{}</p><p class=\"note\" role=\"status\" data-status data-testid=\"inside-status\"></p>\
         <section aria-labelledby=\"inside-where\"><h3 id=\"inside-where\">{}</h3>\
         <label class=\"inside-choice\">{} <select data-class data-testid=\"inside-class\"></select></label>\
         <p class=\"note\">{}</p><div class=\"inside-maps\" data-maps data-testid=\"inside-maps\"></div></section>\
         <section aria-labelledby=\"inside-modules\"><h3 id=\"inside-modules\">{}</h3>\
         <div class=\"buttons\"><label class=\"inside-choice\">{} <select data-network data-testid=\"inside-network\"></select></label>\
         <label class=\"inside-choice\">{} <select data-stage data-testid=\"inside-stage\"></select></label></div>\
         <p class=\"note\" data-about data-testid=\"inside-about\"></p>\
         <div class=\"inside-value\" data-value data-testid=\"inside-value\"></div>\
         <div class=\"buttons\"><button type=\"button\" data-field data-testid=\"inside-field\">{}</button></div>\
         <div data-reach data-testid=\"inside-reach\"></div></section>",
        t(words(
            "The photo above, as the networks of the board see it. Everything is computed on this device, when this is open.",
            "上方的照片在对比面板各网络眼中的样子。一切都在本设备上、在此处展开时计算。",
        )),
        t(words("Where does it look?", "它在看哪里？")),
        t(words("For the class", "针对类别")),
        t(words(
            "Orange parts of the photo speak for the class, blue ones against it: what each position of the network’s last map adds to the class’s logit (class activation map).",
            "照片中橙色部分支持该类别，蓝色部分反对：网络最后一张特征图的每个位置给该类别 logit 增加的数值（类激活图）。",
        )),
        t(words("What do its modules see?", "各模块看到什么？")),
        t(words("Network", "网络")),
        t(words("Module", "模块")),
        t(words("Show what its middle depends on", "显示其中心取决于哪些像素")),
    )
}

/// A photo under a picture that is drawn later; `label` says what that shows.
fn under(photo: &Photo, seen: [f64; 4], label: &str, (height, width): (usize, usize), key: &str) -> String {
    let [left, top, wide, tall] = seen.map(|share| 100.0 * share);
    format!(
        "<div class=\"inside-photo\"><img src=\"{}\" alt=\"\"/>\
         <canvas role=\"img\" aria-label=\"{}\" width=\"{width}\" height=\"{height}\" data-drawn=\"{key}\" \
         style=\"left:{left:.2}%;top:{top:.2}%;width:{wide:.2}%;height:{tall:.2}%\"></canvas></div>",
        escaped(&photo.url),
        escaped(label),
    )
}

/// A class map of every network. Their pictures are drawn into the canvases `map-0`, `map-1`, ….
pub fn maps(photo: &Photo, networks: &[Attributed], language: Language) -> String {
    let mut html = String::new();
    for (at, network) in networks.iter().enumerate() {
        let name = format!(
            "<figcaption><span class=\"swatch\" style=\"{}\"></span><strong>{}</strong>",
            escaped(&network.style),
            escaped(&network.name)
        );
        let _ = match &network.found {
            Ok(found) => {
                let label = match language {
                    Language::English => format!("What speaks for {} in the photo", found.class),
                    Language::Chinese => format!("照片中支持“{}”的部分", found.class),
                };
                write!(
                    html,
                    "<figure data-testid=\"inside-map\">{}{name}<span class=\"inside-class\">{}</span><small>{}</small></figcaption></figure>",
                    under(photo, found.seen, &label, found.size, &format!("map-{at}")),
                    escaped(&found.class),
                    facts(found, language)
                )
            }
            Err(reason) => write!(
                html,
                "<figure data-testid=\"inside-map\">{name}<small>{}</small></figcaption></figure>",
                escaped(reason)
            ),
        };
    }
    html
}

/// What a class map says, for those who do not see it too.
fn facts(found: &Found, language: Language) -> String {
    let ((height, width), (row, column)) = (found.size, found.most);
    let logit = format!("{:.2}", found.logit);
    match (language, found.is_exact) {
        (Language::English, true) => format!(
            "{height}×{width} positions; with the biases they add up to the logit, {logit}. Most comes from row {}, column {}.",
            row + 1,
            column + 1
        ),
        (Language::English, false) => format!(
            "{height}×{width} positions; its head bends, so they are what a small change would do to the logit, {logit}. Most comes from row {}, column {}.",
            row + 1,
            column + 1
        ),
        (Language::Chinese, true) => format!(
            "{height}×{width} 个位置；与偏置相加即得 logit {logit}。贡献最大的是第 {} 行第 {} 列。",
            row + 1,
            column + 1
        ),
        (Language::Chinese, false) => format!(
            "{height}×{width} 个位置；分类头是非线性的，因此数值表示微小变化对 logit {logit} 的影响。贡献最大的是第 {} 行第 {} 列。",
            row + 1,
            column + 1
        ),
    }
}

/// The choices of a menu, by their values.
pub fn options(choices: impl IntoIterator<Item = (String, String)>, chosen: &str) -> String {
    let option = |(value, text): (String, String)| {
        let selected = if value == chosen { " selected" } else { "" };
        format!("<option value=\"{}\"{selected}>{}</option>", escaped(&value), escaped(&text))
    };
    choices.into_iter().map(option).collect()
}

/// The choice of the class that each network finds likeliest.
pub const LIKELIEST: Words = words("that each finds likeliest", "各网络认为最可能的类别");

/// What a value is: its shape, and what is shown of it.
pub fn about(size: (usize, usize, usize), language: Language) -> String {
    let (h, w, c) = size;
    match (language, h * w > 1) {
        (Language::English, true) => format!(
            "{h}×{w} positions, {} channels; the {} with most energy, each from its least number (black) to its largest (white). Press one to see it over the photo.",
            c,
            c.min(MOST_CHANNELS)
        ),
        (Language::English, false) => {
            format!("{} numbers, one a channel, the largest first.", c)
        }
        (Language::Chinese, true) => format!(
            "{h}×{w} 个位置，{} 个通道；显示能量最大的 {} 个，每个从最小值（黑）到最大值（白）。点击即可叠加在照片上查看。",
            c,
            c.min(MOST_CHANNELS)
        ),
        (Language::Chinese, false) => {
            format!("{} 个数值，每通道一个，从大到小。", c)
        }
    }
}

/// The channels of a map. Their pictures are drawn into the canvases `channel-NUMBER`, the large one into `large`.
pub fn channels(
    photo: &Photo,
    seen: [f64; 4],
    (height, width): (usize, usize),
    ranked: &[Channel],
    chosen: usize,
    language: Language,
) -> String {
    let name = |number: usize| match language {
        Language::English => format!("Channel {number}"),
        Language::Chinese => format!("通道 {number}"),
    };
    let mut html = "<div class=\"inside-channels\">".to_owned();
    for Channel { number, energy } in ranked.iter().take(MOST_CHANNELS) {
        let _ = write!(
            html,
            "<button type=\"button\" data-channel=\"{number}\" aria-pressed=\"{}\" data-testid=\"inside-channel\">\
             <canvas width=\"{width}\" height=\"{height}\" data-drawn=\"channel-{number}\" aria-hidden=\"true\"></canvas>\
             <span>{} · {}</span></button>",
            *number == chosen,
            name(*number),
            format::percent(*energy)
        );
    }
    let large = under(photo, seen, &name(chosen), (height, width), "large");
    let _ = write!(
        html,
        "</div><figure class=\"inside-large\">{large}<figcaption>{}</figcaption></figure>",
        name(chosen)
    );
    html
}

/// The numbers of a vector as bars, the largest first.
pub fn bars(values: &[f32], language: Language) -> String {
    let mut sorted: Vec<(usize, f32)> = values.iter().copied().enumerate().collect();
    sorted.sort_by(|a, b| b.1.total_cmp(&a.1));
    let most = values.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    let (width, height, middle) =
        (640.0, 160.0, if values.iter().any(|value| *value < 0.0) { 80.0 } else { 160.0 });
    let step = width / sorted.len().max(1) as f32;
    let mut body = String::new();
    for (at, (channel, value)) in sorted.iter().enumerate() {
        let tall = if most > 0.0 { middle * value.abs() / most } else { 0.0 };
        let top = if *value < 0.0 { middle } else { middle - tall };
        let _ = write!(
            body,
            "<rect x=\"{:.2}\" y=\"{top:.1}\" width=\"{:.2}\" height=\"{tall:.1}\"><title>{channel}: {value:.3}</title></rect>",
            at as f32 * step,
            (step * 0.9).max(0.4)
        );
    }
    let label = match language {
        Language::English => {
            format!("{} numbers from {:.3} to {:.3}", sorted.len(), ends(&sorted).0, ends(&sorted).1)
        }
        Language::Chinese => {
            format!("{} 个数值，从 {:.3} 到 {:.3}", sorted.len(), ends(&sorted).0, ends(&sorted).1)
        }
    };
    format!(
        "<figure class=\"inside-bars\"><svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{label}\" preserveAspectRatio=\"none\">{body}</svg><figcaption><small>{label}</small></figcaption></figure>"
    )
}

/// The least and the largest of numbers that fall.
fn ends(sorted: &[(usize, f32)]) -> (f32, f32) {
    let number = |end: Option<&(usize, f32)>| end.map_or(0.0, |(_, value)| *value);
    (number(sorted.last()), number(sorted.first()))
}

/// What the middle of a value depends on. Its picture is drawn into the canvas `field`.
pub fn field(
    photo: &Photo,
    seen: [f64; 4],
    size: (usize, usize),
    most: (usize, usize),
    language: Language,
) -> String {
    let text = match language {
        Language::English => format!(
            "Nine tenths of what the middle position depends on lie within {}×{} of {}×{} pixels (effective receptive field: absolute derivatives by the pixels, for this photo).",
            most.0, most.1, size.0, size.1
        ),
        Language::Chinese => format!(
            "中心位置所依赖的内容有九成位于 {}×{} 像素之内（共 {}×{} 像素；有效感受野：对像素的导数绝对值，针对这张照片）。",
            most.0, most.1, size.0, size.1
        ),
    };
    format!(
        "<figure class=\"inside-large\">{}<figcaption><small>{text}</small></figcaption></figure>",
        under(photo, seen, &text, size, "field")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo() -> Photo {
        Photo { name: "<cat>".to_owned(), url: "blob:\"x".to_owned() }
    }

    #[test]
    fn a_map_is_told_in_words_too_and_a_failure_stays_with_its_network() {
        let found = Found {
            class: "tabby <cat>".to_owned(),
            logit: 9.125,
            is_exact: true,
            size: (7, 7),
            most: (2, 3),
            seen: [0.125, 0.0, 0.75, 1.0],
        };
        let networks = [
            Attributed { name: "V2".to_owned(), style: String::new(), found: Ok(found.clone()) },
            Attributed {
                name: "V3".to_owned(),
                style: String::new(),
                found: Ok(Found { is_exact: false, ..found }),
            },
            Attributed { name: "ESPNet".to_owned(), style: String::new(), found: Err("no <map>".to_owned()) },
        ];
        let html = maps(&photo(), &networks, Language::English);
        for part in [
            "tabby &lt;cat&gt;",
            "add up to the logit, 9.12",
            "row 3, column 4",
            "its head bends",
            "no &lt;map&gt;",
            "left:12.50%",
            "data-drawn=\"map-1\"",
            "blob:&quot;x",
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
        assert!(maps(&photo(), &networks, Language::Chinese).contains("第 3 行第 4 列"));
    }

    #[test]
    fn only_the_strongest_channels_are_shown() {
        let ranked: Vec<Channel> = (0..40).map(|number| Channel { number, energy: 0.025 }).collect();
        let html = channels(&photo(), [0.0, 0.0, 1.0, 1.0], (14, 14), &ranked, 3, Language::English);
        assert_eq!(html.matches("data-channel").count(), MOST_CHANNELS);
        assert_eq!(html.matches("aria-pressed=\"true\"").count(), 1);
        assert!(html.contains("Channel 3 · 2.5 %"), "{html}");
    }

    #[test]
    fn bars_fall_and_say_their_ends() {
        let html = bars(&[0.25, 1.0, -0.5], Language::English);
        assert!(html.contains("3 numbers from -0.500 to 1.000"), "{html}");
        assert!(html.find("1: 1.000").unwrap() < html.find("0: 0.250").unwrap());
        assert!(!bars(&[], Language::Chinese).contains("NaN"));
        assert!(!bars(&[0.0], Language::Chinese).contains("NaN"));
    }

    #[test]
    fn every_text_is_in_both_languages() {
        for language in Language::ALL {
            let html = frame(language) + &about((7, 7, 960), language) + &about((1, 1, 16), language);
            assert!(html.contains("inside-maps"));
            assert_eq!(language == Language::Chinese, html.contains("模块"));
        }
    }
}
