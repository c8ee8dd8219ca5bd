//! What runs here.

strings! {
    title: "This device", "本设备";
    build: "Engine build", "引擎构建";
    build_threads: "relaxed SIMD with fused multiply-add, several threads", "relaxed SIMD，含融合乘加，多线程";
    build_threads_simd: "SIMD128, several threads", "SIMD128，多线程";
    build_relaxed: "relaxed SIMD with fused multiply-add", "relaxed SIMD，含融合乘加";
    build_simd: "fixed-width SIMD128", "定宽 SIMD128";
    build_fastest: "the fastest that this browser runs", "此浏览器可运行的最快版本";
    build_asked: "asked for in the address", "由网址指定";
    backends: "Backends", "后端";
    gpu: "GPU", "GPU";
    gpu_unnamed: "a GPU that the browser does not name", "浏览器未透露名称的 GPU";
    gpu_f16: "stores values as f16 (shader-f16)", "可用 f16 存储数值（shader-f16）";
    gpu_no_f16: "without shader-f16: “WebGPU, f16” stores only weights as f16", "无 shader-f16：“WebGPU，f16”仅将权重存为 f16";
    gpu_software: "{name}: a software GPU, so “Fastest” means the CPU backend",
        "{name}：软件 GPU，因此“最快”指 CPU 后端";
    threads_heading: "Threads", "线程";
    threads_of: "{threads} used, {hardware} on this device", "使用 {threads}，设备共 {hardware}";
    isolated: "Cross-origin isolation", "跨源隔离";
    isolated_yes: "yes: shared memory and fine timers", "是：共享内存与高精度计时";
    isolated_no: "no: one thread and coarse timers", "否：单线程与低精度计时";
    timer_step: "Clock step (measured)", "时钟步长（实测）";
    cache: "Downloads can be kept", "可缓存下载";
    semicolon: "; ", "；";
    yes: "yes", "是";
    no: "no", "否";
    page_version: "Page version", "页面版本";
    engine_version: "Engine version", "引擎版本";
    credits: "No image, file or number leaves this page.", "图片、文件和数据都不会离开本页。";
    sample_credits: "Credits of the sample photos", "示例照片出处";
    licences: "Third-party licences", "第三方许可证";
}
