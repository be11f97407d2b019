"""Makes everything this sample's quantize.yaml names: the pictures and the float model.

    apt-get install python3-torch python3-onnx python3-pil python3-numpy        # Debian 12
    /usr/bin/python3 train.py

It draws pages with lines, boxes, bars and letters, halves their size as a coarse scanner would, and trains a small network to
give the lost half back (efficient sub-pixel convolution: Shi et al. 2016). It writes, beside this folder:

    models/sharpen.onnx     input  page float32[1, 1, H, W] in 0..1; output sharp float32[1, 1, 2H, 2W] in 0..1
    data/val/*.png, data/val_sharp.npy      48 coarse pages and what they were before
    data/calib/*.png                        64 more

All seeds are fixed. It takes a few minutes on one processor core.
"""
import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import nn

ROOT = Path(__file__).resolve().parent.parent
SIZE = 48                   # of a sharp page, in pixels
STEPS, BATCH, RATE = 9000, 16, 3e-3
FONT = ImageFont.load_default()


def page(rng):
    """uint8[SIZE, SIZE]: something with edges in all directions and of all contrasts."""
    paper, ink = int(rng.integers(150, 256)), int(rng.integers(0, 110))
    if rng.random() < 0.25:
        paper, ink = ink, paper
    big = 2 * SIZE                                              # drawn larger and averaged down, which smooths the edges
    image = Image.new("L", (big, big), paper)
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(2, 7))):
        shade = int(np.clip(ink + rng.integers(-20, 90), 0, 255))
        x, y = (int(v) for v in rng.integers(-10, big, 2))
        w, h = (int(v) for v in rng.integers(8, 70, 2))
        kind = rng.integers(5)
        if kind == 0:
            draw.rectangle((x, y, x + w, y + h), outline=shade, width=int(rng.integers(1, 5)))
        elif kind == 1:
            draw.ellipse((x, y, x + w, y + h), fill=shade)
        elif kind == 2:
            draw.line((x, y, x + w, y + int(rng.integers(-60, 60))), fill=shade, width=int(rng.integers(1, 6)))
        elif kind == 3:
            for k in range(0, w, int(rng.integers(4, 9))):      # bars
                draw.rectangle((x + k, y, x + k + int(rng.integers(1, 4)), y + h), fill=shade)
        else:
            text = "".join(rng.choice(list("ABCDEFGHIKLMNOPRSTUVXYZ0123456789"), int(rng.integers(2, 8))))
            mask = FONT.getmask(text, "L")
            letters = Image.frombytes("L", mask.size, bytes(mask))
            scale = float(rng.uniform(1.2, 2.6))
            letters = letters.resize((round(scale * letters.width), round(scale * letters.height)), Image.BILINEAR)
            draw.bitmap((x, y), letters, fill=shade)
    return np.asarray(image.resize((SIZE, SIZE), Image.BOX))


def pages(seed, count):
    return np.stack([page(np.random.default_rng([seed, i])) for i in range(count)])


def coarse(sharp):
    """Every four pixels become one, rounded to 256 greys as a scanner gives them."""
    return np.round(sharp.reshape(-1, SIZE // 2, 2, SIZE // 2, 2).mean((2, 4))).astype(np.uint8)


class Sharpener(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = nn.Conv2d(1, 32, 5, padding=2), nn.Conv2d(32, 32, 3, padding=1), nn.Conv2d(32, 4, 3, padding=1)
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, page):
        x = torch.relu(self.first(page))
        x = torch.relu(self.second(x))
        return self.shuffle(self.third(x))


def psnr(found, wanted):
    error = ((found.clamp(0, 1) - wanted) ** 2).mean((1, 2, 3))
    return float((10 * torch.log10(1 / error)).mean())


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    train, val, calib = pages(1, 2500), pages(2, 48), pages(3, 64)
    as_input = lambda images: torch.from_numpy(images)[:, None].float() / 255
    wanted, given = as_input(train), as_input(coarse(train))
    val_wanted, val_given = as_input(val), as_input(coarse(val))
    net = Sharpener()
    print(f"{sum(p.numel() for p in net.parameters())} parameters; doubling pixels gives {psnr(nn.functional.interpolate(val_given, scale_factor=2), val_wanted):.2f} dB")
    optimizer = torch.optim.Adam(net.parameters(), RATE)
    for step in range(STEPS):
        chosen = torch.randint(len(wanted), (BATCH,))
        for group in optimizer.param_groups:
            group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * step / STEPS))
        loss = ((net(given[chosen]) - wanted[chosen]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if (step + 1) % 1500 == 0:
            with torch.no_grad():
                print(f"step {step + 1} of {STEPS}: {psnr(net(val_given), val_wanted):.2f} dB", flush=True)

    for name, sharp in (("val", val), ("calib", calib)):
        folder = ROOT / "data" / name
        folder.mkdir(parents=True, exist_ok=True)
        for i, image in enumerate(coarse(sharp)):
            Image.fromarray(image).save(folder / f"{i:03}.png", optimize=True)
    np.save(ROOT / "data" / "val_sharp.npy", val_wanted.numpy())
    (ROOT / "models").mkdir(exist_ok=True)
    torch.onnx.export(net.eval(), val_given[:1], str(ROOT / "models" / "sharpen.onnx"), opset_version=13, input_names=["page"], output_names=["sharp"],
                      dynamic_axes={"page": {2: "H", 3: "W"}, "sharp": {2: "2H", 3: "2W"}})


if __name__ == "__main__":
    main()
