//! The Vulkan driver that the engine's native tests run the WebGPU backend on.

use std::path::Path;

use anyhow::Result;

use super::debian;

/// Where drivers announce themselves.
const DRIVERS: &[&str] = &["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"];

/// Installs Mesa's drivers, one of which needs no GPU, where packages can be installed and there is no driver. The tests
/// say what is missing everywhere else.
pub(super) fn find_or_install() -> Result<()> {
    let is_there = |folder: &&str| Path::new(folder).read_dir().is_ok_and(|mut files| files.next().is_some());
    if !DRIVERS.iter().any(is_there) && debian::can_install() {
        debian::install(&["libvulkan1", "mesa-vulkan-drivers"])?;
    }
    Ok(())
}
