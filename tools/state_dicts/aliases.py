"""Writes the tensor names and shapes of other libraries' networks (engine/tests/data/aliases), and checks that each
computes what timm's or torchvision's does from the same numbers.

    pip install torch torchvision timm transformers pytorchcv
    python tools/state_dicts/aliases.py engine/tests/data/aliases

A file is called LIBRARY__ID.tsv.gz, ID being the network's in the zoo.
"""

import gzip
import re
import sys
from pathlib import Path

import timm
import torch
import torchvision
import transformers
from pytorchcv.model_provider import get_model

V2_BLOCKS = ["1.0", "1.1", "2.0", "2.1", "2.2", "3.0", "3.1", "3.2", "3.3", "4.0", "4.1", "4.2", "5.0", "5.1", "5.2", "6.0"]


class Logits(torch.nn.Module):
    """A model of transformers as a function from images to logits."""

    def __init__(self, model, flips):
        super().__init__()
        self.model, self.flips = model, flips

    def forward(self, x):
        return self.model(x.flip(1) if self.flips else x).logits


def of_transformers(kind, flips=False, **config):
    config = getattr(transformers, f"{kind}Config")(num_labels=1000, **config)
    return Logits(getattr(transformers, f"{kind}ForImageClassification")(config), flips)


def mobilevit(hidden, neck, expand):
    return of_transformers("MobileViT", flips=True, hidden_sizes=hidden, neck_hidden_sizes=neck, expand_ratio=expand)


def networks():
    """Library, id, its network, and ours."""
    for width in [1.0, 0.75, 0.5, 0.25]:
        name = f"mobilenetv1_{round(100 * width):03}"
        theirs = of_transformers("MobileNetV1", depth_multiplier=width)
        yield "transformers", name, theirs, as_tensorflow(timm.models.mobilenetv3.mobilenetv1_100(**channels(width)))
    for width in [1.0, 0.75, 0.5, 0.35, 1.3, 1.4]:
        name = f"mobilenetv2_{round(100 * width):03}"
        theirs = of_transformers("MobileNetV2", depth_multiplier=width)
        yield "transformers", name, theirs, as_tensorflow(timm.models.efficientnet._gen_mobilenet_v2(name, width))
    for size, hidden, neck, expand in [
        ("xxs", [64, 80, 96], [16, 16, 24, 48, 64, 80, 320], 2.0),
        ("xs", [96, 120, 144], [16, 32, 48, 64, 80, 96, 384], 4.0),
        ("s", [144, 192, 240], [16, 32, 64, 96, 128, 160, 640], 4.0),
    ]:
        yield "transformers", f"mobilevit_{size}", mobilevit(hidden, neck, expand), timm.create_model(f"mobilevit_{size}")
    yield "pytorchcv", "squeezenet1_0", get_model("squeezenet_v1_0"), torchvision.models.squeezenet1_0()
    yield "pytorchcv", "squeezenet1_1", get_model("squeezenet_v1_1"), torchvision.models.squeezenet1_1()
    yield "pytorchcv", "shufflenet_v2_x0_5", get_model("shufflenetv2b_wd2"), torchvision.models.shufflenet_v2_x0_5()


def channels(width):
    return {"channel_multiplier": width}
