//! The first screen: photo, networks, what they know.

strings! {
    sees: "Sees", "识别结果";
    costs: "Costs", "开销";
    takes: "Takes here", "本机耗时";
    macs: "{count} MACs", "{count} 次乘加";
    params: "{count} parameters", "{count} 参数";
    setting: "width {width} · {size} px", "宽度 {width} · {size} 像素";
    setting_px: "{size} px", "{size} 像素";
    settings_of: "{name}: settings and details", "{name}：设置与详情";
    margin: "±{percent} %", "±{percent} %";
    measuring: "measuring …", "测量中 …";
    measure: "Measure thoroughly", "仔细测量";
    open_all: "Show all details", "展开全部详情";
    close_all: "Hide details", "收起详情";
    try_board: "Try", "试试";
    know_few: "{who} know {count} things: {classes}.", "{who}认识 {count} 种事物：{classes}。";
    know_many: "{who} know {count} things ({labels}).", "{who}认识 {count} 种事物（{labels}）。";
    know_one_few: "{who} knows {count} things: {classes}.", "{who}认识 {count} 种事物：{classes}。";
    know_one_many: "{who} knows {count} things ({labels}).", "{who}认识 {count} 种事物（{labels}）。";
    all_networks: "These networks", "这些网络";
    know_random: "{who}: random weights, for timing only.", "{who}：随机权重，仅用于计时。";
    none_of_these: "Probably none of the {count} things that these networks know: they disagree or are unsure.",
        "很可能不属于这些网络认识的 {count} 种事物：它们意见不一或把握不大。";
    broad_says: "{name}, which knows {count} things, sees: {class} ({share}).", "认识 {count} 种事物的 {name} 的识别结果：{class}（{share}）。";
    broad_knows: "{name} knows {count} things.", "{name} 认识 {count} 种事物。";
    broad_run: "Run it here ({size})", "在本机运行（{size}）";
    get_imagenet: "Get ImageNet for all {networks} ({size})", "为全部 {networks} 个网络获取 ImageNet 权重（{size}）";
    get_imagenet_one: "Get ImageNet ({size})", "获取 ImageNet 权重（{size}）";
    use_imagenet: "Use ImageNet's weights, which are here", "改用已在本机的 ImageNet 权重";
    getting: "Getting ImageNet's weights:", "正在获取 ImageNet 权重：";
    back_to_here: "Use weights that are here", "改用本机已有的权重";
    announced: "{name}: {class}, {share}.", "{name}：{class}，{share}。";
    choose_photo: "Choose photos", "选择照片";
    more_ways: "Other ways to open", "其他打开方式";
    address_note: "An address on this site or Hugging Face; elsewhere browsers do not let pages read. Pasting works, too.",
        "可填本站或 Hugging Face 的地址；其他网站的内容浏览器不允许网页读取。也可以直接粘贴。";
    drop_hint: "Drop photos anywhere, or weights (.safetensors, .pth). Everything stays on this device.",
        "可把照片或权重（.safetensors、.pth）拖到页面任意位置。一切都留在本设备上。";
    built_answers: "Computed when this page was built, because you save data.", "为节省流量，显示的是构建本页时计算的结果。";
    judge_here: "Compute here", "在本机计算";
    width_and_resolution: "Width and resolution", "宽度与分辨率";
    bars: "Cost and latency in bars", "开销与延迟条形图";
    layer_by_layer: "Layer by layer", "逐层查看";
    inside: "What do they look at?", "它们在看哪里？";
    live: "What do they see in the camera?", "它们在摄像头里看到什么？";
    validation: "How good are they on your own photos?", "它们在您自己的照片上有多好？";
    teach: "Teach them your own classes", "教它们认识您自己的类别";
    what_is_a_mac: "What is a MAC?", "什么是 MAC？";
    mac_text: "A multiply-accumulate: one multiplication and one addition, the step that convolutions are made of. A network's MACs say how much it computes for one picture; its parameters say how much it has to store. Neither says how long it takes: a layer that moves many numbers and multiplies each only once (a depthwise convolution) waits for memory. So the time here is measured.",
        "乘加运算（multiply-accumulate）：一次乘法加一次加法，是卷积的基本步骤。MAC 数说明网络处理一张图片要算多少；参数量说明要存多少。两者都不能说明要花多长时间：像逐深度卷积那样搬运很多数、每个数只乘一次的层，时间花在等内存上。所以这里的时间是实测的。";
    verdict: "{fast} is {times}× as fast as {best}, with {points} points less ({metric}).",
        "{fast} 的速度是 {best} 的 {times} 倍，准确率低 {points} 个百分点（{metric}）。";
    verdict_same: "{fast} is the fastest here, and none is more accurate ({metric}).",
        "{fast} 在本机最快，且没有网络比它更准确（{metric}）。";
    verdict_close: "{fast} takes {times} of the time of {best}, with {points} points less ({metric}).",
        "{fast} 的耗时是 {best} 的 {times}，准确率低 {points} 个百分点（{metric}）。";
    predictions_csv: "Predictions (CSV)", "预测结果（CSV）";
    file_menu: "Table and files of “{title}”", "“{title}”的表格与文件";
    not_measured_beside: "the medians' own ratio is {ratio}: the device changed its speed between turns",
        "两个中位数之比为 {ratio}：各轮之间设备速度有变化";
}
