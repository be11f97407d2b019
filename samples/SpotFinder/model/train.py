"""Makes everything this sample's quantize.yaml names: scenes, where the spots in them are, and the float model.

    apt-get install python3-torch python3-onnx python3-numpy        # Debian 12
    /usr/bin/python3 train.py

A scene is 48 x 48 grey pixels with 0 to 6 round spots on an uneven, noisy ground. The network says for every cell of 4 x 4 pixels how likely a spot has its
middle there. All seeds are fixed; training takes a minute or two. Written beside this folder:

    models/spots.onnx     input scene float32[N, 1, 48, 48] in 0 .. 1; output heat float32[N, 1, 12, 12], logits
    data/val.scenes       200 scenes and their spots, data/calib.scenes 60 more; the format is in SceneFile.cs
"""
import struct
from pathlib import Path

import numpy as np
import torch
from torch import nn

ROOT = Path(__file__).resolve().parent.parent
SIZE, CELL = 48, 4


def scene(random):
    """uint8[SIZE, SIZE] and the middles of its spots."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    ground = 0.35 + 0.15 * np.sin(x / random.uniform(6, 20) + random.uniform(0, 6)) * np.cos(y / random.uniform(6, 20) + random.uniform(0, 6))
    middles = []
    for _ in range(random.integers(0, 7)):
        cx, cy, radius = random.uniform(4, SIZE - 4), random.uniform(4, SIZE - 4), random.uniform(1.5, 3.5)
        if any((cx - a) ** 2 + (cy - b) ** 2 < 81 for a, b in middles):
            continue
        middles.append((cx, cy))
        ground += random.uniform(0.18, 0.5) * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * radius ** 2))
    return (np.clip(ground + random.normal(0, 0.06, ground.shape), 0, 1) * 255).astype(np.uint8), middles


def scenes(seed, count):
    return [scene(np.random.default_rng((seed, i))) for i in range(count)]


def target(middles):
    heat = np.zeros((SIZE // CELL, SIZE // CELL), np.float32)
    for x, y in middles:
        heat[int(y) // CELL, int(x) // CELL] = 1
    return heat


def write(path, drawn):
    """SCN1, count; for each scene its pixels, how many spots, and their middles as float32 pairs. Little-endian."""
    with open(path, "wb") as file:
        file.write(b"SCN1" + struct.pack("<i", len(drawn)))
        for pixels, middles in drawn:
            file.write(pixels.tobytes() + struct.pack("<i", len(middles)))
            for x, y in middles:
                file.write(struct.pack("<ff", x, y))


def network():
    def conv(inputs, outputs, stride=1):
        return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())
    return nn.Sequential(conv(1, 32, 2), conv(32, 32), conv(32, 64, 2), conv(64, 64), conv(64, 64), nn.Conv2d(64, 1, 1))


def tensors(drawn):
    return (torch.from_numpy(np.stack([p for p, _ in drawn])[:, None].astype(np.float32) / 255), torch.from_numpy(np.stack([target(m) for _, m in drawn])[:, None]))


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    (ROOT / "data").mkdir(exist_ok=True)
    (ROOT / "models").mkdir(exist_ok=True)
    validation = scenes(2, 200)
    write(ROOT / "data" / "val.scenes", validation)
    write(ROOT / "data" / "calib.scenes", scenes(3, 60))

    images, heats = tensors(scenes(1, 3000))
    net, batch, epochs = network(), 50, 6
    optimizer = torch.optim.AdamW(net.parameters(), 2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=epochs * (len(images) // batch))
    weigh = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(4.0))
    for epoch in range(epochs):
        net.train()
        for chosen in torch.randperm(len(images)).split(batch):
            loss = weigh(net(images[chosen]), heats[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        net.eval()
        with torch.no_grad():
            print(f"epoch {epoch + 1} of {epochs}: loss {weigh(*(lambda a, b: (net(a), b))(*tensors(validation))):.4f}", flush=True)
    torch.onnx.export(net.eval(), torch.zeros(1, 1, SIZE, SIZE), str(ROOT / "models" / "spots.onnx"), opset_version=13,
                      input_names=["scene"], output_names=["heat"], dynamic_axes={"scene": {0: "N"}, "heat": {0: "N"}})


if __name__ == "__main__":
    main()
