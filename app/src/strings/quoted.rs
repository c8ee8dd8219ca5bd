//! What data files say of weights, photos and figures, in Chinese.

use super::{Language, Strings};

/// Texts of `static/weights/manifest.json`, `static/samples/samples.json` and the engine's tables of published figures.
pub(super) const CHINESE: &[(&str, &str)] = &[
    ("timm: trained on ImageNet-1k with RMSProp", "timm：在 ImageNet-1k 上以 RMSProp 训练"),
    ("timm: trained on ImageNet-1k with LAMB", "timm：在 ImageNet-1k 上以 LAMB 训练"),
    (
        "timm: trained on ImageNet-1k with RandAugment (recipe ra2)",
        "timm：在 ImageNet-1k 上以 RandAugment 训练（配方 ra2）",
    ),
    (
        "Google: TensorFlow's EfficientNet weights, converted by timm",
        "Google：TensorFlow 的 EfficientNet 权重，由 timm 转换",
    ),
    (
        "Google: TensorFlow's EfficientNet weights, trained with AutoAugment, converted by timm",
        "Google：TensorFlow 的 EfficientNet 权重，以 AutoAugment 训练，由 timm 转换",
    ),
    (
        "Google: TensorFlow's EfficientNet-Lite weights, converted by timm",
        "Google：TensorFlow 的 EfficientNet-Lite 权重，由 timm 转换",
    ),
    ("ShichenLiu/CondenseNet, README.md", "ShichenLiu/CondenseNet 代码库，README.md"),
    ("MicroNet's repository, README.md", "MicroNet 代码库，README.md"),
    (
        "WeightNet's repository, README.md (errors, subtracted from 100)",
        "WeightNet 代码库，README.md（由 100 减去错误率）",
    ),
    ("mobile-vision, model_info", "mobile-vision 代码库，model_info"),
    ("tensorflow/tpu, efficientnet/lite/README.md", "tensorflow/tpu 代码库，efficientnet/lite/README.md"),
    (
        "tensorflow/tpu, efficientnet/README.md, AutoAugment",
        "tensorflow/tpu 代码库，efficientnet/README.md（AutoAugment）",
    ),
    ("tensorflow/tpu, mnasnet/README.md", "tensorflow/tpu 代码库，mnasnet/README.md"),
    ("homles11/IGCV3, README.md", "homles11/IGCV3 代码库，README.md"),
    (
        "hellozting/InterleavedGroupConvolutions, README.md",
        "hellozting/InterleavedGroupConvolutions 代码库，README.md",
    ),
    ("Robert-JunWang/PeleeNet, README.md", "Robert-JunWang/PeleeNet 代码库，README.md"),
    ("Megvii, ShuffleNetV2/README.md", "旷视，ShuffleNetV2/README.md"),
    ("Megvii, ShuffleNetV1/README.md", "旷视，ShuffleNetV1/README.md"),
    ("ESPNetV2's repository, imagenet/README.md", "ESPNetV2 代码库，imagenet/README.md"),
    (
        "timm: trained on ImageNet-1k at 224 pixels for 3600 epochs (recipe ra4)",
        "timm：在 ImageNet-1k 上以 224 像素训练 3600 轮（配方 ra4）",
    ),
    ("timm: trained on ImageNet-1k with the LAMB optimiser", "timm：在 ImageNet-1k 上以 LAMB 优化器训练"),
    ("timm: trained on ImageNet-1k with RandAugment", "timm：在 ImageNet-1k 上以 RandAugment 训练"),
    (
        "Alibaba MIIL: trained on ImageNet-21k, fine-tuned on ImageNet-1k; published by timm",
        "阿里巴巴 MIIL：在 ImageNet-21k 上训练，在 ImageNet-1k 上微调；由 timm 发布",
    ),
    (
        "Google: TensorFlow's MobileNetV3 weights, converted by timm",
        "Google：TensorFlow 的 MobileNetV3 权重，由 timm 转换",
    ),
    (
        "Apple ml-cvnets: trained on ImageNet-1k, converted by timm",
        "Apple ml-cvnets：在 ImageNet-1k 上训练，由 timm 转换",
    ),
    (
        "Huawei Noah's Ark Lab: trained on ImageNet-1k at 224 pixels, converted by timm",
        "华为诺亚方舟实验室：在 ImageNet-1k 上以 224 像素训练，由 timm 转换",
    ),
    (
        "MobileNet Lab: trained on CIFAR-10's 50,000 training images for 30 epochs at 48, then 64 pixels, mirrored and shifted by up to 4 of 32 pixels, by SGD with Nesterov momentum 0.9, batch 128, learning rate up to 0.2, weight decay 0.0005, label smoothing 0.1 (tools/train)",
        "MobileNet Lab：用 CIFAR-10 的 50,000 张训练图像训练 30 轮，先 48 后 64 像素，随机镜像并平移至多 4 像素（原图 32 像素）；SGD，Nesterov 动量 0.9，批大小 128，学习率最高 0.2，权重衰减 0.0005，标签平滑 0.1（tools/train）",
    ),
    (
        "timm's results/results-imagenet.csv at commit aa4b5850 (2026-08-08)",
        "timm 的 results/results-imagenet.csv（提交 aa4b5850，2026-08-08）",
    ),
    ("MIT OR Apache-2.0", "MIT 或 Apache-2.0"),
    (
        "cvnets-license (Apple, see the LICENSE file of apple/ml-cvnets)",
        "cvnets-license（Apple，见 apple/ml-cvnets 的 LICENSE 文件）",
    ),
    ("Public domain", "公有领域"),
    ("MobileNetV1 paper, tables 4–7", "MobileNetV1 论文，表 4–7"),
    ("MobileNetV1 paper, tables 4 and 5", "MobileNetV1 论文，表 4 和表 5"),
    ("MobileNetV2 paper, table 4", "MobileNetV2 论文，表 4"),
    ("MobileNetV3 paper (v5), table 3", "MobileNetV3 论文（v5），表 3"),
    ("TensorFlow's MobileNetV3 README", "TensorFlow 的 MobileNetV3 README"),
    ("MobileViTv2 paper", "MobileViTv2 论文"),
    ("MobileViT paper", "MobileViT 论文"),
    ("timm 1.0.31, counted on its modules", "timm 1.0.31，按其模块统计"),
];

