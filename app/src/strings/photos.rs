//! Photos, and where they come from.

strings! {
    map_opacity: "How strongly the classes cover the photo", "类别图的不透明度";
    map_facts: "A class for each of {size} pixels, in {each} ns a pixel this time", "{size} 像素各有一类，本次每像素 {each} 纳秒";
    title: "Photos", "照片";
    address: "Address", "网址";
    open_address: "Open", "打开";
    picture: "picture", "图片";
    take_photo: "Take a photo", "拍照";
    taken_photo: "photo.jpg", "照片.jpg";
    camera_view: "What the camera sees", "摄像头画面";
    camera_opening: "Waiting for the camera. The browser may ask whether this page may use it …", "正在等待摄像头。浏览器可能会询问是否允许本页使用 …";
    camera_note: "The photo stays in this browser.", "照片只留在此浏览器中。";
    take: "Take it", "拍摄";
    close: "Close", "关闭";
    samples: "Sample photos", "示例照片";
    drop_now: "Drop photos or a .safetensors checkpoint", "松开以打开照片或 .safetensors 权重";
    opening: "Opening {file} …", "正在打开 {file} …";
    opening_of: "Opening file {position} of {total}: {file}", "正在打开第 {position} / {total} 个文件：{file}";
    no_photo: "No photo yet. Drop one anywhere, choose a file, or take a sample.",
        "还没有照片。拖入一张、选择文件，或使用示例。";
    photo_of: "Photo {position} of {count}", "第 {position} 张，共 {count} 张";
    photo_by: "Photo: {author} · {licence}", "摄影：{author} · {licence}";
    previous: "Previous photo", "上一张";
    next: "Next photo", "下一张";
    decoded_by_browser: "decoded by the browser", "由浏览器解码";
    remove_named: "Remove {name}", "移除 {name}";
    classified: "{done} of {total} predictions", "预测 {done} / {total}";
    classify_rest: "Continue", "继续";
    agree_on: "All networks agree on {same} of {compared} photos.", "{compared} 张照片中有 {same} 张，所有网络答案相同。";
    nothing_compared: "Answers are compared between networks with the same classes; there are no two of them yet.",
        "只比较类别相同的网络；目前还没有这样的两个网络。";
    verdict_same: "✓ same answer from all", "✓ 答案全部相同";
    verdict_differs: "≠ {answers} different answers", "≠ {answers} 种不同答案";
    verdict_differs_within: "≠ networks with the same classes differ", "≠ 类别相同的网络答案不同";
    order: "Order", "排序";
    order_added: "as added", "添加顺序";
    order_disagreement: "most disputed first", "分歧大的优先";
    clear: "Remove all photos", "移除全部照片";
    clear_question: "Remove all {count} photos and their predictions?", "移除全部 {count} 张照片及其预测？";
    keep: "Keep them", "保留";
    pairs: "Agreement of every two networks", "两两一致性";
    pairs_note: "On how many photos two networks put the same class first. Only networks with the same classes are compared: ImageNet with ImageNet, CIFAR-10 with CIFAR-10.",
        "两个网络的首选类别相同的照片数。只比较类别相同的网络：ImageNet 与 ImageNet，CIFAR-10 与 CIFAR-10。";
    pairs_same: "same first class", "首选相同";
}
