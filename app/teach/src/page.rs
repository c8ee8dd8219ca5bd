//! The section as markup. What can be pressed is found again by its attributes.

use std::fmt::Write;

use common::format;
use common::svg::escaped;
use common::words::{Language, Words, words};
use engine::accuracy::Accuracy;

use crate::course::{FEW, Learned, Method};
use crate::project::{Class, Flaw, Outcome, Project, Pupil};
use crate::saved;

/// So many pairs of classes that are taken for each other are named.
const MOST_MISTAKES: usize = 3;

/// Of a network whose last layer cannot be replaced.
pub const NO_HEAD: Words = words(
    "Cannot be taught here: its last layer is no linear layer with a bias that reads a vector.",
    "无法在这里学习：它的最后一层不是读取向量、带偏置的线性层。",
);

/// Where no network of the board has weights.
pub const NO_NETWORK: Words =
    words("No network on the board has weights yet.", "对比面板上还没有载入权重的网络。");

/// After a stop.
pub const STOPPED: Words = words("Stopped.", "已停止。");

/// What stands there before anything is known.
pub fn frame(language: Language) -> String {
    let t = |words| language.of(words);
    format!(
        "<p class=\"prose\">{}</p>\
         <fieldset data-editing><legend class=\"visually-hidden\">{}</legend>\
         <ol class=\"teach-classes\" data-classes data-testid=\"teach-classes\"></ol>\
         <div class=\"buttons\"><button type=\"button\" data-add data-testid=\"teach-add\">{}</button>\
         <label class=\"button file\"><span>{}</span><input type=\"file\" webkitdirectory multiple data-folder data-testid=\"teach-folder\"></label>\
         <label class=\"button file\"><span>{}</span><input type=\"file\" accept=\".json,application/json\" data-restore data-testid=\"teach-restore\"></label>\
         <button type=\"button\" data-open data-testid=\"teach-open\">{}</button>\
         <button type=\"button\" data-close data-testid=\"teach-close\" hidden>{}</button></div>\
         <div class=\"teach-view\" data-view hidden><video playsinline muted autoplay data-video aria-label=\"{}\"></video>\
         <canvas data-canvas hidden></canvas></div></fieldset>\
         <div class=\"buttons\"><button type=\"button\" class=\"primary\" data-learn data-testid=\"teach-learn\">{}</button>\
         <button type=\"button\" data-stop data-testid=\"teach-stop\" hidden>{}</button></div>\
         <progress data-progress hidden aria-label=\"{}\"></progress>\
         <p class=\"note\" role=\"status\" data-status data-testid=\"teach-status\"></p>\
         <div class=\"teach-results\" data-results data-testid=\"teach-results\"></div>",
        t(words(
            "Name classes and give photos for each: ten are often enough. The networks of the board stay as they are; only the last layer of each is learned anew, from what it reads of your photos. Nothing leaves this device.",
            "为类别命名，并为每个类别提供照片：十张往往就够了。对比面板上的网络保持不变，只根据最后一层从照片中读到的内容重新学习这一层。一切都留在本设备上。",
        )),
        t(words("Classes and their photos", "类别及其照片")),
        t(words("Add a class", "添加类别")),
        t(words("Choose a folder with a folder for each class", "选择文件夹（每个类别一个子文件夹）")),
        t(words("Open a saved project", "打开已保存的项目")),
        t(words("Open the camera", "打开摄像头")),
        t(words("Close the camera", "关闭摄像头")),
        t(words("The camera’s picture", "摄像头画面")),
        t(words("Learn", "开始学习")),
        t(words("Stop", "停止")),
        t(words("What has been learned", "学习进度")),
    )
}

/// What the class at a position is called before it has a name of its own.
pub fn first_name(position: usize, language: Language) -> String {
    match language {
        Language::English => format!("Class {}", position + 1),
        Language::Chinese => format!("类别 {}", position + 1),
    }
}

