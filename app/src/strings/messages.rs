//! Messages, and jobs that are stopped or begun again.

strings! {
    messages: "Messages", "消息";
    dismiss: "Dismiss", "关闭";
    cancel: "Cancel", "取消";
    cancelled: "Cancelled.", "已取消。";
    comma: ", ", "、";
    again: "Try again", "重试";
    loading: "Loading…", "正在载入…";
    not_loaded: "This part of the page could not be loaded ({reason}). Check the connection and try again.",
        "无法载入页面的这一部分（{reason}）。请检查网络后重试。";
    several_networks: "The tensors of {file} fit several networks equally well. It is used as {model}; or take it as",
        "{file} 的张量同时符合多个网络。现按 {model} 使用；也可以改为";
    several_weights: "{file} holds the network's weights more than once, such as a moving average beside them. Those behind {model} are used; or take those behind",
        "{file} 中有该网络的多份权重（例如权重及其滑动平均）。现使用 {model} 之后的一份；也可以改用";
    keep_network: "Keep {model}", "保留 {model}";
}
