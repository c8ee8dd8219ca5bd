"""Writes the tensors' names and shapes of other libraries' networks, which engine/tests/native/aliases.rs reads.

    pip install torch torchvision transformers pytorchcv
    python tools/state_dicts/aliases.py engine/tests/data

A file is called aliases/LIBRARY__ID.tsv.gz, ID being the network's in the zoo; integers are marked by their type. Networks that must be
refused are in aliases_refused, under their own names.
"""

import gzip
import sys
from pathlib import Path

import torchvision
import transformers
from pytorchcv.model_provider import get_model


def of_transformers(kind, **config):
    """The network that transformers builds, with ImageNet's 1000 classes."""
    config = getattr(transformers, f"{kind}Config")(num_labels=1000, **config)
    return getattr(transformers, f"{kind}ForImageClassification")(config)


# Apple's three sizes: widths of the transformers, of the stages, and the expansion.
MOBILEVITS = {
    "xxs": ([64, 80, 96], [16, 16, 24, 48, 64, 80, 320], 2.0),
    "xs": ([96, 120, 144], [16, 32, 48, 64, 80, 96, 384], 4.0),
    "s": ([144, 192, 240], [16, 32, 64, 96, 128, 160, 640], 4.0),
}


# Google's, with the multipliers of width and depth and the classifier's inputs.
EFFICIENTNETS = [
    ("tf_efficientnet_b0", 1.0, 1.0, 1280),
    ("efficientnet_b1", 1.0, 1.1, 1280),
    ("efficientnet_b2", 1.1, 1.2, 1408),
]


def networks():
    """Library, id and network of each."""
    for width in [1.0, 0.75, 0.5, 0.25]:
        yield "transformers", f"mobilenetv1_{width * 100:03.0f}", of_transformers("MobileNetV1", depth_multiplier=width)
    for width in [1.0, 0.75, 0.5, 0.35, 1.3, 1.4]:
        yield "transformers", f"mobilenetv2_{width * 100:03.0f}", of_transformers("MobileNetV2", depth_multiplier=width)
    for size, (hidden, neck, expand) in MOBILEVITS.items():
        config = {"hidden_sizes": hidden, "neck_hidden_sizes": neck, "expand_ratio": expand}
        yield "transformers", f"mobilevit_{size}", of_transformers("MobileViT", **config)
    for width in [0.5, 1.0]:
        yield "transformers", f"mobilevitv2_{width * 100:03.0f}", of_transformers("MobileViTV2", width_multiplier=width)
    for ours, width, depth, hidden in EFFICIENTNETS:
        config = {"width_coefficient": width, "depth_coefficient": depth, "hidden_dim": hidden}
        yield "transformers", ours, of_transformers("EfficientNet", **config)
    for ours in ["efficientnet_b1", "efficientnet_b2"]:
        yield "torchvision", ours, torchvision.models.get_model(ours)
    for ours, theirs in [
        ("squeezenet1_0", "squeezenet_v1_0"),
        ("squeezenet1_1", "squeezenet_v1_1"),
        ("shufflenet_v2_x0_5", "shufflenetv2b_wd2"),
        ("mnasnet_100", "mnasnet_b1"),
        ("semnasnet_100", "mnasnet_a1"),
        ("mnasnet_small", "mnasnet_small"),
        ("fbnetc_100", "fbnet_cb"),
        ("efficientnet_b0", "efficientnet_b0"),
        ("tf_efficientnet_b0", "efficientnet_b0b"),
        ("peleenet", "peleenet"),
        ("condensenet74_g4", "condensenet74_c4_g4"),
        ("condensenet74_g8", "condensenet74_c8_g8"),
    ]:
        yield "pytorchcv", ours, get_model(theirs)


def refused():
    """Networks that compute something else than those of the zoo."""
    for theirs in [
        "mobilenet_w1",
        "mobilenetv2b_w1",
        "mobilenetv3_large_w1",
        "mobilenetv3_small_w1",
        "shufflenet_g3_w1",
        "shufflenetv2_w1",
        "shufflenetv2b_w1",
        "espnetv2_w1",
        "ghostnet",
        "efficientnet_b1b",
    ]:
        yield "pytorchcv", theirs, get_model(theirs)
    yield "transformers", "lcnet", of_transformers("PPLCNet")


def row(name, tensor):
    shape = ",".join(str(n) for n in tensor.shape)
    return f"{name}\t{shape}" if tensor.dtype.is_floating_point else f"{name}\t{shape}\tint"


def write(folder, lists):
    folder.mkdir(parents=True, exist_ok=True)
    for library, name, network in lists:
        rows = "".join(row(*item) + "\n" for item in network.state_dict().items())
        # Without a time, so that the same rows are the same file.
        (folder / f"{library}__{name}.tsv.gz").write_bytes(gzip.compress(rows.encode(), mtime=0))


def main():
    folder = Path(sys.argv[1])
    write(folder / "aliases", networks())
    write(folder / "aliases_refused", refused())


if __name__ == "__main__":
    main()
