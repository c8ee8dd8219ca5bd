//! The widths and resolutions of one network.

strings! {
    title: "{name} by α and ρ: {metric}", "{name} 的 α 与 ρ：{metric}";
    shown: "Colour", "颜色";
    note: "Counts are for 1000 classes and need no measurement. Times: the cells are measured one after another in random order, each as long as a column is, but not in turns. Compare close ones on the board. Equal steps of colour are equal ratios. Click a cell to compare it.",
        "统计值按 1000 类计算，无需测量。时间：各单元格按随机顺序逐个测量，每个测到足够为止，方法与各列相同，但不轮流；相近的结果请在对比面板中比较。颜色每级对应相同比例。点击单元格即可对比。";
    measure: "Measure the grid", "测量网格";
    measuring: "Measuring {name}, cell {cell} of {cells}", "正在测量 {name}，第 {cell} 格，共 {cells} 格";
    again: "Measure {name} again", "重新测量 {name}";
    random: "random weights: timing only", "随机权重，仅用于计时";
    random_mark: "† random weights: timing only", "† 随机权重，仅用于计时";
    put: "{cell}. Compare it", "{cell}。加入对比";
    placed: "{name} is column {position} of the board.", "{name} 现为对比面板第 {position} 列。";
}
