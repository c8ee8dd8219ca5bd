//! The browser that tests run in.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};

use super::debian;
use crate::process::find_on_path;

/// A Chromium and its WebDriver.
pub(crate) struct Browser {
    pub(crate) chrome: PathBuf,
    pub(crate) driver: PathBuf,
}

const CHROMES: &[&str] = &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];

/// Where macOS keeps it, off PATH.
const CHROME_ON_MACOS: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// Finds the browser, or installs Debian's.
pub(super) fn find_or_install() -> Result<Browser> {
    if let Some(browser) = find()? {
        return Ok(browser);
    }
    if debian::can_install() {
        debian::install(&["chromium", "chromium-driver"])?;
    }
    find()?.ok_or_else(|| {
        anyhow!(
            "tests need Chromium (or Chrome) and a chromedriver of its version: put both on PATH, or name them in \
             the variables CHROME and CHROMEDRIVER"
        )
    })
}

fn find() -> Result<Option<Browser>> {
    let on_macos = || Some(PathBuf::from(CHROME_ON_MACOS)).filter(|path| path.is_file());
    let chrome = named_by("CHROME")?.or_else(|| find_on_path(CHROMES)).or_else(on_macos);
    let driver = named_by("CHROMEDRIVER")?.or_else(|| find_on_path(&["chromedriver"]));
    Ok(chrome.zip(driver).map(|(chrome, driver)| Browser { chrome, driver }))
}

/// The file that a variable names. A wrong name is an error: looking elsewhere would test another browser.
fn named_by(variable: &str) -> Result<Option<PathBuf>> {
    match env::var_os(variable).filter(|value| !value.is_empty()) {
        None => Ok(None),
        Some(value) if Path::new(&value).is_file() => Ok(Some(PathBuf::from(value))),
        Some(value) => bail!("{variable} names {}, which is no file", Path::new(&value).display()),
    }
}
