//! Families of networks: what came when, and what is in them.

strings! {
    timeline: "Families of light networks, by year and kind", "轻量网络家族，按年份与类型";
    timeline_note: "A line joins a family with those that it took most from, as its paper says. Year: the paper's first version on arXiv. Choose a family to look inside.",
        "连线表示论文所述的主要来源。年份为论文首次发布于 arXiv 的年份。点选家族可查看其内部。";
    family: "Family", "家族";
    paper: "Paper", "论文";
    idea: "Idea", "思路";
    parents: "Takes from", "来源";
    networks: "Networks", "网络数";
    taken: "Took from it: {names}", "由其发展而来：{names}";
    took: "It takes from: {names}", "源自：{names}";
    block: "Its block, drawn from the rows of {name} at {size} px", "构成模块，由 {name} 的结构表按 {size} 像素绘出";
    block_note: "The block that most of its operations belong to, where it is largest. Numbers are channels.",
        "绘出的是运算最多的一类模块中最大的一处。数字为通道数。";
    no_block: "This network has no block that could be drawn.", "此网络没有可绘出的模块。";
    step_stride: "stride {n}", "步幅 {n}";
    step_dilation: "dilation {n}", "空洞 {n}";
    step_groups: "{n} groups", "{n} 组";
    network: "Network", "网络";
    authors: "Top-1, authors'", "Top-1（作者公布）";
    here: "Here", "本机";
    scatter: "All networks: {y} over {x}", "全部网络：{x} 与 {y}";
    scatter_note: "Networks at their own resolution whose authors published an accuracy on ImageNet. Names stand at those that no other one beats; point at the others. Accuracies of different papers come from different trainings.",
        "仅列出作者公布了 ImageNet 准确率的网络，均取各自的默认分辨率。只标出未被其他网络同时超越者的名称，其余可指向查看。不同论文的准确率来自不同的训练方法。";
    measure: "Measure {count} networks here", "在本机测量 {count} 个网络";
    measure_note: "One network of each family first, at most {count} in a run; press again for the next. It can be stopped; what is done stays. Nothing is downloaded for it.",
        "先测各家族的一个网络，每次最多 {count} 个，再按可继续。随时可停止，已得结果保留。测量无需下载。";
    measuring: "{name}: {done} of {total} measured", "{name}：已测 {done} 个，共 {total} 个";
    all_measured: "Everything is measured; measure again", "全部已测，重新测量";
}
