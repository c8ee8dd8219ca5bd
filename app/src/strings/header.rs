//! The head of the page.

strings! {
    claim: "How small can a network be and still see?", "网络能小到什么程度，还看得见？";
    skip: "Skip to the comparison", "跳到对比面板";
    skip_layers: "Skip to the layers", "跳到逐层查看";
    skip_cubes: "Skip to the hyperspectral image", "跳到高光谱图像";
    skip_models: "Skip to the models", "跳到模型列表";
    skip_learn: "Skip to the explanations", "跳到讲解";
    pages: "Pages", "页面";
    layers: "Layers", "逐层";
    models: "Models", "模型";
    learn: "Learn", "讲解";
    cubes: "Hyperspectral", "高光谱";
    theme: "Theme", "主题";
    theme_system: "System", "跟随系统";
    theme_light: "Light", "浅色";
    theme_dark: "Dark", "深色";
}
