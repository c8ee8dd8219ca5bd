//! Pictures by their address. The page's security policy decides which sites may be asked; nothing is fetched before the
//! visitor gives an address.

use js_sys::decode_uri_component;
use leptos::prelude::window;
use web_sys::{AbortSignal, Blob, Url};
use worker::protocol::Problem;

use crate::fetch::{self, Failure};
use crate::strings::problems;

/// Schemes that can be fetched.
const SCHEMES: [&str; 4] = ["https:", "http:", "data:", "blob:"];

/// The addresses in a text of the form `text/uri-list`, which a pasted address is as well.
pub(crate) fn listed(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let is_address = |line: &&str| {
        let start =
            |scheme: &&str| line.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
        SCHEMES.iter().any(start) && !line.contains(char::is_whitespace)
    };
    lines.filter(is_address).map(|line| without_marks(line).to_owned()).collect()
}

/// An address without the marks of the sentence that it stood in. A bracket that it opens itself is its own.
fn without_marks(address: &str) -> &str {
    let is_mark = |letter: char| ".,;:!?>\"'、。，；：！？）》」』】”’".contains(letter);
    let bare = address.trim_end_matches(is_mark);
    match bare.strip_suffix(')') {
        Some(rest) if !rest.contains('(') => without_marks(rest),
        _ => bare,
    }
}

/// The file at an address, and its name where the address says one. `signal` stops it.
pub(crate) async fn fetch(address: &str, signal: &AbortSignal) -> Result<(Blob, Option<String>), Problem> {
    let url = Url::new(address).map_err(|_| problems::address_invalid(&short(address)))?;
    let problem = |failure: Failure| {
        let is_here = window().location().origin().is_ok_and(|origin| origin == url.origin());
        match failure {
            _ if signal.aborted() => problems::cancelled(),
            // Browsers do not say that it was the policy which forbade to ask.
            Failure::Unreachable(_) if !is_here && !url.host().is_empty() => {
                problems::address_elsewhere(&url.host())
            }
            failure => problems::address_unreachable(&short(address), &failure.to_string()),
        }
    };
    let response = fetch::get(address, Some(signal)).await.map_err(problem)?;
    let blob = fetch::blob(response).await.map_err(problem)?;
    Ok((blob, file_name(&url)))
}

/// The last part of a path, as people write it.
fn file_name(url: &Url) -> Option<String> {
    if url.host().is_empty() {
        return None;
    }
    let path = url.pathname();
    let last = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    Some(decode_uri_component(last).map_or_else(|_| last.to_owned(), String::from))
}

/// An address, shortened for messages: data addresses are very long.
pub(crate) fn short(address: &str) -> String {
    const MOST: usize = 80;
    match address.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &address[..end]),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_text() {
        let one = "https://example.org/a.jpg";
        for (text, expected) in [
            (one, vec![one]),
            ("# a comment\r\nhttps://example.org/a.jpg\r\n", vec![one]),
            ("HTTPS://a/ \n blob:https://a/b", vec!["HTTPS://a/", "blob:https://a/b"]),
            ("https://example.org/a.jpg。", vec![one]),
            ("https://example.org/a.jpg).", vec![one]),
            ("https://example.org/a_(b).jpg>", vec!["https://example.org/a_(b).jpg"]),
            ("https://example.org/a_(b)", vec!["https://example.org/a_(b)"]),
            ("see https://example.org/a.jpg", vec![]),
            ("https: is a scheme", vec![]),
            ("file:///a.jpg", vec![]),
            ("数据", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(listed(text), expected, "{text}");
        }
    }

    #[test]
    fn long_addresses_are_cut_between_letters() {
        assert_eq!(short("data:,a"), "data:,a");
        assert_eq!(short(&"é".repeat(200)).chars().count(), 81);
    }
}
