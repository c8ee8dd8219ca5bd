//! The shelf of checkpoints.

strings! {
    models_hint: "Every set of weights that this site knows. Nothing is downloaded before you press its button; what is downloaded is kept in this browser and can be deleted here.",
        "本站已知的全部权重。点击按钮之前不会下载任何内容；下载后保存在此浏览器中，可在这里删除。";
    shelf_empty: "No weights are known here. Drop a .safetensors file on this page, or serve a folder of them with cargo xtask serve --weights DIR.",
        "没有已知的权重。把 .safetensors 文件拖到本页，或用 cargo xtask serve --weights DIR 提供文件夹。";
    shelf_file: "Your files", "您的文件";
    shelf_file_note: "Dropped on this page; gone when it is closed.", "拖到本页的文件；关闭页面后即消失。";
    shelf_local: "Local folder", "本地文件夹";
    shelf_local_note: "In the folder that this site is served with.", "与本站一同提供的文件夹。";
    shelf_bundled: "Shipped with the page", "随页面提供";
    shelf_bundled_note: "Loaded when first used.", "首次使用时载入。";
    shelf_hub: "Offered for download", "可供下载";
    shelf_hub_note: "Published by timm in public repositories.", "由 timm 发布于公开仓库。";
    kept: "Downloads kept: {count}, {bytes} in all.", "已保存的下载：{count} 个，共 {bytes}。";
    kept_none: "No downloads are kept.", "没有保存的下载。";
    storage_used: "This site takes {used} of the {quota} that the browser allows it, program and shipped weights included (the browser's estimate).",
        "本站占用 {used}，浏览器允许 {quota}，含程序与内置权重（浏览器估计值）。";
    storage_unknown: "The browser does not say how much this site takes.", "浏览器未说明本站占用的空间。";
    persistent: "The browser keeps downloads until you delete them.", "浏览器会一直保留下载，直到您删除。";
    not_persistent: "The browser may delete downloads when space runs short.", "空间不足时浏览器可能会删除下载。";
    persist: "Ask it to keep them", "请求一直保留";
    persist_declined: "The browser has declined: it may delete downloads when space runs short. Browsers agree more readily for sites that are installed or often visited.",
        "浏览器未同意：空间不足时可能会删除下载。对已安装或经常访问的网站，浏览器更容易同意。";
    presence_remote: "not downloaded", "未下载";
    presence_cached: "kept by the browser", "已由浏览器保存";
    presence_cached_loaded: "kept by the browser, in memory", "已由浏览器保存，在内存中";
    presence_loaded: "in memory", "在内存中";
    presence_near: "not loaded yet", "尚未载入";
    no_accuracy: "No accuracy is stated.", "未说明准确率。";
    unknown_licence: "not stated", "未说明";
    copy: "Copy", "复制";
    hash_copied: "Copied.", "已复制。";
    delete: "Delete", "删除";
    show_on_board: "Show on the board", "在比较区显示";
}
