//! The scatter of two numbers.

strings! {
    title: "{y} over {x}", "{y} 与 {x}";
    note: "Pareto front: the columns that no other column beats on one axis without losing on the other. Medians and published figures are compared without their intervals. Shape: family. Fill: backend, as in the bars. Lines at a mark: 95 % interval. Accuracies of different tests or trainings cannot be compared, so each has an axis of its own.",
        "帕累托前沿：没有其他列能在一个轴上更好，且在另一个轴上不差。中位数与公布值按其值比较，不考虑区间。形状代表系列，填充代表后端，与条形图相同。标记旁的线：95 % 区间。不同测试或不同训练得到的准确率不可比较，因此各为一轴。";
    empty: "No column has both numbers yet.", "还没有同时具有这两个数值的列。";
    missing: "Not shown: {name} ({reason})", "未显示：{name}（{reason}）";
    axis_x: "Across", "横轴";
    axis_y: "Up", "纵轴";
    pareto: "On the Pareto front: {names}.", "位于帕累托前沿：{names}。";
    pareto_heading: "on the Pareto front", "位于帕累托前沿";
    how_heading: "how", "方式";
    wrong_values: "wrong values, so its time counts for nothing", "数值错误，其时间无效";
    top1_authors: "Top-1 by the authors, ImageNet (%)", "作者公布的 Top-1，ImageNet（%）";
    top1_weights: "Top-1 of these weights, ImageNet (%)", "这些权重的 Top-1，ImageNet（%）";
    top1_cifar10: "Top-1 of these weights, CIFAR-10 (%)", "这些权重的 Top-1，CIFAR-10（%）";
    authors_how: "published by {source}, of weights of the authors' own", "由 {source} 公布，为作者自己的权重";
    authors_missing: "the authors published none at {size}", "作者未公布 {size} 的数值";
    weights_how: "{id}, published by {source}", "{id}，由 {source} 公布";
    weights_missing: "none is published with these weights", "未随这些权重公布";
    cifar10_how: "95 % interval {low}–{high}, {images} test images, measured when they were trained",
        "95 % 区间 {low}–{high}，{images} 张测试图像，训练完成时实测";
    cifar10_missing: "not trained on CIFAR-10", "未在 CIFAR-10 上训练";
    other_size: "known at {size} only", "仅有 {size} 的数值";
}
