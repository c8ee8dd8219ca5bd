//! Costs and latency.

strings! {
    as_table: "Table", "表格";
    as_chart: "Chart", "图表";
    measuring: "Measuring {count} networks in turns", "正在轮流测量 {count} 个网络";
    runs_done: ": {done} of {total} runs", "：{done} / {total} 次";
    not_measured: "not measured", "未测量";
    latency: "Latency on this device (ms)", "本设备延迟（ms）";
    latency_note: "From the input tensor in memory to the logits in memory. The columns take turns in random order. Bar: median. Whiskers: its 95 % interval. Marks: samples; those beyond the axis are left out. Dotted: one CPU thread. Hatched: several threads. Lined: reference backend. Confidence: from A (solid) to D (rough).",
        "从内存中的输入张量到内存中的 logits。各列按随机顺序轮流运行。条形：中位数。须线：其 95 % 区间。细线：样本，超出坐标轴的较慢样本不显示。点：单线程 CPU。斜线：多线程。横线：参考实现。可信度：从 A（可靠）到 D（粗略）。";
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
    reason_warm_up: "still speeding up or slowing down", "仍在变快或变慢";
    reason_clock: "coarse clock ({step} ms)", "时钟粗（{step} ms）";
    beside_named: "{ratio}× {other} ({low}–{high})", "{ratio}× {other}（{low}–{high}）";
    beside_heading: "beside the fastest (95 % interval)", "与最快者之比（95 % 区间）";
    within_two_percent: "less than 2 % apart, which may be chance", "相差不到 2 %，可能只是偶然";
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
    params_note: "Counted. Learned numbers, without running statistics of batch normalisation; four bytes each as f32.",
        "统计值。可学习的参数，不含批归一化的滑动统计量；以 f32 存储时每个四字节。";
    activations: "Activation memory (peak, f32)", "激活内存（峰值，f32）";
    activations_note: "Counted: the most bytes alive at once when the layers run in order, without fusion.",
        "统计值：各层依次运行、未融合时同时存活的最大字节数。";
    weight_bytes: "Weights (f32)", "权重（f32）";
    as_f32: "{bytes} as f32", "以 f32 存储：{bytes}";
    allocated: "allocated here: {bytes} · {backend}", "本机分配：{bytes} · {backend}";
    counted_bytes: "counted, bytes", "统计，字节";
    allocated_bytes: "allocated here, bytes", "本机分配，字节";
    export_as: "Export “{title}” as {format}", "将“{title}”导出为 {format}";
    not_built: "cannot be built", "无法构建";
    counted: "counted", "统计值";
    sources: "Sources:", "来源：";
}