/// How many photos a class has.
pub fn count(class: &Class, language: Language) -> String {
    let (photos, bad) = (class.photos.len(), class.photos.len() - class.usable().count());
    let mut text = match (photos, language) {
        (0, _) => language.of(words("no photos yet", "还没有照片")).to_owned(),
        (1, Language::English) => "1 photo".to_owned(),
        (photos, Language::English) => format!("{photos} photos"),
        (photos, Language::Chinese) => format!("{photos} 张照片"),
    };
    if bad > 0 {
        text += &match language {
            Language::English => format!(", {bad} of them cannot be read"),
            Language::Chinese => format!("，其中 {bad} 张无法读取"),
        };
    }
    text
}

/// An item for every class.
pub fn classes(project: &Project, has_camera: bool, language: Language) -> String {
    let t = |words| language.of(words);
    let (photos, take, remove) =
        (t(words("Add photos", "添加照片")), t(words("Take a photo", "拍照")), t(words("Remove", "移除")));
    let hidden = if has_camera { "" } else { " hidden" };
    let mut html = String::new();
    for (position, class) in project.classes.iter().enumerate() {
        let number = first_name(position, language);
        let _ = write!(
            html,
            "<li class=\"teach-class\" data-class=\"{}\" data-testid=\"teach-class\">\
             <label class=\"teach-name\"><span>{number}</span>\
             <input type=\"text\" maxlength=\"80\" autocomplete=\"off\" value=\"{}\" data-name data-testid=\"teach-name\"></label>\
             <span class=\"note\" data-count data-testid=\"teach-count\">{}</span>\
             <div class=\"buttons\"><label class=\"button file\"><span>{photos}</span>\
             <input type=\"file\" accept=\"image/*\" multiple data-choose aria-label=\"{photos}: {number}\" data-testid=\"teach-photos\"></label>\
             <button type=\"button\" data-take aria-label=\"{take}: {number}\" data-testid=\"teach-take\"{hidden}>{take}</button>\
             <button type=\"button\" class=\"quiet\" data-remove aria-label=\"{remove}: {number}\" data-testid=\"teach-remove\">{remove}</button></div></li>",
            class.id,
            escaped(&class.name),
            count(class, language),
        );
    }
    html
}

/// What is to be done before classes can be learned.
pub fn flaw(flaw: &Flaw, language: Language) -> String {
    match (flaw, language) {
        (Flaw::TooFew, Language::English) => "Two classes or more are needed: add another one.".to_owned(),
        (Flaw::TooFew, Language::Chinese) => "至少需要两个类别：请再添加一个。".to_owned(),
        (Flaw::Nameless(at), Language::English) => format!("Give class {} a name.", at + 1),
        (Flaw::Nameless(at), Language::Chinese) => format!("请为第 {} 个类别命名。", at + 1),
        (Flaw::Twice(name), Language::English) => {
            format!("Two classes are called “{name}”: give one of them another name.")
        }
        (Flaw::Twice(name), Language::Chinese) => format!("有两个类别都叫“{name}”：请为其中一个改名。"),
        (Flaw::Empty(name), Language::English) => format!("“{name}” has no photos yet: add some."),
        (Flaw::Empty(name), Language::Chinese) => format!("“{name}”还没有照片：请添加。"),
        (Flaw::Unreadable(name), Language::English) => {
            format!("None of the photos of “{name}” can be read: add others.")
        }
        (Flaw::Unreadable(name), Language::Chinese) => format!("“{name}”的照片都无法读取：请添加其他照片。"),
    }
}

/// Which photo the networks read.
pub fn reading(photo: usize, photos: usize, language: Language) -> String {
    match language {
        Language::English => format!("The networks read photo {photo} of {photos} …"),
        Language::Chinese => format!("各网络正在读取第 {photo} / {photos} 张照片…"),
    }
}

