"""The one recipe that every network is trained with: on a data set, only the network differs."""

from dataclasses import dataclass

import timm
import torch
import torchvision
from timm.models.efficientnet import _gen_mobilenet_v1

from data import CIFAR10, EVERYDAY146, DataSet

# In the order in which they are trained: the quick ones first.
NETWORKS = (
    "mobilenetv3_small_100",
    "mobilenetv2_050",
    "shufflenet_v2_x1_0",
    "mobilenetv1_050",
    "mobilevit_xxs",
    "mobilenetv4_conv_small",
    "ghostnet_100",
    "mobilenetv2_100",
    "mobilenetv3_large_100",
    "mobilenetv1_100",
    "mobilevit_xs",
    "squeezenet1_1",
)


@dataclass(frozen=True)
class Recipe:
    """Every number that training depends on."""

    epochs: int = 30
    batch: int = 128
    # Stochastic gradient descent with Nesterov's momentum; the rate climbs and falls in straight lines.
    peak_rate: float = 0.2
    warmup_share: float = 0.2
    momentum: float = 0.9
    # On the weights of convolutions and linear layers only.
    weight_decay: float = 5e-4
    clip_norm: float = 5.0
    label_smoothing: float = 0.1
    # Pixels that an image is shifted by at most in each direction; half of the images are mirrored.
    shift: int = 4
    # The side of the part of an image that is shown, at least, as a share of the image's own; 1 shows whole images.
    smallest_part: float = 1.0
    # Images that show parts of one size: one for all that are prepared together.
    group: int = 128
    # The input's side in pixels, and that of the first half of the epochs, which then take about a third less time.
    side: int = 64
    early_side: int = 48
    # Whether gradients are those of `fast.py`, which round differently.
    fast: bool = False
    seed: int = 0

    def side_at(self, epoch: int) -> int:
        """The input's side in an epoch, counted from 0."""
        return self.early_side if epoch < self.epochs // 2 else self.side

    def summary(self, data_set: DataSet) -> str:
        """In words, for the checkpoint's own metadata."""
        parts = "" if self.smallest_part == 1 else f"cut to {self.smallest_part} of the side and more, "
        return (
            f"MobileNet Lab: trained on {data_set.description} for {self.epochs} epochs at {self.early_side}, "
            f"then {self.side} pixels, {parts}mirrored and shifted by up to {self.shift} of {data_set.side} pixels, "
            f"by SGD with Nesterov momentum {self.momentum}, batch {self.batch}, learning rate up to {self.peak_rate}, "
            f"weight decay {self.weight_decay}, label smoothing {self.label_smoothing} (tools/train)"
        )

    def rate_at(self, progress: float) -> float:
        """The learning rate at a share of all steps, 0..1."""
        if progress < self.warmup_share:
            return self.peak_rate * progress / self.warmup_share
        return self.peak_rate * (1 - progress) / (1 - self.warmup_share)


# Everyday-146's photographs have twice CIFAR-10's side.
RECIPES = {
    CIFAR10.name: Recipe(),
    EVERYDAY146.name: Recipe(epochs=20, shift=8, smallest_part=0.6, group=16, side=80, fast=True),
}

# What the checkpoint says about its input, after it was brought to the side that training images have: a larger
# photograph would show details that no training image had.
INTERPOLATION = "bicubic"
MEAN = (0.5, 0.5, 0.5)
STD = (0.5, 0.5, 0.5)

LICENCE = "MIT OR Apache-2.0"


def build(name: str, classes: int) -> torch.nn.Module:
    """A network of timm or torchvision with random weights. None drops activations, whatever its library's default."""
    if name == "mobilenetv1_050":  # timm has the architecture at any width, but no name for this one
        return _gen_mobilenet_v1(name, channel_multiplier=0.5, num_classes=classes)
    if name == "squeezenet1_1":
        return torchvision.models.squeezenet1_1(num_classes=classes, dropout=0.0)
    if name == "shufflenet_v2_x1_0":
        return torchvision.models.shufflenet_v2_x1_0(num_classes=classes)
    return timm.create_model(name, num_classes=classes, drop_rate=0.0)
