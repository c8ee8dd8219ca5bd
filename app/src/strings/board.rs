//! The board and its columns.

strings! {
    compare: "Compare", "对比";
    networks: "Networks", "网络";
    network: "Network", "网络";
    add_network: "Add a network", "添加网络";
    no_weights: "No trained weights are here yet, so nothing can be predicted. Costs and latency work without them.",
        "尚无训练好的权重，因此无法预测。计算量与延迟不需要权重。";
    no_weights_hub: "Choose a network whose weights are offered for download, and press its download button; nothing is fetched before that.",
        "选择提供下载权重的网络，并点击下载按钮；在此之前不会下载任何内容。";
    no_weights_file: "Or drop a .safetensors checkpoint (timm or torchvision) on this page.",
        "也可拖入权重文件（.safetensors，timm 或 torchvision）。";
    no_weights_serve: "Or serve a folder of checkpoints:", "或者在启动时提供权重文件夹：";
    width: "Width α", "宽度 α";
    resolution: "Input px", "输入 px";
    weights: "Weights", "权重";
    random_weights: "Random: timing only", "随机：仅用于计时";
    random: "random weights", "随机权重";
    backend: "Backend", "后端";
    backend_auto: "Fastest", "最快";
    backend_cpu: "CPU", "CPU";
    backend_cpu_full: "CPU (WebAssembly SIMD)", "CPU（WebAssembly SIMD）";
    backend_cpu_int8: "CPU, int8", "CPU，int8";
    backend_cpu_int8_full: "CPU, int8 (smaller, nearly as exact)", "CPU，int8（更小，精度略低）";
    calibrated_on: "int8 calibrated on", "int8 校准所用";
    calibrated_on_samples: "the samples of this page", "本页示例照片";
    calibrated_on_photos: "photos of yours: {photos}", "您的照片：{photos} 张";
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
}
