#!/usr/bin/env python3
"""Trains the networks that ship with the page, all with one recipe, and exports them with their measured accuracy.

    python train.py --data FOLDER_OR_TAR [--networks NAME …] [--work DIR] [--out DIR]

Can be ended at any time: a network continues with the epoch that was interrupted, and finished ones are passed over.
"""

import argparse
import json
import math
import platform
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import safetensors.torch
import timm
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

import cifar
import recipe
from recipe import NETWORKS, Recipe

PILLOW_FILTER = Image.Resampling[recipe.INTERPOLATION.upper()]


def main() -> None:
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, required=True, help="CIFAR-10: a folder or tar of JPEG files, or the public pickles"
    )
    parser.add_argument(
        "--networks", nargs="+", default=NETWORKS, metavar="NAME", help="which, in this order [default: all that ship]"
    )
    parser.add_argument(
        "--work", type=Path, default=here / "work", help="keeps unfinished training [default: %(default)s]"
    )
    parser.add_argument(
        "--out", type=Path, default=here / "results", help="receives checkpoints and figures [default: %(default)s]"
    )
    parser.add_argument(
        "--threads",
        type=int,
        default=torch.get_num_threads(),
        help="results are reproducible for one number of threads [default: all cores]",
    )
    for name, value in asdict(Recipe()).items():
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=type(value), default=value, help=f"the recipe's [default: {value}]"
        )
    parser.add_argument(
        "--hold-out", type=int, metavar="N", help="keep N training images back and only print the accuracy on them"
    )
    args = parser.parse_args()
    chosen = replace(Recipe(), **{name: getattr(args, name) for name in asdict(Recipe())})

    torch.set_num_threads(args.threads)
    torch.use_deterministic_algorithms(True)
    data = cifar.load(args.data)
    args.work.mkdir(parents=True, exist_ok=True)
    args.out.mkdir(parents=True, exist_ok=True)
    if args.hold_out:
        compare(args.networks, chosen, data["train"], args.hold_out)
        return
    for name in args.networks:
        if (args.out / f"{name}.json").exists():
            print(f"{name}: done, see {args.out / name}.json")
            continue
        net, log = train(name, chosen, data["train"], args.work / f"{name}.pt")
        export(name, net, chosen, data["test"], log, args.out)


def compare(networks, chosen: Recipe, training, hold_out: int) -> None:
    """Prints what the recipe reaches on training images that are kept back: the test images choose nothing."""
    images, labels = training
    kept_back = np.random.default_rng(0).permutation(len(labels))[:hold_out]
    rest = np.setdiff1d(np.arange(len(labels)), kept_back)
    for name in networks:
        net, log = train(name, chosen, (images[rest], labels[rest]), None)
        right = guess(net, images[kept_back], chosen.side) == labels[kept_back]
        seconds = sum(record["seconds"] for record in log)
        print(f"{name}: {100 * right.mean():.2f} % of {hold_out} images, {seconds:.0f} s, {chosen}", flush=True)


def train(name: str, chosen: Recipe, training, state_file: Path | None) -> tuple[nn.Module, list[dict]]:
    """Trains a network, or what is left of its epochs. Returns it with a record per epoch."""
    torch.manual_seed(chosen.seed)
    net = recipe.build(name).to(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(parameter_groups(net, chosen), lr=0.0, momentum=chosen.momentum, nesterov=True)
    log: list[dict] = []
    if state_file and state_file.exists():
        state = torch.load(state_file, weights_only=True)
        if state["recipe"] != asdict(chosen):
            raise SystemExit(f"{state_file} was begun with another recipe, {state['recipe']}; remove it")
        net.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
        log = state["log"]

    images, labels = (torch.from_numpy(array) for array in training)
    # Shifted images are filled by reflection; padding all once makes a shift a choice of rows and columns.
    pad = chosen.shift
    padded = torch.from_numpy(np.pad(images.numpy(), ((0, 0), (pad, pad), (pad, pad), (0, 0)), mode="reflect"))
    for epoch in range(len(log), chosen.epochs):
        start = time.monotonic()
        loss = train_epoch(net, optimiser, padded, labels, epoch, chosen)
        if not math.isfinite(loss):
            raise SystemExit(f"{name}: the loss of epoch {epoch + 1} is {loss}")
        log.append({"loss": round(loss, 4), "seconds": round(time.monotonic() - start, 1)})
        print(f"{name} {epoch + 1}/{chosen.epochs}: {log[-1]}", flush=True)
        if state_file:
            state = {"recipe": asdict(chosen), "net": net.state_dict(), "optimiser": optimiser.state_dict(), "log": log}
            # Renamed when it is whole: an interruption must not leave half a file.
            partial = state_file.with_suffix(".partial")
            torch.save(state, partial)
            partial.replace(state_file)
    return net, log


def parameter_groups(net: nn.Module, chosen: Recipe) -> list[dict]:
    """Weight decay is for the weights of convolutions and linear layers, not for biases and norms."""
    decayed = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim <= 1]
    return [{"params": decayed, "weight_decay": chosen.weight_decay}, {"params": others, "weight_decay": 0.0}]


