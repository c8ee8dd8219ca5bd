//! Hyperspectral images.

strings! {
    title: "Hyperspectral images", "高光谱图像";
    link: "Classify the pixels of a hyperspectral image", "对高光谱图像逐像素分类";
    hint: "A hyperspectral image is a cube: hundreds of wavelengths for each pixel. Its bands are reduced to principal components, and a network names the class of each pixel from the window around it.",
        "高光谱图像是一个立方体：每个像素有数百个波长。先把波段降为主成分，再由网络根据像素周围的窗口判断其类别。";
    choose: "Choose a cube", "选择高光谱数据";
    drop: "Drop a cube here: a NumPy array (.npy) or a MATLAB file (.mat) of rows, columns and bands, such as Indian Pines, Salinas or the University of Pavia. Then drop the classes of its pixels, if you have them, and the weights (.safetensors) of a network. Nothing leaves this device.",
        "请拖入高光谱数据：NumPy 数组（.npy）或 MATLAB 文件（.mat），依次为行、列、波段，如 Indian Pines、Salinas 或 Pavia 大学；再拖入地面真值（如有）与网络的权重（.safetensors）。一切都留在本设备上。";
    add: "Add a file", "添加文件";
    close: "Remove the cube", "移除高光谱数据";
    facts: "{height} × {width} pixels, {bands} bands, {numbers}", "{height} × {width} 像素，{bands} 个波段，{numbers}";
    variable: "variable {name}", "变量 {name}";
    picture: "False colours of {file}", "{file} 的假彩色图";
    by_sensor: "Red, green and blue are bands {red}, {green} and {blue} (counted from 0), near {nm_red}, {nm_green} and {nm_blue} nm if the bands of {sensor} are evenly spaced. Each from its 2nd to its 98th percentile.",
        "红、绿、蓝为波段 {red}、{green}、{blue}（从 0 数起）；若 {sensor} 的波段等间隔，则约为 {nm_red}、{nm_green}、{nm_blue} nm。各取第 2 至第 98 百分位。";
    by_quarters: "Red, green and blue are bands {red}, {green} and {blue} (counted from 0), at three, two and one quarters of all: no sensor is known with so many bands. Each from its 2nd to its 98th percentile.",
        "红、绿、蓝为波段 {red}、{green}、{blue}（从 0 数起），位于全部波段的四分之三、二、一处：没有已知的传感器恰有这么多波段。各取第 2 至第 98 百分位。";
    components: "Components", "主成分";
    network: "Network", "网络";
    network_of: "{name}, {classes} classes", "{name}，{classes} 类";
    weights: "Weights", "权重";
    scope: "Pixels", "像素";
    scope_all: "all ({count})", "全部（{count}）";
    scope_known: "of known class ({count})", "类别已知的（{count}）";
    no_network: "No network here reads principal components of a cube.", "本页没有读取高光谱主成分的网络。";
    no_weights: "Drop weights (.safetensors) that were trained for {name}: random ones name no classes.",
        "请拖入为 {name} 训练的权重（.safetensors）：随机权重无法给出类别。";
    cost: "{name} reads a window of {size} pixels and {components} components. A pixel takes {macs} multiply-accumulates, {count} pixels take {total}.",
        "{name} 读取 {size} 像素、{components} 个主成分的窗口。每个像素需 {macs} 次乘加，{count} 个像素共 {total}。";
    share: "The {components} components have {percent} % of the variance of all bands.",
        "{components} 个主成分占全部波段方差的 {percent} %。";
    pca_note: "Components are scikit-learn’s PCA(n_components={components}, whiten=True) over all pixels of this cube; of each, the weight that is largest is positive, as since scikit-learn 1.5. Weights that were trained with other signs do not fit.",
        "主成分等同于 scikit-learn 的 PCA(n_components={components}, whiten=True)，对全部像素计算；每个主成分绝对值最大的权重为正（scikit-learn 1.5 起的约定）。以其他符号训练的权重不适用。";
    start: "Classify the pixels", "对像素分类";
    go_on: "Go on", "继续";
    finding: "Finding the principal components of {file}", "正在求 {file} 的主成分";
    running: "Classifying the pixels of {file}", "正在对 {file} 的像素分类";
    progress: "{done} of {total}", "{done} / {total}";
    map: "Classes of {file}", "{file} 的类别";
    map_by: "{name} · {done} of {total} pixels · {backend} · {ms} ms a pixel", "{name} · {done} / {total} 像素 · {backend} · 每像素 {ms} ms";
    map_coarse: "Pixels that are still missing have the colour of their neighbour on a coarser grid.", "尚未分类的像素暂用较粗网格上邻近像素的颜色。";
    truth: "Known classes of {file}", "{file} 的已知类别";
    truth_add: "Drop the classes of the pixels (two dimensions, 0 where none is known) to see how often the network is right.",
        "拖入像素的类别（二维，未知处为 0），即可得知网络的准确率。";
    truth_remove: "Remove the known classes", "移除已知类别";
    legend: "Classes", "类别";
    class: "class {number}", "类别 {number}";
    found: "found", "判得";
    known: "known", "已知";
    right: "right", "正确";
    right_share: "of the known", "占已知";
    overall: "Overall accuracy", "总体准确率";
    average: "Average accuracy", "平均准确率";
    kappa: "Kappa", "Kappa 系数";
    scores_note: "On {count} pixels whose class is known. Those among them that the network was trained on make it look better than it is.",
        "基于 {count} 个类别已知的像素；其中若有训练时用过的像素，结果会偏高。";
    overall_note: "The share of these pixels that is right.", "这些像素中判断正确的比例。";
    average_note: "The mean of the classes’ own shares.", "各类别自身比例的平均。";
    kappa_note: "0 for chance, 1 for all right (Cohen 1960).", "0 为随机水平，1 为全部正确（Cohen 1960）。";
}
