//! Every text of the page, in both languages: a file per topic, and the translations of problems.

/// Defines the texts of a topic and their two instances, so that no text can lack a language.
macro_rules! strings {
    ($($name:ident: $english:literal, $chinese:literal;)*) => {
        /// The topic's texts. `{names}` in braces are places for values, see [`super::fill`].
        #[allow(missing_docs, reason = "the texts speak for themselves")]
        pub(crate) struct Texts { $(pub(crate) $name: &'static str,)* }
        pub(super) const ENGLISH: Texts = Texts { $($name: $english,)* };
        pub(super) const CHINESE: Texts = Texts { $($name: $chinese,)* };
        #[cfg(test)]
        pub(super) const PAIRS: &[(&str, &str)] = &[$(($english, $chinese),)*];
    };
}

/// Defines [`Strings`] of the topics, each of which has a file.
macro_rules! topics {
    ($($topic:ident),* $(,)?) => {
        $(mod $topic;)*

        /// The texts of one language, by topic.
        #[allow(missing_docs, reason = "each topic's file says what it is about")]
        pub(crate) struct Strings {
            language: Language,
            $(pub(crate) $topic: $topic::Texts,)*
        }
        const ENGLISH: Strings = Strings { language: Language::English, $($topic: $topic::ENGLISH,)* };
        const CHINESE: Strings = Strings { language: Language::Chinese, $($topic: $topic::CHINESE,)* };
        #[cfg(test)]
        const PAIRS: &[&[(&str, &str)]] = &[$($topic::PAIRS,)*];
    };
}

topics! {
    home,
    header,
    photos,
    messages,
    board,
    models,
    checkpoint,
    charts,
    scatter,
    presets,
    heat_map,
    sharing,
    layers,
    learn,
    cubes,
    receipt,
    environment,
    survey,
}

pub(crate) mod ideas;
mod in_chinese;
pub(crate) mod problems;
mod quoted;

use engine::graph::OpKind;
use worker::protocol::{Backend, ClassScore, Code, Problem};

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// Its name in itself.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "中文",
        }
    }

    /// Its tag for the document.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// Its key in data files.
    pub(crate) fn short(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// Its texts.
    pub(crate) fn strings(self) -> &'static Strings {
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        }
    }
}

/// `template` with every `{name}` replaced by its value.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// What runs a network, as choices name it; `None` stands for the fastest.
pub(crate) fn backend_name(strings: &Strings, backend: Option<Backend>) -> &'static str {
    match backend {
        None => strings.board.backend_auto,
        Some(Backend::Cpu) => strings.board.backend_cpu,
        Some(Backend::CpuInt8) => strings.board.backend_cpu_int8,
        Some(Backend::Reference) => strings.board.backend_reference,
        Some(Backend::WebGpu) => strings.board.backend_webgpu,
        Some(Backend::WebGpuHalf) => strings.board.backend_webgpu_half,
    }
}

/// An operation, as tables call it.
pub(crate) fn op_name(strings: &Strings, op: OpKind) -> &'static str {
    match op {
        OpKind::Input => strings.layers.op_input,
        OpKind::Conv => strings.layers.op_conv,
        OpKind::PointwiseConv => strings.layers.op_pointwise,
        OpKind::DepthwiseConv => strings.layers.op_depthwise,
        OpKind::GroupedConv => strings.layers.op_grouped,
        OpKind::ConvTranspose => strings.layers.op_transposed,
        OpKind::Linear => strings.layers.op_linear,
        OpKind::BatchNorm => strings.layers.op_batch_norm,
        OpKind::Activation => strings.layers.op_activation,
        OpKind::Add => strings.layers.op_add,
        OpKind::Scale => strings.layers.op_scale,
        OpKind::ShiftMax => strings.layers.op_shift_max,
        OpKind::Concat => strings.layers.op_concat,
        OpKind::Channels => strings.layers.op_channels,
        OpKind::MaxPool => strings.layers.op_max_pool,
        OpKind::AveragePool => strings.layers.op_average_pool,
        OpKind::GlobalAveragePool => strings.layers.op_pool,
        OpKind::Resize => strings.layers.op_resize,
        OpKind::Unfold => strings.layers.op_unfold,
        OpKind::Fold => strings.layers.op_fold,
        OpKind::LayerNorm => strings.layers.op_layer_norm,
        OpKind::Attention => strings.layers.op_attention,
    }
}

