"""Makes everything this sample's quantize.yaml names: the requests, the vocabulary and the float model.

    apt-get install python3-torch python3-onnx python3-numpy        # Debian 12
    /usr/bin/python3 train.py

It makes up 6 000 requests to learn from, 600 to judge by and 200 to calibrate with, none of them twice, trains a small
transformer to route them, and writes, beside this folder:

    models/router.onnx      input  input_ids  int64[1, 32], mask int64[1, 32]; output department float32[1, 6]
    models/tokenize.onnx    from a text to input_ids and mask, with ONNX Runtime Extensions, for the program
    data/vocab.txt, data/val.jsonl, data/calib.txt

All seeds are fixed. It takes a few minutes on one processor core.
"""
import json
import math
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from torch import nn

import helpdesk

ROOT = Path(__file__).resolve().parent.parent
LENGTH, WIDTH, HEADS, LAYERS, HIDDEN = 32, 64, 4, 2, 128
EPOCHS, BATCH, RATE = 5, 64, 2e-3


class Layer(nn.Module):
    """Attention and a small network, each behind a normalization and beside a skip connection."""

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.up, self.down = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH)

    def forward(self, x, hidden):
        y = self.norm1(x)
        split = lambda t: t.reshape(-1, LENGTH, HEADS, WIDTH // HEADS).transpose(1, 2)
        scores = split(self.query(y)) @ split(self.key(y)).transpose(2, 3) / math.sqrt(WIDTH // HEADS) + hidden
        x = x + self.out((scores.softmax(-1) @ split(self.value(y))).transpose(1, 2).reshape(-1, LENGTH, WIDTH))
        return x + self.down(torch.relu(self.up(self.norm2(x))))


class Router(nn.Module):
    def __init__(self, tokens):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(tokens, WIDTH), nn.Parameter(torch.randn(LENGTH, WIDTH) * 0.02)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm, self.department = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, len(helpdesk.DEPARTMENTS))

    def forward(self, ids, mask):
        present = mask.float()
        hidden = ((1 - present) * -10000.0)[:, None, None, :]
        x = self.tokens(ids) + self.positions
        for layer in self.layers:
            x = layer(x, hidden)
        mean = (x * present[:, :, None]).sum(1) / present.sum(1, keepdim=True)
        return self.department(self.norm(mean))


def made_up(seed, count, known):
    rng, found = np.random.default_rng(seed), []
    while len(found) < count:
        text, label = helpdesk.make(rng)
        if text not in known:
            known.add(text)
            found.append((text, label))
    return found


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    words = helpdesk.vocabulary()
    index = {word: i for i, word in enumerate(words)}
    known = set()
    train, val, calib = (made_up(seed, count, known) for seed, count in ((1, 6000), (2, 600), (3, 200)))

    def tensors(examples):
        ids = torch.tensor([helpdesk.tokenize(text, index, LENGTH) for text, _ in examples])
        return ids, (ids != 0).long(), torch.tensor([label for _, label in examples])

    ids, mask, labels = tensors(train)
    val_ids, val_mask, val_labels = tensors(val)
    net = Router(len(words))
    print(f"{sum(p.numel() for p in net.parameters())} parameters, {len(words)} tokens")
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-2)
    steps, step = EPOCHS * (len(ids) // BATCH), 0
    for epoch in range(EPOCHS):
        net.train()
        for chosen in torch.randperm(len(ids)).split(BATCH):
            if len(chosen) < BATCH:
                continue
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1, step / 100) * 0.5 * (1 + math.cos(math.pi * step / steps))
            loss = nn.functional.cross_entropy(net(ids[chosen], mask[chosen]), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
        net.eval()
        with torch.no_grad():
            print(f"epoch {epoch + 1:2} of {EPOCHS}: {(net(val_ids, val_mask).argmax(1) == val_labels).float().mean():.3f} right", flush=True)

    (ROOT / "data").mkdir(exist_ok=True)
    (ROOT / "models").mkdir(exist_ok=True)
    (ROOT / "data" / "vocab.txt").write_text("\n".join(words) + "\n")
    (ROOT / "data" / "val.jsonl").write_text("".join(json.dumps({"text": text, "department": label}) + "\n" for text, label in val))
    (ROOT / "data" / "calib.txt").write_text("".join(text + "\n" for text, _ in calib))
    torch.onnx.export(net.eval(), (val_ids[:1], val_mask[:1]), str(ROOT / "models" / "router.onnx"), opset_version=13, input_names=["input_ids", "mask"], output_names=["department"])
    tokenizer("\n".join(words) + "\n")


def tokenizer(vocabulary):
    """BertTokenizer is an operator of ONNX Runtime Extensions; its ids are cut and padded to what the router takes."""
    node, length = helper.make_node, helper.make_tensor("length", TensorProto.INT64, [1], [LENGTH])
    nodes = [
        node("BertTokenizer", ["text"], ["ids", "segments", "present"], domain="com.microsoft.extensions", vocab_file=vocabulary, do_lower_case=1, strip_accents=1),
        node("Concat", ["ids", "zeros"], ["padded"], axis=0),
        node("Concat", ["present", "zeros"], ["padded_mask"], axis=0),
        node("Slice", ["padded", "zero", "length"], ["cut"]),
        node("Slice", ["padded_mask", "zero", "length"], ["cut_mask"]),
        node("Unsqueeze", ["cut", "zero"], ["input_ids"]),
        node("Unsqueeze", ["cut_mask", "zero"], ["mask"]),
    ]
    graph = helper.make_graph(
        nodes, "tokenize", [helper.make_tensor_value_info("text", TensorProto.STRING, [1])],
        [helper.make_tensor_value_info(name, TensorProto.INT64, [1, LENGTH]) for name in ("input_ids", "mask")],
        [length, helper.make_tensor("zero", TensorProto.INT64, [1], [0]), helper.make_tensor("zeros", TensorProto.INT64, [LENGTH], [0] * LENGTH)])
    model = helper.make_model(graph, producer_name="request-router", opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft.extensions", 1)])
    model.ir_version = 8
    onnx.save(model, str(ROOT / "models" / "tokenize.onnx"))


if __name__ == "__main__":
    main()
