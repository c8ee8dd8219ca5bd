//! Boards to begin with.

strings! {
    equal_macs: "V1, V2, V3, ViT at about equal MACs", "V1、V2、V3、ViT，乘加次数相近";
    widths: "The α ladder of V2", "V2 的 α 阶梯";
    resolutions: "The ρ ladder of V2", "V2 的 ρ 阶梯";
    large_small: "V3 Large against Small", "V3 Large 对 Small";
}
