"""PyTorch's derivatives, to which the engine's are compared (engine/tests/native/explain.rs).

    python make.py TOOLS GOLDEN OUT

TOOLS is the folder of the golden generator, GOLDEN that of its files, OUT that of the JSON files that are written. Weights and
image are those of the golden file; everything is computed in f64 by autograd.
"""
import gzip
import json
import sys
from pathlib import Path

import torch

tools, golden, out = map(Path, sys.argv[1:4])
sys.path.insert(0, str(tools))
import goldengen as gg  # noqa: E402
import make_golden  # noqa: E402
import zoo  # noqa: E402

# Golden file, the module that returns the last map, and one in the middle.
NETWORKS = [
    ("mobilenetv1_100_224", "bn2", "blocks.3.0"),
    ("mobilenetv2_100_224", "bn2", "blocks.3.1"),
    ("mobilenetv3_small_100_224", "blocks", "blocks.2.1"),
    ("mobilevit_xxs_256", "final_conv", "stages.3.1"),
    ("mobilevitv2_050_256", "stages", "stages.2.1"),
    ("ghostnet_100_224", "blocks", "blocks.4.0"),
    ("efficientnet_b0_224", "bn2", "blocks.2.1"),
    ("tv_shufflenet_v2_x1_0_224", "conv5", "stage2.1"),
    ("tv_squeezenet1_0_224", "classifier.2", "features.5"),
]


def derivatives(name, last, middle):
    with gzip.open(golden / f"{name}.json.gz") as file:
        of = json.load(file)
    net = zoo.build(of["framework"], of["model"])
    model = net.model
    table = gg.tensor_table(model)
    gg.fill(model, table, {t["name"]: t["gain"] for t in of["tensors"] if t["kind"] == "weight"})
    model.double().eval()
    image = make_golden.net_input(net, *of["input_hw"]).double().requires_grad_(True)
    kept = {}
    for module in (last, middle):
        def keep(_, __, value, module=module):
            kept[module] = value
        model.get_submodule(module).register_forward_hook(keep)
    logits = model(image)[0]
    chosen = int(logits.argmax())
    by_map, = torch.autograd.grad(logits[chosen], kept[last], retain_graph=True)
    class_map = (by_map * kept[last]).sum(1)[0]
    value = kept[middle]
    h, w = value.shape[2:]
    by_image, = torch.autograd.grad(value[0, :, h // 2, w // 2].sum(), image)
    field = by_image.abs().sum(1)[0]
    numbers = lambda tensor: [float(f"{x:.9g}") for x in tensor.flatten().tolist()]
    return {
        "golden": name,
        "class": chosen,
        "logit": float(f"{logits[chosen].item():.9g}"),
        "size": list(class_map.shape),
        "class_map": numbers(class_map.detach()),
        "stage": middle,
        "rows": numbers(field.sum(1)),
        "columns": numbers(field.sum(0)),
    }


for network in NETWORKS:
    found = derivatives(*network)
    (out / f"{network[0]}.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")
    print(network[0], found["class"], found["logit"], found["size"], sum(found["rows"]), flush=True)
