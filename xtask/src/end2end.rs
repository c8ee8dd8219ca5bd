//! Node scripts of `end2end/`, which open the built site in a browser.

use std::process::Command;

use anyhow::Result;

use crate::build::{self, worker};
use crate::process::command;
use crate::project::{Profile, root};
use crate::server::{Server, Site};
use crate::setup::TestKit;

/// The site, served for as long as this lives, and what runs scripts against it.
pub(crate) struct Stage {
    pub(crate) node: Command,
    _server: Server,
}

/// Builds the site and serves it as `cargo xtask serve --weights ../shared/weights` does.
pub(crate) fn stage(kit: &TestKit) -> Result<Stage> {
    let dist = build::site(&kit.build, Profile::Dev)?;
    let weights = Some(root().join("..").join("shared").join("weights")).filter(|dir| dir.is_dir());
    let mut node = command("node");
    node.current_dir(root().join("end2end"))
        .args(["--test", "--test-reporter=spec"])
        .env_remove("FORCE_COLOR");
    if let Some(dir) = &weights {
        node.env("MOBILENET_LAB_WEIGHTS", dir);
    }
    let builds: Vec<String> = worker::builds(&kit.build).map(ToString::to_string).collect();
    node.env("MOBILENET_LAB_BUILDS", builds.join(","));
    let server = Server::start(Site { dist, weights }, 0)?;
    node.env("MOBILENET_LAB_URL", server.url()).env("MOBILENET_LAB_CHROME", &kit.browser.chrome);
    Ok(Stage { node, _server: server })
}
