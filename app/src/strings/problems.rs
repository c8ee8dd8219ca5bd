//! Problems that arise in the page itself.

use engine::weights::name_list::NameListError;
use worker::protocol::{Code, Problem};

use crate::share::{network, results};
use crate::state::{MAX_COLUMNS, MIN_COLUMNS};

/// A part of the page's program could not be loaded.
pub(crate) fn page_incomplete() -> Problem {
    Problem::new(
        Code::PageIncomplete,
        "A part of this page could not be loaded. Check the connection and try again; if that does not help, reload the \
         page.",
    )
}

/// The worker's fatal message.
pub(crate) fn no_simd() -> Problem {
    Problem::new(
        Code::WorkerNoSimd,
        "This browser has no WebAssembly SIMD, which the engine needs. Chrome and Edge have it since \
         version 91, Firefox since 89, Safari since 16.4. Costs are still counted here; predictions and \
         measurements are not possible.",
    )
}

/// The worker's script or module could not be loaded.
pub(crate) fn load_failed(detail: &str) -> Problem {
    Problem::new(
        Code::WorkerLoadFailed,
        format!(
            "The engine could not be loaded ({detail}). Check the connection and reload the page; costs \
             are still counted."
        ),
    )
    .with("detail", detail)
}

/// The worker stopped at an error of its own.
pub(crate) fn worker_crashed(detail: &str) -> Problem {
    Problem::new(
        Code::WorkerCrashed,
        format!("The engine stopped unexpectedly ({detail}). Reload the page to start it again."),
    )
    .with("detail", detail)
}

/// A message that page and worker do not agree on.
pub(crate) fn protocol(detail: &str) -> Problem {
    Problem::new(
        Code::WorkerProtocol,
        format!(
            "Page and engine do not understand each other ({detail}): they may be of different versions. \
             Reload the page."
        ),
    )
    .with("detail", detail)
}

/// A reply of another kind than the request asks for.
pub(crate) fn unexpected_reply() -> Problem {
    Problem::new(
        Code::WorkerReply,
        "The engine answered something else than was asked: it may be of another version than the page. Reload the \
         page.",
    )
}

/// Classes of another cube's pixels.
pub(crate) fn cube_truth_size(of: (u32, u32), cube: (u32, u32)) -> Problem {
    let ((height, width), (rows, columns)) = (of, cube);
    Problem::new(
        Code::CubeTruthSize,
        format!(
            "These are classes of {height} × {width} pixels, and the cube has {rows} × {columns}. Choose the classes of this \
             cube, or its cube."
        ),
    )
    .with("height", height)
    .with("width", width)
    .with("rows", rows)
    .with("columns", columns)
}

/// Classes without their cube.
pub(crate) fn cube_truth_alone((height, width): (u32, u32)) -> Problem {
    Problem::new(
        Code::CubeTruthAlone,
        format!(
            "These are the classes of {height} × {width} pixels. Drop the cube that they belong to, with as many rows and columns \
             and its bands as the third dimension."
        ),
    )
    .with("height", height)
    .with("width", width)
}

/// Ended by the visitor.
pub(crate) fn cancelled() -> Problem {
    Problem::new(Code::Cancelled, "Cancelled.")
}

/// The tab was hidden while something was measured.
pub(crate) fn hidden() -> Problem {
    Problem::new(
        Code::BenchHidden,
        "The tab was hidden during the measurement, which makes it worthless: it was stopped. Measure \
         again and keep the tab visible.",
    )
}

/// The browser does not let the page write to the clipboard.
pub(crate) fn clipboard() -> Problem {
    Problem::new(
        Code::CopyRefused,
        "The browser did not let the page copy. Allow it for this page, or open the page with https or from \
         localhost.",
    )
}

/// The link is of a version that this page does not know.
pub(crate) fn link_version(version: &str) -> Problem {
    Problem::new(
        Code::LinkVersion,
        format!(
            "The link describes a board in form {version:?}, which this page does not know: it may come from a \
             newer version. Reload the page, or build the board anew."
        ),
    )
    .with("version", version)
}

/// The board had no room, so a network has taken the place of another.
pub(crate) fn board_full(name: &str, gone: &str, most: usize) -> Problem {
    Problem::new(
        Code::BoardFull,
        format!("The board has room for {most} networks: {name} has taken the place of {gone}. The browser's Back undoes that."),
    )
    .with("name", name)
    .with("gone", gone)
    .with("most", most)
}

