//! Parts of the page's program: what the first screen does not need lies in files of its own, which are loaded when they are
//! first needed and share the program's memory (`app/src/part.rs`).
//!
//! Trunk runs this program in place of `wasm-bindgen`, so that what it hashes and links is what the page loads: the linker's
//! output is cut up first, and the real `wasm-bindgen` gets what remains.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, anyhow, ensure};
use wasm_split_cli_support::{Options, transform};

use super::seal::{hex, write};
use crate::process::{command, run};
use crate::project::{Profile, root, target_dir};

/// The program that this one stands in for.
const WASM_BINDGEN: &str = "wasm-bindgen";
/// The variable with the PATH on which the real one is found.
const PATH: &str = "MOBILENET_LAB_PATH";
/// The variable with the profile's name.
const PROFILE: &str = "MOBILENET_LAB_PROFILE";
/// The folder of the parts' files in the site.
const IN_SITE: &str = "parts";
/// The module from which the program imports what loads its parts. There is no such file: the program's script has it itself.
const LOADERS: &str = "./parts.js";
/// What the names of functions in parts begin with, in the linker's output.
const MARK: &[u8] = b"__wasm_split_00";

/// What tells the compiler that there are parts, and the linker to keep where code refers to other code.
pub(super) const RUSTFLAGS: &str = "--cfg=parts -Clink-arg=--emit-relocs";

/// The addresses of each part's files, by the parts' names.
type Parts = BTreeMap<String, Vec<String>>;

/// Lets Trunk, which finds its tools on `path`, cut the program up.
pub(super) fn configure(trunk: &mut Command, profile: Profile, path: &OsStr) -> Result<()> {
    let dir = target_dir().join("xtask").join("bin");
    fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let program = dir.join(format!("{WASM_BINDGEN}{}", env::consts::EXE_SUFFIX));
    let xtask = env::current_exe().context("cannot tell where this program lies")?;
    fs::copy(&xtask, &program).with_context(|| format!("cannot write {}", program.display()))?;
    let with_program = env::join_paths(std::iter::once(dir).chain(env::split_paths(path)))
        .context("a folder's name holds PATH's separator and cannot be put on it")?;
    trunk.env("PATH", with_program).env(PATH, path).env(PROFILE, profile.cargo_name());
    Ok(())
}

/// Where the parts' files lie until [`stage`] takes them.
fn folder(profile: &OsStr) -> PathBuf {
    target_dir().join("xtask").join(format!("{IN_SITE}-{}", profile.display()))
}

/// Stands in for `wasm-bindgen`, if this program was started under that name.
pub(crate) fn stand_in() -> Option<Result<ExitCode>> {
    let mut args = env::args_os();
    let name = args.next()?;
    (Path::new(&name).file_stem()? == WASM_BINDGEN).then(|| wasm_bindgen(&args.collect::<Vec<_>>()))
}

fn wasm_bindgen(args: &[OsString]) -> Result<ExitCode> {
    let mut real = command(WASM_BINDGEN);
    real.env("PATH", variable(PATH)?);
    let input = args.iter().find(|arg| Path::new(arg).extension().is_some_and(|kind| kind == "wasm"));
    let content = input.map(|file| read(Path::new(file))).transpose()?;
    let has_parts = |content: &Vec<u8>| content.windows(MARK.len()).any(|at| at == MARK);
    let Some((input, content)) = input.zip(content.filter(has_parts)) else {
        run(real.args(args))?;
        return Ok(ExitCode::SUCCESS);
    };

    let profile = variable(PROFILE)?;
    let names = profile != Profile::Release.cargo_name();
    let (main, parts) = cut(&content, &folder(&profile), names)?;
    real.args(args.iter().map(|arg| if arg == input { main.as_os_str() } else { arg }));
    if !names {
        real.args(["--remove-name-section", "--remove-producers-section"]); // a quarter of the download
    }
    // Among them is the table of functions, where parts meet the rest.
    run(real.arg("--keep-lld-exports"))?;

    let script = script(args)?;
    let text = String::from_utf8(read(&script)?).context("wasm-bindgen's script is no text")?;
    let loaders = String::from_utf8(read(&root().join("app").join("parts.js"))?)?;
    write(&script, with_loaders(&text, &parts, &loaders)?.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Cuts the linker's output up: gives the file with what is no part, and what parts there are. Their files, with names of functions if
/// `names` says so, lie in `folder`.
fn cut(content: &[u8], folder: &Path, names: bool) -> Result<(PathBuf, Parts)> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    let scratch = folder.with_extension("cut");
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fs::create_dir_all(&scratch).with_context(|| format!("cannot create {}", scratch.display()))?;
    let main = scratch.join("main.wasm");
    let mut options = Options::new(content);
    options.output_dir = &scratch;
    options.main_out_path = &main;
    options.link_name = LOADERS;
    let cut =
        transform(options).map_err(|error| anyhow!("the program cannot be cut into parts: {error:#}"))?;

    let mut addresses = BTreeMap::new();
    for file in &cut.split_modules {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let code = read(file)?;
        let code = if names { code } else { without_custom_sections(&code)? };
        let name = format!("{}-{}.wasm", stem.trim_start_matches("split_"), &hex(&code)[..16]);
        write(&folder.join(&name), &code)?;
        addresses.insert(stem, format!("{IN_SITE}/{name}"));
    }
    let addresses_of = |(part, stems): (String, Vec<String>)| {
        let files = stems.iter().map(|stem| {
            addresses.get(stem).cloned().with_context(|| format!("the part {part} lacks its file {stem}"))
        });
        Ok((part.clone(), files.collect::<Result<Vec<_>>>()?))
    };
    let parts = cut.prefetch_map.into_iter().map(addresses_of).collect::<Result<Parts>>()?;
    Ok((main, parts))
}

/// A module of WebAssembly without what only tools read.
fn without_custom_sections(module: &[u8]) -> Result<Vec<u8>> {
    const HEAD: usize = 8;
    const CUSTOM: u8 = 0;
    let (head, mut rest) = module.split_at_checked(HEAD).context("a part is no module of WebAssembly")?;
    let mut kept = head.to_vec();
    while let Some(&kind) = rest.first() {
        let (length, digits) = leb128(&rest[1..]).context("a part's section has no length")?;
        let (section, after) =
            rest.split_at_checked(1 + digits + length).context("a part's section is cut off")?;
        if kind != CUSTOM {
            kept.extend_from_slice(section);
        }
        rest = after;
    }
    Ok(kept)
}

/// The number at the beginning of `bytes`, and how many of them it takes.
fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let last = bytes.iter().take(5).position(|byte| byte & 0x80 == 0)?;
    let number = bytes[..=last].iter().rev().fold(0, |number, byte| (number << 7) | usize::from(byte & 0x7f));
    Some((number, last + 1))
}