def train_epoch(net, optimiser, padded, labels, epoch: int, chosen: Recipe) -> float:
    """One pass over all images in an order of its own. Returns the mean loss."""
    net.train()
    # Each epoch has its own random numbers, so that a continued training equals an uninterrupted one.
    random = torch.Generator().manual_seed(chosen.seed * 1000 + epoch)
    torch.manual_seed(chosen.seed * 1000 + epoch)
    order = torch.randperm(len(labels), generator=random)
    steps = len(labels) // chosen.batch
    total = 0.0
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = chosen.rate_at((epoch + step / steps) / chosen.epochs)
        rows = order[step * chosen.batch : (step + 1) * chosen.batch]
        batch = augment(padded, rows, chosen, random)
        scaled = enlarge(batch, chosen.side_at(epoch))
        loss = F.cross_entropy(net(normalise(scaled)), labels[rows], label_smoothing=chosen.label_smoothing)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), chosen.clip_norm)
        optimiser.step()
        total += loss.item()
    return total / steps


def augment(padded: torch.Tensor, rows: torch.Tensor, chosen: Recipe, random: torch.Generator) -> torch.Tensor:
    """Random shifts and mirroring. Returns (n, 32, 32, 3) of bytes."""
    n, side = len(rows), padded.shape[1] - 2 * chosen.shift
    shift = torch.randint(0, 2 * chosen.shift + 1, (2, n, 1), generator=random)
    y, x = shift + torch.arange(side)
    mirrored = torch.rand(n, 1, generator=random) < 0.5
    x = torch.where(mirrored, x.flip(1), x)
    return padded[rows[:, None, None], y[:, :, None], x[:, None, :]]


def enlarge(images: torch.Tensor, side: int) -> torch.Tensor:
    """Bytes (n, h, w, 3) to bytes (n, side, side, 3), as Pillow does but for a rounding here and there."""
    planes = images.permute(0, 3, 1, 2)
    planes = F.interpolate(planes, size=(side, side), mode=recipe.INTERPOLATION, antialias=True, align_corners=False)
    return planes.permute(0, 2, 3, 1)


def normalise(images: torch.Tensor) -> torch.Tensor:
    """Bytes (n, h, w, 3) to the network's input (n, 3, h, w), in the order channels-last."""
    mean, std = (torch.tensor(values) for values in (recipe.MEAN, recipe.STD))
    return ((images / 255 - mean) / std).permute(0, 3, 1, 2)


@torch.inference_mode()
def guess(net: nn.Module, images: np.ndarray, side: int) -> np.ndarray:
    """The network's first guess for each image; Pillow prepares them."""
    net.eval()
    guesses = []
    for start in range(0, len(images), 250):
        batch = [Image.fromarray(image).resize((side, side), PILLOW_FILTER) for image in images[start : start + 250]]
        guesses.append(net(normalise(torch.from_numpy(np.stack(batch)))).argmax(1).numpy())
    return np.concatenate(guesses)


def export(name: str, net: nn.Module, chosen: Recipe, test, log: list[dict], out: Path) -> None:
    """Writes the weights as f16, and what was measured with those."""
    stored = {key: value.half() if value.is_floating_point() else value for key, value in net.state_dict().items()}
    net.load_state_dict(stored)
    images, labels = test
    guesses = guess(net, images, chosen.side)
    correct = int((guesses == labels).sum())
    seconds = round(sum(record["seconds"] for record in log))
    tensors = {key: value.contiguous() for key, value in stored.items() if not key.endswith("num_batches_tracked")}
    # What the file says of itself, in the words of `cargo xtask weights add`.
    metadata = {
        "architecture": name,
        "input_size": f"3,{chosen.side},{chosen.side}",
        "enlarge_from": recipe.SOURCE_SIDE,
        "interpolation": recipe.INTERPOLATION,
        "mean": ",".join(map(str, recipe.MEAN)),
        "std": ",".join(map(str, recipe.STD)),
        "labels": "cifar10",
        "test_correct": correct,
        "test_images": len(labels),
        "training_epochs": chosen.epochs,
        "training_seconds": seconds,
        "training_threads": torch.get_num_threads(),
        "license": recipe.LICENCE,
        "source": chosen.summary(),
    }
    safetensors.torch.save_file(
        tensors, out / f"{name}.safetensors", {key: str(value) for key, value in metadata.items()}
    )
    measured = {
        "network": name,
        "test_top1_percent": 100 * correct / len(labels),
        "test_correct": correct,
        "test_images": len(labels),
        "parameters": sum(p.numel() for p in net.parameters()),
        "seconds": seconds,
        "threads": torch.get_num_threads(),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "timm": timm.__version__,
            "numpy": np.__version__,
        },
        "recipe": asdict(chosen),
        "epochs": log,
        # One digit an image, in the order of classes and file names.
        "test_guesses": "".join(map(str, guesses)),
    }
    (out / f"{name}.json").write_text(json.dumps(measured, indent=1) + "\n")
    print(
        f"{name}: {measured['test_top1_percent']:.2f} % of the {len(labels)} test images with f16 weights", flush=True
    )


if __name__ == "__main__":
    main()
