//! A network as a short text, for links and messages.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use engine::spec::Model;

/// A network in characters that a link keeps as they are: its fields in their order, without their names. So the text is of one
/// version of [`Model`] and of what that consists of: whoever changes those gives links another version.
pub fn encode(network: &Model) -> String {
    // Into memory, plain types: there is nothing that could fail.
    BASE64.encode(postcard::to_allocvec(network).unwrap_or_default())
}

/// Reads what [`encode`] has written.
///
/// # Errors
/// Why it cannot be that.
pub fn decode(text: &str) -> Result<Model, String> {
    let bytes = BASE64.decode(text).map_err(|error| error.to_string())?;
    match postcard::take_from_bytes(&bytes) {
        Ok((network, [])) => Ok(network),
        Ok((_, rest)) => Err(format!("{} bytes are left over", rest.len())),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use engine::zoo::Zoo;

    use super::*;

    #[test]
    fn every_network_survives_and_is_short() {
        for model in Zoo::builtin().models() {
            let text = encode(model);
            let most = 200 + 64 * model.rows.len();
            assert!(text.len() < most, "{}: {} characters, {} rows", model.id, text.len(), model.rows.len());
            assert_eq!(decode(&text).as_ref(), Ok(&**model), "{}", model.id);
        }
    }

    #[test]
    fn the_form_is_that_of_this_version() {
        let model = &Zoo::builtin().find("squeezenet1_1").unwrap().model;
        assert_eq!(
            encode(model),
            "DXNxdWVlemVuZXQxXzEOU3F1ZWV6ZU5ldCAxLjEKc3F1ZWV6ZW5ldAEArMUnNwjNzMzMzMzsPwGAAgDsUfg-1XjpPjvfzz76\
             fmo-QmBlPmZmZj4AA-gHAQAAAAAAAPA_AeABDQhmZWF0dXJlcwEAAwIDQAEBAAEAAAoIZmVhdHVyZXMBAQEIZmVhdHVyZXMB\
             AwADAgABCGZlYXR1cmVzAgwQQAhmZWF0dXJlcwEDAAMCAAEIZmVhdHVyZXMCDCCAAQhmZWF0dXJlcwEDAAMCAAEIZmVhdHVy\
             ZXMCDDDAAQhmZWF0dXJlcwIMQIACCmNsYXNzaWZpZXIBAgpjbGFzc2lmaWVyAQABAQYBAQABAAAKCmNsYXNzaWZpZXIBAQEK\
             Y2xhc3NpZmllcgEE",
            "links of this version are read differently now: give them another version in app/src/share/link.rs"
        );
    }

    #[test]
    fn damaged_texts_are_errors() {
        let text = encode(&Zoo::builtin().find("mobilevit_xxs").unwrap().model);
        for end in 0..text.len() {
            assert!(decode(&text[..end]).is_err(), "{end}");
        }
        let other = |c: char| if c == 'A' { 'B' } else { 'A' };
        for at in 0..text.len() {
            let changed: String =
                text.chars().enumerate().map(|(i, c)| if i == at { other(c) } else { c }).collect();
            // It may be another network, but nothing else.
            let _ = decode(&changed);
        }
        for text in ["???", "e30", "_____w"] {
            assert!(decode(text).is_err(), "{text}");
        }
    }
}
