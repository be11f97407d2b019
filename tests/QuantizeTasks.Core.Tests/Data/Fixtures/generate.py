#!/usr/bin/python3
"""Makes the files beside it with Pillow and numpy (Debian's python3-pil 9.4.0 and python3-numpy 1.24.2).

Every picture comes from a formula. What a test expects is what Pillow decodes, converts and resizes and what
numpy writes; nothing here has seen the code under test. Run it in this folder; it overwrites its own files.
"""
import io
import numpy as np
from PIL import Image


def picture(width, height):
    """(height, width, 3), hard for filters: slow waves, edges and noise."""
    y, x = np.mgrid[0:height, 0:width]
    channels = [(3 * x * x + 5 * y * y + 7 * x * y * (c + 1) + 40 * c) % 256 if c != 1 else (9 * x + 4 * y) % 256 for c in range(3)]
    return np.stack(channels, -1).astype(np.uint8)


def decode(name, save, expected):
    """An encoded picture and its decoded pixels."""
    save(name)
    np.save(name + ".npy", expected(Image.open(name)))


def rgb(image):
    return np.asarray(image.convert("RGB"))


pixels = picture(37, 29)
image = Image.fromarray(pixels)
gray = Image.fromarray(pixels[..., 1])
alpha = Image.fromarray(pixels[..., 2])

decode("rgb.png", image.save, rgb)
decode("gray.png", gray.save, rgb)
decode("rgba.png", Image.merge("RGBA", (*image.split(), alpha)).save, rgb)
decode("gray-alpha.png", Image.merge("LA", (gray, alpha)).save, rgb)
decode("palette.png", image.quantize(32).save, rgb)
decode("palette-transparent.png", lambda n: image.quantize(32).save(n, transparency=0), rgb)
decode("transparent-colour.png", lambda n: image.save(n, transparency=(0, 40, 2)), rgb)
decode("one-bit.png", gray.convert("1").save, rgb)
# 16 bits: the high byte. Pillow keeps all 16 in a mode of its own, so the expected pixels are made directly.
decode("gray16.png", Image.fromarray(pixels[..., 1].astype(np.uint16) * 256 + pixels[..., 0]).save, lambda _: np.repeat(pixels[..., 1:2], 3, -1))
# Chroma at half resolution, on a picture of slow waves: see the test for why.
y, x = np.mgrid[0:29, 0:37]
smooth = Image.fromarray(np.stack([128 + 100 * np.sin(x / 9 + c) * np.cos(y / 7 - c) for c in range(3)], -1).astype(np.uint8))
decode("420.jpg", lambda n: smooth.save(n, quality=95), rgb)
decode("422.jpg", lambda n: smooth.save(n, quality=95, subsampling=1), rgb)
decode("444.jpg", lambda n: image.save(n, quality=95, subsampling=0), rgb)
decode("progressive.jpg", lambda n: image.save(n, quality=80, progressive=True, subsampling=0), rgb)
decode("optimized.jpg", lambda n: image.save(n, quality=60, optimize=True, subsampling=0), rgb)
decode("gray.jpg", lambda n: gray.save(n, quality=90), rgb)
image.convert("CMYK").save("cmyk.jpg")

np.save("luma.npy", np.asarray(image.convert("L")))

methods = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "nearest": Image.NEAREST, "area": Image.BOX}
sizes = [(37, 29, 16, 12), (37, 29, 64, 50), (37, 29, 20, 29), (37, 29, 37, 7), (37, 29, 1, 1), (53, 90, 32, 54), (8, 8, 19, 3)]
for name, method in methods.items():
    for width, height, to_width, to_height in sizes:
        source = picture(width, height)
        np.save(f"resize-{name}-{width}x{height}-{to_width}x{to_height}.npy", np.asarray(Image.fromarray(source).resize((to_width, to_height), method)))
    # Mode F: floats, one plane at a time.
    source = picture(37, 29).astype(np.float32) / np.float32(255)
    planes = [np.asarray(Image.fromarray(source[..., c], mode="F").resize((16, 12), method)) for c in range(3)]
    np.save(f"resize-float-{name}-37x29-16x12.npy", np.stack(planes, -1))

# Arrays in every layout and type that is read; 5 rows of shape (2, 3).
base = (np.arange(30).reshape(5, 2, 3) * 7) % 23 - 6
for code in ["<f2", "<f4", "<f8", "|i1", "<i2", "<i4", "<i8"]:
    np.save(f"array-{code[1:]}.npy", (base.astype(np.float64) / 4 if code[1] == "f" else base).astype(code))
for code in ["|u1", "<u2", "<u4", "<u8"]:
    np.save(f"array-{code[1:]}.npy", (base + 6).astype(code))
np.save("array-b1.npy", base > 0)
np.save("array-fortran.npy", np.asfortranarray(base.astype(np.float32)))
np.save("array-fortran-u1.npy", np.asfortranarray((base + 6).astype(np.uint8)))
np.save("array-big-endian.npy", base.astype(">f4"))
np.save("array-complex.npy", base.astype(np.complex64))
np.save("array-structured.npy", np.zeros(5, dtype=[("a", "<f4"), ("b", "<i4")]))
np.save("array-scalar.npy", np.float32(3))
for version in [(1, 0), (2, 0), (3, 0)]:
    with open(f"array-version{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, base.astype(np.float32), version=version)
np.savez("stored.npz", first=base.astype(np.float32), second=base.astype(np.int64))
np.savez_compressed("deflated.npz", first=base.astype(np.float32), second=base.astype(np.int64))
