"""Writes the exported networks that app/reader/tests/exports.rs reads, with the logits of the library that made them.

    python -m venv V; V/bin/pip install brotli torch timm onnx onnxscript onnxruntime tensorflow-cpu h5py
    V/bin/python tools/exports/generate.py [onnx|keras]

The networks are small and untrained: their weights repeat a short list of numbers, so that the files compress to a few kilobytes.
"""


import json
import sys
from pathlib import Path

import brotli
import numpy as np

OUT = Path(__file__).resolve().parents[2] / "app/reader/tests/exports"
CLASSES = 10
TABLE = np.random.default_rng(7).normal(size=251).astype(np.float32)


def pattern(shape, offset, scale):
    """Numbers that repeat after 251."""
    count = int(np.prod(shape))
    return (TABLE[(np.arange(count) + offset) % 251] * scale).reshape(shape)


def two(count, a, b):
    return np.where(np.arange(count) % 2 == 0, a, b).astype(np.float32)


def image(side, channels_last=False):
    """What every network looks at: numbers from -1 to 1, [3, side, side]."""
    c, y, x = np.meshgrid(np.arange(3), np.arange(side), np.arange(side), indexing="ij")
    values = ((c * 89 + y * 57 + x * 131 + (x * y) % 17 * 7) % 256 / 127.5 - 1).astype(np.float32)
    return values.transpose(1, 2, 0)[None] if channels_last else values[None]


EXPECTED = OUT / "logits.json"


def store(name, content, model, side, logits, **facts):
    """Stores a file, compressed, and what its library computes."""
    OUT.mkdir(parents=True, exist_ok=True)
    packed = brotli.compress(content, quality=11, lgwin=24)
    (OUT / f"{name}.br").write_bytes(packed)
    expected = json.loads(EXPECTED.read_text()) if EXPECTED.exists() else {}
    logits = [round(float(x), 6) for x in np.asarray(logits).reshape(-1)]
    expected[name] = {"model": model, "side": side, "logits": logits, **facts}
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(expected[key])}" for key in sorted(expected))
    EXPECTED.write_text("{\n" + lines + "\n}\n")
    print(f"{name}: {len(content)} bytes, {len(packed)} compressed; largest logit {max(map(abs, logits)):.3f}", flush=True)


# ---------------------------------------------------------------- ONNX, from PyTorch


def fill_torch(model):
    import torch

    offset = 0
    norms = {
        id(parameter)
        for module in model.modules()
        if isinstance(module, torch.nn.BatchNorm2d)
        for parameter in [module.weight, module.bias, module.running_mean, module.running_var]
    }
    with torch.no_grad():
        for name, tensor in model.state_dict(keep_vars=True).items():
            if not tensor.dtype.is_floating_point:
                continue
            shape = tuple(tensor.shape)
            if id(tensor) in norms and name.endswith("running_var"):
                values = two(shape[0], 0.9, 1.7)
            elif id(tensor) in norms and name.endswith("weight"):
                values = two(shape[0], 1.1, 0.9)
            elif tensor.dim() > 1:
                values = pattern(shape, offset, (1.6 / np.prod(shape[1:])) ** 0.5)
            elif name.endswith("weight"):
                values = pattern(shape, offset, 0.1) + 1
            else:
                values = pattern(shape, offset, 0.1)
            tensor.copy_(torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)))
            offset += 37


def export(model, side, **options):
    import io

    import torch

    buffer = io.BytesIO()
    torch.onnx.export(model, torch.from_numpy(image(side)), buffer, **options)
    return buffer.getvalue()


