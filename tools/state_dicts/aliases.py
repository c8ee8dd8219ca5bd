"""Writes the tensors' names and shapes of other libraries' networks, which engine/tests/aliases.rs reads.

    pip install torch transformers pytorchcv
    python tools/state_dicts/aliases.py engine/tests/data/aliases

A file is called LIBRARY__ID.tsv.gz, ID being the network's in the zoo; integers are marked by their type.
"""

import gzip
import sys
from pathlib import Path

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


def networks():
    """Library, id and network of each."""
    for width in [1.0, 0.75, 0.5, 0.25]:
        yield "transformers", f"mobilenetv1_{width * 100:03.0f}", of_transformers("MobileNetV1", depth_multiplier=width)
    for width in [1.0, 0.75, 0.5, 0.35, 1.3, 1.4]:
        yield "transformers", f"mobilenetv2_{width * 100:03.0f}", of_transformers("MobileNetV2", depth_multiplier=width)
    for size, (hidden, neck, expand) in MOBILEVITS.items():
        config = {"hidden_sizes": hidden, "neck_hidden_sizes": neck, "expand_ratio": expand}
        yield "transformers", f"mobilevit_{size}", of_transformers("MobileViT", **config)
    for ours, theirs in [
        ("squeezenet1_0", "squeezenet_v1_0"),
        ("squeezenet1_1", "squeezenet_v1_1"),
        ("shufflenet_v2_x0_5", "shufflenetv2b_wd2"),
    ]:
        yield "pytorchcv", ours, get_model(theirs)


def row(name, tensor):
    shape = ",".join(str(n) for n in tensor.shape)
    return f"{name}\t{shape}" if tensor.dtype.is_floating_point else f"{name}\t{shape}\tint"


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for library, ours, network in networks():
        rows = "".join(row(*item) + "\n" for item in network.state_dict().items())
        # Without a time, so that the same rows are the same file.
        (folder / f"{library}__{ours}.tsv.gz").write_bytes(gzip.compress(rows.encode(), mtime=0))


if __name__ == "__main__":
    main()
