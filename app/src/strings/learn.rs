//! The explanations; what they say stands in files of their own (`static/learn`).

strings! {
    loading: "Loading the explanations…", "正在载入讲解…";
    failed: "The explanations could not be loaded ({reason}). Check the connection and try again.",
        "无法载入讲解（{reason}）。请检查网络后重试。";
    again: "Try again", "重试";
    roofline: "what a layer takes at best", "一层最快要多久";
    explained: "Explained", "讲解";
    explain: "Explained: {what}", "讲解：{what}";
}
