"""CIFAR-10 from JPEG files (TRAIN_OR_TEST/CLASS/*.jpg, as a folder or in a tar) or from the public Python pickles."""

import io
import pickle
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

from recipe import CLASSES

COUNTS = {"train": 50_000, "test": 10_000}


def load(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For "train" and "test": images (n, 32, 32, 3) of bytes and labels (n,), in the order of the files' names."""
    if (path / "data_batch_1").exists():
        data = _pickles(path)
    else:
        data = _jpegs(_files(path))
    for part, (images, labels) in data.items():
        if images.shape != (COUNTS[part], 32, 32, 3):
            raise SystemExit(f"{path}: {len(labels)} images under {part}/, CIFAR-10 has {COUNTS[part]}")
    return data


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


def _jpegs(files) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    found = {"train": [], "test": []}
    for name, content in files:
        part, class_name, file = name.split("/")[-3:]
        pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
        found[part].append((class_name, file, pixels))
    return {part: _arrays(sorted(rows, key=lambda row: row[:2])) for part, rows in found.items()}


def _arrays(rows) -> tuple[np.ndarray, np.ndarray]:
    images = np.stack([pixels for _, _, pixels in rows]) if rows else np.zeros((0, 32, 32, 3), np.uint8)
    return images, np.array([CLASSES.index(class_name) for class_name, _, _ in rows])


def _pickles(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    batches = {"train": [f"data_batch_{i}" for i in range(1, 6)], "test": ["test_batch"]}
    data = {}
    for part, names in batches.items():
        loaded = [pickle.loads((path / name).read_bytes(), encoding="bytes") for name in names]
        planes = np.concatenate([batch[b"data"] for batch in loaded]).reshape(-1, 3, 32, 32)
        labels = np.concatenate([batch[b"labels"] for batch in loaded])
        data[part] = (np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels)
    return data