/// The board has no room for a file's network.
pub(crate) fn board_full_file(most: usize) -> Problem {
    Problem::new(
        Code::BoardFullFile,
        format!(
            "These weights are here, but the board has room for {most} networks. Remove one, or choose the weights in the \
             settings of a row."
        ),
    )
    .with("most", most)
}

/// The link has too few or too many columns.
pub(crate) fn link_columns(count: usize) -> Problem {
    Problem::new(
        Code::LinkColumns,
        format!(
            "The link describes {count} columns; a board has {MIN_COLUMNS} to {MAX_COLUMNS}. It may have been cut off: \
             copy it again."
        ),
    )
    .with("count", count)
    .with("least", MIN_COLUMNS)
    .with("most", MAX_COLUMNS)
}

/// The network is of a version that this page does not know.
pub(crate) fn network_version(version: &str) -> Problem {
    Problem::new(
        Code::NetworkVersion,
        format!(
            "The network is written in form {version}; this page reads form {}. It may come from a newer page: reload \
             this one.",
            network::VERSION
        ),
    )
    .with("version", version)
    .with("supported", network::VERSION)
}

/// The network is not written as one.
pub(crate) fn network_damaged(reason: &str) -> Problem {
    Problem::new(
        Code::NetworkDamaged,
        format!(
            "The network cannot be read: {reason}. Compare it with one that mobilenetLab.network() gives."
        ),
    )
    .with("reason", reason)
}

/// A part of the link makes no sense.
pub(crate) fn link_damaged(part: &str) -> Problem {
    Problem::new(
        Code::LinkDamaged,
        format!("The link cannot be read at {part:?}. It may have been cut off: copy it again."),
    )
    .with("part", part)
}

/// The link names weights that are not known here.
pub(crate) fn link_weights(id: &str) -> Problem {
    Problem::new(
        Code::LinkWeights,
        format!(
            "The link asks for the weights {id}, which this page does not have: random ones are used, for timing \
             only. Drop the file to use it."
        ),
    )
    .with("id", id)
}

/// The link is in the address bar, but not in the clipboard.
pub(crate) fn link_not_copied() -> Problem {
    Problem::new(
        Code::LinkNotCopied,
        "The browser did not let the page copy. The link is in the address bar: copy it from there.",
    )
}

/// The file cannot be read at all.
pub(crate) fn results_unreadable(name: &str) -> Problem {
    Problem::new(Code::ResultsUnreadable, format!("The browser cannot read {name}; choose the file again."))
        .with("name", name)
}

/// The file is no JSON.
pub(crate) fn results_not_json(line: usize, column: usize) -> Problem {
    Problem::new(
        Code::ResultsNotJson,
        format!(
            "This is no JSON from line {line}, column {column} on: the file is damaged or another one. Choose a \
             file that Export JSON has written."
        ),
    )
    .with("line", line)
    .with("column", column)
}

/// The file is JSON of something else.
pub(crate) fn results_format() -> Problem {
    Problem::new(
        Code::ResultsFormat,
        "This file holds neither results nor a network of MobileNet Lab. Choose one that Export JSON has written.",
    )
}

/// The file is of another version.
pub(crate) fn results_version(version: &str) -> Problem {
    Problem::new(
        Code::ResultsVersion,
        format!(
            "This file is of version {version}, this page reads version {supported}: it may come from a newer page. \
             Reload this one, or export again.",
            supported = results::VERSION
        ),
    )
    .with("version", version)
    .with("supported", results::VERSION)
}

/// The file lacks something, as the JSON reader says.
pub(crate) fn results_damaged(reason: &str) -> Problem {
    Problem::new(
        Code::ResultsDamaged,
        format!("This file of results cannot be used: {reason}. Export it again."),
    )
    .with("reason", reason)
}

/// The list of the files that a checkpoint is cut into.
pub(crate) fn weights_index() -> Problem {
    Problem::new(
        Code::WeightsIndex,
        "This is the index of a checkpoint in several files. Join them in Python: import glob, safetensors.torch as st; d = {}; \
         [d.update(st.load_file(f)) for f in glob.glob(\"model-*.safetensors\")]; st.save_file(d, \"model.safetensors\")",
    )
}

/// Settings of weights that are not here.
pub(crate) fn config_alone() -> Problem {
    Problem::new(
        Code::ConfigAlone,
        "These are settings of a checkpoint. Drop them together with its .safetensors file.",
    )
}

