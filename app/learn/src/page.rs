//! An article and the index as markup. What changes with the figure's values is found again by its attributes.

use std::fmt::Write;

use crate::article::{Article, Control, Scene, Steps, Table, Values};
use crate::figures::ARTICLES;
use crate::prose::{Block, Kind, Span};
use common::format;
use common::svg::escaped;
use common::words::{Language, Words, words};

/// The address of an article, or of the index.
pub fn address(name: &str) -> String {
    if name.is_empty() { "#learn".to_owned() } else { format!("#learn/{name}") }
}

/// Pixels of the index's pictures before they are scaled.
const PICTURE: f64 = 600.0;

/// A picture of an article's figure for the index: what its controls begin with.
fn picture(article: &Article, language: Language) -> String {
    let values = Values::of(article);
    let scene = Scene { language, width: PICTURE, is_small: true, values, measured: None };
    (article.draw)(&scene).svg
}

/// The index: every article with its picture, and which have been opened.
pub fn index(language: Language, lines: &[(&str, &str, &str)], opened: &[String]) -> String {
    let t = |words| language.of(words);
    let is_opened = |name: &str| opened.iter().any(|other| other == name);
    let done = ARTICLES.iter().filter(|article| is_opened(article.name)).count();
    let hint = t(words(
        "Each explanation has a figure that you can set, and ends with a number that is counted or measured on this device.",
        "每篇讲解都有一幅可以调节的图，并以在本设备上统计或实测的数字结束。",
    ));
    let progress = match language {
        Language::English => format!("{done} of {} opened", ARTICLES.len()),
        Language::Chinese => format!("已打开 {done} / {}", ARTICLES.len()),
    };
    let mut html = format!(
        "<div class=\"learn-head\"><h2 id=\"learn-title\">{}</h2><p>{hint}</p><p class=\"note\" data-testid=\"learn-progress\">{progress}</p></div>\
         <ol class=\"learn-index\">",
        t(TITLE)
    );
    for article in ARTICLES {
        let Some((_, title, sentence)) = lines.iter().find(|(name, ..)| *name == article.name) else {
            continue;
        };
        let mark = match is_opened(article.name) {
            true => format!("<small class=\"opened\">✓ {}</small>", t(words("opened", "已打开"))),
            false => String::new(),
        };
        let _ = write!(
            html,
            "<li class=\"card\"><a href=\"{}\" data-testid=\"article-{}\"><div class=\"learn-picture\">{}</div>\
             <h3>{}</h3></a><p>{}</p>{mark}</li>",
            address(article.name),
            article.name,
            picture(article, language),
            escaped(title),
            escaped(sentence),
        );
    }
    html + "</ol>"
}

const TITLE: Words = words("Why they are fast", "它们为何快");

