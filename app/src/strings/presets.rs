//! Boards to begin with.

strings! {
    equal_macs: "V1, V2, V3, ViT at about equal MACs", "V1、V2、V3、ViT，乘加次数相近";
    widths: "V2 at five widths", "V2 不同宽度（α）";
    resolutions: "V2 at five resolutions", "V2 不同分辨率（ρ）";
    large_small: "V3: Large vs Small", "V3：Large 与 Small 对比";
}