/// Names of classes of weights that are not here.
pub(crate) fn names_alone() -> Problem {
    Problem::new(
        Code::NamesAlone,
        "These are names of classes. Drop them together with the weights that they are of, or after them.",
    )
}

/// A text that is no list of names.
pub(crate) fn names_unreadable(error: &NameListError) -> Problem {
    let message = format!(
        "No names of classes can be read from this file: {error}. Write one name a line, in the order of the outputs."
    );
    Problem::new(Code::NamesUnreadable, message).with("reason", error)
}

/// The file has no results.
pub(crate) fn results_empty() -> Problem {
    Problem::new(Code::ResultsEmpty, "This file of results holds none. Export it again.")
}

/// The samples of a network are negative or no numbers, or there are none.
pub(crate) fn results_no_times(model: &str) -> Problem {
    Problem::new(
        Code::ResultsNoTimes,
        format!("This file of results cannot be used: the samples of {model} are no times. Export it again."),
    )
    .with("model", model)
}

/// A file of results says something that cannot be, since it says other things as well.
pub(crate) fn results_contradiction(
    model: &str,
    field: &str,
    said: impl std::fmt::Display,
    right: impl std::fmt::Display,
) -> Problem {
    Problem::new(
        Code::ResultsContradiction,
        format!("This file of results cannot be used: {field} of {model} is {said}, it should be {right}. Export it again."),
    )
    .with("model", model)
    .with("field", field)
    .with("said", said)
    .with("right", right)
}

/// A sample photo (or their list) could not be fetched.
pub(crate) fn sample(address: &str, reason: &str) -> Problem {
    Problem::new(
        Code::SampleUnreachable,
        format!("{address} could not be fetched ({reason}). Your own photos work all the same."),
    )
    .with("address", address)
    .with("reason", reason)
}

/// The browser does not draw the picture.
pub(crate) fn picture(reason: &str) -> Problem {
    Problem::new(
        Code::PictureRefused,
        format!("The browser did not draw the picture ({reason}). Its numbers can be exported as CSV."),
    )
    .with("reason", reason)
}

/// What was given is no address.
pub(crate) fn address_invalid(text: &str) -> Problem {
    Problem::new(
        Code::AddressInvalid,
        format!(
            "{text:?} is no address of a picture. Copy the picture's own address, which begins with https://, or \
             save the picture and drop the file here."
        ),
    )
    .with("text", text)
}

/// An address leads to nothing.
pub(crate) fn address_unreachable(address: &str, reason: &str) -> Problem {
    Problem::new(
        Code::AddressUnreachable,
        format!(
            "{address} could not be fetched ({reason}). Check the address, or save the picture and drop the file \
             here."
        ),
    )
    .with("address", address)
    .with("reason", reason)
}

/// An address is one of another site.
pub(crate) fn address_elsewhere(host: &str) -> Problem {
    Problem::new(
        Code::AddressElsewhere,
        format!(
            "This page could not read a picture of {host}: its security policy lets it ask only its own site and \
             the weights hub. Open the address in another tab, save the picture, and drop the file here."
        ),
    )
    .with("host", host)
}

/// There is no picture from a camera; `reason` is the name of the browser's exception.
pub(crate) fn camera(reason: &str) -> Problem {
    let (code, message) = match reason {
        "NotAllowedError" => (
            Code::CameraRefused,
            "The browser does not let this page use the camera. Allow it in the page's settings beside the address, \
             or choose a file."
                .to_owned(),
        ),
        "NotFoundError" => {
            (Code::CameraNone, "No camera was found. Connect one, or choose a file.".to_owned())
        }
        _ => (
            Code::CameraFailed,
            format!(
                "The camera gives no picture ({reason}). Close other programs that use it and try again, or choose \
                 a file."
            ),
        ),
    };
    Problem::new(code, message).with("reason", reason)
}

/// A golden file could not be fetched.
pub(crate) fn golden(address: &str, reason: &str) -> Problem {
    Problem::new(
        Code::GoldenUnreachable,
        format!("{address} could not be fetched ({reason}), so values were not compared."),
    )
    .with("address", address)
    .with("reason", reason)
}

/// An argument of the scripting interface.
pub(crate) fn argument(name: &str, reason: &str) -> Problem {
    Problem::new(Code::ApiArgument, format!("{name}: {reason}.")).with("name", name).with("reason", reason)
}
