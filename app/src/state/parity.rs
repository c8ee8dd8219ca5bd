//! Whether a backend computes on this device what PyTorch computes: checked before its times are believed.

use std::collections::HashMap;

use leptos::prelude::*;
use worker::protocol::{Backend, Problem, Timing, Verification};

use super::measuring::Timings;
use super::{ColumnConfig, Lab};
use crate::fetch;
use crate::strings::problems;

/// Golden files in `static/goldens`, by the network that each is of. `cargo xtask` puts them there.
const GOLDENS: &[(&str, &str)] = &[
    ("mobilenetv1_100", "mobilenetv1_100_224"),
    ("mobilenetv2_100", "mobilenetv2_100_224"),
    ("mobilenetv3_large_100", "mobilenetv3_large_100_224"),
    ("mobilenetv3_small_100", "mobilenetv3_small_100_224"),
    ("mobilevit_xxs", "mobilevit_xxs_256"),
    ("mobilevit_s", "mobilevit_s_256"),
    ("mobilevitv2_050", "mobilevitv2_050_256"),
    ("mobilenetv4_conv_small", "mobilenetv4_conv_small_224"),
    ("mnasnet_100", "mnasnet_100_224"),
    ("semnasnet_100", "semnasnet_100_224"),
    ("efficientnet_b0", "efficientnet_b0_224"),
    ("efficientnet_lite0", "efficientnet_lite0_224"),
    ("fbnet_a", "mobilecv_fbnet_a_224"),
    ("fbnetc_100", "fbnetc_100_224"),
    ("FBNetV2_F4", "mobilecv_FBNetV2_F4_224"),
    ("fbnetv3_b", "fbnetv3_b_224"),
    ("lcnet_100", "lcnet_100_224"),
    ("mobilenetv4_conv_medium", "mobilenetv4_conv_medium_256"),
    ("repvit_m0_9", "repvit_m0_9_224"),
    ("starnet_s1", "starnet_s1_224"),
    ("squeezenet1_0", "tv_squeezenet1_0_224"),
    ("squeezenet1_1", "tv_squeezenet1_1_224"),
    ("1.0-SqNxt-23", "caffe_1.0-SqNxt-23_227"),
    ("sqnxt23_w1", "pytorchcv_sqnxt23_w1"),
    ("igcv1_L4M32", "mxnet_igcv1_L4M32_224"),
    ("igcv1_cifar_plain_d20_L24M2", "mxnet_igcv1_cifar_plain_d20_L24M2_32"),
    ("igcv2_fixture_c64_k8", "own_igcv2_fixture_c64_k8_32"),
    ("igcv3_w1", "pytorchcv_igcv3_w1"),
    ("mxnet_igcv3_w1", "mxnet_igcv3_w1_224"),
    ("shufflenetv1_g3_1.0x", "authors_shufflenetv1_g3_1.0x"),
    ("shufflenetv2_0.5x", "authors_shufflenetv2_0.5x_224"),
    ("channelnet", "pytorchcv_channelnet"),
    ("condensenet74_g4", "authors_condensenet74_g4"),
    ("peleenet", "authors_peleenet"),
    ("shufflenet_v2_x1_0", "tv_shufflenet_v2_x1_0_224"),
    ("ghostnet_100", "ghostnet_100_224"),
    ("espnet_p2_q3", "authors_espnet_p2_q3_128x256"),
    ("espnetc_p2_q3", "authors_espnetc_p2_q3_128x256"),
    ("espnetv2_1.0", "authors_espnetv2_1.0"),
    ("weightnet_shufflenetv2_1.0x", "own_weightnet_shufflenetv2_1.0x_224"),
    ("micronet_m0", "authors_micronet_m0"),
    ("micronet_m3", "authors_micronet_m3"),
    ("hybridsn_keras_30b_16c", "own_hybridsn_keras_30b_16c"),
    ("hybridsn_seed", "own_hybridsn_seed"),
];

