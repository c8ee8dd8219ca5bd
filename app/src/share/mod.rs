//! What leaves the page on the visitor's wish, and comes back: the board as a link, results and networks as files. Other JSON
//! files that the page knows are told apart here too.

pub(crate) mod link;
pub(crate) mod network;
pub(crate) mod results;

use std::collections::BTreeMap;

use engine::spec::Model;
use serde_json::Value;
use worker::protocol::Problem;

use crate::config_file;
use crate::state::Lab;
use crate::strings::problems;
use network::NetworkFile;
use results::Results;

/// What a file of this page's holds.
#[derive(Debug, PartialEq)]
pub(crate) enum File {
    /// What was measured.
    Results(Results),
    /// A network.
    Network(Model),
    /// What somebody says of a checkpoint.
    Config(BTreeMap<String, String>),
}

/// How a file has what was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// All of it; it can be read again.
    Json,
    /// For other programs.
    Csv,
}

impl Form {
    /// What was measured of the board, if anything was.
    pub(crate) fn write(self, lab: Lab) -> Option<String> {
        let results = lab.results()?;
        Some(match self {
            Self::Json => results.to_json(),
            Self::Csv => results.to_csv(),
        })
    }
}

impl File {
    /// Reads a file's text; its `format` says what it holds.
    ///
    /// # Errors
    /// A problem that says what is wrong, and where.
    pub(crate) fn read(text: &str) -> Result<Self, Problem> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| problems::results_not_json(error.line(), error.column()))?;
        match value["format"].as_str() {
            Some(results::FORMAT) => Results::read(value).map(Self::Results),
            Some(network::FORMAT) => NetworkFile::read(value).map(Self::Network),
            _ if value["weight_map"].is_object() => Err(problems::weights_index()),
            _ => config_file::read(&value).map(Self::Config).ok_or_else(problems::results_format),
        }
    }
}
