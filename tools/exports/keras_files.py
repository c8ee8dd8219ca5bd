"""Keras' own networks in its files and in TensorFlow Lite's; `generate.py` calls this."""

import os
import tempfile
from pathlib import Path

import numpy as np

from generate import CLASSES, image, pattern, store, two


def fill(model):
    """The same repeating numbers as PyTorch's networks have, in the order of Keras' own layouts."""
    offset = 0
    for layer in model.layers:
        values = []
        for place, tensor in enumerate(layer.get_weights()):
            shape, kind = tensor.shape, type(layer).__name__
            if kind == "BatchNormalization":
                new = [two(shape[0], 1.1, 0.9), pattern(shape, offset, 0.1), pattern(shape, offset, 0.1), two(shape[0], 0.9, 1.7)][place]
            elif len(shape) > 1:
                fan_in = np.prod(shape[:2]) if kind == "DepthwiseConv2D" else np.prod(shape[:-1])
                new = pattern(shape, offset, (1.6 / fan_in) ** 0.5)
            else:
                new = pattern(shape, offset, 0.1)
            values.append(new.astype(np.float32))
            offset += 37
        layer.set_weights(values)


def networks(applications):
    shape = (64, 64, 3)
    options = {"weights": None, "classes": CLASSES, "classifier_activation": None, "input_shape": shape}
    yield "v1", "mobilenetv1_025", lambda: applications.MobileNet(alpha=0.25, dropout=0, **options), 1
    yield "v2", "mobilenetv2_035", lambda: applications.MobileNetV2(alpha=0.35, **options), 1
    # This one has the input's scaling in it: it takes pixels up to 255.
    yield "v3", "tf_mobilenetv3_small_075", lambda: applications.MobileNetV3Small(alpha=0.75, **options), 127.5


def write():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import tensorflow as tf
    import tf_keras

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for short, model_id, make, white in networks(keras.applications):
            model = make()
            fill(model)
            picture = image(64, channels_last=True)
            # What the engine gets is from -1 to 1.
            read = picture if white == 1 else (picture + 1) * white
            logits = model.predict(read, verbose=0)
            facts = {"padding": "same"}
            file = folder / f"{short}.keras"
            model.save(file)
            store(f"{short}.keras", file.read_bytes(), model_id, 64, logits, folded=False, **facts)
            if short == "v3":
                file = folder / "v3.h5"
                model.save(file)
                store("v3.h5", file.read_bytes(), model_id, 64, logits, folded=False, **facts)
            if short == "v2":
                file = folder / "v2.weights.h5"
                model.save_weights(file)
                store("generic.h5", file.read_bytes(), model_id, 64, logits, refused=True)
            lite(tf, model, short, model_id, read, logits, facts)
        for short, model_id, make, white in networks(tf_keras.applications):
            model = make()
            fill(model)
            picture = image(64, channels_last=True)
            logits = model.predict(picture if white == 1 else (picture + 1) * white, verbose=0)
            file = folder / f"{short}_weights.h5"
            model.save_weights(file)
            if short == "v3":
                continue
            store(f"{short}_weights.h5", file.read_bytes(), model_id, 64, logits, folded=False, padding="same")
            if short == "v1":
                packed(folder, file, folder / "v1.keras", model_id, logits)


def lite(tf, model, short, model_id, read, logits, facts):
    def converter():
        return tf.lite.TFLiteConverter.from_keras_model(model)

    def result(content):
        interpreter = tf.lite.Interpreter(model_content=content)
        interpreter.allocate_tensors()
        entry, out = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
        interpreter.set_tensor(entry["index"], read.astype(np.float32))
        interpreter.invoke()
        return interpreter.get_tensor(out["index"])

    plain = converter().convert()
    store(f"{short}.tflite", plain, model_id, 64, result(plain), folded=True, **facts)
    if short == "v2":
        half = converter()
        half.optimizations = [tf.lite.Optimize.DEFAULT]
        half.target_spec.supported_types = [tf.float16]
        half = half.convert()
        store("v2_half.tflite", half, model_id, 64, result(half), folded=True, **facts)
    if short == "v1":
        dynamic = converter()
        dynamic.optimizations = [tf.lite.Optimize.DEFAULT]
        dynamic = dynamic.convert()
        store(f"{short}_int8.tflite", dynamic, model_id, 64, logits, folded=True, tolerance=1e-2, **facts)
    if short == "v2":
        whole = converter()
        whole.optimizations = [tf.lite.Optimize.DEFAULT]
        whole.representative_dataset = lambda: ([read.astype(np.float32) * scale] for scale in (1.0, 0.5, 0.8))
        whole.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        whole = whole.convert()
        store("v2_whole.tflite", whole, model_id, 64, logits, folded=True, tolerance=1e-2, **facts)


def packed(folder, weights, archive, model_id, logits):
    """The same numbers in chunks, shuffled and deflated, and in a deflated archive."""
    import zipfile

    import h5py

    with h5py.File(weights, "r") as old, h5py.File(folder / "packed.h5", "w") as new:
        new.attrs.update(dict(old.attrs))

        def copy(name, item):
            if isinstance(item, h5py.Dataset):
                options = {"compression": "gzip", "compression_opts": 9, "shuffle": True} if 256 < item.size < 20000 else {}
                made = new.create_dataset(name, data=item[()], **options)
            else:
                made = new.require_group(name)
            made.attrs.update(dict(item.attrs))

        old.visititems(copy)
    store("v1_packed.h5", (folder / "packed.h5").read_bytes(), model_id, 64, logits, folded=False, padding="same")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(folder / "packed.keras", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename), old.read(info.filename), zipfile.ZIP_DEFLATED)
    store("v1_packed.keras", (folder / "packed.keras").read_bytes(), model_id, 64, logits, folded=False, padding="same")
