"""Writes the files of this folder: arrays as NumPy and SciPy write them, and what scikit-learn makes of a cube.

Needs numpy, scipy and scikit-learn; the last run had numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1.
"""

import json
import pathlib

import numpy as np
import scipy
import scipy.io
import sklearn
from numpy.lib import format as npy
from sklearn.decomposition import PCA
from sklearn.metrics import accuracy_score, cohen_kappa_score, recall_score

HERE = pathlib.Path(__file__).parent
SHAPE = (3, 4, 5)


def numbers(dtype, shape=SHAPE):
    """1, 2, 3 ... in C order, times 17, as far as the type has them, and negative by turns where it has such."""
    values = np.arange(1, np.prod(shape) + 1) * (4 if np.dtype(dtype).itemsize == 1 else 17)
    if np.dtype(dtype).kind != "u":
        values = np.where(values % 2 == 0, -(values // 2), values)
    return values.astype(dtype).reshape(shape)


def arrays():
    kinds = ["<u1", "<u2", "<i2", "<i4", "<f4", "<f8", ">u2", ">i2", ">i4", ">f4", ">f8", "<i8", ">u8", "<u4"]
    for index, kind in enumerate(kinds):
        array = numbers(kind)
        order = "CF"[index % 2]
        version = [(1, 0), (2, 0), (3, 0)][index % 3]
        name = f"{np.dtype(kind).name}_{'big' if kind[0] == '>' else 'little'}_{order}_{version[0]}.npy"
        with open(HERE / name, "wb") as file:
            npy.write_array(file, np.asarray(array, order=order), version=version)
    np.save(HERE / "truth.npy", np.array([[0, 1, 2, 2], [3, 3, 0, 1], [16, 2, 1, 0]]))
    np.save(HERE / "complex.npy", np.ones((2, 2, 2), np.complex64))
    np.save(HERE / "records.npy", np.zeros((2, 2), [("a", "<f4"), ("b", "<i2")]))
    np.save(HERE / "row.npy", np.ones((1, 7, 1)))

    several = {
        "text": "ground",
        "cells": np.array([1, "two"], dtype=object),
        "structure": {"a": numbers("<f8")},
        "sparse": scipy.sparse.eye(3).tocsc(),
        "small": numbers("<i2", (2, 2, 2)),
        "cube": numbers("<u2"),
        "flat": numbers("<f8", (9, 30)),
    }
    scipy.io.savemat(HERE / "several.mat", several, do_compression=True)
    scipy.io.savemat(HERE / "plain.mat", {"indian_pines_corrected": numbers("<f8")})
    scipy.io.savemat(HERE / "truth.mat", {"gt": np.load(HERE / "truth.npy").astype("u1")}, do_compression=True)
    scipy.io.savemat(HERE / "no_cube.mat", {"name": "x", "row": np.arange(4.0)})
    scipy.io.savemat(HERE / "complex.mat", {"waves": np.ones((2, 3, 2), np.complex128)})
    for kind in ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]:
        array = numbers("<" + kind)
        scipy.io.savemat(HERE / f"{array.dtype.name}.mat", {"x": array}, do_compression=True)


def components():
    """A cube of 12 bands that are sums of 7 spectra and noise, as counts of a sensor, and its components."""
    random = np.random.default_rng(1)
    height, width, bands, count = 14, 11, 12, 5
    spectra = random.normal(size=(7, bands)).cumsum(axis=1) * 300
    shares = random.gamma(1.5, size=(height, width, 7)) * [8, 5, 3, 2, 1, 0.6, 0.4]
    cube = 3000 + shares @ spectra + random.normal(scale=40, size=(height, width, bands))
    cube = np.clip(cube.round(), -32768, 32767).astype("<i2")
    pca = PCA(n_components=count, whiten=True)
    values = pca.fit_transform(cube.reshape(-1, bands)).reshape(height, width, count)
    np.save(HERE / "pca_cube.npy", cube)
    np.save(HERE / "pca_values.npy", values)
    full = PCA(whiten=True, svd_solver="full").fit(cube.reshape(-1, bands).astype("f8"))
    known = {
        "solver": pca._fit_svd_solver,
        "mean": pca.mean_.tolist(),
        "variances": full.explained_variance_.tolist(),
        "shares": full.explained_variance_ratio_.tolist(),
        "weights": pca.components_.tolist(),
    }
    (HERE / "pca.json").write_text(json.dumps(known, indent=1) + "\n")


def scores():
    truth = np.array([1, 1, 1, 1, 2, 2, 2, 3, 3, 0, 0, 2])
    found = np.array([1, 1, 2, 1, 2, 2, 4, 3, 1, 3, 1, 0])
    known = (truth > 0) & (found > 0)
    truth, found = truth[known], found[known]
    labels = np.unique(truth)
    average = recall_score(truth, found, labels=labels, average=None, zero_division=0).mean()
    print("overall, average, kappa:", accuracy_score(truth, found), average, cohen_kappa_score(truth, found))


arrays()
components()
scores()
print("numpy", np.__version__, "scipy", scipy.__version__, "scikit-learn", sklearn.__version__)
