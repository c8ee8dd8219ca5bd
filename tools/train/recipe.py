"""The one recipe that every network is trained with: only the network differs."""

from dataclasses import dataclass

import timm
import torch
from timm.models.efficientnet import _gen_mobilenet_v1

# The ten classes in the order of CIFAR-10's own labels, which is also alphabetical.
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

# In the order in which they are trained: the quick ones first.
NETWORKS = (
    "mobilenetv3_small_100",
    "mobilenetv1_050",
    "mobilenetv2_050",
    "mobilevit_xxs",
    "mobilenetv3_large_100",
    "mobilenetv1_100",
    "mobilenetv2_100",
    "mobilevit_xs",
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
    # Pixels that a 32-pixel image is shifted by at most in each direction; half of the images are mirrored.
    shift: int = 4
    # The input's side in pixels, and that of the first half of the epochs, which then take about a third less time.
    side: int = 64
    early_side: int = 48
    seed: int = 0

    def side_at(self, epoch: int) -> int:
        """The input's side in an epoch, counted from 0."""
        return self.early_side if epoch < self.epochs // 2 else self.side

    def summary(self) -> str:
        """In words, for the checkpoint's own metadata."""
        return (
            f"MobileNet Lab: trained on CIFAR-10's 50,000 training images for {self.epochs} epochs "
            f"at {self.early_side}, then {self.side} pixels, mirrored and shifted by up to {self.shift} of 32 pixels, "
            f"by SGD with Nesterov momentum {self.momentum}, batch {self.batch}, learning rate up to {self.peak_rate}, "
            f"weight decay {self.weight_decay}, label smoothing {self.label_smoothing} (tools/train)"
        )

    def rate_at(self, progress: float) -> float:
        """The learning rate at a share of all steps, 0..1."""
        if progress < self.warmup_share:
            return self.peak_rate * progress / self.warmup_share
        return self.peak_rate * (1 - progress) / (1 - self.warmup_share)


# What the checkpoint says about its input. The image is first brought to the 32 pixels that training images have:
# a photograph at 64 would show details that no training image had.
SOURCE_SIDE = 32
INTERPOLATION = "bicubic"
MEAN = (0.5, 0.5, 0.5)
STD = (0.5, 0.5, 0.5)

LICENCE = "MIT OR Apache-2.0"


def build(name: str) -> torch.nn.Module:
    """A network of timm with ten outputs and random weights."""
    if name == "mobilenetv1_050":  # timm has the architecture at any width, but no name for this one
        return _gen_mobilenet_v1(name, channel_multiplier=0.5, num_classes=len(CLASSES))
    return timm.create_model(name, num_classes=len(CLASSES))
