"""Expected values of PotAdapterTests: what the Accuracy Checker's adapters and postprocessors make of a detector's outputs, in plain scalar Python from their documented formulas, step by step and in their units
(shares of the input, then pixels of the image), on outputs that a congruential generator makes in both places.

Run: python3 expected_adapters.py
"""
from math import exp, sqrt

state = 0


def draw(limit):
    global state
    state = (state * 1103515245 + 12345) % 2147483648
    return (state >> 8) % limit


def signed():
    return (draw(4096) - 2048) / 1024


def share():
    return draw(1025) / 1024


def sigmoid(x):
    return 1 / (1 + exp(-x))


def grid(num, box, cells, activated):
    """Values [num * box][cells][cells] in the order of memory; of activated ones only width and height may be negative."""
    return [[[share() if activated and c % box not in (2, 3) else signed() for _ in range(cells)] for _ in range(cells)] for c in range(num * box)]


def yolo(outputs, anchors, classes, size, kind, raw, threshold, multiple):
    """Rows (label, score, x1, y1, x2, y2) in shares of the input."""
    found = []
    for values, own in zip(outputs, anchors):
        cells, box = len(values[0]), 5 + classes
        for row in range(cells):
            for col in range(cells):
                for n in range(len(own) // 2):
                    t = [values[n * box + k][row][col] for k in range(box)]
                    confidence = sigmoid(t[4]) if raw else t[4]
                    if raw and kind == "yolo_v2":
                        total = sum(exp(v) for v in t[5:])
                        scores = [exp(v) / total * confidence for v in t[5:]]
                    else:
                        scores = [(sigmoid(v) if raw else v) * confidence for v in t[5:]]
                    if raw and kind == "yolo_v5":
                        dx, dy, w, h = 2 * sigmoid(t[0]) - 0.5, 2 * sigmoid(t[1]) - 0.5, (2 * sigmoid(t[2])) ** 2, (2 * sigmoid(t[3])) ** 2
                    else:
                        dx, dy, w, h = sigmoid(t[0]) if raw else t[0], sigmoid(t[1]) if raw else t[1], exp(t[2]), exp(t[3])
                    unit = cells if kind == "yolo_v2" else size
                    x, y, w, h = (dx + col) / cells, (dy + row) / cells, w * own[2 * n] / unit, h * own[2 * n + 1] / unit
                    if multiple:
                        kept = [k for k in range(classes) if scores[k] > threshold]
                    else:
                        kept = [scores.index(max(scores))] if confidence > threshold else []
                    for k in kept:
                        found.append((k, scores[k], x - w / 2, y - h / 2, x + w / 2, y + h / 2))
    return found


def retinanet(size, classes):
    found = []
    for level in range(3, 8):
        stride, base, count = 2 ** level, 2 ** (level + 2), (size + 2 ** level - 1) // 2 ** level
        for row in range(count):
            for col in range(count):
                for ratio in (0.5, 1, 2):
                    for scale in (1, 2 ** (1 / 3), 2 ** (2 / 3)):
                        aw = sqrt((base * scale) ** 2 / ratio)
                        ah = aw * ratio
                        dx, dy, dw, dh = signed(), signed(), signed(), signed()
                        scores = [share() for _ in range(classes)]
                        x, y = (col + 0.5) * stride + 0.1 * dx * aw, (row + 0.5) * stride + 0.1 * dy * ah
                        w, h = aw * exp(0.2 * dw), ah * exp(0.2 * dh)
                        best = max(scores)
                        if best > 0.05:
                            found.append((scores.index(best), best, (x - w / 2) / size, (y - h / 2) / size, (x + w / 2) / size, (y + h / 2) / size))
    return found


def resized(found, width, height):
    return [(k, s, x1 * width, y1 * height, x2 * width, y2 * height) for k, s, x1, y1, x2, y2 in found]


def letterboxed(found, size, scale, left, top):
    return [(k, s, (x1 * size - left) / scale, (y1 * size - top) / scale, (x2 * size - left) / scale, (y2 * size - top) / scale) for k, s, x1, y1, x2, y2 in found]


def nms(found, limit, one, aware=False, diou=False):
    rest, kept = sorted(found, key=lambda d: -d[1]), []
    while rest:
        a, rest = rest[0], rest[1:]
        kept.append(a)
        left = []
        for b in rest:
            w, h = min(a[4], b[4]) - max(a[2], b[2]) + one, min(a[5], b[5]) - max(a[3], b[3]) + one
            shared = max(0.0, w) * max(0.0, h)
            both = (a[4] - a[2] + one) * (a[5] - a[3] + one) + (b[4] - b[2] + one) * (b[5] - b[3] + one) - shared
            overlap = shared / both if both else 0.0
            if diou:
                d = ((b[4] + b[2] - a[4] - a[2]) ** 2 + (b[5] + b[3] - a[5] - a[3]) ** 2) / 4
                c = (max(a[4], b[4]) - min(a[2], b[2])) ** 2 + (max(a[5], b[5]) - min(a[3], b[3])) ** 2 + 1e-16
                overlap -= (d / c) ** 0.6
            if overlap <= limit or (aware and a[0] != b[0]):
                left.append(b)
        rest = left
    return kept


def filtered(found, least):
    return [d for d in found if d[1] >= least]


def clipped(found, width, height):
    return [(k, s, min(max(x1, 0), width), min(max(y1, 0), height), min(max(x2, 0), width), min(max(y2, 0), height)) for k, s, x1, y1, x2, y2 in found]


def report(name, found):
    """How many, and every column summed up with the place in the order of scores as weight."""
    ranked = sorted(found, key=lambda d: -d[1])
    sums = [sum((place + 1) * d[column] for place, d in enumerate(ranked)) for column in range(6)]
    print(name, len(ranked), " ".join(repr(float(v)) for v in sums))


A = [18, 24, 36, 30, 60, 72, 90, 48]
MASKED = [A[4:], A[:4]]

state = 1
maps = [grid(2, 8, 2, False), grid(2, 8, 4, False)]
found = letterboxed(yolo(maps, MASKED, 3, 64, "yolo_v3", True, 0.001, False), 64, 0.4, 0, 16)
report("yolo_v3", clipped(nms(filtered(found, 0.05), 0.3, 1), 160, 80))
found = resized(yolo(maps, MASKED, 3, 64, "yolo_v3", True, 0.3, True), 160, 80)
report("yolo_v3 multiple", nms(found, 0.3, 0, aware=True))
report("yolo_v3 threshold", resized(yolo(maps, MASKED, 3, 64, "yolo_v3", True, 0.6, False), 160, 80))
report("yolo_v3 no masks", resized(yolo(maps, [A[:4], A[:4]], 3, 64, "yolo_v3", True, 0.001, False), 160, 80))
found = resized(yolo(maps, MASKED, 3, 64, "yolo_v5", True, 0.001, False), 160, 80)
report("yolo_v5", nms(filtered(found, 0.1), 0.1, 1, diou=True))
found = resized(yolo([maps[1]], [A[:4]], 3, 64, "yolo_v2", True, 0.001, False), 160, 80)
report("yolo_v2", nms(found, 0.4, 1))
state = 2
maps = [grid(2, 8, 2, True), grid(2, 8, 4, True)]
report("yolo_v3 activated", nms(resized(yolo(maps, MASKED, 3, 64, "yolo_v3", False, 0.001, False), 160, 80), 0.5, 1))
report("yolo_v5 activated", nms(resized(yolo(maps, MASKED, 3, 64, "yolo_v5", False, 0.001, False), 160, 80), 0.5, 1))
report("yolo_v2 activated", nms(resized(yolo([maps[1]], [A[:4]], 3, 64, "yolo_v2", False, 0.001, False), 160, 80), 0.5, 1))
state = 3
found = resized(retinanet(64, 2), 160, 80)
report("retinanet", clipped(nms(filtered(found, 0.9), 0.5, 0, aware=True), 160, 80))