/// A problem in the visitor's language; in English where there is no translation.
pub(crate) fn problem_text(language: Language, problem: &Problem) -> String {
    let template = match language {
        Language::English => None,
        Language::Chinese => of_value(problem).or_else(|| in_chinese::template(problem.code)),
    };
    template.map_or_else(
        || problem.message.clone(),
        |template| {
            let values: Vec<(&str, &str)> =
                problem.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            fill(template, &values)
        },
    )
}

/// The Chinese sentence of a code that has several, by the problem's values.
fn of_value(problem: &Problem) -> Option<&'static str> {
    let value = |name: &str| problem.values.get(name).map(String::as_str);
    match problem.code {
        Code::DecodeUnsupported | Code::WeightsNotSafetensors => in_chinese::of_kind(value("kind")?),
        Code::DownloadStatus => in_chinese::of_status(value("status")?, value("retry_after_s")),
        _ => None,
    }
}

/// What a class is called in the visitor's language; its number where it has no name.
pub(crate) fn class_name(language: Language, class: &ClassScore) -> String {
    let name = match language {
        Language::English => &class.label,
        Language::Chinese => &class.label_zh,
    };
    let number = || fill(language.strings().board.class, &[("index", &class.index.to_string())]);
    name.clone().unwrap_or_else(number)
}

#[cfg(test)]
mod tests {
    use cube::CubeError;
    use engine::backend::GpuError;
    use engine::decode::{DecodeError, DecodeNote};
    use engine::file_kind::FileKind;
    use engine::golden::GoldenError;
    use engine::spec::SpecError;
    use engine::weights::manifest::ManifestError;
    use engine::weights::{NamesError, WeightsError};
    use worker::problem::Coded;

    use super::*;

    /// The names in braces.
    fn places(text: &str) -> Vec<&str> {
        let mut places: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn both_languages_have_the_same_places() {
        for (english, chinese) in PAIRS.iter().copied().flatten() {
            assert_eq!(places(english), places(chinese), "{english}");
        }
    }

    /// Every Chinese text of the page.
    fn chinese() -> impl Iterator<Item = &'static str> {
        let problems = Code::ALL.iter().filter_map(|code| in_chinese::template(*code));
        let topics = PAIRS.iter().copied().flatten().map(|(_, chinese)| *chinese);
        topics
            .chain(problems)
            .chain(quoted::CHINESE.iter().map(|(_, chinese)| *chinese))
            .chain(ideas::CHINESE.iter().map(|(_, chinese)| *chinese))
    }

    fn is_han(letter: char) -> bool {
        ('\u{4e00}'..='\u{9fff}').contains(&letter)
    }

    /// Names and units that are the same in both languages.
    const SAME: &[&str] =
        &["CPU", "GPU", "WebGPU", "WebAssembly", "SIMD", "ImageNet", "MACs", "Top", "ms", "f", "int"];

    #[test]
    fn every_text_has_a_chinese_one() {
        let mut wrong = Vec::new();
        for (english, chinese) in PAIRS.iter().copied().flatten() {
            // What is left of a text without its places and their signs.
            let template = places(chinese)
                .iter()
                .fold((*chinese).to_owned(), |text, place| text.replace(&format!("{{{place}}}"), " "));
            let mut words = template.split(|letter: char| !letter.is_alphabetic());
            let is_translated = words.clone().any(|word| word.chars().any(is_han))
                || words.all(|word| word.is_empty() || SAME.contains(&word));
            if english.is_empty() || chinese.is_empty() || !is_translated {
                wrong.push(format!("{english:?}: {chinese:?}"));
            }
        }
        assert_eq!(wrong, [""; 0]);
    }

