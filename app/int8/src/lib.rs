//! A network as the worker tells it to the module of networks in bytes.

use engine::spec::{Conventions, Model, Variant};
use serde::{Deserialize, Serialize};

/// The fields of a [`Variant`].
#[derive(Deserialize, Serialize)]
struct Network {
    model: Model,
    width: f64,
    resolution: (u32, u32),
    classes: u32,
    conventions: Conventions,
}

/// A network as bytes, for a module of the same build of the site.
pub fn encode(variant: &Variant) -> Vec<u8> {
    let Variant { model, width, resolution, classes, conventions } = variant.clone();
    let model = (*model).clone();
    let network = Network { model, width, resolution, classes, conventions };
    // Into memory, plain types: there is nothing that could fail.
    postcard::to_allocvec(&network).unwrap_or_default()
}

/// Reads what [`encode`] has written.
///
/// # Errors
/// Why it cannot be that.
pub fn decode(bytes: &[u8]) -> Result<Variant, String> {
    let network = postcard::from_bytes(bytes).map_err(|error| error.to_string())?;
    let Network { model, width, resolution, classes, conventions } = network;
    Ok(Variant { model: model.into(), width, resolution, classes, conventions })
}

#[cfg(test)]
mod tests {
    use engine::zoo::Zoo;

    use super::*;

    #[test]
    fn networks_survive() {
        for variant in Zoo::builtin().variants() {
            let variant = variant.with_resolution(96, 160).with_classes(7);
            let variant = Variant { conventions: Conventions::TENSORFLOW, ..variant };
            let read = decode(&encode(&variant)).unwrap();
            assert_eq!(*read.model, *variant.model);
            assert_eq!((read.width, read.resolution, read.classes), (variant.width, (96, 160), 7));
            assert_eq!(read.conventions, Conventions::TENSORFLOW);
        }
        assert!(decode(&[1, 2, 3]).is_err());
    }
}
