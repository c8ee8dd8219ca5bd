#!/usr/bin/env python3
"""Trains the networks that ship with the page, all with one recipe, and exports them with their measured accuracy.

    python train.py --data-set NAME --data FOLDER_OR_TAR [--networks NAME …] [--work DIR] [--out DIR]

Can be ended at any time: a network continues where it was minutes before, and finished ones are passed over.
"""

import argparse
import json
import math
import platform
import time
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
import safetensors.torch
import timm
import torch
import torchvision
from PIL import Image
from torch import nn
from torch.nn import functional as F

import data
import recipe
from data import DATA_SETS, DataSet, Images
from fast import make_fast
from recipe import NETWORKS, RECIPES, Recipe

# Seconds after which an unfinished epoch is saved again.
SAVE_INTERVAL = 180

# How far the loss must be below that of equal probabilities once the learning rate has peaked.
LEAST_LEARNT = 0.05

PILLOW_FILTER = Image.Resampling[recipe.INTERPOLATION.upper()]


def main() -> None:
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-set", choices=DATA_SETS, required=True, help="what is learnt")
    parser.add_argument(
        "--data", type=Path, help="its files, needed once: a folder or tar of JPEG files, or CIFAR-10's public pickles"
    )
    parser.add_argument(
        "--networks", nargs="+", default=NETWORKS, metavar="NAME", help="which, in this order [default: all that ship]"
    )
    parser.add_argument(
        "--work", type=Path, default=here / "work", help="keeps arrays and unfinished training [default: %(default)s]"
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
    for field in fields(Recipe):
        action = {"action": argparse.BooleanOptionalAction} if field.type is bool else {"type": field.type}
        parser.add_argument(f"--{field.name.replace('_', '-')}", **action, help="in place of the recipe's")
    parser.add_argument(
        "--hold-out", type=int, metavar="N", help="keep N training images back and only print the accuracy on them"
    )
    args = parser.parse_args()
    data_set = DATA_SETS[args.data_set]
    changes = {field.name: getattr(args, field.name) for field in fields(Recipe)}
    chosen = replace(RECIPES[data_set.name], **{name: value for name, value in changes.items() if value is not None})

    torch.set_num_threads(args.threads)
    torch.use_deterministic_algorithms(True)
    args.work.mkdir(parents=True, exist_ok=True)
    args.out.mkdir(parents=True, exist_ok=True)
    loaded = data.load(data_set, args.data, args.work)
    if args.hold_out:
        compare(args.networks, chosen, loaded.train, data_set.classes, args.hold_out)
        return
    for name in args.networks:
        checkpoint = f"{name}.{data_set.name}"
        if (args.out / f"{checkpoint}.json").exists():
            print(f"{name}: done, see {args.out / checkpoint}.json", flush=True)
            continue
        try:
            net, log = train(name, chosen, loaded.train, data_set.classes, args.work / f"{checkpoint}.pt")
        except Diverged as error:
            # The other networks need not suffer.
            print(f"{name}: {error}", flush=True)
            continue
        export(name, net, chosen, data_set, loaded, log, args.out / checkpoint)


def compare(networks, chosen: Recipe, training: Images, classes: int, hold_out: int) -> None:
    """Prints what the recipe reaches on training images that are kept back: the test images choose nothing."""
    kept_back = np.random.default_rng(0).permutation(len(training.labels))[:hold_out]
    rest = np.setdiff1d(np.arange(len(training.labels)), kept_back)
    kept_back, rest = (Images(training.pixels[rows], training.labels[rows]) for rows in (kept_back, rest))
    for name in networks:
        net, log = train(name, chosen, rest, classes, None)
        right = guess(net, kept_back.pixels, chosen.side)[:, 0] == kept_back.labels
        seconds = sum(record["seconds"] for record in log)
        print(f"{name}: {100 * right.mean():.2f} % of {hold_out} images, {seconds:.0f} s, {chosen}", flush=True)


class Diverged(Exception):
    """A training that leads nowhere."""


class Progress:
    """How far a network's training is, with all that decides how it goes on; kept in a file, if there is one."""

    def __init__(self, name: str, chosen: Recipe, classes: int, file: Path | None) -> None:
        torch.manual_seed(chosen.seed)
        self.name, self.chosen, self.file = name, chosen, file
        self.net = recipe.build(name, classes).to(memory_format=torch.channels_last)
        if chosen.fast:
            make_fast(self.net)
        groups = parameter_groups(self.net, chosen)
        self.optimiser = torch.optim.SGD(groups, lr=0.0, momentum=chosen.momentum, nesterov=True)
        # A record of every whole epoch.
        self.log: list[dict] = []
        # Of the epoch that has begun: steps done, the sum of their losses, the time they took.
        self.step, self.loss, self.seconds = 0, 0.0, 0.0
        self.random = torch.Generator()
        if file and file.exists():
            self._restore()
        else:
            self._seed()

    def next_epoch(self, loss: float) -> None:
        """The epoch is whole."""
        self.log.append({"loss": round(loss, 4), "seconds": round(self.seconds, 1)})
        self.step, self.loss, self.seconds = 0, 0.0, 0.0
        self._seed()

    def _seed(self) -> None:
        # Each epoch has its own random numbers.
        seed = self.chosen.seed * 1000 + len(self.log)
        self.random.manual_seed(seed)
        torch.manual_seed(seed)

    def save(self) -> None:
        if not self.file:
            return
        state = {
            "recipe": asdict(self.chosen),
            "net": self.net.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "log": self.log,
            "begun": {"step": self.step, "loss": self.loss, "seconds": self.seconds},
            "random": self.random.get_state(),
        }
        # Renamed when it is whole: an interruption must not leave half a file.
        partial = self.file.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.file)

    def _restore(self) -> None:
        state = torch.load(self.file, weights_only=True)
        if state["recipe"] != asdict(self.chosen):
            raise SystemExit(f"{self.file} was begun with another recipe, {state['recipe']}; remove it")
        self.net.load_state_dict(state["net"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.log = state["log"]
        self._seed()
        self.step, self.loss, self.seconds = (state["begun"][key] for key in ("step", "loss", "seconds"))
        self.random.set_state(state["random"])
        print(f"{self.name}: continues at epoch {len(self.log) + 1}, step {self.step}", flush=True)


def train(name: str, chosen: Recipe, training: Images, classes: int, file: Path | None) -> tuple[nn.Module, list[dict]]:
    """Trains a network, or what is left of its epochs. Returns it with a record per epoch."""
    progress = Progress(name, chosen, classes, file)
    pixels, labels = torch.from_numpy(training.pixels), torch.from_numpy(training.labels)
    while len(progress.log) < chosen.epochs:
        loss = train_epoch(progress, pixels, labels)
        if not math.isfinite(loss):
            raise Diverged(f"the loss of epoch {len(progress.log) + 1} is {loss}")
        progress.next_epoch(loss)
        progress.save()
        if len(progress.log) > chosen.warmup_share * chosen.epochs and loss > math.log(classes) - LEAST_LEARNT:
            raise Diverged(f"epoch {len(progress.log)} has a loss of {loss:.4f}, no better than guessing blindly")
        print(f"{name} {len(progress.log)}/{chosen.epochs}: {progress.log[-1]}", flush=True)
    return progress.net, progress.log


def parameter_groups(net: nn.Module, chosen: Recipe) -> list[dict]:
    """Weight decay is for the weights of convolutions and linear layers, not for biases and norms."""
    decayed = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim <= 1]
    return [{"params": decayed, "weight_decay": chosen.weight_decay}, {"params": others, "weight_decay": 0.0}]


def train_epoch(progress: Progress, pixels: torch.Tensor, labels: torch.Tensor) -> float:
    """What is left of one pass over all images, in an order of its own. Returns the mean loss of the whole pass."""
    chosen, net, optimiser, epoch = progress.chosen, progress.net, progress.optimiser, len(progress.log)
    net.train()
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(chosen.seed * 1000 + epoch))
    if progress.step == 0:  # The images' own random numbers are those after the order's.
        torch.randperm(len(labels), generator=progress.random)
    steps = len(labels) // chosen.batch
    saved, begun = time.monotonic(), processor_seconds() - progress.seconds
    while progress.step < steps:
        step = progress.step
        for group in optimiser.param_groups:
            group["lr"] = chosen.rate_at((epoch + step / steps) / chosen.epochs)
        rows = order[step * chosen.batch : (step + 1) * chosen.batch]
        groups = (augment(pixels, group, chosen, progress.random) for group in rows.split(chosen.group))
        batch = torch.cat([enlarge(group, chosen.side_at(epoch)) for group in groups])
        loss = F.cross_entropy(net(normalise(batch)), labels[rows], label_smoothing=chosen.label_smoothing)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), chosen.clip_norm)
        optimiser.step()
        progress.step += 1
        progress.loss += loss.item()
        progress.seconds = processor_seconds() - begun
        if time.monotonic() - saved > SAVE_INTERVAL:
            progress.save()
            saved = time.monotonic()
    return progress.loss / steps


