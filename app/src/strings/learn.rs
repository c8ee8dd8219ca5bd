//! The explanations; what they say stands in files of its own (`static/learn`).

strings! {
    roofline: "what a layer takes at best", "一层最快要多久";
    explained: "Explained", "讲解";
    explain: "Explained: {what}", "讲解：{what}";
}
