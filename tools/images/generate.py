#!/usr/bin/env python3
"""Writes image files of every kind that people have, small and random, and expected.json, what a second decoder makes of them.

    python3 generate.py ../../engine/tests/data/images/many     # the 200 files of the tests, always the same
    python3 generate.py many --count 4000 --seed 7         # more, for MANY_IMAGES=$PWD/many cargo test -p engine --test native decode_many

Needs Pillow (recorded with 13.0.0), numpy, and the tools cjpeg (libjpeg-turbo, which Pillow decodes JPEG with too), cwebp,
webpmux and gifsicle. Of each file expected.json has the kind, size and notes, and the CRC-32 of its upright RGB pixels; of a
JPEG, where decoders differ in the last bits, 64 pixels of a lattice; or that it is refused.
"""

import argparse
import io
import json
import pathlib
import random
import struct
import subprocess
import tempfile
import zlib

import numpy as np
from PIL import Image, ImageOps

parser = argparse.ArgumentParser()
parser.add_argument("out", type=pathlib.Path)
parser.add_argument("--count", type=int, default=200)
parser.add_argument("--seed", type=int, default=1)
args = parser.parse_args()
args.out.mkdir(parents=True, exist_ok=True)
for old in args.out.glob("[0-9]*"):
    old.unlink()

chance = random.Random(args.seed)
work = pathlib.Path(tempfile.mkdtemp())
expected = {}


def size(least, most):
    return chance.randint(least, most), chance.randint(least, most)


def photo(w, h):
    """Smooth colours and an edge, another picture each time."""
    y, x = np.mgrid[0:h, 0:w]
    turn = chance.random() * 6
    waves = [np.sin(x / 7 + turn) * np.cos(y / 9), np.cos((x + y) / 11 + turn), np.sin(y / 6 + x / 13)]
    disc = 60 * ((x - w / 2) ** 2 + (y - h / 3) ** 2 < h * h / 16)
    planes = np.stack([128 + 90 * wave + sign * disc for wave, sign in zip(waves, (1, -1, 0.5))], -1)
    return Image.fromarray(np.clip(planes, 0, 255).astype("uint8"))