/// An article.
pub fn article(
    language: Language,
    article: &Article,
    lines: &[(&str, &str, &str)],
    blocks: &[Block],
    values: &Values,
) -> String {
    let t = |words| language.of(words);
    let line = |name: &str| lines.iter().find(|(of, ..)| *of == name);
    let (title, sentence) =
        line(article.name).map_or((article.name, ""), |(_, title, sentence)| (*title, *sentence));
    let position = ARTICLES.iter().position(|other| other.name == article.name).unwrap_or(0);
    let mut html = format!(
        "<p class=\"learn-back\"><a href=\"#learn\" data-testid=\"learn-all\">{}</a> <span class=\"note\">{} / {}</span></p>\
         <h2 id=\"learn-title\">{}</h2><p class=\"lead\">{}</p>",
        t(words("← All explanations", "← 全部讲解")),
        position + 1,
        ARTICLES.len(),
        escaped(title),
        escaped(sentence),
    );
    let mut end = String::new();
    let mut sources = String::new();
    for block in blocks {
        match block {
            Block::Figure => html += &figure(language, article, title, values),
            Block::Text(Kind::Paragraph, spans) => html += &format!("<p>{}</p>", inline(spans)),
            Block::Text(Kind::Counted, spans) => {
                end += &format!("<p class=\"number\" data-testid=\"counted\">{}</p>", inline(spans));
            }
            Block::Text(Kind::Measured, spans) => {
                end += &format!(
                    "<p class=\"number\" data-measured data-testid=\"measured\" hidden>{}</p>",
                    inline(spans)
                );
            }
            Block::Text(Kind::Source, spans) => {
                sources += &format!("<p class=\"note\">{}</p>", inline(spans))
            }
        }
    }
    let button = match article.experiment {
        Some(_) => format!(
            "<div class=\"buttons\"><button type=\"button\" class=\"primary\" data-measure data-testid=\"learn-measure\">{}</button>\
             <button type=\"button\" data-stop data-testid=\"learn-stop\" hidden>{}</button></div>\
             <progress data-progress hidden aria-label=\"{}\"></progress>",
            t(words("Measure here", "在本机实测")),
            t(words("Stop", "停止")),
            t(MEASURING),
        ),
        None => String::new(),
    };
    let _ = write!(
        html,
        "<section class=\"card learn-end\" aria-labelledby=\"learn-end\"><h3 id=\"learn-end\">{}</h3>\
         <div aria-live=\"polite\">{end}</div>{button}<p class=\"note\" role=\"status\" data-status data-testid=\"learn-status\"></p></section>{sources}",
        t(match article.experiment {
            Some(_) => words("Counted, and measured on this device", "统计，并在本设备上实测"),
            None => words("Counted on the network’s graph", "由网络的计算图统计"),
        }),
    );
    let neighbour = |at: Option<usize>, testid: &str, arrow: (&str, &str)| {
        let name = at.and_then(|at| ARTICLES.get(at)).map(|article| article.name)?;
        let title = escaped(line(name)?.1);
        Some(format!(
            "<a href=\"{}\" data-testid=\"{testid}\">{}{title}{}</a>",
            address(name),
            arrow.0,
            arrow.1
        ))
    };
    let before = neighbour(position.checked_sub(1), "learn-before", ("← ", ""));
    let next = neighbour(Some(position + 1), "learn-next", ("", " →"));
    let label = t(words("Explanations", "讲解"));
    html += &format!(
        "<nav class=\"learn-nav\" aria-label=\"{label}\"><span>{}</span><span>{}</span></nav>",
        before.unwrap_or_default(),
        next.unwrap_or_default()
    );
    html
}

/// What a measurement is called while it runs.
pub const MEASURING: Words = words("Measuring…", "正在测量…");

fn figure(language: Language, article: &Article, title: &str, values: &Values) -> String {
    let controls: String = article.controls.iter().map(|one| control(language, one, values)).collect();
    let as_table = language.of(words("The numbers as a table", "以表格显示数字"));
    format!(
        "<figure class=\"card learn-figure\" aria-label=\"{title}\" data-testid=\"figure\"><div class=\"learn-controls\">{controls}</div>\
         <div class=\"learn-drawing\" data-drawing></div>\
         <details data-twin data-testid=\"twin\"><summary>{as_table}</summary>\
         <div class=\"scroll-x\" tabindex=\"0\" role=\"region\" aria-label=\"{as_table}\" data-table></div></details></figure>",
        title = escaped(title),
    )
}

/// The text of a control's value.
pub fn shown(language: Language, control: &Control, position: usize) -> String {
    match control.steps {
        Steps::Numbers(_) => format!("{}", control.value(position)),
        Steps::Names(names) => names.get(position).map_or("", |name| language.of(*name)).to_owned(),
        Steps::Switch => String::new(),
    }
}

fn control(language: Language, control: &Control, values: &Values) -> String {
    let (key, label) = (control.key, escaped(language.of(control.label)));
    let position = values.position(key);
    match control.steps {
        Steps::Numbers(numbers) => {
            let text = shown(language, control, position);
            format!(
                "<label class=\"learn-slider\"><span>{label}</span><input type=\"range\" min=\"0\" max=\"{}\" step=\"1\" value=\"{position}\" \
                 data-key=\"{key}\" data-testid=\"set-{key}\" aria-valuetext=\"{text}\"><output data-shown=\"{key}\">{text}</output></label>",
                numbers.len() - 1,
            )
        }
        Steps::Names(names) => {
            let option = |(i, name): (usize, &Words)| {
                let selected = if i == position { " selected" } else { "" };
                format!("<option value=\"{i}\"{selected}>{}</option>", escaped(language.of(*name)))
            };
            let options: String = names.iter().enumerate().map(option).collect();
            format!(
                "<label class=\"select\"><span>{label}</span><select data-key=\"{key}\" data-testid=\"set-{key}\">{options}</select></label>"
            )
        }
        Steps::Switch => {
            let checked = if position == 1 { " checked" } else { "" };
            format!(
                "<label class=\"learn-switch\"><input type=\"checkbox\" data-key=\"{key}\" data-testid=\"set-{key}\"{checked}> <span>{label}</span></label>"
            )
        }
    }
}