def processor_seconds() -> float:
    """Seconds of work on every thread: about what a clock would show if nothing else ran on the machine."""
    return time.process_time() / torch.get_num_threads()


def augment(pixels: torch.Tensor, rows: torch.Tensor, chosen: Recipe, random: torch.Generator) -> torch.Tensor:
    """Random parts, all of one size, and mirroring. Returns squares (n, h, h, 3) of bytes."""
    n, side = len(rows), pixels.shape[1]
    shown = side
    if chosen.smallest_part < 1:
        shown = int(torch.randint(math.ceil(chosen.smallest_part * side), side + 1, (), generator=random))
    corner = torch.randint(0, side - shown + 2 * chosen.shift + 1, (2, n, 1), generator=random) - chosen.shift
    y, x = corner + torch.arange(shown)
    mirrored = torch.rand(n, 1, generator=random) < 0.5
    x = torch.where(mirrored, x.flip(1), x)
    y, x = reflect(y, side), reflect(x, side)
    return pixels[rows[:, None, None], y[:, :, None], x[:, None, :]]


def reflect(position: torch.Tensor, side: int) -> torch.Tensor:
    """Rows or columns outside of an image are those inside at the same distance from its outermost."""
    return side - 1 - (side - 1 - position.abs()).abs()


def enlarge(images: torch.Tensor, side: int) -> torch.Tensor:
    """Bytes (n, h, w, 3) to bytes (n, side, side, 3), as Pillow does but for a rounding here and there."""
    if images.shape[1] == side:
        return images
    planes = images.permute(0, 3, 1, 2)
    planes = F.interpolate(planes, size=(side, side), mode=recipe.INTERPOLATION, antialias=True, align_corners=False)
    return planes.permute(0, 2, 3, 1)


