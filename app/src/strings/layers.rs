//! Layer by layer.

strings! {
    title: "Layer by layer", "逐层分析";
    hint: "The layers as the CPU backend runs them. Batch norm, activation and residual addition are fused into the convolution before them.",
        "按 CPU 后端实际运行的层显示。批归一化、激活与残差相加并入其前的卷积。";
    first: "Network", "网络";
    second: "Compare with", "对比";
    nothing: "nothing", "无";
    metric: "Show", "显示指标";
    measure: "Measure the layers", "测量各层";
    measuring: "Measuring the layers of {name}", "正在测量 {name} 的各层";
    metric_time: "time here (ms)", "本机用时（ms）";
    metric_macs: "MACs", "乘加次数";
    metric_params: "parameters", "参数量";
    metric_activations: "activation bytes", "激活字节";
    by_stride: "By stride: {metric}", "按步幅：{metric}";
    by_stride_note: "Layers are grouped by stride: the input pixels per step of their map. So networks can be compared stage by stage. Parts of a bar, from the left: {kinds}.",
        "步幅（特征图一步对应的输入像素数）相同的层归为一组，便于逐阶段比较网络。条形各部分自左起：{kinds}。";
    stride: "stride {stride} · {name}", "步幅 {stride} · {name}";
    stride_head: "head · {name}", "分类头 · {name}";
    kind_conv: "dense", "普通卷积";
    kind_pointwise: "pointwise", "逐点卷积";
    kind_depthwise: "depthwise", "深度卷积";
    kind_linear: "linear", "线性层";
    kind_attention: "attention", "注意力";
    kind_other: "other", "其他";
    dominates_time: "{name}: {kind} layers take {time} of the time with {macs} of the multiply-accumulates; the slowest layer, {layer}, takes {share}. By the roofline this device needs at least {predicted} ms; {ms} ms were measured. {memory} of {layers} layers are memory-bound.",
        "{name}：{kind}占用时 {time}，占乘加次数 {macs}；最慢的层 {layer} 占 {share}。按屋顶线上限，本设备最快需 {predicted} ms，实测 {ms} ms。{layers} 层中有 {memory} 层受内存限制。";
    dominates_macs: "{name}: {kind} layers have {macs} of the multiply-accumulates; the largest layer, {layer}, has {share}. Measure the layers to see what takes the time.",
        "{name}：{kind}占乘加次数 {macs}；最大的层 {layer} 占 {share}。测量各层后即可知道时间花在何处。";
    ran: "{backend} · mean of the faster half of {runs} runs · roofs: {macs} MAC/s and {bytes}/s, both measured here",
        "{backend} · {runs} 次运行中较快一半的平均 · 屋顶线上限：{macs} MAC/s 与 {bytes}/s，均为本机实测";
    not_measured: "Counted, not measured.", "统计值，未测量。";
    of: "Layers of {name}", "{name} 的各层";
    copy_as: "Copy as", "复制为";
    copy_named: "Copy the layers of {name} as {format}", "将 {name} 的各层复制为 {format}";
    copied: "Copied as {format}.", "已复制为 {format}。";
    plain_text: "Text", "文本";
    layer: "layer", "层";
    operation: "operation", "运算";
    shape_in: "input (H×W×C)", "输入（H×W×C）";
    shape_out: "output (H×W×C)", "输出（H×W×C）";
    activation_bytes_heading: "activations, bytes", "激活，字节";
    ms_here: "here, ms", "本机，ms";
    share: "share", "占比";
    predicted_ms: "at best, ms", "理论最快，ms";
    bound: "bound by", "受限于";
    bound_compute: "compute", "计算";
    bound_memory: "memory", "内存";
    exactness: "computed in, signal to noise", "计算格式与信噪比";
    exactness_note: "Signal to noise: a layer's values in int8 beside those in f32, on the first photo that the network is calibrated on. 6 dB more are half the error; what is off in a layer is also off in those after it.",
        "信噪比：在校准所用的第一张照片上，该层 int8 数值相对 f32 的信噪比；每高 6 dB，误差减半；前面各层的误差会传到后面。";
    in_bytes: "int8", "int8";
    in_floats: "f32", "f32";
    op_input: "input", "输入";
    op_grouped: "grouped convolution", "分组卷积";
    op_channels: "channel order", "通道重排";
    op_max_pool: "max pooling", "最大池化";
    op_average_pool: "average pooling", "平均池化";
    op_conv: "convolution", "卷积";
    op_pointwise: "pointwise convolution", "逐点卷积";
    op_depthwise: "depthwise convolution", "深度卷积";
    op_transposed: "transposed convolution", "转置卷积";
    op_linear: "linear", "线性";
    op_batch_norm: "batch norm", "批归一化";
    op_activation: "activation", "激活";
    op_add: "add", "相加";
    op_scale: "scale", "缩放";
    op_shift_max: "shift-max", "移位取最大";
    op_concat: "concat", "拼接";
    op_pool: "global average pool", "全局平均池化";
    op_resize: "resize", "缩放图像";
    op_unfold: "unfold", "展开";
    op_fold: "fold", "折叠";
    op_layer_norm: "layer norm", "层归一化";
    op_attention: "attention", "注意力";
}
