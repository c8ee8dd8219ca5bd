//! Downloads of checkpoints.

use std::io::{self, IsTerminal, Read};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use ureq::{Agent, Error};

/// The longest file that is downloaded, in bytes: ten times the largest checkpoint of the zoo's networks.
const MAX_BYTES: u64 = 512 << 20;

/// How long a server may take to accept a connection, to answer, and to send the next bytes.
const PATIENCE: Duration = Duration::from_secs(30);

/// The content of an https address, with progress on stderr.
pub(super) fn download(url: &str) -> Result<Vec<u8>> {
    ensure!(url.starts_with("https://"), "{url} is not https; give an https address, or a file");
    let agent: Agent = Agent::config_builder()
        .https_only(true)
        .user_agent(concat!("mobilenet-lab/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        .build()
        .into();
    let response = agent.get(url).call().map_err(|error| explain(url, error))?;
    let total = response.body().content_length();
    let body = response.into_body().into_with_config().limit(MAX_BYTES).reader();
    read_with_progress(body, &mut Progress::new(total)).with_context(|| format!("cannot download {url}"))
}

fn explain(url: &str, error: Error) -> anyhow::Error {
    match error {
        Error::StatusCode(status) => {
            anyhow!("{url} cannot be had, the server answers {status}; check the address in a browser")
        }
        error => anyhow!(
            "{url} cannot be reached: {error}; check the address and the connection, or download the file \
             otherwise and give its path"
        ),
    }
}

fn read_with_progress(mut body: impl Read, progress: &mut Progress) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        match body.read(&mut chunk)? {
            0 => break,
            read => bytes.extend_from_slice(&chunk[..read]),
        }
        progress.show(bytes.len() as u64);
    }
    progress.end();
    Ok(bytes)
}

/// Says how far a download is: rewrites its line in a terminal, else adds one for every tenth.
struct Progress {
    /// The whole in bytes, where the server tells.
    total: Option<u64>,
    /// The percentage, or megabytes, shown last.
    shown: u64,
    in_place: bool,
}

impl Progress {
    fn new(total: Option<u64>) -> Self {
        Self { total, shown: 0, in_place: io::stderr().is_terminal() }
    }

    fn show(&mut self, done: u64) {
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        let (step, text) = match self.total.filter(|total| *total > 0) {
            Some(total) => {
                let percent = 100 * done / total;
                let text = format!("{percent} % of {:.1} MB", megabytes(total));
                (percent, text)
            }
            None => (done / 1_000_000, format!("{:.1} MB", megabytes(done))),
        };
        if step < self.shown + if self.in_place { 1 } else { 10 } {
            return;
        }
        self.shown = step;
        if self.in_place {
            eprint!("\r  {text}");
        } else {
            eprintln!("  {text}");
        }
    }

    fn end(&self) {
        if self.in_place && self.shown > 0 {
            eprintln!();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_is_asked_for() {
        for url in ["http://example.org/model.safetensors", "ftp://example.org/x", "file:///x"] {
            let error = download(url).unwrap_err().to_string();
            assert!(error.contains(url) && error.contains("https"), "{error}");
        }
    }

    #[test]
    fn an_unreachable_address_is_named() {
        // Port 1 of this machine: refused at once, without a network.
        let url = "https://127.0.0.1:1/model.safetensors";
        let error = download(url).unwrap_err().to_string();
        assert!(error.contains(url) && error.contains("cannot be reached"), "{error}");
    }

    #[test]
    fn everything_is_read_and_counted() {
        let content = vec![7; 300_000];
        let mut progress = Progress { total: Some(300_000), shown: 0, in_place: false };
        assert_eq!(read_with_progress(content.as_slice(), &mut progress).unwrap(), content);
        assert_eq!(progress.shown, 100);
        let mut unknown = Progress { total: None, shown: 0, in_place: false };
        assert_eq!(read_with_progress(content.as_slice(), &mut unknown).unwrap().len(), 300_000);
    }
}
