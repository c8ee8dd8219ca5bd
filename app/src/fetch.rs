//! Files by their addresses: the site's own, and those that the visitor names.

use gloo::net::http::{Request, Response};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Blob, ReferrerPolicy};
use worker::javascript::describe;

/// Why there is no file.
pub(crate) enum Failure {
    /// Nothing answers, or not to the end; in the browser's words.
    Unreachable(String),
    /// The status of an answer that is none.
    Status(u16),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable(reason) => f.write_str(reason),
            Self::Status(status) => write!(f, "HTTP {status}"),
        }
    }
}

/// The answer from an address, which is not told where it is asked from. `signal` stops it.
pub(crate) async fn get(address: &str, signal: Option<&AbortSignal>) -> Result<Response, Failure> {
    let request = Request::get(address).referrer_policy(ReferrerPolicy::NoReferrer).abort_signal(signal);
    let response = request.send().await.map_err(|error| Failure::Unreachable(error.to_string()))?;
    if response.ok() { Ok(response) } else { Err(Failure::Status(response.status())) }
}

/// An answer as a file.
pub(crate) async fn blob(response: Response) -> Result<Blob, Failure> {
    let blob = async { JsFuture::from(web_sys::Response::from(response).blob()?).await };
    blob.await.map(JsCast::unchecked_into).map_err(|error| Failure::Unreachable(describe(&error)))
}
