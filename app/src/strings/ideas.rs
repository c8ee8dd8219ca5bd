//! What is new about each family, in Chinese; the English sentences stand in the engine's zoo.

/// By family.
pub(super) const CHINESE: &[(&str, &str)] = &[
    (
        "mobilenet_v1",
        "把卷积拆成逐通道滤波与混合通道的 1×1 卷积，乘法只需八到九分之一。用宽度与分辨率两个数缩放网络。",
    ),
    (
        "mobilenet_v2",
        "模块内宽外窄：1×1 卷积扩张，深度卷积滤波，再由 1×1 卷积投影，且不加非线性，因为通道少时非线性会丢失信息。残差连接窄的两端。",
    ),
    (
        "mobilenet_v3",
        "以手机实测延迟为目标搜索宽度、卷积核，以及何处值得用 SE。硬 swish 用分段函数代替昂贵的函数，最后一级把最宽的层移到单个像素上计算。",
    ),
    (
        "mobilevit",
        "在倒残差之间插入 Transformer：各小块中相同位置的像素在整幅图上互相注意，卷积负责近处，注意力补充远处。",
    ),
    (
        "mobilenet_v4",
        "一种模块把倒瓶颈、ConvNext 模块与前馈层都作为特例：两个深度卷积各自可省。搜索同时面向多种硬件安排它们。",
    ),
    (
        "squeezenet",
        "先用少量通道压缩，再由 1×1 与 3×3 卷积并排扩张，并且很晚才缩小特征图。以五十分之一的参数达到 AlexNet 的准确率；它并不节省乘法。",
    ),
    (
        "shufflenet_v2",
        "按实测速度而非运算量设计：通道数相等、不分组、不做加法。每个模块让一半通道直接通过，再用重排让两半相遇。",
    ),
    (
        "ghostnet",
        "许多特征图彼此相似。于是一半由 1×1 卷积算出，另一半（“幻影”）由廉价的深度卷积从前一半得到。",
    ),
    (
        "mobilevit_v2",
        "词元不再两两相看：每个词元只有一个分数，所有键按分数加权求和，再与每个值相乘。注意力的代价随词元数线性增长，而不是平方增长。",
    ),
    (
        "mnasnet",
        "搜索为每一级选择卷积核、扩张倍数、深度与是否用 SE，并以准确率和真实手机上的耗时评判每个候选。MobileNetV3 与 EfficientNet 都由它的网络出发。",
    ),
    (
        "efficientnet",
        "与 MnasNet 类似的搜索，但目标是运算量而非耗时，得到 B0。更大的网络让深度、宽度与分辨率按三个常数的幂一同增长。",
    ),
    (
        "fbnet",
        "一个大网络的每一层在九种模块中选择，选择的权重由梯度学习，延迟计入损失。九个 GPU 日即可找到手机用的网络，而不是数千个。",
    ),
    (
        "fbnet_v2",
        "宽度与分辨率几乎不增加代价地加入 FBNet 的搜索：各种宽度的候选共用一张特征图，以掩码选取通道。搜索空间扩大十四个数量级，内存不变。",
    ),
    (
        "fbnet_v3",
        "训练方法与结构一同搜索，因为一种方法下最好的网络在另一种方法下未必最好。由网络统计量学得的准确率预测器评判候选。",
    ),
    (
        "lcnet",
        "采用 MobileNetV1 的简单模块，按 Intel 处理器上的耗时挑选，并加入在那里代价很小的做法：硬 swish，仅在最后几级用 5×5 卷积核与 SE，池化之后一层宽的全连接。",
    ),
    (
        "espnet",
        "先用 1×1 卷积降到很少的通道，再由多个空洞 3×3 卷积组成的金字塔代替大卷积；相邻空洞率的结果相加，以消除网格痕迹。它为街景的每个像素判断类别。",
    ),
    (
        "espnet_v2",
        "多种空洞率的深度卷积看同一组少量通道，每个结果都加上较小窗口的结果，使一个单元既看近处又看远处。每次减半之后，原图会再次输入。",
    ),
    (
        "starnet",
        "同一特征的两个线性映射逐元素相乘。和的乘积包含各项的所有配对，因此少数几层就能达到别的网络靠宽度才有的维数，与核方法相似。",
    ),
];

/// A family's idea.
pub(crate) fn in_chinese(family: &str) -> Option<&'static str> {
    CHINESE.iter().find(|(id, _)| *id == family).map(|(_, idea)| *idea)
}

#[cfg(test)]
mod tests {
    use engine::zoo::{self, FAMILIES};

    use super::*;

    #[test]
    fn every_family_has_its_idea_in_chinese() {
        let missing: Vec<&str> =
            FAMILIES.iter().map(|(family, _)| family.id).filter(|id| in_chinese(id).is_none()).collect();
        assert_eq!(missing, [""; 0], "ideas to translate");
        assert!(CHINESE.iter().all(|(id, _)| zoo::family(id).is_some()));
    }
}
