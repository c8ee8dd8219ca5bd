//! What is known of a checkpoint.

strings! {
    labels_imagenet: "ImageNet", "ImageNet";
    labels_numbers: "no class names", "无类别名称";
    labels_classes: "{labels} ({classes})", "{labels}（{classes}）";
    classes: "{count} classes", "{count} 类";
    licence: "licence: {licence}", "许可：{licence}";
    published_top1: "Top-1 {top1} % published by {source} (not measured here)",
        "Top-1 {top1} %，由 {source} 发布（非本机测量）";
    tested: "Top-1 {top1} % (95 % interval {low}–{high}) of {images} test images, measured with these weights when they were trained",
        "Top-1 {top1} %（95 % 区间 {low}–{high}），{images} 张测试图像，训练完成时用这些权重实测";
    trained: "Trained for {epochs} epochs, {minutes} min on {cores}", "训练 {epochs} 轮，{cores}用时 {minutes} 分钟";
    one_core: "1 CPU core", "1 个 CPU 核心";
    cores: "{count} CPU cores", "{count} 个 CPU 核心";
    other_weights: "Other weights for this network:", "此网络的其他权重：";
    publisher: "its publisher", "发布者";
}