def normalise(images: torch.Tensor) -> torch.Tensor:
    """Bytes (n, h, w, 3) to the network's input (n, 3, h, w), in the order channels-last."""
    mean, std = (torch.tensor(values) for values in (recipe.MEAN, recipe.STD))
    return ((images / 255 - mean) / std).permute(0, 3, 1, 2)


@torch.inference_mode()
def guess(net: nn.Module, images: np.ndarray, side: int) -> np.ndarray:
    """The network's five first guesses for each image, the first first: (n, 5). Pillow prepares the images."""
    net.eval()
    guesses = []
    for start in range(0, len(images), 250):
        batch = [Image.fromarray(image).resize((side, side), PILLOW_FILTER) for image in images[start : start + 250]]
        guesses.append(net(normalise(torch.from_numpy(np.stack(batch)))).topk(5).indices.numpy())
    return np.concatenate(guesses)


def export(
    name: str, net: nn.Module, chosen: Recipe, data_set: DataSet, loaded: data.Loaded, log: list[dict], file: Path
) -> None:
    """Writes the weights as f16, and what was measured with those."""
    stored = {key: value.half() if value.is_floating_point() else value for key, value in net.state_dict().items()}
    net.load_state_dict(stored)
    test, images = loaded.test, len(loaded.test.labels)
    guesses = guess(net, test.pixels, chosen.side)
    right = guesses == test.labels[:, None]
    correct, among_five = int(right[:, 0].sum()), int(right.sum())
    seconds = round(sum(record["seconds"] for record in log))
    tensors = {key: value.contiguous() for key, value in stored.items() if not key.endswith("num_batches_tracked")}
    # What the file says of itself, in the words of `cargo xtask weights add`.
    metadata = {
        "architecture": name,
        "input_size": f"3,{chosen.side},{chosen.side}",
        "enlarge_from": data_set.side,
        "interpolation": recipe.INTERPOLATION,
        "mean": ",".join(map(str, recipe.MEAN)),
        "std": ",".join(map(str, recipe.STD)),
        "labels": data_set.name,
        "test_correct": correct,
        "test_images": images,
        "training_epochs": chosen.epochs,
        "training_seconds": seconds,
        "training_threads": torch.get_num_threads(),
        "license": recipe.LICENCE,
        "source": chosen.summary(data_set),
    }
    safetensors.torch.save_file(tensors, f"{file}.safetensors", {key: str(value) for key, value in metadata.items()})
    width = len(str(data_set.classes - 1))
    measured = {
        "network": name,
        "data_set": data_set.name,
        "test_top1_percent": round(100 * correct / images, 4),
        "test_top5_percent": round(100 * among_five / images, 4),
        "test_correct": correct,
        "test_correct_in_five": among_five,
        "test_images": images,
        "parameters": sum(p.numel() for p in net.parameters()),
        "seconds": seconds,
        "threads": torch.get_num_threads(),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
            "timm": timm.__version__,
            "numpy": np.__version__,
        },
        "recipe": asdict(chosen),
        "epochs": log,
        "classes": {
            class_name: {
                "images": int((test.labels == number).sum()),
                "correct": int(right[test.labels == number, 0].sum()),
                "correct_in_five": int(right[test.labels == number].sum()),
            }
            for number, class_name in enumerate(loaded.classes)
        },
        # As many digits for each image as the last class has, in the order of classes and file names.
        "test_guesses": "".join(f"{guess:0{width}}" for guess in guesses[:, 0]),
    }
    # Last, and renamed when it is whole: a network with a result is complete.
    partial = Path(f"{file}.json.partial")
    partial.write_text(json.dumps(measured, indent=1) + "\n")
    partial.replace(f"{file}.json")
    print(
        f"{name}: {measured['test_top1_percent']:.2f} %, among five {measured['test_top5_percent']:.2f} % "
        f"of the {images} test images with f16 weights",
        flush=True,
    )


if __name__ == "__main__":
    main()