def onnx_files():
    import onnx
    import timm
    import torch
    from onnx import TensorProto, helper, numpy_helper
    from timm.models import efficientnet

    torch.manual_seed(0)
    networks = [
        ("v1", "mobilenetv1_025", 64, lambda: efficientnet._gen_mobilenet_v1("mobilenetv1_100", 0.25, num_classes=CLASSES)),
        ("v2", "mobilenetv2_035", 64, lambda: efficientnet._gen_mobilenet_v2("mobilenetv2_035", 0.35, num_classes=CLASSES)),
        ("v3", "mobilenetv3_small_050", 64, lambda: timm.create_model("mobilenetv3_small_050", num_classes=CLASSES)),
        ("vit", "mobilevit_xxs", 128, lambda: timm.create_model("mobilevit_xxs", num_classes=CLASSES)),
    ]
    for short, model_id, side, make in networks:
        model = make().eval()
        fill_torch(model)
        with torch.no_grad():
            logits = model(torch.from_numpy(image(side))).numpy()
        # Batch normalisation is folded, and names become numbers.
        script = export(model, side, dynamo=False, opset_version=17)
        if short != "vit":
            store(f"{short}.onnx", script, model_id, side, logits, folded=True)
        if short == "v1":
            kept = export(model, side, dynamo=False, opset_version=17, do_constant_folding=False,
                          training=torch.onnx.TrainingMode.PRESERVE)
            store("v1_norms.onnx", kept, model_id, side, logits, folded=False)
        if short == "vit":
            # Activations and layer normalisations in parts.
            old = export(model, side, dynamo=False, opset_version=14)
            store(f"{short}_14.onnx", old, model_id, side, logits, folded=True)
        if short == "vit":
            model.cpu()
            program = torch.onnx.export(model, (torch.from_numpy(image(side)),), dynamo=True)
            proto = program.model_proto
            for text in proto.graph.node:
                text.doc_string = ""
                del text.metadata_props[:]
            store(f"{short}_dynamo.onnx", proto.SerializeToString(), model_id, side, logits, folded=True)
        if short == "v2":
            proto = onnx.load_from_string(script)
            variants(proto, model_id, side, logits)
            refusals(proto)


def variants(proto, model_id, side, logits):
    """One network in the other ways to store numbers."""
    import copy

    import onnx
    from onnx import TensorProto, helper, numpy_helper

    half = copy.deepcopy(proto)
    for tensor in half.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32:
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), tensor.name))
    store("v2_half.onnx", half.SerializeToString(), model_id, side, run(half, side, np.float32), folded=True, tolerance=1e-4)

    # Weights of a byte with a scale for each channel, biases left as they are.
    whole = copy.deepcopy(proto)
    graph = whole.graph
    nodes, tensors = [], []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.ndim < 2:
            tensors.append(tensor)
            continue
        axes = tuple(range(1, values.ndim))
        scale = np.maximum(np.abs(values).max(axis=axes), 1e-6) / 127
        whole_numbers = np.round(values / scale.reshape(-1, *[1] * (values.ndim - 1))).astype(np.int8)
        name = tensor.name
        tensors.append(numpy_helper.from_array(whole_numbers, name + "_quantized"))
        tensors.append(numpy_helper.from_array(scale.astype(np.float32), name + "_scale"))
        tensors.append(numpy_helper.from_array(np.zeros(len(scale), np.int8), name + "_zero"))
        nodes.append(helper.make_node("DequantizeLinear", [name + "_quantized", name + "_scale", name + "_zero"], [name], axis=0))
    del graph.initializer[:]
    graph.initializer.extend(tensors)
    rest = list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes + rest)
    store("v2_int8.onnx", whole.SerializeToString(), model_id, side, run(whole, side), folded=True, dequantised=len(nodes), tolerance=1e-2)


def run(proto, side, cast=None):
    """What onnxruntime makes of a network."""
    import copy

    import onnxruntime
    from onnx import helper, numpy_helper

    proto = copy.deepcopy(proto)
    if cast is not None:
        for tensor in proto.graph.initializer:
            values = numpy_helper.to_array(tensor)
            if values.dtype == np.float16:
                tensor.CopyFrom(numpy_helper.from_array(values.astype(cast), tensor.name))
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: image(side)})[0]


def refusals(proto):
    """Files that are no use, and why."""
    import copy

    from onnx import TensorProto

    outside = copy.deepcopy(proto)
    tensor = outside.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "weights.bin"
    for other in list(outside.graph.initializer)[1:]:
        outside.graph.initializer.remove(other)
    (OUT / "external.onnx.br").write_bytes(brotli.compress(outside.SerializeToString(), quality=11, lgwin=24))


if __name__ == "__main__":
    for part in sys.argv[1:] or ["onnx", "keras"]:
        {"onnx": onnx_files, "keras": lambda: __import__("keras_files").write()}[part]()