/// What is known of a network's definition on a backend.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Parity {
    /// Being computed.
    Checking,
    /// Computed and compared.
    Checked(Verification),
    /// It could not be.
    Failed(Problem),
}

impl Parity {
    /// Whether values were wrong.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self, Self::Checked(verification) if verification.cases.iter().any(|case| !case.passed))
    }
}

/// The golden of a network: of the same definition, at any width.
pub(crate) fn golden_of(model: &str) -> Option<&'static str> {
    let model = crate::networks::find(model).ok()?.model;
    let same = |of: &str| crate::networks::find(of).is_ok_and(|other| other.model.id == model.id);
    GOLDENS.iter().find(|(of, _)| same(of)).map(|(_, file)| *file)
}

/// What is known of backends' values, by golden and backend.
#[derive(Clone, Copy, Default)]
pub(crate) struct Parities(RwSignal<HashMap<(&'static str, Backend), Parity>>);

impl Parities {
    /// What is known about the values behind a timing; `None` if its network has no golden. Reactive.
    pub(crate) fn of(self, timing: &Timing) -> Option<Parity> {
        self.get((golden_of(&timing.model)?, timing.backend))
    }

    fn get(self, key: (&'static str, Backend)) -> Option<Parity> {
        self.0.with(|known| known.get(&key).cloned())
    }

    fn set(self, key: (&'static str, Backend), parity: Parity) {
        self.0.update(|known| {
            known.insert(key, parity);
        });
    }
}

impl Lab {
    /// Compares the backends that have been measured on these configurations with PyTorch.
    pub(super) async fn check_parities(self, timings: Timings, configs: &[ColumnConfig]) {
        for config in configs {
            if let Some(timing) = untrack(|| timings.get(config)) {
                self.check_parity(&timing.model, timing.backend).await;
            }
        }
    }

    /// Compares a backend with PyTorch on the network's golden, until it has been compared once.
    async fn check_parity(self, model: &str, backend: Backend) {
        // Bytes are not PyTorch's numbers.
        let Some(golden) = golden_of(model).filter(|_| backend != Backend::CpuInt8) else { return };
        let key = (golden, backend);
        if matches!(untrack(|| self.parities.get(key)), Some(Parity::Checking | Parity::Checked(_))) {
            return;
        }
        self.parities.set(key, Parity::Checking);
        let checked = async {
            let text = text(golden).await?;
            self.engine.client()?.verify(text, backend).answer().await
        };
        self.parities.set(key, checked.await.map_or_else(Parity::Failed, Parity::Checked));
    }
}

/// A golden file.
async fn text(golden: &str) -> Result<String, Problem> {
    let address = format!("static/goldens/{golden}.json");
    let missing = |reason: String| problems::golden(&address, &reason);
    let response = fetch::get(&address, None).await.map_err(|failure| missing(failure.to_string()))?;
    response.text().await.map_err(|error| missing(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goldens_exist_and_are_of_their_networks() {
        for (model, file) in GOLDENS {
            let path = format!("{}/../engine/tests/data/golden/{file}.json.gz", env!("CARGO_MANIFEST_DIR"));
            assert!(std::path::Path::new(&path).is_file(), "{path}");
            // Before the network stands whose definition it is, behind it the size.
            // Those of torchvision begin with its initials, others with who made them.
            // Some begin with their library.
            assert!(file.contains(model), "{file} is of {model}");
            assert_eq!(golden_of(model), Some(*file));
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../engine/tests/data/golden");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let file = name.trim_end_matches(".json.gz");
            assert!(GOLDENS.iter().any(|(_, of)| *of == file), "{file} is missing in GOLDENS of parity.rs");
        }
        assert_eq!(golden_of("mobilenetv2_050"), Some("mobilenetv2_100_224"));
        assert_eq!(golden_of("mobilevit_xs"), None);
    }
}
