"""Makes everything this sample's quantize.yaml names: the pictures, their labels and the float model.

    apt-get install python3-torch python3-onnx python3-pil python3-numpy        # Debian 12
    /usr/bin/python3 train.py

It draws 24 000 gauges to learn from, 700 to judge by and 200 to calibrate with (no picture is in two of these sets),
trains a small depthwise-separable network to read them, and writes, beside this folder:

    models/gauge.onnx               input  image    float32[N, 3, 64, 64], RGB, (value / 255 - 0.5) / 0.25
                                    output reading  float32[N, 1], percent of full scale
    data/val/*.png, data/val.csv    the pictures to judge by and what each gauge shows
    data/calib/*.png                the pictures to calibrate with

All seeds are fixed. Training takes about a quarter of an hour on one processor core. Another processor or another
version of PyTorch rounds differently, so it ends at another model of about the same quality.
"""
import csv
import math
import time
from collections import OrderedDict
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

import gauge

ROOT = Path(__file__).resolve().parent.parent
TRAIN, VALIDATION, CALIBRATION = (1, 24000), (2, 700), (3, 200)     # seed and number of pictures
EPOCHS, BATCH, RATE = 24, 64, 3e-3


# --- pictures ----------------------------------------------------------------------------------------------------------

def picture(seed):
    return gauge.render(np.random.default_rng(seed))


def pictures(pool, which):
    """uint8[N, SIZE, SIZE, 3] and float32[N]."""
    seed, count = which
    drawn = pool.map(picture, [(seed, i) for i in range(count)], chunksize=50)
    return np.stack([pixels for pixels, _ in drawn]), np.array([reading for _, reading in drawn], np.float32)


def save(folder, images):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    names = [f"{i:04}.png" for i in range(len(images))]
    for name, pixels in zip(names, images):
        Image.fromarray(pixels).save(folder / name, optimize=True)
    return names


def to_input(images):
    """What the network is fed: the preprocessing that quantize.yaml and the application repeat."""
    return ((images.permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.25).contiguous(memory_format=torch.channels_last)


# --- network -----------------------------------------------------------------------------------------------------------

def conv(inputs, outputs, size, stride=1, groups=1):
    return nn.Sequential(OrderedDict(
        conv=nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False),
        norm=nn.BatchNorm2d(outputs),
        relu=nn.ReLU()))


def separable(inputs, outputs, stride=1):
    """A 3x3 convolution in two cheap halves: first within each channel, then across the channels."""
    return nn.Sequential(OrderedDict(
        depthwise=conv(inputs, inputs, 3, stride, groups=inputs),
        pointwise=conv(inputs, outputs, 1)))


def network():
    """In the manner of MobileNet: 18 layers with weights, 64 000 parameters, from 64x64 pixels down to 4x4."""
    net = nn.Sequential(OrderedDict(
        stem=conv(3, 16, 3, stride=2),
        block1=separable(16, 32),
        block2=separable(32, 48, stride=2),
        block3=separable(48, 48),
        block4=separable(48, 96, stride=2),
        block5=separable(96, 96),
        block6=separable(96, 96),
        block7=separable(96, 128, stride=2),
        block8=separable(128, 128),
        pool=nn.AdaptiveAvgPool2d(1),
        flatten=nn.Flatten(),
        reading=nn.Linear(128, 1)))
    nn.init.constant_(net.reading.bias, 50)         # an untrained network guesses half of full scale
    return net.to(memory_format=torch.channels_last)


# --- training ----------------------------------------------------------------------------------------------------------

def predict(net, images):
    net.eval()
    with torch.no_grad():
        return torch.cat([net(to_input(part))[:, 0] for part in images.split(100)])


def train(net, images, readings, check):
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-2)
    steps, step = EPOCHS * (len(images) // BATCH), 0
    start = time.time()
    for epoch in range(EPOCHS):
        net.train()
        for chosen in torch.randperm(len(images)).split(BATCH):
            if len(chosen) < BATCH:
                continue
            inputs, wanted = to_input(images[chosen]), readings[chosen].clone()
            inputs = inputs[:, torch.randperm(3)]                   # any colour may play any other's part
            mirrored = torch.rand(BATCH) < 0.5                      # a mirrored gauge counts from the other end
            inputs[mirrored] = inputs[mirrored].flip(3)
            wanted[mirrored] = 100 - wanted[mirrored]
            for group in optimizer.param_groups:                    # a short warm-up, then half a cosine
                group["lr"] = RATE * min(1, step / 300) * 0.5 * (1 + math.cos(math.pi * step / steps))
            loss = (net(inputs.contiguous(memory_format=torch.channels_last))[:, 0] - wanted).abs().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
        print(f"epoch {epoch + 1:2} of {EPOCHS}: mean error {check(net):.3f} percent of full scale, {time.time() - start:.0f} s",
              flush=True)


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)                                        # the same sums in the same order every time
    with Pool() as pool:
        images, readings = (torch.from_numpy(a) for a in pictures(pool, TRAIN))
        val_images, val_readings = pictures(pool, VALIDATION)
        calib_images, _ = pictures(pool, CALIBRATION)

    names = save(ROOT / "data" / "val", val_images)
    save(ROOT / "data" / "calib", calib_images)
    with open(ROOT / "data" / "val.csv", "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["file", "label"])
        rows.writerows((name, f"{reading:.3f}") for name, reading in zip(names, val_readings))

    val_images, val_readings = torch.from_numpy(val_images), torch.from_numpy(val_readings)
    net = network()
    print(f"{sum(p.numel() for p in net.parameters())} parameters")
    train(net, images, readings, lambda n: (predict(n, val_images) - val_readings).abs().mean())

    (ROOT / "models").mkdir(exist_ok=True)
    net.eval().to(memory_format=torch.contiguous_format)
    torch.onnx.export(net, torch.zeros(1, 3, gauge.SIZE, gauge.SIZE), str(ROOT / "models" / "gauge.onnx"), opset_version=13,
                      input_names=["image"], output_names=["reading"],
                      dynamic_axes={"image": {0: "N"}, "reading": {0: "N"}})


if __name__ == "__main__":
    main()
