//! Every text of the page, in both languages, and the translations of problems.

use worker::protocol::{Backend, Problem};

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// Its name in itself.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "中文",
        }
    }

    /// Its tag for the document.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// Its key in data files.
    pub(crate) fn short(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// Its texts.
    pub(crate) fn strings(self) -> &'static Strings {
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        }
    }
}

/// `template` with every `{name}` replaced by its value.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// Defines [`Strings`] and its two instances, so that no text can lack a language.
macro_rules! strings {
    ($($name:ident: $english:literal, $chinese:literal;)*) => {
        /// The texts of one language. `{names}` in braces are places for values, see [`fill`].
        #[allow(missing_docs, reason = "the texts speak for themselves")]
        pub(crate) struct Strings { $(pub(crate) $name: &'static str,)* }
        const ENGLISH: Strings = Strings { $($name: $english,)* };
        const CHINESE: Strings = Strings { $($name: $chinese,)* };
        #[cfg(test)]
        const PAIRS: &[(&str, &str)] = &[$(($english, $chinese),)*];
    };
}

strings! {
    // header
    claim: "Mobile vision networks, side by side in your browser. Images never leave this device.",
        "在浏览器中并排比较移动视觉网络。图片不会离开本设备。";
    skip: "Skip to the comparison", "跳到比较区";
    pages: "Pages", "页面";
    models: "Models", "模型";
    theme: "Theme", "主题";
    theme_system: "System", "跟随系统";
    theme_light: "Light", "浅色";
    theme_dark: "Dark", "深色";

    // photos
    photos: "Photos", "照片";
    photos_hint: "Drop photos anywhere on this page, as many as you like, paste them or their addresses, or choose files. A .safetensors checkpoint can be dropped in the same way.",
        "把照片（数量不限）拖到页面任意位置、粘贴照片或其网址，或选择文件。.safetensors 权重文件也可以这样打开。";
    address: "Address", "网址";
    open_address: "Open", "打开";
    picture: "picture", "图片";
    take_photo: "Take a photo", "拍照";
    taken_photo: "photo.jpg", "照片.jpg";
    camera_view: "What the camera sees", "摄像头画面";
    camera_opening: "Waiting for the camera. The browser may ask whether this page may use it …", "正在等待摄像头。浏览器可能会询问是否允许本页使用 …";
    camera_note: "The photo stays in this browser.", "照片只留在此浏览器中。";
    take: "Take it", "拍摄";
    close: "Close", "关闭";
    choose_files: "Choose files", "选择文件";
    samples: "Sample photos", "示例照片";
    drop_now: "Drop photos or a .safetensors checkpoint", "松开以打开照片或 .safetensors 权重";
    opening: "Opening {file} …", "正在打开 {file} …";
    opening_of: "Opening file {position} of {total}: {file}", "正在打开第 {position} / {total} 个文件：{file}";
    no_photo: "No photo yet. Drop one anywhere, choose a file, or take a sample.",
        "还没有照片。拖入一张、选择文件，或使用示例。";
    photo_of: "Photo {position} of {count}", "第 {position} 张，共 {count} 张";
    photo_by: "Photo: {author} · {licence}", "摄影：{author} · {licence}";
    previous: "Previous photo", "上一张";
    next: "Next photo", "下一张";
    decoded_by_engine: "decoded by the engine", "由引擎解码";
    decoded_by_browser: "decoded by the browser", "由浏览器解码";
    remove: "Remove", "移除";
    remove_named: "Remove {name}", "移除 {name}";
    classified: "{done} of {total} predictions", "预测 {done} / {total}";
    classify_rest: "Continue", "继续";
    agree_on: "All networks agree on {same} of {compared} photos.", "所有网络在 {compared} 张照片中的 {same} 张上一致。";
    nothing_compared: "Answers are compared between networks with the same classes; there are no two of them yet.",
        "只比较类别相同的网络；目前还没有这样的两个网络。";
    verdict_same: "✓ all agree", "✓ 一致";
    verdict_differs: "≠ {answers} different answers", "≠ {answers} 种不同答案";
    order: "Order", "排序";
    order_added: "as added", "添加顺序";
    order_disagreement: "most disputed first", "分歧最大在前";
    clear: "Remove all photos", "移除全部照片";
    clear_question: "Remove all {count} photos and their predictions?", "移除全部 {count} 张照片及其预测？";
    keep: "Keep them", "保留";
    pairs: "Agreement of every two networks", "两两一致性";
    pairs_note: "On how many photos two networks put the same class first. Only networks with the same classes are compared: ImageNet with ImageNet, CIFAR-10 with CIFAR-10.",
        "两个网络的首选类别相同的照片数。只比较类别相同的网络：ImageNet 与 ImageNet，CIFAR-10 与 CIFAR-10。";
    pairs_same: "same first class", "首选相同";

    // messages
    messages: "Messages", "消息";
    dismiss: "Dismiss", "关闭";
    cancel: "Cancel", "取消";
    cancelled: "Cancelled.", "已取消。";
    again: "Try again", "重试";
    several_networks: "The tensors of {file} fit several networks equally well. It is used as {model}; or take it as",
        "{file} 的张量同时符合多个网络。现按 {model} 使用；也可以改为";
    keep_network: "Keep {model}", "保留 {model}";

    // board
    compare: "Compare", "比较";
    networks: "Networks", "网络";
    network: "Network", "网络";
    add_network: "Add a network", "添加网络";
    no_weights: "No trained weights are here yet, so nothing can be predicted. Costs and latency work without them.",
        "尚无训练好的权重，因此无法预测。计算量与延迟不需要权重。";
    no_weights_hub: "Choose a network whose weights are offered for download, and press its download button; nothing is fetched before that.",
        "选择提供下载权重的网络，并点击下载按钮；在此之前不会下载任何内容。";
    no_weights_file: "Or drop a .safetensors checkpoint (timm or torchvision) on this page.",
        "或者把 .safetensors 权重文件（timm 或 torchvision）拖到本页。";
    no_weights_serve: "Or serve a folder of checkpoints:", "或者在启动时提供权重文件夹：";
    width: "α", "α";
    resolution: "ρ", "ρ";
    weights: "Weights", "权重";
    random_weights: "Random: timing only", "随机：仅用于计时";
    random: "random weights", "随机权重";
    backend: "Backend", "后端";
    backend_auto: "Fastest", "最快";
    backend_cpu: "CPU", "CPU";
    backend_cpu_full: "CPU (WebAssembly SIMD)", "CPU(WebAssembly SIMD)";
    backend_webgpu: "WebGPU", "WebGPU";
    backend_webgpu_half: "WebGPU, f16", "WebGPU，f16";
    backend_reference: "Reference", "参考实现";
    backend_reference_full: "Reference (slow)", "参考实现（慢）";
    one_thread: "1 thread", "1 线程";
    threads: "{count} threads", "{count} 线程";
    source_bundled: "bundled", "内置";
    source_local: "local", "本地";
    source_hub: "download", "需下载";
    source_hub_here: "downloaded", "已下载";
    source_file: "file", "文件";
    starting: "The engine is starting …", "引擎正在启动 …";
    no_engine: "The engine cannot run in this browser; costs are counted all the same.",
        "引擎无法在此浏览器中运行；计算量仍会统计。";
    random_no_prediction: "Random weights: timing only. Choose trained weights to predict.",
        "随机权重仅用于计时。选择训练好的权重即可预测。";
    waiting_for_photo: "Ready for a photo.", "可以放入照片了。";
    not_here: "These weights are not on this device.", "本设备上没有这些权重。";
    download: "Download {size}", "下载 {size}";
    download_about: "Download about {size}", "下载约 {size}";
    waiting: "Loading …", "正在载入 …";
    downloading: "Downloading:", "正在下载：";
    bytes_of: "{done} of {total}", "{done} / {total}";
    running: "Running …", "正在运行 …";
    class: "class {index}", "第 {index} 类";
    ran_on: "{backend} · {size} · this run {ms} ms (not a measurement)",
        "{backend} · {size} · 本次 {ms} ms（非测量值）";

    // models
    models_hint: "Every set of weights that this site knows. Nothing is downloaded before you press its button; what is downloaded is kept in this browser and can be deleted here.",
        "本站已知的全部权重。点击按钮之前不会下载任何内容；下载后保存在此浏览器中，可在这里删除。";
    shelf_empty: "No weights are known here. Drop a .safetensors file on this page, or serve a folder of them with cargo xtask serve --weights DIR.",
        "没有已知的权重。把 .safetensors 文件拖到本页，或用 cargo xtask serve --weights DIR 提供文件夹。";
    shelf_file: "Your files", "您的文件";
    shelf_file_note: "Dropped on this page; gone when it is closed.", "拖到本页的文件；关闭页面后即消失。";
    shelf_local: "Local folder", "本地文件夹";
    shelf_local_note: "In the folder that this site is served with.", "与本站一同提供的文件夹。";
    shelf_bundled: "Shipped with the page", "随页面提供";
    shelf_bundled_note: "Loaded when first used.", "首次使用时载入。";
    shelf_hub: "Offered for download", "可供下载";
    shelf_hub_note: "Published by timm in public repositories.", "由 timm 发布于公开仓库。";
    kept: "Downloads kept: {count}, {bytes} in all.", "已保存的下载：{count} 个，共 {bytes}。";
    kept_none: "No downloads are kept.", "没有保存的下载。";
    storage_used: "This site takes {used} of the {quota} that the browser allows it, program and shipped weights included (the browser's estimate).",
        "本站占用 {used}，浏览器允许 {quota}，含程序与内置权重（浏览器估计值）。";
    storage_unknown: "The browser does not say how much this site takes.", "浏览器未说明本站占用的空间。";
    persistent: "The browser keeps downloads until you delete them.", "浏览器会一直保留下载，直到您删除。";
    not_persistent: "The browser may delete downloads when space runs short.", "空间不足时浏览器可能会删除下载。";
    persist: "Ask it to keep them", "请求一直保留";
    persist_declined: "The browser has declined: it may delete downloads when space runs short. Browsers agree more readily for sites that are installed or often visited.",
        "浏览器未同意：空间不足时可能会删除下载。对已安装或经常访问的网站，浏览器更容易同意。";
    presence_remote: "not downloaded", "未下载";
    presence_cached: "kept by the browser", "已由浏览器保存";
    presence_cached_loaded: "kept by the browser, in memory", "已由浏览器保存，在内存中";
    presence_loaded: "in memory", "在内存中";
    presence_near: "not loaded yet", "尚未载入";
    no_accuracy: "No accuracy is stated.", "未说明准确率。";
    unknown_licence: "not stated", "未说明";
    copy: "Copy", "复制";
    hash_copied: "Copied.", "已复制。";
    delete: "Delete", "删除";
    show_on_board: "Show on the board", "在比较区显示";

    // checkpoint facts
    labels_imagenet: "ImageNet", "ImageNet";
    labels_numbers: "no class names", "无类别名称";
    classes: "{count} classes", "{count} 类";
    licence: "licence: {licence}", "许可：{licence}";
    published_top1: "Top-1 {top1} % published by {source} (not measured here)",
        "Top-1 {top1} %，由 {source} 发布（非本机测量）";
    tested: "Top-1 {top1} % (95 % interval {low}–{high}) of {images} test images, measured with these weights when they were trained",
        "Top-1 {top1} %（95 % 区间 {low}–{high}），{images} 张测试图像，训练完成时用这些权重实测";
    trained: "Trained for {epochs} epochs, {minutes} min on {threads} CPU core(s)",
        "训练 {epochs} 轮，{threads} 个 CPU 核心用时 {minutes} 分钟";
    other_weights: "Other weights for this network:", "此网络的其他权重：";
    publisher: "its publisher", "发布者";

    // charts
    costs: "Cost and latency", "开销与延迟";
    as_table: "Table", "表格";
    as_chart: "Chart", "图表";
    measure: "Measure all", "全部测量";
    measuring: "Measuring {count} networks in turns", "正在轮流测量 {count} 个网络";
    runs_done: ": {done} of {total} runs", "：{done} / {total} 次";
    not_measured: "not measured", "未测量";
    latency: "Latency on this device (ms)", "本设备延迟（ms）";
    latency_note: "Input tensor in memory to logits in memory; the columns take turns in random order. Bar: median; whiskers: its 95 % interval; marks: samples, slower ones than the axis reaches left out. Dotted: one CPU thread; hatched: several; lined: reference. Confidence: A, nothing to say against it, to D, a first impression.",
        "从内存中的输入张量到内存中的 logits；各列按随机顺序轮流运行。条形：中位数；须线：其 95 % 区间；细线：样本（超出坐标轴的较慢样本不显示）。点：单线程 CPU；斜线：多线程；横线：参考实现。可信度：A 无可指摘，D 仅供初步参考。";
    parity_checking: "Comparing values with PyTorch…", "正在与 PyTorch 的数值核对…";
    parity_passed: "✓ same values as PyTorch ({golden})", "✓ 数值与 PyTorch 一致（{golden}）";
    parity_broken: "✗ wrong values from {stage} on ({golden}): this time counts for nothing",
        "✗ 自 {stage} 起数值错误（{golden}）：此时间无效";
    parity_logits: "the logits", "输出";
    latency_detail: "95 % interval {low}–{high} ms · n = {n}", "95 % 区间 {low}–{high} ms · n = {n}";
    batched: "samples are means of {runs} runs", "每个样本为 {runs} 次运行的平均";
    confidence: "Confidence {grade}", "可信度 {grade}";
    confidence_heading: "confidence", "可信度";
    reasons_heading: "why not higher", "扣分原因";
    reason_few: "few samples ({n})", "样本少（{n}）";
    reason_wide: "wide interval (±{percent} %)", "区间宽（±{percent} %）";
    reason_drift: "drift {percent} %", "漂移 {percent} %";
    reason_warm_up: "warm-up not flat", "预热未稳定";
    reason_clock: "coarse clock ({step} ms)", "时钟粗（{step} ms）";
    beside_named: "{ratio}× {other} ({low}–{high})", "{ratio}× {other}（{low}–{high}）";
    beside_heading: "beside the fastest (95 % interval)", "与最快者之比（95 % 区间）";
    no_difference: "no detectable difference", "无可检测的差异";
    too_few_rounds: "too few rounds to tell", "轮数太少，无法判断";
    interval_low_ms: "95 % from, ms", "95 % 下限，ms";
    interval_high_ms: "95 % to, ms", "95 % 上限，ms";
    runs_per_sample: "runs per sample", "每样本运行数";
    drift_heading: "drift", "漂移";
    median_ms: "median, ms", "中位数，ms";
    min_ms: "min, ms", "最小，ms";
    first_ms: "first run, ms", "首次，ms";
    prepare_ms: "preparing, ms", "准备，ms";
    macs: "Multiply-accumulates (MACs)", "乘加次数（MACs）";
    macs_note: "Counted. Convolutions and linear layers, plus attention's two matrix products (lighter part). Without biases, normalisation and activations.",
        "统计值。卷积与线性层，加上注意力的两次矩阵乘（浅色部分）。不含偏置、归一化与激活。";
    macs_split: "conv + linear {conv}, attention {attention}", "卷积与线性 {conv}，注意力 {attention}";
    conv_linear: "conv + linear", "卷积与线性";
    attention: "attention", "注意力";
    total: "total", "合计";
    params: "Parameters", "参数量";
    params_note: "Counted. Learned numbers, without running statistics of batch normalisation.",
        "统计值。可学习的参数，不含批归一化的滑动统计量。";
    activations: "Activation memory (peak, f32)", "激活内存（峰值，f32）";
    activations_note: "Counted: the most bytes alive at once when every layer runs in order, before any fusion.",
        "统计值：各层依次运行、未融合时同时存活的最大字节数。";
    weight_bytes: "Weights (f32)", "权重（f32）";
    weight_bytes_note: "Counted: four bytes a parameter.", "统计值：每个参数四字节。";
    export_as: "Export “{title}” as {format}", "将“{title}”导出为 {format}";
    not_built: "cannot be built", "无法构建";
    counted: "counted", "统计值";
    sources: "Sources:", "来源：";

    // scatter
    scatter: "{y} over {x}", "{y} 与 {x}";
    scatter_note: "Front: the columns than which no other one is better on one axis and no worse on the other; medians and published figures are taken as they are, without their intervals. Marks: family; surface: what ran, as in the bars; bars at a mark: 95 % interval. Accuracies of different tests or different trainings are axes of their own, because they cannot be compared.",
        "前沿：没有其他列能在一个轴上更好且在另一个轴上不差；中位数与公布值按其值比较，不考虑区间。标记：系列；表面：实际运行的后端，与条形图相同；标记旁的线：95 % 区间。不同测试或不同训练得到的准确率不可比较，因此各为一轴。";
    scatter_empty: "No column has both numbers yet.", "还没有同时具有这两个数值的列。";
    scatter_missing: "Not shown: {name} ({reason})", "未显示：{name}（{reason}）";
    axis_x: "Across", "横轴";
    axis_y: "Up", "纵轴";
    pareto: "On the Pareto front: {names}.", "位于帕累托前沿：{names}。";
    pareto_heading: "on the Pareto front", "位于帕累托前沿";
    how_heading: "how", "方式";
    wrong_values: "wrong values, so its time counts for nothing", "数值错误，其时间无效";
    top1_authors: "Top-1 by the authors, ImageNet (%)", "作者公布的 Top-1，ImageNet（%）";
    top1_weights: "Top-1 of these weights, ImageNet (%)", "这些权重的 Top-1，ImageNet（%）";
    top1_cifar10: "Top-1 of these weights, CIFAR-10 (%)", "这些权重的 Top-1，CIFAR-10（%）";
    authors_how: "published by {source}, of weights of the authors' own", "由 {source} 公布，为作者自己的权重";
    authors_missing: "the authors published none at {size}", "作者未公布 {size} 的数值";
    weights_how: "{id}, published by {source}", "{id}，由 {source} 公布";
    weights_missing: "none is published with these weights", "未随这些权重公布";
    cifar10_how: "95 % interval {low}–{high}, {images} test images, measured when they were trained",
        "95 % 区间 {low}–{high}，{images} 张测试图像，训练完成时实测";
    cifar10_missing: "not trained on CIFAR-10", "未在 CIFAR-10 上训练";
    other_size: "known at {size} only", "仅有 {size} 的数值";

    // presets
    presets: "Presets", "预设";
    presets_note: "The browser's Back brings your board back.", "浏览器的“后退”可恢复原来的比较区。";
    preset_equal_macs: "V1, V2, V3, ViT at about equal MACs", "V1、V2、V3、ViT，乘加次数相近";
    preset_widths: "The α ladder of V2", "V2 的 α 阶梯";
    preset_resolutions: "The ρ ladder of V2", "V2 的 ρ 阶梯";
    preset_large_small: "V3 Large against Small", "V3 Large 对 Small";

    // heat map
    heat_map: "{name} by α and ρ: {metric}", "{name} 的 α 与 ρ：{metric}";
    heat_shown: "Colour", "颜色";
    heat_note: "Counts are of 1000 classes and need no measurement. Times: cells one after another in random order, each until it is enough, as the columns are, but not in turns with others; compare close ones on the board. Equal steps of colour are equal ratios. A click puts a cell on the board.",
        "统计值按 1000 类计算，无需测量。时间：各单元格按随机顺序逐个测量，每个测到足够为止，方法与各列相同，但不轮流；相近的结果请在比较区中比较。颜色每级对应相同比例。点击单元格可将其放入比较区。";
    heat_measure: "Measure the grid", "测量网格";
    heat_measuring: "Measuring {name}, cell {cell} of {cells}", "正在测量 {name}，第 {cell} 格，共 {cells} 格";
    heat_random: "random weights: timing only", "随机权重，仅用于计时";
    heat_random_mark: "† random weights: timing only", "† 随机权重，仅用于计时";
    heat_put: "{cell}. Put it on the board", "{cell}。放入比较区";
    heat_placed: "{name} is column {position} of the board.", "{name} 现为比较区第 {position} 列。";

    allocated: "allocated here: {bytes} · {backend}", "本机分配：{bytes} · {backend}";
    counted_bytes: "counted, bytes", "统计，字节";
    allocated_bytes: "allocated here, bytes", "本机分配，字节";

    // sharing
    copy_link: "Copy link", "复制链接";
    link_copied: "Link copied.", "链接已复制。";
    export_json: "Export JSON", "导出 JSON";
    export_csv: "Export CSV", "导出 CSV";
    import_results: "Import results", "导入结果";
    imported: "* from {file}, not measured here", "* 来自 {file}，非本机测量";
    exported: "exported {time}", "导出于 {time}";

    // layers
    layers: "Layer by layer", "逐层分析";
    layers_hint: "The layers as the CPU backend runs them: normalisation, activation and the addition of a residual are part of the convolution before them.",
        "按 CPU 后端实际运行的层显示：归一化、激活与残差相加并入其前的卷积。";
    layers_first: "Network", "网络";
    layers_second: "Beside", "对比";
    layers_nothing: "nothing", "无";
    layers_metric: "Bars", "条形";
    layers_measure: "Measure the layers", "测量各层";
    layers_measuring: "Measuring the layers of {name}", "正在测量 {name} 的各层";
    metric_time: "time here (ms)", "本机用时（ms）";
    metric_macs: "MACs", "乘加次数";
    metric_params: "parameters", "参数量";
    metric_activations: "activation bytes", "激活字节";
    by_stride: "By stride: {metric}", "按步幅：{metric}";
    by_stride_note: "Layers whose maps have the same stride, the pixels of the input to a step of the map, stand together, so that networks can be compared stage by stage. Parts of a bar, from the left: {kinds}.",
        "步幅（特征图一步对应的输入像素数）相同的层归为一组，便于逐阶段比较网络。条形各部分自左起：{kinds}。";
    stride: "stride {stride} · {name}", "步幅 {stride} · {name}";
    stride_head: "head · {name}", "分类头 · {name}";
    kind_conv: "dense", "普通卷积";
    kind_pointwise: "pointwise", "逐点卷积";
    kind_depthwise: "depthwise", "深度卷积";
    kind_linear: "linear", "线性层";
    kind_attention: "attention", "注意力";
    kind_other: "other", "其他";
    dominates_time: "{name}: {kind} layers take {time} of the time with {macs} of the multiply-accumulates; the slowest layer, {layer}, takes {share}. At best this device would need {predicted} ms by the roofline; {ms} ms were measured. {memory} of {layers} layers are bound to move numbers longer than they multiply them.",
        "{name}：{kind}占用时 {time}，占乘加次数 {macs}；最慢的层 {layer} 占 {share}。按屋顶线模型，本设备最快需 {predicted} ms，实测 {ms} ms。{layers} 层中有 {memory} 层受限于数据搬运而非乘加。";
    dominates_macs: "{name}: {kind} layers have {macs} of the multiply-accumulates; the largest layer, {layer}, has {share}. What takes the time is known once the layers are measured.",
        "{name}：{kind}占乘加次数 {macs}；最大的层 {layer} 占 {share}。测量各层后即可知道时间花在何处。";
    layers_ran: "{backend} · mean of the faster half of {runs} runs · roofs: {macs} MAC/s and {bytes}/s, both measured here",
        "{backend} · {runs} 次运行中较快一半的平均 · 屋顶：{macs} MAC/s 与 {bytes}/s，均为本机实测";
    layers_not_measured: "Counted, not measured.", "统计值，未测量。";
    layers_of: "Layers of {name}", "{name} 的各层";
    copy_as: "Copy as", "复制为";
    copy_named: "Copy the layers of {name} as {format}", "将 {name} 的各层复制为 {format}";
    copied: "Copied as {format}.", "已复制为 {format}。";
    layer: "layer", "层";
    operation: "operation", "运算";
    shape_in: "input (H×W×C)", "输入（H×W×C）";
    shape_out: "output (H×W×C)", "输出（H×W×C）";
    activation_bytes_heading: "activations, bytes", "激活，字节";
    ms_here: "here, ms", "本机，ms";
    share: "share", "占比";
    predicted_ms: "at best, ms", "理论最快，ms";
    bound: "bound by", "受限于";
    bound_compute: "multiplying", "乘加";
    bound_memory: "moving", "搬运";
    op_conv: "convolution", "卷积";
    op_pointwise: "pointwise convolution", "逐点卷积";
    op_depthwise: "depthwise convolution", "深度卷积";
    op_linear: "linear", "线性";
    op_batch_norm: "batch norm", "批归一化";
    op_activation: "activation", "激活";
    op_add: "add", "相加";
    op_scale: "scale", "缩放";
    op_concat: "concat", "拼接";
    op_pool: "global average pool", "全局平均池化";
    op_resize: "resize", "缩放图像";
    op_unfold: "unfold", "展开";
    op_fold: "fold", "折叠";
    op_layer_norm: "layer norm", "层归一化";
    op_attention: "attention", "注意力";

    // receipt
    receipt: "What is counted in {name}", "{name} 的计数方式";
    receipt_note: "Papers and tools count different things and call all of them MACs or FLOPs. Switch on what is to be counted; the button beside a figure sets the switches that reproduce it.",
        "论文与工具统计的内容不同，却都称为 MACs 或 FLOPs。打开要计入的项目；点击某个数字旁的按钮，即可设为能得到该数字的组合。";
    receipt_counted: "Counted beside convolutions and linear layers", "除卷积与线性层外还计入";
    receipt_unit: "Unit", "单位";
    receipt_mac: "MACs", "MACs";
    receipt_flop: "FLOPs (2 a MAC)", "FLOPs（每 MAC 计 2）";
    receipt_batch_norm: "Batch norm", "批归一化";
    receipt_folded: "folded: none", "已折叠：不计";
    receipt_two: "2 a number", "每个数 2 次";
    receipt_four: "4 a number", "每个数 4 次";
    receipt_pooling: "Pooling", "池化";
    receipt_not_counted: "not counted", "不计";
    receipt_additions: "1 a number read", "每读一个数 1 次";
    receipt_means: "the same, and 1 a mean", "另加每个均值 1 次";
    receipt_squeeze_excite: "squeeze-and-excite", "squeeze-and-excite";
    receipt_attention: "attention's products", "注意力的矩阵乘";
    receipt_bias: "biases", "偏置";
    receipt_activations: "activation functions", "激活函数";
    receipt_squeeze_pooling: "pooling of squeeze-and-excite, as pooling above", "squeeze-and-excite 的池化（方式同上）";
    receipt_residuals: "residual additions, products with gates", "残差相加、与门控相乘";
    receipt_layer_norm: "layer norm (5 a number)", "层归一化（每个数 5 次）";
    receipt_softmax: "softmax (1 a score)", "softmax（每个分数 1 次）";
    receipt_item: "item", "项目";
    receipt_figures: "Figures in circulation for this network with 1000 classes", "此网络（1000 类）流传的数字";
    receipt_source: "source", "来源";
    receipt_figure: "figure", "数字";
    receipt_input: "input, px", "输入，px";
    receipt_now: "counted with these switches", "按当前开关统计";
    receipt_agreement: "agreement", "一致性";
    receipt_switches: "switches", "开关";
    receipt_set: "Set", "设为此";
    receipt_set_named: "Set the switches as {source} counts", "按 {source} 的方式设置";
    receipt_agrees: "✓ agrees", "✓ 一致";
    receipt_odd: "no usual count gives it", "常见的统计方式都得不到";
    receipt_no_figures: "No figures of others are known here for this network.", "此网络没有已知的他人数字。";

    // environment
    environment: "This device", "本设备";
    build: "Engine build", "引擎构建";
    build_threads: "relaxed SIMD with fused multiply-add, several threads", "relaxed SIMD，含融合乘加，多线程";
    build_relaxed: "relaxed SIMD with fused multiply-add", "relaxed SIMD，含融合乘加";
    build_simd: "fixed-width SIMD128", "定宽 SIMD128";
    build_fastest: "the fastest that this browser runs", "此浏览器可运行的最快版本";
    build_asked: "asked for in the address", "由网址指定";
    backends: "Backends", "后端";
    gpu: "GPU", "GPU";
    gpu_unnamed: "a GPU that the browser does not name", "浏览器未透露名称的 GPU";
    gpu_f16: "stores values as f16 (shader-f16)", "可用 f16 存储数值（shader-f16）";
    gpu_no_f16: "without shader-f16: “WebGPU, f16” stores weights alone as f16", "无 shader-f16：“WebGPU，f16”仅将权重存为 f16";
    gpu_software: "{name}: a program on the CPU, so “Fastest” means the CPU backend",
        "{name}：由 CPU 模拟，因此“最快”指 CPU 后端";
    threads_heading: "Threads", "线程";
    threads_of: "{threads} used, {hardware} on this device", "使用 {threads}，设备共 {hardware}";
    isolated: "Cross-origin isolation", "跨源隔离";
    isolated_yes: "yes: shared memory and fine timers", "是：共享内存与高精度计时";
    isolated_no: "no: one thread and coarse timers", "否：单线程与低精度计时";
    timer_step: "Clock step (measured)", "时钟步长（实测）";
    cache: "Downloads can be kept", "可缓存下载";
    yes: "yes", "是";
    no: "no", "否";
    engine_version: "Engine version", "引擎版本";
    credits: "No image, file or number leaves this page.", "图片、文件和数据都不会离开本页。";
    sample_credits: "Credits of the sample photos", "示例照片出处";
}

/// What runs a network, as choices name it; `None` stands for the fastest.
pub(crate) fn backend_name(strings: &Strings, backend: Option<Backend>) -> &'static str {
    match backend {
        None => strings.backend_auto,
        Some(Backend::Cpu) => strings.backend_cpu,
        Some(Backend::Reference) => strings.backend_reference,
        Some(Backend::WebGpu) => strings.backend_webgpu,
        Some(Backend::WebGpuHalf) => strings.backend_webgpu_half,
    }
}

/// Problems that arise in the page itself.
pub(crate) mod problems {
    use super::Problem;
    use crate::share::results;
    use crate::state::{MAX_COLUMNS, MIN_COLUMNS};

    /// The worker's fatal message.
    pub(crate) fn no_simd() -> Problem {
        Problem::new(
            "worker.no_simd",
            "This browser has no WebAssembly SIMD, which the engine needs. Chrome and Edge have it since \
             version 91, Firefox since 89, Safari since 16.4. Costs are still counted here; predictions and \
             measurements are not possible.",
        )
    }

    /// The worker's script or module could not be loaded.
    pub(crate) fn load_failed(detail: &str) -> Problem {
        Problem::new(
            "worker.load_failed",
            format!(
                "The engine could not be loaded ({detail}). Check the connection and reload the page; costs \
                 are still counted."
            ),
        )
        .with("detail", detail)
    }

    /// The worker stopped at an error of its own.
    pub(crate) fn worker_crashed(detail: &str) -> Problem {
        Problem::new(
            "worker.crashed",
            format!("The engine stopped unexpectedly ({detail}). Reload the page to start it again."),
        )
        .with("detail", detail)
    }

    /// A message that page and worker do not agree on.
    pub(crate) fn protocol(detail: &str) -> Problem {
        Problem::new(
            "worker.protocol",
            format!(
                "Page and engine do not understand each other ({detail}): they may be of different versions. \
                 Reload the page."
            ),
        )
        .with("detail", detail)
    }

    /// A reply of another kind than the request asks for.
    pub(crate) fn unexpected_reply() -> Problem {
        Problem::new(
            "worker.reply",
            "The engine answered something else than was asked: it may be of another version than the page. Reload the \
             page.",
        )
    }

    /// Ended by the visitor.
    pub(crate) fn cancelled() -> Problem {
        Problem::new("cancelled", "Cancelled.")
    }

    /// The tab was hidden while something was measured.
    pub(crate) fn hidden() -> Problem {
        Problem::new(
            "bench.hidden",
            "The tab was hidden during the measurement, which makes it worthless: it was stopped. Measure \
             again and keep the tab visible.",
        )
    }

    /// The browser does not let the page write to the clipboard.
    pub(crate) fn clipboard() -> Problem {
        Problem::new(
            "copy.refused",
            "The browser did not let the page copy. Allow it for this page, or open the page with https or from \
             localhost.",
        )
    }

    /// The link is of a version that this page does not know.
    pub(crate) fn link_version(version: &str) -> Problem {
        Problem::new(
            "link.version",
            format!(
                "The link describes a board in form {version:?}, which this page does not know: it may come from a \
                 newer version. Reload the page, or build the board anew."
            ),
        )
        .with("version", version)
    }

    /// The link has too few or too many columns.
    pub(crate) fn link_columns(count: usize) -> Problem {
        Problem::new(
            "link.columns",
            format!(
                "The link describes {count} columns; a board has {MIN_COLUMNS} to {MAX_COLUMNS}. It may have been cut off: \
                 copy it again."
            ),
        )
        .with("count", count)
        .with("least", MIN_COLUMNS)
        .with("most", MAX_COLUMNS)
    }

    /// A part of the link makes no sense.
    pub(crate) fn link_damaged(part: &str) -> Problem {
        Problem::new(
            "link.damaged",
            format!("The link cannot be read at {part:?}. It may have been cut off: copy it again."),
        )
        .with("part", part)
    }

    /// The link names weights that are not known here.
    pub(crate) fn link_weights(id: &str) -> Problem {
        Problem::new(
            "link.weights",
            format!(
                "The link asks for the weights {id}, which this page does not have: random ones are used, for timing \
                 only. Drop the file to use it."
            ),
        )
        .with("id", id)
    }

    /// The link is in the address bar, but not in the clipboard.
    pub(crate) fn link_not_copied() -> Problem {
        Problem::new(
            "link.not_copied",
            "The browser did not let the page copy. The link is in the address bar: copy it from there.",
        )
    }

    /// The file cannot be read at all.
    pub(crate) fn results_unreadable(name: &str) -> Problem {
        Problem::new("results.unreadable", format!("The browser cannot read {name}; choose the file again."))
            .with("name", name)
    }

    /// The file is no JSON.
    pub(crate) fn results_not_json(line: usize, column: usize) -> Problem {
        Problem::new(
            "results.not_json",
            format!(
                "This is no JSON from line {line}, column {column} on: the file is damaged or another one. Choose a \
                 file that Export JSON has written."
            ),
        )
        .with("line", line)
        .with("column", column)
    }

    /// The file is JSON of something else.
    pub(crate) fn results_format() -> Problem {
        Problem::new(
            "results.format",
            "This file holds no results of MobileNet Lab. Choose one that Export JSON has written.",
        )
    }

    /// The file is of another version.
    pub(crate) fn results_version(version: &str) -> Problem {
        Problem::new(
            "results.version",
            format!(
                "This file is of version {version}, this page reads version {supported}: it may come from a newer page. \
                 Reload this one, or export again.",
                supported = results::VERSION
            ),
        )
        .with("version", version)
        .with("supported", results::VERSION)
    }

    /// The file lacks something, as the JSON reader says.
    pub(crate) fn results_damaged(reason: &str) -> Problem {
        Problem::new(
            "results.damaged",
            format!("This file of results cannot be used: {reason}. Export it again."),
        )
        .with("reason", reason)
    }

    /// The file has no results.
    pub(crate) fn results_empty() -> Problem {
        Problem::new("results.empty", "This file of results holds none. Export it again.")
    }

    /// The samples of a network are negative or no numbers, or there are none.
    pub(crate) fn results_no_times(model: &str) -> Problem {
        Problem::new(
            "results.no_times",
            format!(
                "This file of results cannot be used: the samples of {model} are no times. Export it again."
            ),
        )
        .with("model", model)
    }

    /// The median of a network is not that of its samples.
    pub(crate) fn results_median(model: &str, said_ms: f64, is_ms: f64) -> Problem {
        Problem::new(
            "results.median",
            format!(
                "This file of results cannot be used: the median of {model} is said to be {said_ms} ms, that of its \
                 samples is {is_ms} ms. Export it again."
            ),
        )
        .with("model", model)
        .with("said_ms", said_ms)
        .with("is_ms", is_ms)
    }

    /// A sample photo (or their list) could not be fetched.
    pub(crate) fn sample(address: &str, reason: &str) -> Problem {
        Problem::new(
            "sample.unreachable",
            format!("{address} could not be fetched ({reason}). Your own photos work all the same."),
        )
        .with("address", address)
        .with("reason", reason)
    }

    /// The browser does not draw the picture.
    pub(crate) fn picture(reason: &str) -> Problem {
        Problem::new(
            "picture.refused",
            format!("The browser did not draw the picture ({reason}). Its numbers can be exported as CSV."),
        )
        .with("reason", reason)
    }

    /// What was given is no address.
    pub(crate) fn address_invalid(text: &str) -> Problem {
        Problem::new(
            "address.invalid",
            format!(
                "{text:?} is no address of a picture. Copy the picture's own address, which begins with https://, or \
                 save the picture and drop the file here."
            ),
        )
        .with("text", text)
    }

    /// An address leads to nothing.
    pub(crate) fn address_unreachable(address: &str, reason: &str) -> Problem {
        Problem::new(
            "address.unreachable",
            format!(
                "{address} could not be fetched ({reason}). Check the address, or save the picture and drop the file \
                 here."
            ),
        )
        .with("address", address)
        .with("reason", reason)
    }

    /// An address is one of another site.
    pub(crate) fn address_elsewhere(host: &str) -> Problem {
        Problem::new(
            "address.elsewhere",
            format!(
                "This page could not read a picture of {host}: its security policy lets it ask only its own site and \
                 the weights hub. Open the address in another tab, save the picture, and drop the file here."
            ),
        )
        .with("host", host)
    }

    /// There is no picture from a camera; `reason` is the name of the browser's exception.
    pub(crate) fn camera(reason: &str) -> Problem {
        let (code, message) = match reason {
            "NotAllowedError" => (
                "camera.refused",
                "The browser does not let this page use the camera. Allow it in the page's settings beside the address, \
                 or choose a file."
                    .to_owned(),
            ),
            "NotFoundError" => {
                ("camera.none", "No camera was found. Connect one, or choose a file.".to_owned())
            }
            _ => (
                "camera.failed",
                format!(
                    "The camera gives no picture ({reason}). Close other programs that use it and try again, or choose \
                     a file."
                ),
            ),
        };
        Problem::new(code, message).with("reason", reason)
    }

    /// A golden file could not be fetched.
    pub(crate) fn golden(address: &str, reason: &str) -> Problem {
        Problem::new(
            "golden.unreachable",
            format!("{address} could not be fetched ({reason}), so values were not compared."),
        )
        .with("address", address)
        .with("reason", reason)
    }

    /// An argument of the scripting interface.
    pub(crate) fn argument(name: &str, reason: &str) -> Problem {
        Problem::new("api.argument", format!("{name}: {reason}.")).with("name", name).with("reason", reason)
    }
}

/// A problem in the visitor's language; in English where there is no translation.
pub(crate) fn problem_text(language: Language, problem: &Problem) -> String {
    let translated = PROBLEMS_IN_CHINESE.iter().find(|(code, _)| *code == problem.code);
    match (language, translated) {
        (Language::Chinese, Some((_, template))) => {
            let values: Vec<(&str, &str)> =
                problem.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            fill(template, &values)
        }
        (Language::English, _) | (Language::Chinese, None) => problem.message.clone(),
    }
}

/// Translations by code; the values are those that the problem carries.
const PROBLEMS_IN_CHINESE: &[(&str, &str)] = &[
    ("cancelled", "已取消。"),
    (
        "worker.no_simd",
        "此浏览器不支持引擎所需的 WebAssembly SIMD。Chrome 与 Edge 自 91 版、Firefox 自 89 版、Safari 自 16.4 版起支持。\
         仍可统计计算量，但无法预测和测量。",
    ),
    ("worker.load_failed", "无法载入引擎（{detail}）。请检查网络并重新加载页面；仍可统计计算量。"),
    ("worker.crashed", "引擎意外停止（{detail}）。请重新加载页面。"),
    ("worker.protocol", "页面与引擎版本不一致（{detail}）。请重新加载页面。"),
    ("worker.reply", "引擎的回答与请求不符：可能与页面版本不一致。请重新加载页面。"),
    ("protocol", "引擎无法理解页面的请求：版本可能不一致。请重新加载页面。"),
    ("bench.hidden", "测量期间标签页被隐藏，结果无效，已停止。请保持标签页可见并重新测量。"),
    (
        "link.version",
        "链接中的比较区格式为 {version}，本页不认识：可能来自更新的版本。请重新加载页面，或重新设置。",
    ),
    ("link.columns", "链接包含 {count} 列；比较区为 {least} 至 {most} 列。链接可能不完整，请重新复制。"),
    ("link.damaged", "无法读取链接中的 {part}。链接可能不完整，请重新复制。"),
    ("link.weights", "链接要求的权重 {id} 不在本页：改用随机权重，仅用于计时。可拖入该文件。"),
    ("link.not_copied", "浏览器不允许本页复制。链接已在地址栏中，请从那里复制。"),
    ("camera.refused", "浏览器不允许本页使用摄像头。请在地址栏旁的网站设置中允许，或选择文件。"),
    ("camera.none", "未找到摄像头。请连接摄像头，或选择文件。"),
    ("camera.failed", "摄像头没有画面（{reason}）。请关闭正在使用它的其他程序后重试，或选择文件。"),
    ("results.unreadable", "浏览器无法读取 {name}，请重新选择文件。"),
    (
        "results.not_json",
        "自第 {line} 行第 {column} 列起不是有效的 JSON：文件已损坏或选错。请选择“导出 JSON”生成的文件。",
    ),
    ("results.format", "此文件不是 MobileNet Lab 的结果。请选择“导出 JSON”生成的文件。"),
    (
        "results.version",
        "文件版本为 {version}，本页读取版本 {supported}：可能来自更新的页面。请重新加载本页或重新导出。",
    ),
    ("results.damaged", "无法使用此结果文件（{reason}）。请重新导出。"),
    ("results.empty", "此结果文件中没有结果。请重新导出。"),
    ("results.no_times", "无法使用此结果文件：{model} 的样本不是时间。请重新导出。"),
    (
        "results.median",
        "无法使用此结果文件：{model} 的中位数标为 {said_ms} ms，其样本的中位数为 {is_ms} ms。请重新导出。",
    ),
    ("copy.refused", "浏览器不允许本页复制。请在浏览器中允许，或通过 https 或 localhost 打开本页。"),
    ("picture.refused", "浏览器未能绘制图片（{reason}）。可将数值导出为 CSV。"),
    (
        "address.invalid",
        "{text} 不是图片的网址。请复制图片本身的网址（以 https:// 开头），或保存图片后拖入文件。",
    ),
    ("address.unreachable", "无法获取 {address}（{reason}）。请检查网址，或保存图片后拖入文件。"),
    (
        "address.elsewhere",
        "本页无法读取 {host} 的图片：其安全策略只允许访问本站与权重仓库。请在新标签页中打开该网址，保存图片，再把文件拖到这里。",
    ),
    ("sample.unreachable", "无法获取 {address}（{reason}）。您自己的照片不受影响。"),
    ("file.unreadable", "浏览器无法读取此文件，请重新选择；如果是文件夹，请选择其中的图片。"),
    ("unknown_image", "第 {image} 号图片已不在引擎中。请重新打开。"),
    ("decoders_missing", "无法使用图片解码器（{reason}）。请检查网络并重新选择图片，或重新加载页面。"),
    ("decode.empty", "文件为空（0 字节）。请另选文件，或重新复制。"),
    ("decode.not_an_image", "这不是图片。请选择 JPEG、PNG、WebP、GIF 或 BMP 文件。"),
    ("decode.unsupported", "不支持 {kind} 文件。请另存为 JPEG 或 PNG。"),
    ("decode.truncated", "{kind} 文件在 {bytes} 字节处中断。请重新下载或复制。"),
    ("decode.too_large", "图片为 {width} × {height} 像素，超出可读取的大小。请先缩小。"),
    ("decode.corrupt", "无法读取此 {kind} 文件（{reason}）。请用其他程序打开并另存为 PNG 或 JPEG。"),
    (
        "decode.pixel_count",
        "浏览器为 {width} × {height} 像素的图片给出了 {bytes} 字节。请另存为 PNG 或 JPEG。",
    ),
    ("note.first_frame_of", "动画：使用 {frames} 帧中的第一帧。"),
    ("note.oriented", "已按 EXIF 方向（{exif}）旋转。"),
    ("note.alpha_ignored", "已忽略透明度。"),
    ("note.sixteen_bit", "16 位颜色已转换为 8 位。"),
    ("note.end_missing", "文件缺少结尾，但图片完整。"),
    ("note.alpha_lost", "透明区域显示为深色：此浏览器不提供其颜色。"),
    ("note.noise", "浏览器的隐私设置会改动 {kind} 图片的像素（最多 {off}/255）。"),
    (
        "canvas_noise",
        "浏览器的隐私设置会大幅改动 {kind} 图片的像素（{off}/255）。请允许本站读取画布，或另存为 JPEG 或 PNG。",
    ),
    ("weights.too_short", "文件只有 {len} 字节，不是完整的 safetensors 文件。请重新下载或导出。"),
    ("weights.not_safetensors", "这不是 safetensors 文件。请使用仓库中的 model.safetensors，或先转换。"),
    (
        "weights.header_too_long",
        "文件头声称 {len} 字节，最多接受 {limit} 字节：文件已损坏。请重新下载或导出。",
    ),
    (
        "weights.header_beyond_file",
        "文件头声称 {len} 字节，但其后只有 {available} 字节：文件已损坏或不完整。请重新下载。",
    ),
    ("weights.header_not_json", "文件头不是有效的 JSON（第 {line} 行第 {column} 字节）。请重新下载或导出。"),
    ("weights.header_not_object", "文件头不是张量的 JSON 对象（{message}）。请重新导出。"),
    ("weights.bad_header_entry", "文件头对 {name} 的描述有误（{message}）。请重新导出。"),
    ("weights.duplicate_name", "张量 {name} 出现两次。请以唯一名称重新导出。"),
    ("weights.unsupported_dtype", "张量 {name} 的类型为 {dtype}；只能读取 F32、F16 与 BF16，请先转换。"),
    (
        "weights.out_of_bounds",
        "张量 {name} 结束于第 {end} 字节，但文件只有 {available} 字节：不完整或已损坏。请重新下载。",
    ),
    ("weights.size_mismatch", "张量 {name}（形状 {shape}）需要 {expected} 字节，实有 {got}。请重新导出。"),
    ("weights.overlap", "张量 {first} 与 {second} 重叠。请重新导出。"),
    ("weights.non_finite", "张量 {name} 在位置 {index} 处为 {value}：训练已发散或文件损坏。请使用其他权重。"),
    ("weights.truncated", "文件在 {got} / {expected} 字节处中断。请重新下载。"),
    ("weights.trailing_bytes", "文件有 {got} 字节，而文件头描述了 {expected}：文件已损坏。请重新下载。"),
    ("weights.reserved_name", "张量不能名为 {name}：该名称保留给元数据。请重命名。"),
    ("weights.shape_too_large", "张量 {name} 的形状 {shape} 超出内存所能容纳。请重新导出。"),
    ("weights.reversed_offsets", "张量 {name} 从第 {begin} 字节开始，却在第 {end} 字节结束。请重新导出。"),
    ("weights.hole", "张量 {name} 之前有 {bytes} 字节不属于任何张量。请重新导出。"),
    ("weights.beyond_range", "张量 {name} 在位置 {index} 处为 {value}，超出 {dtype} 的范围。请存为 F32。"),
    (
        "weights.names.mismatch",
        "这些权重与 {model} 不符：缺少 {missing} 个张量，{misshaped} 个形状不同，{extra} 个多余。请选择训练它们的网络。",
    ),
    (
        "weights.names.unrecognised",
        "这些权重与本页的任何网络都不符；最接近的是 {nearest}，但缺少 {missing} 个张量，{misshaped} 个形状不同，\
         {extra} 个多余。张量名应与 timm 或 torchvision 一致。",
    ),
    ("weights.names.unknown_model", "没有名为 {id} 的网络；最接近的名称：{nearest}。"),
    ("weights.unused", "文件中有 {count} 个张量未被使用（如 {first}）。"),
    ("download.unreachable", "无法连接 {url}（{reason}）。请检查网络后重试，或拖入 .safetensors 文件。"),
    (
        "download.status",
        "{url} 返回 {status}：文件可能已移动或需要账号。请选择其他权重，或拖入 .safetensors 文件。",
    ),
    ("download.truncated", "来自 {url} 的下载在 {got} 字节后中断。请重试。"),
    ("download.hash_mismatch", "来自 {url} 的文件与清单记录的 SHA-256 不符，未使用。请重试或选择其他权重。"),
    ("download.not_kept", "权重已载入，但无法保留到下次访问（{reason}）。"),
    ("download.not_kept.no_cache", "权重已载入，但此浏览器在这里没有缓存，无法保留到下次访问。"),
    (
        "download.not_kept.no_room",
        "权重已载入，但浏览器给本站的空间已满，无法保留到下次访问。请删除其他权重。",
    ),
    ("unknown_checkpoint", "这里没有权重 {checkpoint}。请重新拖入文件，或选择其他权重。"),
    ("unknown_model", "没有名为 {id} 的网络；最接近的名称：{nearest}。"),
    ("manifest.missing", "无法读取权重清单 {url}（{reason}）。仍可用随机权重计时，也可以拖入权重文件。"),
    ("manifest.too_long", "权重清单有 {bytes} 字节，最多接受 {limit} 字节。请拆分。"),
    ("manifest.not_json", "权重清单自第 {line} 行第 {column} 列起不是有效的 JSON（{message}）。请更正。"),
    ("manifest.malformed", "权重清单第 {line} 行第 {column} 列的格式不对（{message}）。请更正。"),
    ("manifest.unsupported_version", "权重清单的版本为 {found}，本页读取版本 {supported}。请重新加载页面。"),
    ("manifest.too_many_checkpoints", "权重清单列出 {count} 个权重，最多接受 {limit} 个。请删减。"),
    ("manifest.unknown_model", "权重清单中的网络 {id} 不存在；最接近的名称：{nearest}。"),
    ("manifest.entry", "权重清单的第 {position} 项（第 {line} 行）无法使用（{reason}）。"),
    ("model_mismatch", "{checkpoint} 是 {found} 的权重，不是 {model} 的。"),
    (
        "no_numbers",
        "{checkpoint} 在 {backend} 上得到的不是数值：这些权重不相配，或 f16 的范围不够。请换用其他后端或其他权重。",
    ),
    ("random_weights", "{model} 使用随机权重：只能计时，预测需要训练好的权重。"),
    (
        "profile.no_clock",
        "此 GPU 没有可为单个层计时的时钟（timestamp-query）；请在对比面板上测量整个网络，或选择 CPU 后端。",
    ),
    ("golden.malformed", "这不是参考值文件（{reason}）。"),
    ("golden.unknown_model", "没有名为 {id} 的网络；最接近的名称：{nearest}。"),
    ("golden.framework", "参考值 {id} 属于 {framework}，而 {model} 在这里按 {ours} 定义。"),
    ("golden.spec", "参考值中的网络无法按其大小构建。"),
    ("golden.names", "参考值中的张量与其网络的参数不符。"),
    ("golden.checksum", "参考值 {id} 的权重校验和为 {found}，文件中为 {expected}。"),
    ("golden.input", "参考值 {id} 的输入 {input} 无法生成。"),
    ("golden.unreachable", "无法获取参考值 {address}（{reason}），因此未核对数值。"),
    ("gpu.no_adapter", "没有可用的 GPU（{reason}）；CPU 后端的计算结果相同。"),
    (
        "gpu.silent",
        "浏览器在 {seconds} 秒内没有回应是否有 GPU；CPU 后端的计算结果相同。重新启动浏览器可再次尝试 GPU。",
    ),
    ("gpu.no_device", "GPU 未提供设备（{reason}）；CPU 后端的计算结果相同。"),
    ("gpu.lost", "GPU 设备已丢失（{reason}）。"),
    ("gpu.unreliable", "GPU 已丢失 {losses} 次，此后由 CPU 计算；重新加载页面可再次尝试 GPU。"),
    ("gpu.out_of_memory", "GPU 内存不足，无法为此网络分配 {bytes} 字节；请关闭其他网络或选择更小的网络。"),
    ("gpu.limit", "{what}：需要 {needed}，此 GPU 最多 {limit}；请降低分辨率或使用 CPU 后端。"),
    ("gpu.unsupported", "{node} 无法在 GPU 上运行（{reason}）；请使用 CPU 后端。"),
    ("gpu.no_half", "此 GPU 没有 f16（shader-f16）；请选择 WebGPU（f32），或仅将权重存为 f16。"),
    ("gpu.refused", "GPU 拒绝了命令，这是此后端的错误（{reason}）。"),
    ("spec.resolution", "无法以 {height}×{width} 像素运行。请选择每边 32 至 4096 像素。"),
    ("spec.width", "无法构建宽度 α = {width}。请选择 0.05 至 4。"),
    ("spec.classes", "无法构建 {classes} 个类别。请选择 1 至 100000。"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The names in braces.
    fn places(text: &str) -> Vec<&str> {
        let mut places: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn both_languages_have_the_same_places() {
        for (english, chinese) in PAIRS {
            assert_eq!(places(english), places(chinese), "{english}");
        }
    }

    /// Where the page's and the worker's own problems are made.
    const SOURCES: [&str; 2] = ["src", "worker/src"];
    /// The engine's errors: the first part of their codes, the file below `engine/src`, and the type.
    const ERRORS: [(&str, &str, &str); 8] = [
        ("decode", "decode/error.rs", "DecodeError"),
        ("note", "decode/mod.rs", "DecodeNote"),
        ("weights", "weights/error.rs", "WeightsError"),
        ("weights.names", "weights/names.rs", "NamesError"),
        ("manifest", "weights/manifest.rs", "ManifestError"),
        ("spec", "spec/mod.rs", "SpecError"),
        ("golden", "golden.rs", "GoldenError"),
        ("gpu", "backend/webgpu/error.rs", "GpuError"),
    ];
    /// Of an error without variants.
    const PLAIN_ERRORS: [&str; 2] = ["unknown_model", "manifest.unknown_model"];
    /// Scripts alone see these, in English; GPU errors of a golden are told as such.
    const NEVER_SHOWN: [&str; 3] = ["api.argument", "infer.input", "golden.gpu"];

    fn read(path: &str) -> String {
        std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    /// The program texts below a folder, without their tests.
    fn programs(folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let texts = names.flat_map(|name| match name.rsplit_once('.') {
            None => programs(&format!("{folder}/{name}")),
            Some((_, "rs")) => vec![read(&format!("{folder}/{name}"))],
            Some(_) => Vec::new(),
        });
        texts.map(|text| text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned()).collect()
    }

    /// The texts in quotation marks right behind every `call`.
    fn arguments<'a>(program: &'a str, call: &str) -> Vec<&'a str> {
        let rests = program.split(call).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
        rests.filter_map(|rest| Some(rest.split_once('"')?.0)).collect()
    }

    /// The variants of an enum, each with its fields' names, or none where another type has them.
    fn variants(program: &str, name: &str) -> Vec<(String, Option<Vec<String>>)> {
        let (_, rest) = program.split_once(&format!("pub enum {name} {{\n")).unwrap();
        let (body, _) = rest.split_once("\n}\n").unwrap();
        let mut variants: Vec<(String, Option<Vec<String>>)> = Vec::new();
        for line in body.lines() {
            let word: String = line.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let depth = line.len() - line.trim_start().len();
            if depth == 4 && word.starts_with(char::is_uppercase) {
                variants.push((worker::protocol::snake_case(&word), (!line.contains('(')).then(Vec::new)));
            } else if depth == 8
                && line.contains(": ")
                && !word.is_empty()
                && let Some((_, Some(fields))) = variants.last_mut()
            {
                fields.push(word);
            }
        }
        variants
    }

    #[test]
    fn every_problem_is_translated_with_the_values_that_it_has() {
        let programs: Vec<String> = SOURCES.into_iter().flat_map(programs).collect();
        let all = |call| programs.iter().flat_map(move |program| arguments(program, call));
        let domains = ERRORS.map(|(domain, ..)| domain).into_iter().chain(PLAIN_ERRORS);
        let domains: Vec<&str> = domains.collect();
        let unknown: Vec<&str> = all("Problem::of(").filter(|domain| !domains.contains(domain)).collect();
        assert_eq!(unknown, [""; 0], "errors that this test does not know");

        let mut codes: Vec<String> = all("Problem::new(").chain(PLAIN_ERRORS).map(str::to_owned).collect();
        assert!(codes.iter().any(|code| code == "download.status"), "{codes:?}");
        let mut wrong = Vec::new();
        for (domain, file, name) in ERRORS {
            for (variant, fields) in variants(&read(&format!("../engine/src/{file}")), name) {
                let code = format!("{domain}.{variant}");
                let template = PROBLEMS_IN_CHINESE.iter().find(|(other, _)| *other == code);
                if let (Some((_, template)), Some(fields), true) =
                    (template, fields, domain != "weights.names")
                {
                    let missing =
                        places(template).into_iter().filter(|place| !fields.iter().any(|f| f == place));
                    wrong.extend(missing.map(|place| format!("{code} has no {place}")));
                }
                codes.push(code);
            }
        }
        assert!(codes.iter().any(|code| code == "note.sixteen_bit"), "{codes:?}");
        let is_missing = |code: &&String| {
            let known = PROBLEMS_IN_CHINESE.iter().map(|(code, _)| *code).chain(NEVER_SHOWN);
            !known.into_iter().any(|known| known == *code)
        };
        wrong.extend(codes.iter().filter(is_missing).map(|code| format!("{code} is not translated")));
        assert_eq!(wrong, [""; 0]);
    }

    #[test]
    fn problems_are_translated_with_their_values() {
        let problem = problems::sample("a.png", "HTTP 404");
        assert_eq!(
            problem_text(Language::Chinese, &problem),
            "无法获取 a.png（HTTP 404）。您自己的照片不受影响。"
        );
        let unknown = Problem::new("new.code", "Something new.");
        assert_eq!(problem_text(Language::Chinese, &unknown), "Something new.");
    }
}
