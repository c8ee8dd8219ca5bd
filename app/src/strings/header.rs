//! The head of the page.

strings! {
    claim: "Mobile vision networks, side by side in your browser. Images never leave this device.",
        "在浏览器中并排比较移动视觉网络。图片不会离开本设备。";
    skip: "Skip to the comparison", "跳到对比面板";
    skip_models: "Skip to the models", "跳到模型列表";
    pages: "Pages", "页面";
    models: "Models", "模型";
    theme: "Theme", "主题";
    theme_system: "System", "跟随系统";
    theme_light: "Light", "浅色";
    theme_dark: "Dark", "深色";
}