fn inline(spans: &[Span]) -> String {
    spans.iter().map(span).collect()
}

fn span(span: &Span) -> String {
    match span {
        Span::Text(text) => escaped(text),
        Span::Emphasis(text) => format!("<em>{}</em>", escaped(text)),
        Span::Place(name) => format!("<strong data-place=\"{}\"></strong>", escaped(name)),
        Span::Set(text, values) => {
            let (text, values) = (escaped(text), escaped(values));
            format!(
                "<button type=\"button\" class=\"set\" data-set=\"{values}\" aria-pressed=\"false\">{text}</button>"
            )
        }
        Span::Board(text, networks) => {
            let (text, networks) = (escaped(text), escaped(networks));
            format!("<button type=\"button\" class=\"set board\" data-board=\"{networks}\">{text}</button>")
        }
        Span::Link(text, target) => {
            let away = if target.starts_with('#') { "" } else { " target=\"_blank\" rel=\"noreferrer\"" };
            format!("<a href=\"{}\"{away}>{}</a>", escaped(target), escaped(text))
        }
    }
}

/// A table as markup.
pub fn table(table: &Table, label: &str) -> String {
    let cells = |cells: &[String], tag: &str, scope: &str| -> String {
        cells.iter().map(|cell| format!("<{tag}{scope}>{}</{tag}>", escaped(cell))).collect()
    };
    let mut html = format!(
        "<table><caption class=\"visually-hidden\">{}</caption><thead><tr>{}</tr></thead><tbody>",
        escaped(label),
        cells(&table.headings, "th", " scope=\"col\"")
    );
    for row in &table.rows {
        let (name, rest) = row.split_at(row.len().min(1));
        let _ = write!(html, "<tr>{}{}</tr>", cells(name, "th", " scope=\"row\""), cells(rest, "td", ""));
    }
    html + "</tbody></table>"
}

/// The networks of a link to the board: ids with the sides of their inputs.
pub fn networks(link: &str) -> Vec<(&str, u32)> {
    let parts = link.split(',').filter_map(|part| part.trim().split_once('@'));
    parts.filter_map(|(id, side)| Some((id, side.parse().ok()?))).collect()
}

