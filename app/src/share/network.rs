//! A network as data: a file that can be read again, and a part of a link.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use engine::spec::Model;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use worker::protocol::Problem;

use crate::strings::problems;

/// Says what a file is.
pub(super) const FORMAT: &str = "mobilenet-lab-network";
/// Version of the form; it changes when a field changes its meaning.
pub(crate) const VERSION: u32 = 1;

/// A file with a network.
#[derive(Serialize, Deserialize)]
pub(crate) struct NetworkFile {
    format: String,
    version: u32,
    network: Model,
}

impl NetworkFile {
    /// A network's file.
    pub(crate) fn new(network: Model) -> Self {
        Self { format: FORMAT.to_owned(), version: VERSION, network }
    }

    /// Reads such a file.
    ///
    /// # Errors
    /// `network.version` and `network.damaged`. Whether it can be built is not known yet.
    pub(crate) fn read(value: Value) -> Result<Model, Problem> {
        if value["format"] != FORMAT {
            return Err(problems::network_damaged(&format!("its format is not {FORMAT:?}")));
        }
        if value["version"] != VERSION {
            return Err(problems::network_version(&value["version"].to_string()));
        }
        let file: Self =
            serde_json::from_value(value).map_err(|error| problems::network_damaged(&error.to_string()))?;
        Ok(file.network)
    }
}

/// A network in characters that a link keeps as they are.
pub(super) fn encoded(network: &Model) -> String {
    BASE64.encode(serde_json::to_string(network).unwrap_or_default())
}

/// Reads what [`encoded`] has written.
///
/// # Errors
/// `network.damaged`.
pub(super) fn decoded(text: &str) -> Result<Model, Problem> {
    let bytes = BASE64.decode(text).map_err(|error| problems::network_damaged(&error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| problems::network_damaged(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_survives_its_file_and_its_link() {
        for id in ["mobilenetv3_small_075", "mobilevit_xxs", "ghostnet_050", "shufflenet_v2_x1_0"] {
            let model = crate::networks::find(id).unwrap().model;
            let value = serde_json::to_value(NetworkFile::new((*model).clone())).unwrap();
            assert_eq!(NetworkFile::read(value).as_ref(), Ok(&*model), "{id}");
            let link = encoded(&model);
            assert!(link.len() < 16_000, "{id}: {} characters", link.len());
            assert_eq!(decoded(&link).as_ref(), Ok(&*model), "{id}");
        }
    }

    #[test]
    fn every_fault_has_its_message() {
        let model = crate::networks::find("squeezenet1_1").unwrap().model;
        let text = serde_json::to_string(&NetworkFile::new((*model).clone())).unwrap();
        let code = |text: &str| {
            let read = NetworkFile::read(serde_json::from_str(text).unwrap());
            read.map_or_else(|problem| problem.code.name(), |_| "read")
        };
        assert_eq!(code(&text), "read");
        assert_eq!(code("{}"), "network.damaged");
        assert_eq!(code(&text.replace("\"version\":1", "\"version\":7")), "network.version");
        assert_eq!(code(&text.replace("\"rows\"", "\"lines\"")), "network.damaged");
        assert_eq!(code(&text.replace("\"fire\"", "\"water\"")), "network.damaged");
        for link in ["", "e30", "???", "bm90IGpzb24"] {
            assert_eq!(
                decoded(link).map_err(|problem| problem.code.name()),
                Err("network.damaged"),
                "{link}"
            );
        }
    }
}