/// The script that wasm-bindgen has been asked to write.
fn script(args: &[OsString]) -> Result<PathBuf> {
    let value = |name: &str| {
        let value = args.iter().find_map(|arg| arg.to_str()?.strip_prefix(name)?.strip_prefix('='));
        value.with_context(|| format!("wasm-bindgen is called without {name}"))
    };
    Ok(Path::new(value("--out-dir")?).join(value("--out-name")?).with_extension("js"))
}

/// The program's script with what loads parts, in place of the imports from [`LOADERS`].
fn with_loaders(script: &str, parts: &Parts, loaders: &str) -> Result<String> {
    let list = serde_json::to_string_pretty(parts)?;
    let mut text = format!("const PARTS = {list};\n{loaders}");
    let mut rest = script;
    // They stand at the beginning, one for each part.
    while let Some((import, after)) = rest.split_once('\n').filter(|(line, _)| line.contains(LOADERS)) {
        let name = import.strip_prefix("import * as ").and_then(|import| import.split_once(' '));
        let (name, _) = name.with_context(|| format!("wasm-bindgen's script has an unknown {import:?}"))?;
        text += &format!("const {name} = LOADERS;\n");
        rest = after;
    }
    ensure!(rest.len() < script.len(), "wasm-bindgen's script does not begin with what imports {LOADERS}");
    Ok(text + rest)
}

/// Copies the parts into the folder that becomes the site, if the program has been cut up.
pub(super) fn stage(staging: &Path) -> Result<()> {
    let Some(folder) = env::var_os(PROFILE).map(|profile| folder(&profile)) else { return Ok(()) };
    let to = staging.join(IN_SITE);
    fs::create_dir_all(&to).with_context(|| format!("cannot create {}", to.display()))?;
    let cannot_read = || format!("cannot read {}", folder.display());
    let mut count = 0;
    for entry in fs::read_dir(&folder).with_context(cannot_read)? {
        let file = entry.with_context(cannot_read)?.path();
        fs::copy(&file, to.join(file.file_name().unwrap_or_default()))
            .with_context(|| format!("cannot copy {}", file.display()))?;
        count += 1;
    }
    ensure!(count > 0, "the program has no parts, although it was compiled with them");
    Ok(())
}

fn variable(name: &str) -> Result<OsString> {
    env::var_os(name).with_context(|| format!("{name} is not set; Trunk is started by `cargo xtask`"))
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_imports_give_way_to_the_loaders() {
        let parts = Parts::from([("views".to_owned(), vec!["parts/views-0.wasm".to_owned()])]);
        let rest = "let wasm;\nreturn { \"./parts.js\": import1 };\n";
        let script = format!(
            "import * as import1 from \"./parts.js\"\nimport * as import2 from \"./parts.js\"\n{rest}"
        );
        let text = with_loaders(&script, &parts, "const LOADERS = {};\n").unwrap();
        assert_eq!(
            text,
            format!(
                "const PARTS = {{\n  \"views\": [\n    \"parts/views-0.wasm\"\n  ]\n}};\nconst LOADERS = {{}};\n\
                 const import1 = LOADERS;\nconst import2 = LOADERS;\n{rest}"
            )
        );
        for other in [rest, "import { a } from \"./parts.js\"\n", ""] {
            assert!(with_loaders(other, &parts, "").is_err(), "{other}");
        }
    }

    #[test]
    fn only_custom_sections_are_left_out() {
        let head = b"\0asm\x01\0\0\0".as_slice();
        let (types, names, long) = (b"\x01\x02ab".as_slice(), b"\0\x03abc".as_slice(), [7; 200]);
        let code = [b"\x0a\xc8\x01".as_slice(), &long].concat();
        let module = [head, types, names, &code, names].concat();
        assert_eq!(without_custom_sections(&module).unwrap(), [head, types, &code].concat());
        assert!(without_custom_sections(&module[..module.len() - 1]).is_err());
        assert!(without_custom_sections(b"\0asm").is_err());
        assert!(without_custom_sections(&[head, b"\x01\xff\xff\xff\xff\xff"].concat()).is_err());
    }

    #[test]
    fn the_script_lies_where_wasm_bindgen_was_asked_to_write_it() {
        let args = |args: &[&str]| args.iter().map(OsString::from).collect::<Vec<_>>();
        let asked = args(&["--target=web", "--out-dir=/t/wasm-bindgen", "--out-name=app", "/t/app.wasm"]);
        assert_eq!(script(&asked).unwrap(), Path::new("/t/wasm-bindgen/app.js"));
        assert!(script(&args(&["--out-name=app"])).is_err());
    }
}
