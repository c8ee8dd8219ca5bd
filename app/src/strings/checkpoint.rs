//! What is known of a checkpoint.

strings! {
    labels_imagenet: "ImageNet", "ImageNet";
    labels_numbers: "no class names", "无类别名称";
    labels_classes: "{labels} ({classes})", "{labels}（{classes}）";
    labels_own: "class names of its own", "自带类别名称";
    prepared: "Input {size}: {resize}, {interpolation}, mean {mean}, std {std}",
        "输入 {size}：{resize}，{interpolation}，mean {mean}，std {std}";
    bgr: "channels as blue, green, red", "通道顺序为蓝、绿、红";
    assumed: "assumed, nobody says: {what}", "未说明，按惯例假定：{what}";
    said_by_manifest: "from the list of weights: {what}", "来自权重清单：{what}";
    said_by_file: "from the file's metadata: {what}", "来自文件元数据：{what}";
    said_by_config: "from the file beside it: {what}", "来自随附的配置文件：{what}";
    said_by_visitor: "your choice: {what}", "您的选择：{what}";
    size: "size", "尺寸";
    resize: "resize", "缩放";
    interpolation: "filter", "插值";
    labels: "class names", "类别名称";
    own_names: "Your own names, one a line", "自己的名称，每行一个";
    change: "Change the preparation", "更改预处理";
    normalisation: "Normalisation", "归一化";
    as_declared: "As it was declared", "恢复原有设置";
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