/// Which network is learning.
pub fn learning(name: &str, step: usize, steps: usize, language: Language) -> String {
    match language {
        Language::English => format!("{name} learns, step {step} of {steps} …"),
        Language::Chinese => format!("{name} 正在学习，第 {step} / {steps} 步…"),
    }
}

/// What was done, how long it took, and what could not be used.
pub fn done(project: &Project, learned: usize, seconds: f64, language: Language) -> String {
    let photos: usize = project.classes.iter().map(|class| class.usable().count()).sum();
    let mut text = match language {
        Language::English => {
            format!("{learned} networks have learned from {photos} photos in {seconds:.1} s.")
        }
        Language::Chinese => format!("{learned} 个网络用 {seconds:.1} 秒学习了 {photos} 张照片。"),
    };
    let mut refused = project.refused();
    if let Some(first) = refused.next() {
        let (count, reason) = (1 + refused.count(), first.problem.as_deref().unwrap_or_default());
        text += &match language {
            Language::English => format!(" {count} could not be read, the first is {}: {reason}", first.name),
            Language::Chinese => format!(" {count} 张无法读取，第一张为 {}：{reason}", first.name),
        };
    }
    text
}

/// What a saved project has brought.
pub fn restored(networks: usize, classes: &[String], language: Language) -> String {
    match language {
        Language::English => format!(
            "Opened: {networks} networks that tell {}. The photos are not in the file: give them again to learn anew.",
            classes.join(", ")
        ),
        Language::Chinese => format!(
            "已打开：{networks} 个能分辨{}的网络。文件中不含照片：要重新学习，请再次提供照片。",
            classes.join("、")
        ),
    }
}

/// Why a file is not opened as a project, and what to do.
pub fn not_restored(file: &str, flaw: &saved::Flaw, language: Language) -> String {
    let next = language
        .of(words("Choose a file that “Save the project” has written.", "请选择由“保存项目”写出的文件。"));
    match (flaw, language) {
        (saved::Flaw::Foreign(reason), Language::English) => {
            format!("{file} is no saved project ({reason}). {next}")
        }
        (saved::Flaw::Foreign(reason), Language::Chinese) => {
            format!("{file} 不是已保存的项目（{reason}）。{next}")
        }
        (saved::Flaw::Version(version), Language::English) => {
            format!(
                "{file} is a project of version {version}, which this page does not know. Load the page again: it may be old."
            )
        }
        (saved::Flaw::Version(version), Language::Chinese) => {
            format!("{file} 是本页不认识的第 {version} 版项目。请重新载入页面：它可能是旧版。")
        }
        (saved::Flaw::Network(name), Language::English) => {
            format!("{file} is damaged: its numbers of “{name}” do not fit the classes. {next}")
        }
        (saved::Flaw::Network(name), Language::Chinese) => {
            format!("{file} 已损坏：其中“{name}”的数值与类别不符。{next}")
        }
    }
}

/// What is said once they are on the board.
pub fn on_board(count: usize, language: Language) -> String {
    match language {
        Language::English => format!(
            "{count} taught networks are on the board above; the camera and your photos are theirs to judge now."
        ),
        Language::Chinese => {
            format!("{count} 个学会新类别的网络已在上方的对比面板上；现在可以让它们判断照片和摄像头画面。")
        }
    }
}

fn share(accuracy: Accuracy) -> String {
    format::share(accuracy.percent(), accuracy.interval_percent())
}

/// Which classes are taken for which.
fn mistakes(learned: &Learned, classes: &[String], language: Language) -> String {
    if learned.held_back.is_none() {
        return "–".to_owned();
    }
    let all = learned.mistakes();
    if all.is_empty() {
        return language.of(words("none", "无")).to_owned();
    }
    let name = |class: usize| escaped(classes.get(class).map_or("", String::as_str));
    let named = all
        .iter()
        .take(MOST_MISTAKES)
        .map(|(class, guess, count)| format!("{} → {} ({count})", name(*class), name(*guess)));
    let more = if all.len() > MOST_MISTAKES { " …" } else { "" };
    named.collect::<Vec<_>>().join(language.of(words(", ", "、"))) + more
}

