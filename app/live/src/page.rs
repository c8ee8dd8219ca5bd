//! The section as markup.

use common::format;
use common::interface::{Output, name_of};
use common::svg::escaped;
use common::words::{Language, Words, words};

use engine::predict::{Score, top_k};

use crate::rate::{Rate, Recent};

/// On the button that opens the camera.
pub const START: Words = words("Open the camera", "打开摄像头");

/// A network that looks.
#[derive(Clone, Debug, Default)]
pub struct Looking {
    /// As the board calls it.
    pub name: String,
    /// Its colour, as the style sheets read it.
    pub style: String,
    /// What its outputs are called.
    pub outputs: Vec<Output>,
    /// The most probable class, once it has answered.
    pub seen: Option<Score>,
    /// Pictures that it has answered for.
    pub rate: Rate,
    /// How long its runs took.
    pub times: Recent,
}

impl Looking {
    /// Takes in logits; those that are no numbers leave it without an answer.
    pub fn see(&mut self, logits: &[f32], run_ms: f64, now_ms: f64) {
        self.seen = top_k(logits, 1).and_then(|top| top.into_iter().next());
        self.rate.count(now_ms);
        self.times.add(run_ms);
    }
}

/// What stands before the camera is open.
pub fn frame(language: Language) -> String {
    let t = |words| language.of(words);
    format!(
        "<p class=\"prose\">{}</p>\
         <div class=\"buttons\"><button type=\"button\" class=\"primary\" data-open data-testid=\"live-open\">{}</button>\
         <button type=\"button\" data-freeze data-testid=\"live-freeze\" hidden aria-pressed=\"false\">{}</button>\
         <button type=\"button\" data-close data-testid=\"live-close\" hidden>{}</button></div>\
         <p class=\"note\" role=\"status\" data-status data-testid=\"live-status\"></p>\
         <div class=\"live-view\" data-view hidden><video playsinline muted autoplay data-video aria-label=\"{}\"></video>\
         <canvas data-frozen hidden role=\"img\" aria-label=\"{}\"></canvas>\
         <ol class=\"live-rows\" data-rows data-testid=\"live-rows\"></ol></div>",
        t(words(
            "The networks of the board look at the camera’s picture in turns, each at a fresh one. Nothing is stored and nothing leaves this device.",
            "对比面板上的网络轮流查看摄像头画面，每次都是最新的一帧。不保存画面，一切都留在本设备上。",
        )),
        t(START),
        t(words("Freeze the picture", "定格")),
        t(words("Close the camera", "关闭摄像头")),
        t(words("The camera’s picture", "摄像头画面")),
        t(words("The picture that all networks look at", "所有网络正在查看的画面")),
    )
}

/// A row for every network.
pub fn rows(networks: &[Looking], language: Language) -> String {
    let row = |network: &Looking| {
        let class = network
            .seen
            .map_or_else(|| "…".to_owned(), |seen| name_of(&network.outputs, seen.index, language));
        let share = network.seen.map_or(0.0, |seen| seen.probability);
        let rate = network.rate.per_second().map_or_else(String::new, |rate| match language {
            Language::English => format!("{rate:.1} pictures/s"),
            Language::Chinese => format!("每秒 {rate:.1} 帧"),
        });
        let time = network.times.median().map_or_else(String::new, format::milliseconds);
        format!(
            "<li data-testid=\"live-row\"><span class=\"swatch\" style=\"{}\"></span><strong>{}</strong>\
             <span class=\"live-class\" data-testid=\"live-class\">{}</span>\
             <meter min=\"0\" max=\"1\" value=\"{share:.3}\" aria-label=\"{}\"></meter><span>{}</span><span>{time}</span><span>{rate}</span></li>",
            escaped(&network.style),
            escaped(&network.name),
            escaped(&class),
            escaped(&class),
            format::percent(f64::from(share)),
        )
    };
    networks.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_is_seen_how_fast_and_how_often() {
        let output = |label: &str, label_zh: &str| Output {
            label: label.to_owned(),
            label_zh: label_zh.to_owned(),
            ..Output::default()
        };
        let mut network = Looking {
            name: "<V2>".to_owned(),
            outputs: vec![output("cat", "猫"), output("dog", "狗")],
            ..Looking::default()
        };
        let before = rows(std::slice::from_ref(&network), Language::English);
        assert!(before.contains("…") && before.contains("&lt;V2&gt;") && !before.contains("NaN"), "{before}");
        network.see(&[0.0, 2.0], 3.0, 0.0);
        network.see(&[0.0, 2.0], 5.0, 500.0);
        let after = rows(std::slice::from_ref(&network), Language::English);
        for part in ["dog", "88.1 %", "5.00 ms", "2.0 pictures/s"] {
            assert!(after.contains(part), "{part} is not in {after}");
        }
        assert!(rows(&[network.clone()], Language::Chinese).contains("狗"));
        network.see(&[f32::NAN, 1.0], 1.0, 600.0);
        assert!(rows(&[network], Language::English).contains("…"));
        for language in Language::ALL {
            assert!(frame(language).contains("live-open"));
        }
    }
}
