//! A network as a file that can be read again.

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
    network: Value,
}

impl NetworkFile {
    /// A network's file.
    pub(crate) fn new(network: &Model) -> Self {
        // Values of plain types: there is nothing that could fail.
        let network = serde_json::to_value(network).unwrap_or_default();
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
        model(file.network)
    }
}

/// Reads a network.
///
/// # Errors
/// `network.damaged`.
pub(super) fn model(value: Value) -> Result<Model, Problem> {
    serde_json::from_value(value).map_err(|error| problems::network_damaged(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_survives_its_file() {
        for id in ["mobilenetv3_small_075", "mobilevit_xxs", "ghostnet_050", "shufflenet_v2_x1_0"] {
            let model = crate::networks::find(id).unwrap().model;
            let value = serde_json::to_value(NetworkFile::new(&model)).unwrap();
            assert_eq!(NetworkFile::read(value).as_ref(), Ok(&*model), "{id}");
        }
    }

    #[test]
    fn every_fault_has_its_message() {
        let model = crate::networks::find("squeezenet1_1").unwrap().model;
        let text = serde_json::to_string(&NetworkFile::new(&model)).unwrap();
        let code = |text: &str| {
            let read = NetworkFile::read(serde_json::from_str(text).unwrap());
            read.map_or_else(|problem| problem.code.name(), |_| "read")
        };
        assert_eq!(code(&text), "read");
        assert_eq!(code("{}"), "network.damaged");
        assert_eq!(code(&text.replace("\"version\":1", "\"version\":7")), "network.version");
        assert_eq!(code(&text.replace("\"rows\"", "\"lines\"")), "network.damaged");
        assert_eq!(code(&text.replace("\"fire\"", "\"water\"")), "network.damaged");
    }
}
