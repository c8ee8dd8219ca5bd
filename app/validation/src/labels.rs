//! Which photos are of which class, and which output of a network stands for it.

use std::collections::BTreeMap;

use common::folder::is_picture;
use common::interface::Output;
use engine::weights::name_list;

/// The output that a folder is named after: by its name in either language, a WordNet id, or its number.
pub fn output_of(class: &str, outputs: &[Output]) -> Option<u16> {
    let wanted = plain(class);
    let is_named = |output: &Output| plain(&output.label) == wanted || plain(&output.label_zh) == wanted;
    // As ImageNet's folders are: `n02123045`, or with the name behind.
    let id = class.split(['-', '_', ' ']).next().unwrap_or_default();
    let has_id = |output: &Output| output.wordnet.iter().any(|known| known == id);
    // A word of a longer list of synonyms, where only one output has it.
    let is_synonym = |output: &Output| output.label.split(',').any(|word| plain(word) == wanted);
    let only = |is_it: &dyn Fn(&Output) -> bool| {
        let mut found = outputs.iter().enumerate().filter(|(_, output)| is_it(output));
        found.next().filter(|_| found.next().is_none())
    };
    let found = outputs.iter().enumerate().find(|(_, output)| is_named(output));
    let found = found.or_else(|| only(&has_id)).or_else(|| only(&is_synonym)).map(|(index, _)| index);
    let number = || class.trim().parse::<usize>().ok().filter(|number| *number < outputs.len());
    u16::try_from(found.or_else(number)?).ok()
}

/// Names are the same whatever their case, and whatever stands between their words.
fn plain(name: &str) -> String {
    let words = name.split(|character: char| matches!(character, '_' | '-') || character.is_whitespace());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The class of each path: what a list says of it, else the folder that it lies in; `None` for those without either. The folder
/// that has the classes' folders is no class.
pub fn classes(paths: &[String], list: Option<&BTreeMap<String, String>>) -> Vec<Option<String>> {
    let first = |path: &String| path.split_once('/').map(|(first, _)| first.to_owned());
    let depth = |path: &String| path.matches('/').count();
    let has_root =
        paths.iter().map(first).all(|root| root.is_some() && root == paths.first().and_then(first))
            && paths.iter().any(|path| depth(path) > 1);
    let class = |path: &String| match list {
        Some(list) => {
            // A list may have the whole path, or the end of it.
            let mut rest = path.as_str();
            loop {
                if let Some(class) = list.get(rest) {
                    return Some(class.clone());
                }
                rest = rest.split_once('/')?.1;
            }
        }
        None => path.rsplit('/').nth(1).filter(|_| !has_root || depth(path) > 1).map(str::to_owned),
    };
    paths.iter().map(class).collect()
}

/// A list of photos: a line each, its path and its class between commas, semicolons or tabs; `None` where it is another text.
pub fn list(text: &str) -> Option<BTreeMap<String, String>> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next()?;
    let separator = ['\t', ';', ','].into_iter().find(|separator| first.contains(*separator))?;
    let row = |line: &str| {
        let cells = name_list::cells(line, separator);
        let path = cells.first()?.trim().replace('\\', "/");
        Some((path.trim_start_matches("./").to_owned(), cells.get(1)?.trim().to_owned()))
    };
    let rows = text.lines().filter(|line| !line.trim().is_empty()).map(row);
    let rows: BTreeMap<String, String> = rows.collect::<Option<_>>()?;
    rows.keys().any(|path| is_picture(path)).then_some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs() -> Vec<Output> {
        let output = |label: &str, label_zh: &str, wordnet: &str| Output {
            label: label.to_owned(),
            label_zh: label_zh.to_owned(),
            wordnet: vec![wordnet.to_owned()],
        };
        vec![
            output("tabby, tabby cat", "虎斑猫", "n02123045"),
            output("Egyptian cat", "埃及猫", "n02124075"),
            output("crane", "鹤", "n02012849"),
            output("crane", "起重机", "n03126707"),
        ]
    }

    #[test]
    fn folders_are_named_after_outputs_in_many_ways() {
        for (class, expected) in [
            ("egyptian_cat", Some(1)),
            ("Egyptian-Cat", Some(1)),
            ("埃及猫", Some(1)),
            ("n02124075", Some(1)),
            ("n02124075-Egyptian_cat", Some(1)),
            ("tabby", Some(0)),
            ("tabby, tabby cat", Some(0)),
            ("起重机", Some(3)),
            ("n03126707", Some(3)),
            ("2", Some(2)),
            ("4", None),
            ("cat", None),
            ("", None),
        ] {
            assert_eq!(output_of(class, &outputs()), expected, "{class:?}");
        }
        assert_eq!(output_of("3", &vec![Output::default(); 10]), Some(3));
    }

    #[test]
    fn photos_are_of_the_folder_that_they_lie_in_or_of_what_a_list_says() {
        let paths: Vec<String> = ["set/test/cat/1.jpg", "set/dog/2.png", "3.jpg"].map(str::to_owned).to_vec();
        let class = |class: &str| Some(class.to_owned());
        assert_eq!(classes(&paths, None), [class("cat"), class("dog"), None]);
        let rooted = ["set/cat/1.jpg", "set/2.jpg"].map(str::to_owned);
        assert_eq!(classes(&rooted, None), [class("cat"), None]);
        assert_eq!(classes(&rooted[1..], None), [class("set")]);
        let read = list("file,class\ncat/1.jpg,猫\n./set\\dog\\2.png,\"dog\"\n").unwrap();
        assert_eq!(classes(&paths, Some(&read)), [class("猫"), class("dog"), None]);
        assert_eq!(list("\"a, b.jpg\",cat\n").unwrap()["a, b.jpg"], "cat");
        assert_eq!(list("a,b\nc,d\n"), None);
        assert_eq!(list("1.jpg\n2.jpg\n"), None);
    }
}
