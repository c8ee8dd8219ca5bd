"""The data sets, from JPEG files (TRAIN_OR_TEST/CLASS/*.jpg, as a folder or in a tar) or CIFAR-10's public pickles."""

import io
import pickle
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class DataSet:
    """What is known of a data set before its files are read."""

    name: str
    # In words, after "trained on".
    description: str
    # The images' side in pixels.
    side: int
    classes: int
    training_images: int
    test_images: int


CIFAR10 = DataSet(
    name="cifar10",
    description="CIFAR-10's 50,000 training images",
    side=32,
    classes=10,
    training_images=50_000,
    test_images=10_000,
)
EVERYDAY146 = DataSet(
    name="everyday146",
    description="Everyday-146's 70,690 training photographs (Tiny ImageNet, Clothing, Grocery Store)",
    side=64,
    classes=146,
    training_images=70_690,
    test_images=7_210,
)
DATA_SETS = {data_set.name: data_set for data_set in (CIFAR10, EVERYDAY146)}


@dataclass(frozen=True)
class Images:
    """Images (n, side, side, 3) of bytes with the numbers of their classes, in the order of classes and file names."""

    pixels: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Loaded:
    # In the order of the outputs, which is alphabetical.
    classes: tuple[str, ...]
    train: Images
    test: Images


def load(data_set: DataSet, source: Path | None, cache: Path) -> Loaded:
    """Reads a data set's files once; from then on its arrays in the folder `cache`, which stay on the disk."""
    arrays = cache / data_set.name
    if not arrays.is_dir():
        if source is None:
            raise SystemExit(f"{arrays} does not exist yet: say with --data where the files of {data_set.name} are")
        # Renamed when it is whole: an interruption must not leave half of the arrays.
        partial = arrays.with_suffix(".partial")
        partial.mkdir(parents=True, exist_ok=True)
        for name, array in _read(data_set, source).items():
            np.save(partial / f"{name}.npy", array)
        partial.rename(arrays)

    def array(name: str) -> np.ndarray:
        # Copy on write: PyTorch wants arrays that it could write to.
        return np.load(arrays / f"{name}.npy", mmap_mode="c")

    classes = tuple(map(str, array("classes")))
    parts = {part: Images(array(f"{part}_pixels"), np.array(array(f"{part}_labels"))) for part in ("train", "test")}
    return Loaded(classes, **parts)


def _read(data_set: DataSet, source: Path) -> dict[str, np.ndarray]:
    """The arrays to be kept, by their names."""
    pickled = data_set == CIFAR10 and (source / "data_batch_1").exists()
    classes, parts = _pickles(source) if pickled else _jpegs(_files(source))
    if len(classes) != data_set.classes:
        raise SystemExit(f"{source}: {len(classes)} classes, {data_set.name} has {data_set.classes}")
    arrays = {"classes": np.array(classes)}
    for part, count in (("train", data_set.training_images), ("test", data_set.test_images)):
        pixels, labels = parts[part]
        if len(labels) != count:
            raise SystemExit(f"{source}: {len(labels)} images under {part}/, {data_set.name} has {count}")
        if pixels.shape[1:] != (data_set.side, data_set.side, 3):
            raise SystemExit(
                f"{source}: images of {pixels.shape[1:]}, those of {data_set.name} have {data_set.side} px"
            )
        arrays |= {f"{part}_pixels": pixels, f"{part}_labels": labels}
    return arrays


def _files(path: Path):
    """Names like train/cat/0001.jpg with their bytes."""
    if path.is_dir():
        for file in path.rglob("*.jpg"):
            yield file.relative_to(path).as_posix(), file.read_bytes()
        return
    with tarfile.open(path) as tar:
        for member in tar:
            if member.name.endswith(".jpg"):
                yield member.name.removeprefix("./"), tar.extractfile(member).read()


def _jpegs(files):
    found = {"train": [], "test": []}
    for name, content in files:
        part, class_name, file = name.split("/")[-3:]
        # Some photographs are grey.
        pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
        found[part].append((class_name, file, pixels))
    classes = sorted({class_name for rows in found.values() for class_name, _, _ in rows})
    return classes, {part: _arrays(sorted(rows, key=lambda row: row[:2]), classes) for part, rows in found.items()}


def _arrays(rows, classes: list[str]) -> tuple[np.ndarray, np.ndarray]:
    sides = {pixels.shape for _, _, pixels in rows}
    if len(sides) != 1:
        raise SystemExit(f"images of one size are needed, these have {sorted(sides) or 'none'}")
    numbers = {class_name: number for number, class_name in enumerate(classes)}
    return np.stack([pixels for _, _, pixels in rows]), np.array([numbers[class_name] for class_name, _, _ in rows])


def _pickles(path: Path):
    """CIFAR-10 as its makers publish it; its own class numbers are alphabetical too."""
    classes = pickle.loads((path / "batches.meta").read_bytes())["label_names"]
    batches = {"train": [f"data_batch_{i}" for i in range(1, 6)], "test": ["test_batch"]}
    parts = {}
    for part, names in batches.items():
        loaded = [pickle.loads((path / name).read_bytes(), encoding="bytes") for name in names]
        planes = np.concatenate([batch[b"data"] for batch in loaded]).reshape(-1, 3, 32, 32)
        labels = np.concatenate([batch[b"labels"] for batch in loaded])
        parts[part] = (np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels)
    return classes, parts
