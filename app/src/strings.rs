//! Every text of the page, in both languages, and the translations of problems.

use worker::protocol::Problem;

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
    theme: "Theme", "主题";
    theme_system: "System", "跟随系统";
    theme_light: "Light", "浅色";
    theme_dark: "Dark", "深色";

    // photos
    photos: "Photos", "照片";
    photos_hint: "Drop photos anywhere on this page, paste them, or choose files. A .safetensors checkpoint can be dropped in the same way.",
        "把照片拖到页面任意位置、粘贴或选择文件。.safetensors 权重文件也可以这样打开。";
    choose_files: "Choose files", "选择文件";
    samples: "Sample photos", "示例照片";
    drop_now: "Drop photos or a .safetensors checkpoint", "松开以打开照片或 .safetensors 权重";
    opening: "Opening {file} …", "正在打开 {file} …";
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
    downloading: "Downloading: {done}", "正在下载：{done}";
    downloading_of: "Downloading: {done} of {total}", "正在下载：{done} / {total}";
    preparing: "Preparing the weights …", "正在准备权重 …";
    running: "Running …", "正在运行 …";
    ran_on: "{backend} · {size} · this run {ms} ms (not a measurement)",
        "{backend} · {size} · 本次 {ms} ms（非测量值）";

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
    measuring: "Measuring {name} ({position} of {count})", "正在测量 {name}（{position} / {count}）";
    runs_done: ": {done} of {total} runs", "：{done} / {total} 次";
    not_measured: "not measured", "未测量";
    latency: "Latency on this device (ms)", "本设备延迟（ms）";
    latency_note: "Input tensor in memory to logits in memory. Bar: median; whiskers: p10 to p90; marks: single runs, slower ones than the axis reaches left out. Dotted: one CPU thread; hatched: several; lined: reference.",
        "从内存中的输入张量到内存中的 logits。条形：中位数；须线：p10 至 p90；细线：单次运行（超出坐标轴的较慢运行不显示）。点：单线程 CPU；斜线：多线程；横线：参考实现。";
    latency_detail: "{backend} · p10–p90 {p10}–{p90} ms · n = {n}", "{backend} · p10–p90 {p10}–{p90} ms · n = {n}";
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
    allocated: "allocated here: {bytes} · {backend}", "本机分配：{bytes} · {backend}";
    counted_bytes: "counted, bytes", "统计，字节";
    allocated_bytes: "allocated here, bytes", "本机分配，字节";

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

/// Problems that arise in the page itself.
pub(crate) mod problems {
    use super::Problem;

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
        protocol("a reply of another kind")
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

    /// A sample photo (or their list) could not be fetched.
    pub(crate) fn sample(address: &str, reason: &str) -> Problem {
        Problem::new(
            "sample.unreachable",
            format!("{address} could not be fetched ({reason}). Your own photos work all the same."),
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
    ("bench.hidden", "测量期间标签页被隐藏，结果无效，已停止。请保持标签页可见并重新测量。"),
    ("sample.unreachable", "无法获取 {address}（{reason}）。您自己的照片不受影响。"),
    ("file.unreadable", "浏览器无法读取此文件，请重新选择。"),
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
    ("weights.unused", "文件中有 {count} 个张量未被使用（如 {first}）。"),
    ("download.unreachable", "无法连接 {url}（{reason}）。请检查网络后重试，或拖入 .safetensors 文件。"),
    (
        "download.status",
        "{url} 返回 {status}：文件可能已移动或需要账号。请选择其他权重，或拖入 .safetensors 文件。",
    ),
    ("download.truncated", "来自 {url} 的下载在 {got} 字节后中断。请重试。"),
    ("download.hash_mismatch", "来自 {url} 的文件与清单记录的 SHA-256 不符，未使用。请重试或选择其他权重。"),
    ("download.not_kept", "权重已载入，但无法保留到下次访问：{reason}"),
    ("manifest.missing", "无法读取权重清单 {url}（{reason}）。仍可用随机权重计时，也可以拖入权重文件。"),
    ("model_mismatch", "{checkpoint} 是 {found} 的权重，不是 {model} 的。"),
    ("random_weights", "{model} 使用随机权重：只能计时，预测需要训练好的权重。"),
    ("gpu.no_adapter", "没有可用的 GPU（{reason}）；CPU 后端的计算结果相同。"),
    ("gpu.no_device", "GPU 未提供设备（{reason}）；CPU 后端的计算结果相同。"),
    ("gpu.lost", "GPU 设备已丢失（{reason}）。"),
    ("gpu.unreliable", "GPU 已丢失 {losses} 次，此后由 CPU 计算；重新加载页面可再次尝试 GPU。"),
    ("gpu.out_of_memory", "GPU 内存不足，无法为此网络分配 {bytes} 字节；请关闭其他网络或选择更小的网络。"),
    ("gpu.limit", "{what}：需要 {needed}，此 GPU 最多 {limit}；请降低分辨率或使用 CPU 后端。"),
    ("gpu.unsupported", "{node} 无法在 GPU 上运行（{reason}）；请使用 CPU 后端。"),
    ("gpu.refused", "GPU 拒绝了命令，这是此后端的错误（{reason}）。"),
    ("spec.resolution", "无法以 {height}×{width} 像素运行。请选择每边 32 至 4096 像素。"),
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
