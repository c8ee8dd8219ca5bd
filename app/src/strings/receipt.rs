//! What a count counts.

strings! {
    title: "What is counted in {name}", "{name} 的计数方式";
    note: "Papers and tools count different things and call all of them MACs or FLOPs. Switch on what is to be counted; the button beside a figure sets the switches that reproduce it.",
        "论文与工具统计的内容不同，却都称为 MACs 或 FLOPs。打开要计入的项目；点击某个数值旁的按钮，即可套用能得到该数值的组合。";
    counted: "Counted beside convolutions and linear layers", "除卷积与线性层外还计入";
    unit: "Unit", "单位";
    mac: "MACs", "MACs";
    flop: "FLOPs (2 a MAC)", "FLOPs（每 MAC 计 2）";
    batch_norm: "Batch norm", "批归一化";
    folded: "folded: none", "已折叠：不计";
    two: "2 a number", "每个数 2 次";
    four: "4 a number", "每个数 4 次";
    pooling: "Pooling", "池化";
    not_counted: "not counted", "不计";
    additions: "1 a number read", "每读一个数 1 次";
    means: "the same, and 1 a mean", "另加每个均值 1 次";
    squeeze_excite: "squeeze-and-excite", "SE 模块";
    attention: "attention's products", "注意力的矩阵乘";
    bias: "biases", "偏置";
    activations: "activation functions", "激活函数";
    squeeze_pooling: "pooling of squeeze-and-excite, as pooling above", "SE 模块的池化（方式同上）";
    residuals: "residual additions, products with gates", "残差相加、与门控相乘";
    layer_norm: "layer norm (5 a number)", "层归一化（每个数 5 次）";
    softmax: "softmax (1 a score)", "softmax（每个分数 1 次）";
    item: "item", "项目";
    figures: "Figures in circulation for this network with 1000 classes", "文献与工具给出的数值（此网络，1000 类）";
    source: "source", "来源";
    figure: "figure", "数值";
    input: "input, px", "输入，px";
    now: "counted with these switches", "按当前开关统计";
    agreement: "agreement", "一致性";
    switches: "switches", "开关";
    set: "Set", "套用";
    set_named: "Set the switches as {source} counts", "按 {source} 的方式设置";
    agrees: "✓ agrees", "✓ 一致";
    odd: "no usual count gives it", "常见的统计方式都得不到";
    no_figures: "No figures of others are known here for this network.", "没有已知的文献或工具数值。";
}
