#!/usr/bin/python3
"""Makes bitmaps, anymaps, masks, rotated JPEGs and audio with Debian's Pillow 9.4, numpy 1.24 and scipy 1.10: /usr/bin/python3 generate_more.py"""
import wave
import numpy as np
from PIL import Image, ImageOps
from scipy.io import wavfile
from scipy.signal import resample_poly

def picture(width, height):
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    return np.where(c == 1, 9 * x + 4 * y, 3 * x * x + 5 * y * y + 7 * x * y * (c + 1) + 40 * c).astype(np.uint8)

rgb = Image.fromarray(picture(37, 29))
gray = rgb.convert("L")
rgb.save("rgb24.bmp")
rgb.convert("RGBA").save("rgb32.bmp")
palette = rgb.quantize(200)
palette.save("palette8.bmp")
np.save("palette8.bmp.npy", np.asarray(palette.convert("RGB")))
gray.convert("1").save("one1.bmp")
np.save("one1.bmp.npy", np.asarray(gray.convert("1").convert("RGB")))
rgb.save("raw.ppm")
gray.save("raw.pgm")
np.save("raw.pgm.npy", np.asarray(gray)[..., None])
gray.convert("1").save("raw.pbm")
np.save("raw.pbm.npy", np.asarray(gray.convert("1").convert("L"))[..., None])
pixels = picture(37, 29)
with open("text.ppm", "w") as f:
    f.write("P3 # a comment\n37\n# another\n29 255\n" + "\n".join(" ".join(map(str, row.ravel())) for row in pixels))
open("deep.pgm", "wb").write(b"P5 37 29 65535\n" + (np.asarray(gray).astype(">u2") * 257).astype(">u2").tobytes())

# Masks: classes 0 to 15 in palette and grey PNGs of 8 and 4 bits.
y, x = np.mgrid[0:29, 0:37]
classes = ((x * y + 3 * x) % 16).astype(np.uint8)
np.save("mask.npy", classes)
mask = Image.fromarray(classes, "P")
mask.putpalette([(37 * i) % 256 for i in range(768)])
mask.save("mask8.png")
mask.save("mask4.png", bits=4)
Image.fromarray(classes).save("mask-gray.png")

# The same stored pixels with each EXIF orientation, and what they are upright.
small = Image.fromarray(picture(24, 16))
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    small.save(f"exif{orientation}.jpg", quality=95, subsampling=0, exif=exif)
    np.save(f"exif{orientation}.jpg.npy", np.asarray(ImageOps.exif_transpose(Image.open(f"exif{orientation}.jpg"))))

# Audio: two channels of 50 values.
t = np.arange(50)
left, right = np.sin(t / 3) * 0.9, np.cos(t / 5) * 0.5
both = np.stack([left, right], 1)
np.save("audio.npy", both.astype(np.float32))
wavfile.write("float32.wav", 16000, both.astype(np.float32))
wavfile.write("float64.wav", 16000, both)
wavfile.write("pcm16.wav", 16000, np.round(both * 32767).astype(np.int16))
wavfile.write("pcm32.wav", 16000, np.round(both * 2147483647).astype(np.int32))
wavfile.write("pcm8.wav", 8000, (np.round(both * 127) + 128).astype(np.uint8))
with wave.open("pcm24.wav", "wb") as f:
    f.setnchannels(2)
    f.setsampwidth(3)
    f.setframerate(16000)
    f.writeframes(b"".join(int(round(v * 8388607)).to_bytes(3, "little", signed=True) for v in both.ravel()))

for rate, up, down in ((8000, 1, 2), (12000, 3, 4), (44100, 441, 160)):
    np.save(f"audio-{rate}.npy", resample_poly(both.astype(np.float32).astype(np.float64).mean(1), up, down))

# A mask in Pascal VOC's colours, whose stored numbers are other ones than its classes, with positions of no class; as colours; and on the way of an image that is resized and surrounded.
colors = [[sum(((c >> (3 * bit + channel)) & 1) << (7 - bit) for bit in range(8)) for channel in range(3)] for c in range(21)] + [[224, 224, 192]]
y, x = np.mgrid[0:29, 0:37]
classes = ((x * y + 3 * x + y) % 22).astype(np.uint8)
stored = (classes * 5 + 3) % 22
palette = np.zeros((256, 3), np.uint8)
for c in range(22):
    palette[(c * 5 + 3) % 22] = colors[c]
mask = Image.fromarray(stored.astype(np.uint8), "P")
mask.putpalette(palette.ravel().tolist())
mask.save("mask-voc.png")
mask.convert("RGB").save("mask-voc-rgb.png")
classes[classes == 21] = 255
np.save("mask-voc.npy", classes)
resized = np.array(Image.fromarray(classes).resize((24, 20), Image.NEAREST))
np.save("mask-voc-way.npy", np.pad(resized, ((2, 2), (3, 3)), constant_values=255))
