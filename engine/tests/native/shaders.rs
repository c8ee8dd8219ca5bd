//! Every shader is valid, and agrees with the engine on its parameters.

use std::collections::BTreeSet;
use std::path::Path;

use engine::backend::webgpu::SHADERS;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{Module, TypeInner};

fn parse(name: &str, source: &str) -> Result<Module, String> {
    let module = naga::front::wgsl::parse_str(source)
        .map_err(|error| error.emit_to_string_with_path(source, &format!("{name}.wgsl")))?;
    // unpack2x16float belongs to WGSL itself, without any extension.
    Validator::new(
        ValidationFlags::all(),
        Capabilities::SHADER_FLOAT16_IN_FLOAT32 | Capabilities::SHADER_FLOAT16,
    )
    .validate(&module)
    .map_err(|error| error.emit_to_string_with_path(source, &format!("{name}.wgsl")))?;
    Ok(module)
}

/// What `Params` holds, structs within it by their own members: names, each at its offset in units of 4 bytes.
fn params(module: &Module) -> Vec<String> {
    let (_, params) = module
        .types
        .iter()
        .find(|(_, ty)| ty.name.as_deref() == Some("Params"))
        .expect("a struct named Params");
    let mut names = Vec::new();
    flatten(module, &params.inner, 0, &mut names);
    names
}

fn flatten(module: &Module, ty: &TypeInner, start: u32, names: &mut Vec<String>) {
    let TypeInner::Struct { members, .. } = ty else { panic!("{ty:?} is no struct") };
    for member in members {
        let inner = &module.types[member.ty].inner;
        if matches!(inner, TypeInner::Struct { .. }) {
            flatten(module, inner, start + member.offset, names);
        } else {
            assert_eq!(start + member.offset, 4 * names.len() as u32, "every member has 4 bytes");
            names.extend(member.name.clone());
        }
    }
}

#[test]
fn every_shader_is_valid_and_has_the_engines_parameters() {
    let mut wrong = Vec::new();
    let sources = SHADERS.iter().flat_map(|shader| [false, true].map(|half| (shader, shader.source(half))));
    for (shader, source) in sources {
        match parse(shader.name, &source) {
            Ok(module) => {
                let members = params(&module);
                if members != shader.members() {
                    wrong.push(format!(
                        "{}: Params is {members:?}, the engine writes {:?}",
                        shader.name,
                        shader.members()
                    ));
                }
                assert_eq!(module.entry_points[0].name, "main", "{}", shader.name);
            }
            Err(error) => wrong.push(error),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_is_a_shader_of_the_engine() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shaders");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .filter_map(|name| name.strip_suffix(".wgsl").map(str::to_owned))
        .collect();
    let known: BTreeSet<String> = SHADERS
        .iter()
        .map(|shader| shader.name)
        .chain(["common", "product", "stored", "window"])
        .map(str::to_owned)
        .collect();
    let (forgotten, absent) = (&files - &known, &known - &files);
    assert!(forgotten.is_empty(), "not in SHADERS of backend/webgpu/step: {forgotten:?}");
    assert!(absent.is_empty(), "no file in shaders/: {absent:?}");
    assert_eq!(SHADERS.len() + 4, known.len(), "a shader is there twice");
}
