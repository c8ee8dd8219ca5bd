#!/usr/bin/env python3
"""Writes the image files of this folder and expected.json, what Pillow makes of them.

Needs only Pillow (recorded with 13.0.0): python3 generate.py
expected.json lists for each file its size, notes, and the CRC-32 of Image.open(f).convert("RGB") after
ImageOps.exif_transpose. Where decoders may differ in the last bits (JPEG, BMP of 5 bits a channel) the pixels are
in NAME.rgb.png, and `tolerance` is the largest difference of a byte that is accepted.
"""

import json
import math
import pathlib
import struct
import zlib

from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent
W, H = 45, 31  # odd, so that no block or chroma sample is whole at the border


def photo():
    """Smooth colours with an edge and a bright dot, different in every channel and corner."""
    image = Image.new("RGB", (W, H))
    for y in range(H):
        for x in range(W):
            wave = 40 * math.sin(x / 5) * math.cos(y / 4)
            edge = 60 if x + 2 * y > 60 else 0
            dot = 90 if (x - 30) ** 2 + (y - 9) ** 2 < 16 else 0
            image.putpixel((x, y), (int(60 + 2 * x + wave + edge) & 255, int(40 + 4 * y + dot) & 255, int(150 - wave - edge)))
    return image


def alpha():
    mask = Image.new("L", (W, H))
    mask.putdata([(x * 255 // (W - 1) if y > 8 else 0) for y in range(H) for x in range(W)])
    return mask


def png_by_hand(bit_depth, colour_type, rows):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", W, H, bit_depth, colour_type, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def bmp_by_hand(bits, top_down, rows):
    """Uncompressed, with the 40-byte header; `rows` from the top."""
    rows = [row + b"\0" * (-len(row) % 4) for row in rows]
    body = b"".join(rows if top_down else reversed(rows))
    header = struct.pack("<IiiHHIIiiII", 40, W, -H if top_down else H, 1, bits, 0, len(body), 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(body), 0, 0, 54) + header + body


def rows_of(image, pixel):
    return [b"".join(pixel(*image.getpixel((x, y))) for x in range(W)) for y in range(H)]


expected = {}


def record(name, kind, data=None, tolerance=0, notes=(), pixels=None):
    """Lists a file, written from `data` unless Pillow has done so; `pixels` overrides Pillow's reading."""
    path = HERE / name
    if data is not None:
        path.write_bytes(data)
    if pixels is None:
        pixels = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    entry = {"kind": kind, "width": pixels.width, "height": pixels.height, "notes": list(notes)}
    if tolerance:
        entry["tolerance"] = tolerance
        pixels.save(HERE / f"{name}.rgb.png", optimize=True)
    else:
        entry["crc32"] = f"{zlib.crc32(pixels.tobytes()):08x}"
    expected[name] = entry


def save(image, name, kind, tolerance=0, notes=(), pixels=None, **options):
    image.save(HERE / name, **options)
    record(name, kind, tolerance=tolerance, notes=notes, pixels=pixels)


rgb = photo()
grey = rgb.convert("L")
rgba = rgb.copy()
rgba.putalpha(alpha())
frames = [rgb.rotate(90 * k) for k in range(3)]


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010E] = "a gradient"
    return tags


# JPEG
save(rgb, "444.jpg", "jpeg", 3, quality=90, subsampling=0)
save(rgb, "422.jpg", "jpeg", 3, quality=90, subsampling=1)
save(rgb, "420.jpg", "jpeg", 3, quality=90, subsampling=2)
save(rgb, "restart.jpg", "jpeg", 3, quality=90, restart_marker_blocks=2)
save(rgb, "progressive.jpg", "jpeg", 3, quality=90, progressive=True)
save(grey, "grey.jpg", "jpeg", 1, quality=90)
save(rgb.convert("CMYK"), "cmyk_adobe.jpg", "jpeg", 3, quality=90)
cmyk = (HERE / "cmyk_adobe.jpg").read_bytes()
adobe = cmyk.index(b"Adobe")
record("ycck_adobe.jpg", "jpeg", cmyk[: adobe + 11] + b"\2" + cmyk[adobe + 12 :], 3)
record("cmyk_plain.jpg", "jpeg", cmyk[: adobe - 4] + cmyk[adobe + 12 :], 3)
save(rgb, "exif_6.jpg", "jpeg", 3, [{"oriented": {"exif": 6}}], quality=90, subsampling=0, exif=exif(6))

# PNG
save(rgb, "rgb.png", "png", optimize=True)
save(grey, "grey.png", "png", optimize=True)
save(rgb.convert("1"), "bilevel.png", "png", optimize=True)
save(rgb.quantize(13), "palette.png", "png", optimize=True)
save(rgb.quantize(13), "palette_transparent.png", "png", notes=["alpha_ignored"], transparency=3)
save(rgba, "rgba.png", "png", notes=["alpha_ignored"], optimize=True)
save(rgba.convert("LA"), "grey_alpha.png", "png", notes=["alpha_ignored"], optimize=True)
save(frames[0], "animated.png", "png", notes=[{"first_frame_of": {"frames": 3}}], save_all=True, append_images=frames[1:])
save(rgb, "exif_8.png", "png", notes=[{"oriented": {"exif": 8}}], exif=exif(8))
# 16 bits a channel; of grey Pillow makes mode I;16 and clips that to 255, so its upper byte is stated here.
record(
    "rgb16.png", "png", png_by_hand(16, 2, rows_of(rgb, lambda *c: b"".join(bytes([v, 255 - v]) for v in c))),
    notes=["sixteen_bit"],
)
record(
    "grey16.png", "png", png_by_hand(16, 0, rows_of(rgb, lambda r, g, b: bytes([r, g]))),
    notes=["sixteen_bit"], pixels=rgb.getchannel("R").convert("RGB"),
)

# WebP
save(rgb, "lossless.webp", "webp", lossless=True)
save(rgba, "lossless_alpha.webp", "webp", notes=["alpha_ignored"], lossless=True, exact=True)
save(rgb, "lossy.webp", "webp", 0, quality=90)
save(rgba, "lossy_alpha.webp", "webp", 0, notes=["alpha_ignored"], quality=90, exact=True)
save(
    frames[0], "animated.webp", "webp", notes=[{"first_frame_of": {"frames": 3}}],
    save_all=True, append_images=frames[1:], lossless=True,
)
save(rgb, "exif_3.webp", "webp", notes=[{"oriented": {"exif": 3}}], lossless=True, exif=exif(3))

# GIF
still = rgb.quantize(31)
save(still, "still.gif", "gif")
save(still, "transparent.gif", "gif", notes=["alpha_ignored"], transparency=3)
save(
    still, "animated.gif", "gif", notes=[{"first_frame_of": {"frames": 3}}],
    save_all=True, append_images=[frame.quantize(31) for frame in frames[1:]],
)

# BMP
save(rgb, "rgb.bmp", "bmp")
save(rgb.quantize(13), "palette.bmp", "bmp")
save(rgb.convert("1"), "bilevel.bmp", "bmp")
record("top_down_32.bmp", "bmp", bmp_by_hand(32, True, rows_of(rgb, lambda r, g, b: bytes([b, g, r, 0]))))
record(
    "rgb555.bmp", "bmp",
    bmp_by_hand(16, False, rows_of(rgb, lambda r, g, b: struct.pack("<H", r >> 3 << 10 | g >> 3 << 5 | b >> 3))),
    1,
)

with open(HERE / "expected.json", "w", encoding="utf-8") as out:
    out.write("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in expected.items()) + "\n}\n")
