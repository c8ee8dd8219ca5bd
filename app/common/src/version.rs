//! Which version of the page this is.

/// The version, and the commit that the site is built of: `0.1.0 (0123456789ab)`. The build writes the commit into the page, not
/// into programs, which would all have to be compiled for it.
pub fn version() -> String {
    let page = web_sys::window().and_then(|window| window.document());
    let place = page.and_then(|page| page.query_selector("meta[name=commit]").ok().flatten());
    let commit = place.and_then(|place| place.get_attribute("content"));
    format!("{} ({})", env!("CARGO_PKG_VERSION"), commit.as_deref().unwrap_or("unknown"))
}