def alpha(w, h):
    """Opaque on the right, clear on the left and above."""
    mask = np.clip(np.mgrid[0:h, 0:w][1] * 300 / w - 20, 0, 255)
    mask[: max(1, h // 4)] = 0
    return Image.fromarray(mask.astype("uint8"))


def run(*command, data=None):
    return subprocess.run([str(part) for part in command], input=data, capture_output=True, check=True).stdout


def saved(image, format, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def record(name, kind, data, pixels, *, frames=1, exif=1, is_clear=False, is_deep=False, lacks_end=False):
    """Lists a file with its upright `pixels`; None if it is to be refused."""
    name = f"{len(expected):03}_{name}.{ {'jpeg': 'jpg'}.get(kind, kind) }"
    (args.out / name).write_bytes(data)
    entry = {"kind": kind}
    if pixels is None:
        entry["refused"] = True
    else:
        pixels = pixels.convert("RGB")
        entry |= {"width": pixels.width, "height": pixels.height, "notes": []}
        notes = [
            (frames > 1, {"first_frame_of": {"frames": frames}}), (exif > 1, {"oriented": {"exif": exif}}),
            (is_clear, "alpha_ignored"), (is_deep, "sixteen_bit"), (lacks_end, "end_missing"),
        ]
        entry["notes"] = [note for holds, note in notes if holds]
        if kind == "jpeg":
            lattice = [(i % 8 * pixels.width // 8, i // 8 * pixels.height // 8) for i in range(64)]
            entry["pixels"] = bytes(c for at in lattice for c in pixels.getpixel(at)).hex()
        else:
            entry["crc32"] = f"{zlib.crc32(pixels.tobytes()):08x}"
    expected[name] = entry


def exif_block(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


# JPEG

FACTORS = ["1x1", "2x1", "1x2", "2x2", "4x1", "1x4", "4x2", "2x4", "3x1", "1x3", "4x4", "3x2"]
SCANS = {
    "interleaved": None,
    "apart": "0;\n1;\n2;\n",
    "apart_reversed": "2;\n0;\n1;\n",
    "two_and_one": "0,1;\n2;\n",
    "one_and_two": "0;\n1,2;\n",
    "progressive_apart": "".join(f"{c}: {part}, 0, 0;\n" for part in ("0-0", "1-63") for c in range(3)),
}


def segments(data):
    """Marker, start and end of every segment up to the first scan."""
    at = 2
    while data[at + 1] != 0xDA:
        end = at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
        yield data[at + 1], at, end
        at = end


def without(data, *markers):
    cut = [range(start, end) for marker, start, end in segments(data) if marker in markers]
    return bytes(byte for at, byte in enumerate(data) if not any(at in part for part in cut))


def is_miscounted(data):
    """Whether a component has a scan of its own whose blocks the engine's decoder would miscount: those files are refused."""
    frame = next(data[s + 4 : e] for marker, s, e in segments(data) if marker in (0xC0, 0xC1, 0xC2))
    h, w = struct.unpack(">HH", frame[1:5])
    factors = {frame[6 + 3 * c]: (frame[7 + 3 * c] >> 4, frame[7 + 3 * c] & 15) for c in range(frame[5])}
    up = lambda a, b: -(-a // b)
    at = -1
    while (at := data.find(b"\xff\xda\0\x08\1", at + 1)) >= 0:
        for axis, pixels in enumerate((w, h)):
            factor, most = factors[data[at + 5]][axis], max(pair[axis] for pair in factors.values())
            if min(up(pixels, 8 * most) * factor, up(pixels, 8)) != up(up(pixels * factor, most), 8):
                return len(factors) > 1
    return False


def jpeg():
    w, h = size(9, 64)
    image = photo(w, h)
    usual = [chance.choice(FACTORS[:4]), "1x1", "1x1"]
    few = [chance.choice(FACTORS[:4]) for _ in range(3)]
    factors = chance.choice([usual, usual, few, few, [chance.choice(FACTORS) for _ in range(3)]])
    scans = chance.choice([*SCANS, "progressive"])
    options = ["-quality", chance.choice([60, 85, 95]), "-sample", ",".join(factors)]
    if chance.random() < 0.3:
        options += ["-restart", chance.choice(["1", "2", "1B", "5B", "7B"])]
    if scans == "progressive":
        options += ["-progressive"]
    elif SCANS[scans]:
        (work / "scans").write_text(SCANS[scans])
        options += ["-scans", work / "scans"]
    twist = chance.choice(["", "", "", "", "", "grey", "rgb", "arithmetic", "optimized", "no_tables", "no_end", "trailer", "exif", "cmyk"])
    if twist == "grey":
        options, scans = ["-grayscale", "-sample", chance.choice(FACTORS), "-quality", 90], "interleaved"
    options += {"rgb": ["-rgb"], "arithmetic": ["-arithmetic"], "optimized": ["-optimize"]}.get(twist, [])
    try:
        data = run("cjpeg", *options, data=saved(image, "PPM"))
    except subprocess.CalledProcessError:
        return  # more than ten blocks in a unit, which JPEG forbids
    if twist == "cmyk":
        data = saved(image.convert("CMYK"), "JPEG", quality=90, progressive=chance.random() < 0.5)
        factors, scans = [], "interleaved"
    whole, orientation = data, 1
    if twist == "no_tables":
        if scans in ("progressive", "progressive_apart"):
            return  # they have tables of their own
        data = without(data, 0xC4)
    if twist == "no_end":
        data = data[:-2]
    if twist == "trailer":
        data = data[:-2] + chance.randbytes(200).replace(b"\xff\xd9", b"") + b"SEFT"
    if twist == "exif":
        orientation = chance.randint(2, 8)
        block = b"Exif\0\0" + exif_block(orientation)[6:]
        data = data[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + data[2:]
        whole = data
    refused = twist == "arithmetic" or is_miscounted(data)
    pixels = None if refused else ImageOps.exif_transpose(Image.open(io.BytesIO(whole)))
    name = "_".join(filter(None, [*factors, scans, twist, "restart" if "-restart" in options else ""]))
    record(name, "jpeg", data, pixels, exif=orientation, lacks_end=twist in ("no_end", "trailer"))


# PNG

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_rows(samples, depth):
    """Rows of samples [h, w, channels], packed and filtered with a filter of their own each."""
    step = max(1, depth * samples.shape[2] // 8)
    out, above = b"", None
    for row in samples:
        if depth >= 8:
            line = row.astype(">u2" if depth == 16 else "u1").tobytes()
        else:
            bits = "".join(f"{int(sample):0{depth}b}" for sample in row.flat)
            line = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
        above = above or bytes(len(line))
        method = chance.randint(0, 4)
        out += bytes([method])
        for i, byte in enumerate(line):
            a, b, c = (line[i - step], above[i], above[i - step]) if i >= step else (0, above[i], 0)
            paeth = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
            out += bytes([(byte - [0, a, b, (a + b) // 2, paeth][method]) & 255])
        above = line
    return out


def png():
    colour = chance.choice([0, 2, 3, 4, 6])
    depth = chance.choice({0: [1, 2, 4, 8, 16], 3: [1, 2, 4, 8]}.get(colour, [8, 16]))
    w, h = size(1, 20)
    image, mask = photo(w, h), alpha(w, h)
    planes = np.asarray(image if colour in (2, 6) else image.convert("L")).reshape(h, w, -1).astype(int)
    if colour in (4, 6):
        planes = np.concatenate([planes, np.asarray(mask)[..., None]], 2)
    before = chance.choice(
        [b"", chunk(b"gAMA", struct.pack(">I", 100000)), chunk(b"sRGB", b"\0"), chunk(b"tEXt", b"key\0value")]
    )
    if colour == 3:
        table = image.quantize(min(1 << depth, chance.randint(2, 1 << depth)))
        planes = np.asarray(table)[..., None].astype(int)
        colours = np.array(table.getpalette("RGB")[: 3 * (1 << depth)]).reshape(-1, 3)
        pixels = colours[planes[..., 0]]
        before += chunk(b"PLTE", colours.astype("u1").tobytes())
    else:
        levels = planes >> (8 - min(depth, 8))
        shown = levels * (255 // ((1 << min(depth, 8)) - 1))
        pixels = shown[..., :3] if colour in (2, 6) else shown[..., [0, 0, 0]]
        planes = levels * 256 + (levels * 7 + 3) % 256 if depth == 16 else levels
    is_clear = colour in (4, 6)  # the first rows are
    if colour in (0, 2, 3) and chance.random() < 0.4:
        pixel = planes[h // 2, w // 2]
        key = bytes([255] * pixel[0] + [9]) if colour == 3 else b"".join(struct.pack(">H", v) for v in pixel)
        before += chunk(b"tRNS", key)
        is_clear = True
    is_interlaced = chance.random() < 0.4
    passes = [planes[y::down, x::across] for x, y, across, down in ADAM7] if is_interlaced else [planes]
    body = zlib.compress(b"".join(png_rows(part, depth) for part in passes if part.size), 9)
    header = struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, is_interlaced)
    twist = chance.choice(["", "", "", "no_end", "no_last_checksum", "apple", "exif", "hidden", "part"])
    image, orientation, frames, lacks_end = Image.fromarray(pixels.astype("uint8")), 1, 1, False
    start, data, end = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header), chunk(b"IDAT", body), chunk(b"IEND", b"")
    if twist in ("no_end", "no_last_checksum"):
        end, lacks_end = b"", True
        data = data[: -4 if twist == "no_last_checksum" else None]
    elif twist == "exif":
        orientation = chance.randint(2, 8)
        before += chunk(b"eXIf", exif_block(orientation)[6:])
        image = ImageOps.exif_transpose(image_with(image, orientation))
    elif twist == "apple" and (colour, depth) == (6, 8):
        return apple(w, h, planes, header[:-1] + b"\0")
    elif twist in ("hidden", "part") and not is_interlaced:
        # An animation: its default image, of one colour, is no frame of it; the first frame may be a part of the canvas.
        x, y = (chance.randint(1, 5), chance.randint(0, 5)) if twist == "part" else (0, 0)
        hidden = np.full((h + y, w + x, planes.shape[2]), 0)
        header = struct.pack(">II", w + x, h + y) + header[8:]
        control = lambda number: chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, w, h, x, y, 1, 10, 0, 0))
        start = start[:8] + chunk(b"IHDR", header) + chunk(b"acTL", struct.pack(">II", 2, 0))
        frame = lambda number: control(number) + chunk(b"fdAT", struct.pack(">I", number + 1) + body)
        data, frames = chunk(b"IDAT", zlib.compress(png_rows(hidden, depth))) + frame(0) + frame(2), 2
        canvas = Image.new("RGB", (w + x, h + y))
        canvas.paste(image, (x, y))
        image, is_clear = canvas, is_clear or twist == "part"
    if not (lacks_end or frames > 1 or orientation > 1):
        twist = ""
    name = "_".join(filter(None, [f"colour{colour}_{depth}bit", "interlaced" if is_interlaced else "", twist]))
    record(name, "png", start + before + data + end, image, frames=frames, exif=orientation, is_clear=is_clear, is_deep=depth == 16, lacks_end=lacks_end)


def image_with(image, orientation):
    return Image.open(io.BytesIO(saved(image, "PNG", exif=b"Exif\0\0" + exif_block(orientation)[6:])))


def apple(w, h, planes, header):
    """As Apple's tools write PNG into apps: blue first, times alpha, without zlib's header and checksum."""
    times = lambda colour: (colour * planes[..., 3] + 127) // 255
    stored = np.stack([*(times(planes[..., c]) for c in (2, 1, 0)), planes[..., 3]], -1)
    body = zlib.compress(png_rows(stored, 8), 9)[2:-4]
    weight = np.maximum(planes[..., 3], 1)
    back = [np.minimum((times(planes[..., c]) * 255 + weight // 2) // weight, 255) for c in range(3)]
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"CgBI", b"P\0 \2") + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    record("apple", "png", data, Image.fromarray(np.stack(back, -1).astype("uint8")), is_clear=True)


# WebP

def webp_still(image, **options):
    out = saved(image, "WEBP", exact=True, **options)
    return out, Image.open(io.BytesIO(out))


def webp():
    w, h = size(1, 40)
    image = photo(w, h)
    if has_alpha := chance.random() < 0.5:
        image.putalpha(alpha(w, h))
    if chance.random() < 0.5:
        options = chance.choice([["-lossless", "-z", chance.randint(0, 9)], ["-near_lossless", 60]])
    else:
        options = ["-q", chance.choice([5, 50, 90]), "-segments", chance.randint(1, 4), "-f", chance.randint(0, 100)]
        options += ["-sharpness", chance.randint(0, 7), "-alpha_filter", chance.choice(["none", "fast", "best"])]
    (work / "in.png").write_bytes(saved(image, "PNG"))
    data = run("cwebp", "-quiet", "-exact", *options, work / "in.png", "-o", "-")
    orientation = chance.choice([1, 1, chance.randint(2, 8)])
    if orientation > 1:
        (work / "still.webp").write_bytes(data)
        (work / "exif").write_bytes(exif_block(orientation)[chance.choice([0, 6]) :])
        run("webpmux", "-set", "exif", work / "exif", work / "still.webp", "-o", work / "turned.webp")
        data = (work / "turned.webp").read_bytes()
    pixels = ImageOps.exif_transpose(image_with(Image.open(io.BytesIO(data)).convert("RGB"), orientation))
    record(options[0][1:] + ("_alpha" if has_alpha else ""), "webp", data, pixels, exif=orientation, is_clear=has_alpha)


def webp_animation():
    w, h = size(4, 40)
    parts, count = [], chance.randint(2, 3)
    for index in range(count):
        fw, fh = (w, h) if chance.random() < 0.4 else (chance.randint(2, w), chance.randint(2, h))
        frame = photo(fw, fh)
        if has_alpha := chance.random() < 0.5:
            frame.putalpha(alpha(fw, fh))
        path = work / f"{index}.webp"
        data, still = webp_still(frame, lossless=chance.random() < 0.5)
        path.write_bytes(data)
        x, y = chance.randint(0, w - fw) // 2 * 2, chance.randint(0, h - fh) // 2 * 2
        if index == 0:
            first = (still.convert("RGB"), (x, y), has_alpha)
        parts += ["-frame", path, f"+100+{x}+{y}+{chance.randint(0, 1)}{chance.choice(['+b', '-b'])}"]
    run("webpmux", *parts, "-loop", 1, "-bgcolor", "255,200,10,30", "-o", work / "moving.webp")
    data = (work / "moving.webp").read_bytes()
    image, at, has_alpha = first
    canvas = Image.new("RGB", Image.open(io.BytesIO(data)).size)
    canvas.paste(image, at)
    record("animation", "webp", data, canvas, frames=count, is_clear=has_alpha or image.size != canvas.size)


# GIF

def gif():
    w, h = size(4, 30)  # at three pixels' width the engine's decoder refuses some
    count, parts = chance.randint(1, 3), []
    for index in range(count):
        fw, fh = (w, h) if chance.random() < 0.5 else (chance.randint(4, w), chance.randint(4, h))
        frame = photo(fw, fh).quantize(chance.choice([2, 5, 16, 100]))
        options = {"transparency": frame.getpixel((0, 0))} if (is_clear := chance.random() < 0.4) else {}
        path = work / f"{index}.gif"
        frame.save(path, interlace=chance.randint(0, 1), **options)
        x, y = chance.randint(0, w - fw), chance.randint(0, h - fh)
        if index == 0:
            image, at, has_clear = frame.convert("RGB"), (x, y), is_clear or (fw, fh) != (w, h)
        parts += ["-D", chance.choice(["none", "background", "previous"]), "-p", f"{x},{y}", path]
    data = run("gifsicle", "--no-warnings", "-S", f"{w}x{h}", *parts)
    canvas = Image.new("RGB", (w, h))
    canvas.paste(image, at)
    if chance.random() < 0.2:
        data = data[:-1]  # a missing trailer is common
    record(f"{count}_frames", "gif", data, canvas, frames=count, is_clear=has_clear)


# BMP

def bmp():
    w, h = size(1, 14)
    bits = chance.choice([1, 4, 8, 16, 24, 32])
    header = chance.choice([12, 16, 24, 40, 40, 52, 56, 64, 108, 124])
    if bits in (16, 32) and header < 40 or header == 64:
        bits = chance.choice([1, 4, 8, 24])
    is_windows = header in (40, 52, 56, 108, 124)
    top_down = is_windows and chance.random() < 0.3
    image = photo(w, h)
    pixels, compression, palette, masks, clear = np.asarray(image), 0, b"", (0, 0, 0, 0), False
    if bits <= 8:
        table = image.quantize(1 << bits)
        colours = np.zeros((1 << bits, 3), "u1")
        known = np.array(table.getpalette("RGB")[: 3 << bits]).reshape(-1, 3)
        colours[: len(known)] = known
        palette = b"".join(bytes(c[::-1]) + (b"" if header == 12 else b"\0") for c in colours)
        packed = ["".join(f"{i:0{bits}b}" for i in row) for row in np.asarray(table)]
        rows = [int(row.ljust(-(-len(row) // 8) * 8, "0"), 2).to_bytes(-(-len(row) // 8), "big") for row in packed]
        pixels = colours[np.asarray(table)]
    elif bits == 16:
        rows = [b"".join(struct.pack("<H", int(r) >> 3 << 10 | int(g) >> 3 << 5 | int(b) >> 3) for r, g, b in row) for row in pixels]
        five = pixels >> 3
        pixels = (five.astype(int) * 255 + 15) // 31
        masks = (0x7C00, 0x3E0, 0x1F, 0)
    elif bits == 24:
        rows = [row[:, ::-1].tobytes() for row in pixels]
    else:
        masks = tuple(255 << shift for shift in (16, 8, 0))
        if header >= 56 and chance.random() < 0.5:
            compression, masks, clear = 3, (*masks, 255 << 24), True
        fourth = np.asarray(alpha(w, h)) if clear else np.full((h, w), chance.choice([0, 255]), "u1")
        rows = [np.concatenate([row[:, ::-1], top[:, None]], 1).tobytes() for row, top in zip(pixels, fourth)]
    rows = [row + b"\0" * (-len(row) % 4) for row in rows]
    body = b"".join(rows if top_down else reversed(rows))
    if header == 12:
        info = struct.pack("<IHHHH", 12, w, h, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, w, -h if top_down else h, 1, bits, compression, len(body), 2835, 2835, 0, 0)
        info += struct.pack("<4I", *masks, *[0] * (4 - len(masks))) if is_windows else b""
        info = (info + bytes(header))[:header]
    offset = 14 + len(info + palette)
    data = b"BM" + struct.pack("<IHHI", offset + len(body), 0, 0, offset) + info + palette + body
    name = f"{bits}bit_header{header}" + ("_top_down" if top_down else "") + ("_alpha" if clear else "")
    record(name, "bmp", data, Image.fromarray(pixels.astype("uint8")), is_clear=clear)


while len(expected) < args.count:
    chance.choices([jpeg, png, webp, webp_animation, gif, bmp], [8, 5, 2, 1, 2, 2])[0]()

with open(args.out / "expected.json", "w", encoding="utf-8") as out:
    out.write("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in expected.items()) + "\n}\n")