impl Strings {
    /// Such a text in this language; in its own where there is no translation, as in files of the visitor's.
    pub(crate) fn quoted<'a>(&self, text: &'a str) -> &'a str {
        let translation = match self.language {
            Language::English => None,
            Language::Chinese => CHINESE.iter().find(|(english, _)| *english == text),
        };
        translation.map_or(text, |(_, chinese)| chinese)
    }
}

#[cfg(test)]
mod tests {
    use engine::graph::receipt::KNOWN;
    use engine::zoo::PUBLISHED;
    use serde_json::Value;

    use super::*;

    /// Every text of these fields, wherever it stands.
    fn texts(value: &Value, fields: &[&str], found: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                for (name, value) in object {
                    match value {
                        Value::String(text) if fields.contains(&name.as_str()) => found.push(text.clone()),
                        other => texts(other, fields, found),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| texts(value, fields, found)),
            _ => {}
        }
    }

    /// Names of licences, files and programs, which are the same in every language.
    fn is_a_name(text: &str) -> bool {
        let names =
            ["fvcore ", "ptflops ", "thop ", "TF-slim, ", "cvnets, ", "apple/ml-cvnets", "CC0", "Apache-2.0"];
        names.iter().any(|name| text.starts_with(name))
    }

    #[test]
    fn what_data_files_say_is_translated() {
        let mut said: Vec<String> = KNOWN.iter().map(|known| known.source.to_owned()).collect();
        said.extend(PUBLISHED.iter().map(|published| published.source.title.to_owned()));
        for file in ["weights/manifest.json", "samples/samples.json"] {
            let path = format!("{}/../static/{file}", env!("CARGO_MANIFEST_DIR"));
            let json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            texts(&json, &["description", "licence"], &mut said);
        }
        assert!(said.len() > 100, "{}", said.len());
        let strings = Language::Chinese.strings();
        let is_missing = |text: &&String| !is_a_name(text) && strings.quoted(text) == **text;
        let missing: Vec<&String> = said.iter().filter(is_missing).collect();
        assert!(missing.is_empty(), "{missing:#?}");
        let unused = CHINESE.iter().find(|(english, _)| !said.iter().any(|text| text == english));
        assert_eq!(unused, None);
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        let [english, chinese] = [Language::English, Language::Chinese].map(Language::strings);
        assert_eq!(english.quoted("Public domain"), "Public domain");
        assert_eq!(chinese.quoted("Public domain"), "公有领域");
        assert_eq!(chinese.quoted("my own recipe"), "my own recipe");
    }
}