    #[test]
    fn chinese_sentences_have_chinese_punctuation() {
        let mut wrong = Vec::new();
        for text in chinese() {
            let letters: Vec<char> = text.chars().collect();
            let is_at = |position: usize| letters.get(position).is_some_and(|letter| is_han(*letter));
            for (position, letter) in letters.iter().enumerate() {
                let before = position.checked_sub(1);
                let beside_han = is_at(position + 1) || before.is_some_and(is_at);
                if "(),;:?!".contains(*letter) && beside_han {
                    wrong.push(format!("{letter} in {text}"));
                }
                // A number and its unit stand apart, in Chinese too.
                let is_number = |before: usize| letters[before].is_ascii_digit() || letters[before] == '}';
                if *letter == '%' && before.is_some_and(is_number) {
                    wrong.push(format!("no space before % in {text}"));
                }
            }
        }
        assert_eq!(wrong, [""; 0]);
    }

    /// What is wrong with the translations of an error: places for values that its problems do not have.
    fn wrong<E: Coded>(more: &[&str]) -> Vec<String> {
        let of_variant = |(code, fields): &(Code, Option<&'static [&'static str]>)| {
            let fields = (*fields)?;
            let is_missing = |place: &&str| !fields.contains(place) && !more.contains(place);
            let missing: Vec<&str> =
                places(in_chinese::template(*code)?).into_iter().filter(is_missing).collect();
            (!missing.is_empty()).then(|| format!("{code} has no {missing:?}"))
        };
        E::VARIANTS.iter().filter_map(of_variant).collect()
    }

    #[test]
    fn translations_have_places_only_for_the_values_of_their_problems() {
        let wrong = [
            wrong::<DecodeError>(&[]),
            wrong::<DecodeNote>(&[]),
            wrong::<CubeError>(&[]),
            wrong::<reader::ReaderError>(&[]),
            wrong::<WeightsError>(&[]),
            // What the worker counts of a mismatch.
            wrong::<NamesError>(&["missing", "misshaped", "extra"]),
            wrong::<ManifestError>(&[]),
            wrong::<SpecError>(&[]),
            wrong::<GoldenError>(&[]),
            wrong::<GpuError>(&[]),
        ];
        assert_eq!(wrong.concat(), [""; 0]);
    }

    #[test]
    fn what_visitors_see_is_translated() {
        let is_missing = |code: &&Code| in_chinese::template(**code).is_none();
        let missing: Vec<&str> = Code::ALL.iter().filter(is_missing).map(|code| code.name()).collect();
        // Scripts alone see these, in English; GPU errors of a golden are told as such.
        assert_eq!(missing, ["golden.gpu", "infer.input", "api.argument", "unknown"]);
        for code in Code::ALL {
            let text = in_chinese::template(*code).unwrap_or("无");
            assert!(text.chars().any(|letter| letter > '\u{2e80}'), "{code}: {text}");
        }
    }

    #[test]
    fn files_of_no_use_are_told_apart_in_both_languages() {
        let mut texts = Vec::new();
        for kind in
            FileKind::ALL.into_iter().filter(|kind| kind.is_foreign_weights() || *kind == FileKind::Text)
        {
            let problem = Problem::of(&engine::weights::WeightsError::NotSafetensors { kind });
            let chinese = problem_text(Language::Chinese, &problem);
            assert_ne!(chinese, in_chinese::template(Code::WeightsNotSafetensors).unwrap(), "{kind:?}");
            for text in [problem.message, chinese] {
                assert!(!texts.contains(&text), "{text}");
                texts.push(text);
            }
        }
        assert_eq!(texts.len(), 18);
    }

    #[test]
    fn problems_are_translated_with_their_values() {
        let problem = problems::sample("a.png", "HTTP 404");
        assert_eq!(
            problem_text(Language::Chinese, &problem),
            "无法获取 a.png（HTTP 404）。您自己的照片不受影响。"
        );
        let unknown = Problem::new(Code::Unknown, "Something new.");
        assert_eq!(problem_text(Language::Chinese, &unknown), "Something new.");
    }
}
