//! Modules that are loaded when they are opened, and the explanations among them, whose prose stands in files of its own
//! (`static/learn`).

strings! {
    loading: "Loading…", "正在载入…";
    failed: "This part of the page could not be loaded ({reason}). Check the connection and try again.",
        "无法载入页面的这一部分（{reason}）。请检查网络后重试。";
    again: "Try again", "重试";
    roofline: "what a layer takes at best", "一层最快要多久";
    explained: "Explained", "讲解";
    explain: "Explained: {what}", "讲解：{what}";
}
