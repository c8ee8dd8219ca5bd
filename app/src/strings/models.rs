//! The shelf of checkpoints.

strings! {
    weights_title: "Weights", "权重";
    models_hint: "Every network of this site, with the weights that it knows. Nothing is downloaded before you press its button; what is downloaded is kept in this browser and can be deleted here.",
        "本站的全部网络与已知权重。点击按钮之前不会下载任何内容；下载后保存在此浏览器中，可在这里删除。";
    shelf_empty: "No weights are known here. Drop a .safetensors file on this page, or serve a folder of them with cargo xtask serve --weights DIR.",
        "没有已知的权重。可拖入权重文件（.safetensors），或用 cargo xtask serve --weights DIR 提供文件夹。";
    filter: "Filter", "筛选";
    filter_hint: "name, data, licence, source", "名称、数据、许可、来源";
    show: "Show", "显示";
    show_all: "all", "全部";
    show_here: "here", "本机可用";
    show_download: "download", "需下载";
    rows_shown: "{shown} of {all} models shown", "显示 {shown} 个模型，共 {all} 个";
    year: "Year", "年份";
    year_note: "Year of the paper's first version on arXiv", "论文首次发布于 arXiv 的年份";
    data: "Data", "数据";
    top1: "Top-1", "Top-1";
    size: "Size", "大小";
    size_guess: "Its publisher states no size: four bytes a parameter.", "发布者未说明大小：按每个参数四字节计。";
    licence: "Licence", "许可";
    here: "Here", "本机";
    here_note: "Median time of the fastest backend that you measured on this page", "在本页测得的最快后端的中位数时间";
    place: "Weights", "权重";
    tested: "tested", "实测";
    published: "published", "公布";
    authors_top1: "Top-1 {top1} % published by {source}, of weights of the authors' own", "Top-1 {top1} %，由 {source} 公布，为作者自己的权重";
    weightless_note: "No trained weights for this network are known here. Costs and latency can be compared without them.",
        "没有此网络的训练权重。计算量与延迟不需要权重即可对比。";
    params_size: "Parameters: {count} · {size} px", "参数量：{count} · {size} px";
    download: "Download", "下载";
    in_memory: "Weights in memory: {count}, {bytes} in all.", "内存中的权重：{count} 个，共 {bytes}。";
    kept: "Downloads kept: {count}, {bytes} in all.", "已保存的下载：{count} 个，共 {bytes}。";
    kept_none: "No downloads are kept.", "没有保存的下载。";
    storage_used: "On disk: {used} of the {quota} that the browser allows this site (its estimate). Counted are kept downloads and what is kept for use offline, not what is in memory.",
        "磁盘：{used}，浏览器允许本站 {quota}（浏览器估计值）。包括已保存的下载与离线使用的文件，不含内存中的内容。";
    storage_unknown: "The browser does not say how much this site takes.", "浏览器未说明本站占用的空间。";
    persistent: "The browser keeps downloads until you delete them.", "浏览器会一直保留下载，直到您删除。";
    not_persistent: "The browser may delete downloads when space runs short.", "空间不足时浏览器可能会删除下载。";
    persist: "Keep downloads permanently", "请求长期保留";
    persist_declined: "The browser has declined: it may delete downloads when space runs short. Browsers agree more readily for sites that are installed or often visited.",
        "浏览器未同意：空间不足时可能会删除下载。对已安装或经常访问的网站，浏览器更容易同意。";
    presence_remote: "not downloaded", "未下载";
    presence_cached: "kept by the browser", "已由浏览器保存";
    presence_loaded: "in memory", "在内存中";
    no_accuracy: "No accuracy is stated.", "未说明准确率。";
    unknown_licence: "not stated", "未说明";
    copy: "Copy", "复制";
    hash_copied: "Copied.", "已复制。";
    delete: "Delete", "删除";
    presence_none: "no weights", "无权重";
}