/// What has been measured, said to those who do not see it.
pub fn done(language: Language, seconds: f64) -> String {
    let seconds = format::digits(seconds);
    match language {
        Language::English => format!("Measured in {seconds} s."),
        Language::Chinese => format!("已测量，用时 {seconds} 秒。"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use engine::graph::{Layer, passes};
    use engine::roofline::Roofs;
    use engine::zoo::Zoo;

    use super::*;
    use crate::article::{Experiment, Figure, LayerTimes, Measured, Network, Timing};
    use crate::prose;

    fn file(name: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/learn").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn blocks(article: &Article, language: Language) -> Vec<Block> {
        let name = format!("{}.{}.md", article.name, language.tag());
        prose::read(&file(&name)).unwrap_or_else(|reason| panic!("{name}, {reason}"))
    }

    fn timing(ms: f64) -> Timing {
        let backend = "cpu".to_owned();
        Timing {
            median_ms: ms,
            interval_ms: (ms, ms),
            backend,
            threads: 2,
            samples_ms: vec![ms; 30],
            activation_bytes: 5e6,
        }
    }

    fn layers(id: &str, side: u32) -> LayerTimes {
        let variant = Zoo::builtin().find(id).unwrap().with_resolution(side, side);
        let layers: Vec<Layer> = passes::fuse(&variant.graph().unwrap()).layers();
        let nodes_ms = vec![0.25; layers.len() + 1];
        let roofs = Roofs { macs_per_ms: 1e7, bytes_per_ms: 1e7 };
        LayerTimes { backend: "cpu".to_owned(), threads: 2, runs: 5, layers, nodes_ms, roofs }
    }

    /// Something that might have been measured.
    fn measured(experiment: &Experiment) -> Measured {
        match experiment {
            Experiment::Times(runs) => {
                Measured::Times((0..runs.len()).map(|i| timing(1.0 + i as f64)).collect())
            }
            Experiment::Layers(runs) => {
                let id = |network: &Network| match network {
                    Network::Known(id) => id.clone(),
                    Network::Own(_) => panic!("layers are those of the zoo's networks"),
                };
                Measured::Layers(runs.iter().map(|run| layers(&id(&run.network), run.side)).collect())
            }
            Experiment::Stages { stages, .. } => Measured::Stages(vec![vec![1.0, -1.0, 2.0]; stages.len()]),
        }
    }

    fn scene(article: &Article, language: Language, width: f64, is_measured: bool) -> Scene {
        let values = Values::of(article);
        let experiment = article.experiment.map(|experiment| experiment(&values));
        let measured = experiment.filter(|_| is_measured).map(|experiment| measured(&experiment));
        Scene { language, width, is_small: false, values, measured }
    }

    #[test]
    fn every_article_has_its_prose_in_both_languages_and_nothing_else_is_there() {
        let mut wanted: BTreeSet<String> =
            ["index.en.md", "index.zh.md", "learn.css"].map(str::to_owned).into();
        for language in Language::ALL {
            let text = file(&format!("index.{}.md", language.tag()));
            let names: Vec<&str> = prose::index(&text).iter().map(|line| line.0).collect();
            let articles: Vec<&str> = ARTICLES.iter().map(|article| article.name).collect();
            assert_eq!(names, articles, "{language:?}");
            for article in ARTICLES {
                let blocks = blocks(article, language);
                let count = |kind| {
                    blocks.iter().filter(|block| matches!(block, Block::Text(of, _) if *of == kind)).count()
                };
                let name = article.name;
                assert_eq!(blocks.iter().filter(|block| **block == Block::Figure).count(), 1, "{name}");
                assert!(
                    (3..=6).contains(&count(Kind::Paragraph)),
                    "{name}: {} paragraphs",
                    count(Kind::Paragraph)
                );
                assert_eq!(count(Kind::Counted), 1, "{name} ends with a number");
                assert_eq!(count(Kind::Measured), usize::from(article.experiment.is_some()), "{name}");
                assert!(count(Kind::Source) > 0, "{name} has sources");
                wanted.insert(format!("{name}.{}.md", language.tag()));
            }
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/learn");
        let there = std::fs::read_dir(folder).unwrap();
        let there: BTreeSet<String> =
            there.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(there, wanted);
        for name in there {
            assert!(file(&name).len() < 60_000, "{name}");
        }
    }

    /// Spans of an article, by language.
    fn spans(article: &Article, language: Language) -> Vec<(Kind, Span)> {
        let of_block = |block| match block {
            Block::Text(kind, spans) => spans.into_iter().map(|span| (kind, span)).collect(),
            Block::Figure => Vec::new(),
        };
        blocks(article, language).into_iter().flat_map(of_block).collect()
    }

    #[test]
    fn places_and_links_of_the_prose_name_what_there_is() {
        for article in ARTICLES {
            let mut links = Vec::new();
            for language in Language::ALL {
                let figure = |is_measured| (article.draw)(&scene(article, language, 700.0, is_measured));
                let (before, after): (Figure, Figure) = (figure(false), figure(true));
                let has = |figure: &Figure, name: &str| {
                    figure.places.iter().any(|(of, text)| *of == name && !text.is_empty())
                };
                let mut of_language = Vec::new();
                for (kind, span) in spans(article, language) {
                    match &span {
                        Span::Place(name) => {
                            let figure = if kind == Kind::Measured { &after } else { &before };
                            assert!(has(figure, name), "{}: {{{name}}}, {language:?}", article.name);
                        }
                        Span::Set(_, values) => {
                            let followed = Values::of(article).follow(article, values);
                            assert_eq!(followed, Ok(()), "{}, {language:?}", article.name);
                            of_language.push(values.clone());
                        }
                        Span::Board(_, link) => {
                            let networks = networks(link);
                            assert_eq!(networks.len(), link.split(',').count(), "{link}");
                            for (id, side) in networks {
                                let variant = Zoo::builtin().find(id).unwrap().with_resolution(side, side);
                                assert!(variant.graph().is_ok(), "{id} at {side}");
                            }
                            of_language.push(link.clone());
                        }
                        Span::Link(_, target) => {
                            let name = target.strip_prefix("#learn/");
                            assert!(
                                name.is_none_or(|name| crate::figures::article(name).is_some()),
                                "{target}"
                            );
                            of_language.push(target.clone());
                        }
                        Span::Text(_) | Span::Emphasis(_) => {}
                    }
                }
                of_language.sort_unstable();
                links.push(of_language);
            }
            assert_eq!(links[0], links[1], "{}: the same links in both languages", article.name);
        }
    }

    /// What a picture says.
    fn texts(svg: &str) -> Vec<&str> {
        svg.split("<text ")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('>')?.1.split_once('<')?.0))
            .collect()
    }

    #[test]
    fn every_figure_can_be_drawn_at_every_position_of_every_control() {
        for article in ARTICLES {
            for control in article.controls {
                for position in 0..control.positions() {
                    let mut scene = scene(article, Language::English, 358.0, false);
                    scene.values.set(control, position);
                    let figure = (article.draw)(&scene);
                    let at = format!("{} with {} at {position}", article.name, control.key);
                    assert!(figure.svg.len() > 400, "{at}");
                    for wrong in ["NaN", "inf"] {
                        assert!(!figure.svg.contains(wrong), "{at}: {wrong}");
                        assert!(
                            figure.places.iter().all(|(_, text)| !text.contains(wrong)),
                            "{at}: {:?}",
                            figure.places
                        );
                    }
                    let table = figure.table.expect("figures hold data");
                    assert!(!table.rows.is_empty(), "{at}");
                    assert!(table.rows.iter().all(|row| row.len() == table.headings.len()), "{at}");
                }
            }
            assert!(ARTICLES.iter().filter(|other| other.name == article.name).count() == 1);
        }
    }

    #[test]
    fn controls_change_the_picture() {
        for article in ARTICLES {
            let first = scene(article, Language::English, 700.0, false);
            let before = (article.draw)(&first).svg;
            for control in article.controls {
                let mut scene = first.clone();
                let other = if control.first > 0 { control.first - 1 } else { 1 };
                scene.values.set(control, other);
                assert_ne!((article.draw)(&scene).svg, before, "{}: {}", article.name, control.key);
            }
        }
    }

    #[test]
    fn chinese_figures_speak_chinese() {
        /// Words that are the same in both languages.
        const SAME: &[&str] = &[
            "px", "ms", "kB", "MACs", "MAC", "swish", "sigmoid", "ReLU", "SiLU", "GELU", "blocks", "conv",
            "bn", "Large", "head", "stem", "pw",
        ];
        for article in ARTICLES {
            for is_measured in [false, true] {
                let figure = (article.draw)(&scene(article, Language::Chinese, 700.0, is_measured));
                for text in texts(&figure.svg) {
                    let is_han = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
                    let mut words = text.split(|letter: char| !letter.is_ascii_alphabetic());
                    let is_name = words.all(|word| {
                        word.len() < 3
                            || SAME.contains(&word)
                            || word.chars().any(|letter| letter.is_ascii_uppercase())
                    });
                    let of_family = article.name == "families" || article.name == "memory";
                    assert!(text.chars().any(is_han) || is_name || of_family, "{}: {text:?}", article.name);
                }
            }
        }
    }

    #[test]
    fn pages_are_well_formed() {
        for language in Language::ALL {
            let text = file(&format!("index.{}.md", language.tag()));
            let lines = prose::index(&text);
            let mut pages = vec![index(language, &lines, &["memory".to_owned()])];
            for one in ARTICLES {
                let values = Values::of(one);
                pages.push(article(language, one, &lines, &blocks(one, language), &values));
                let figure = (one.draw)(&scene(one, language, 358.0, true));
                pages.push(figure.svg);
                pages.push(table(&figure.table.unwrap(), "t"));
            }
            for page in pages {
                let mut open: Vec<&str> = Vec::new();
                for tag in page.split('<').skip(1) {
                    let (tag, _) = tag.split_once('>').expect("tags end");
                    let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap();
                    if tag.starts_with('/') {
                        assert_eq!(open.pop(), Some(name), "{page}");
                    } else if !tag.ends_with('/') && !["input"].contains(&name) {
                        open.push(name);
                    }
                }
                assert_eq!(open, [""; 0], "{page}");
            }
        }
    }
}