/// A row for every network, the best first; those that have not learned at the end.
pub fn results(pupils: &[Pupil], classes: &[String], is_running: bool, language: Language) -> String {
    if pupils.is_empty() {
        return String::new();
    }
    let t = |words| language.of(words);
    let head = [
        words("network", "网络"),
        words("right on photos held back (95 % interval)", "留出照片上的正确率（95 % 区间）"),
        words("photos", "照片"),
        words("takes here", "本机耗时"),
        words("taken for another", "认错"),
        words("file", "文件"),
    ];
    let head: String = head.iter().map(|title| format!("<th scope=\"col\">{}</th>", t(*title))).collect();
    let mut order: Vec<usize> = (0..pupils.len()).collect();
    let rank = |at: &usize| {
        let learned = pupils[*at].learned();
        let right = learned.and_then(|learned| learned.held_back).map_or(-1.0, Accuracy::percent);
        (learned.is_some(), right)
    };
    order.sort_by(|a, b| {
        let ((a_done, a_right), (b_done, b_right)) = (rank(a), rank(b));
        b_done.cmp(&a_done).then(b_right.total_cmp(&a_right)).then(a.cmp(b))
    });
    let mut rows = String::new();
    for at in order {
        let Pupil { name, style, median_ms, outcome, .. } = &pupils[at];
        let _ = write!(
            rows,
            "<tr data-testid=\"teach-row\"><th scope=\"row\"><span class=\"swatch\" style=\"{}\"></span>{}</th>",
            escaped(style),
            escaped(name)
        );
        let _ = match outcome {
            Outcome::Waiting => write!(rows, "<td colspan=\"5\" class=\"teach-said\">…</td>"),
            Outcome::Failed(reason) => {
                write!(rows, "<td colspan=\"5\" class=\"teach-said\">{}</td>", escaped(reason))
            }
            Outcome::Learned(learned) => write!(
                rows,
                "<td data-label=\"{}\" data-testid=\"teach-right\">{}</td><td data-label=\"{}\">{}</td><td data-label=\"{}\">{}</td><td data-label=\"{}\">{}</td>\
                 <td><button type=\"button\" class=\"quiet\" data-save=\"{at}\" aria-label=\".safetensors: {}\" data-testid=\"teach-save\">.safetensors</button></td>",
                t(words("right", "正确率")),
                learned.held_back.map_or_else(|| "–".to_owned(), share),
                t(words("of photos", "照片")),
                learned.held_back.map_or_else(|| "–".to_owned(), |held| held.images.to_string()),
                t(words("takes here", "本机耗时")),
                median_ms.map_or_else(|| "–".to_owned(), format::milliseconds),
                t(words("taken for another", "认错")),
                mistakes(learned, classes, language),
                escaped(name),
            ),
        };
        rows.push_str("</tr>");
    }
    let mut html = format!(
        "<div class=\"table-scroll\" tabindex=\"0\"><table class=\"teach-table\"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    );
    let learned: Vec<&Learned> = pupils.iter().filter_map(Pupil::learned).collect();
    if let Some(first) = learned.first() {
        let _ =
            write!(html, "<p class=\"note\" data-testid=\"teach-method\">{}</p>", method(first, language));
    }
    if !learned.is_empty() && !is_running {
        let _ = write!(
            html,
            "<div class=\"buttons\"><button type=\"button\" class=\"primary\" data-put data-testid=\"teach-put\">{}</button>\
             <button type=\"button\" data-project data-testid=\"teach-project\">{}</button></div>",
            t(words("Put them on the board", "放到对比面板上")),
            t(words("Save the project (without photos)", "保存项目（不含照片）")),
        );
    }
    html
}

/// How the layers were found, and what the share of right answers is worth.
fn method(learned: &Learned, language: Language) -> String {
    let how = match (learned.method, language) {
        (Method::Regression, Language::English) => {
            "Logistic regression with L2 (C = 1) on features of mean 0 and deviation 1.".to_owned()
        }
        (Method::Regression, Language::Chinese) => {
            "对均值为 0、标准差为 1 的特征做带 L2 正则的逻辑回归（C = 1）。".to_owned()
        }
        (Method::Means, Language::English) => {
            format!("A class has fewer than {FEW} photos, so each photo is given to the nearest class mean.")
        }
        (Method::Means, Language::Chinese) => {
            format!("有类别的照片不足 {FEW} 张，因此把每张照片归入均值最近的类别。")
        }
    };
    let worth = match learned.held_back {
        Some(_) => words(
            "A part of the photos is held back in turn while the rest is learned; the layer that is used has learned from all of them.",
            "轮流留出一部分照片，用其余照片学习；最终采用的一层学习了全部照片。",
        ),
        None => words(
            "A class has a single photo, so none can be held back: nothing says yet how often they are right.",
            "有类别只有一张照片，无法留出照片：尚不知道正确率。",
        ),
    };
    format!("{how} {}", language.of(worth))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::tests::taught;

    #[test]
    fn the_best_network_comes_first_and_what_cannot_learn_last() {
        let (project, pupils) = taught();
        let html = results(&pupils, &project.names(), false, Language::English);
        let places = ["fast", "slow", "unfit"].map(|name| html.find(name).expect("a row"));
        assert!(places.is_sorted(), "{html}");
        for part in
            ["100.0 %", "66.7 %", "2.50 ms", "&lt;dog&gt; → cat (1)", "it cannot be taught", "teach-put"]
        {
            assert!(html.contains(part), "{part} is not in {html}");
        }
        assert!(!html.contains("<dog>"), "{html}");
        let running = results(&pupils, &project.names(), true, Language::Chinese);
        assert!(!running.contains("teach-put") && running.contains("留出"), "{running}");
        assert_eq!(results(&[], &[], false, Language::English), "");
    }

    #[test]
    fn classes_say_how_many_photos_they_have() {
        let (project, _) = taught();
        let html = classes(&project, false, Language::English);
        for part in
            ["2 photos", "2 photos, 1 of them cannot be read", "value=\"cat\"", "value=\" &lt;dog&gt; \""]
        {
            assert!(html.contains(part), "{part} is not in {html}");
        }
        assert_eq!(html.matches(" hidden").count(), 2);
        assert!(!classes(&project, true, Language::Chinese).contains(" hidden"));
    }

    #[test]
    fn every_text_is_there_in_both_languages() {
        let (project, pupils) = taught();
        let flaws = [
            Flaw::TooFew,
            Flaw::Nameless(0),
            Flaw::Twice("猫".to_owned()),
            Flaw::Empty("猫".to_owned()),
            Flaw::Unreadable("猫".to_owned()),
        ];
        for language in Language::ALL {
            assert!(frame(language).contains("teach-learn"));
            assert!(flaws.iter().all(|one| !flaw(one, language).is_empty()));
            let done = done(&project, 2, 1.25, language);
            assert!(done.contains("bad.txt") && done.contains("no photo"), "{done}");
            for flaw in [
                saved::Flaw::Foreign("why".to_owned()),
                saved::Flaw::Version(2),
                saved::Flaw::Network("net".to_owned()),
            ] {
                assert!(not_restored("a.json", &flaw, language).contains("a.json"));
            }
            assert!(restored(2, &project.names(), language).contains("cat"));
        }
        let mut single = pupils[0].learned().expect("it has learned").clone();
        (single.method, single.held_back) = (Method::Means, None);
        assert!(method(&single, Language::English).contains("single photo"));
        assert!(method(&single, Language::Chinese).contains("一张照片"));
    }
}
