"""Expected values of MeanAveragePrecisionTests: plain scalar Python from the published definitions, on data that a congruential generator makes in both places.

Pascal VOC: Everingham et al. 2010, section 4.2, and VOCevaldet.m of the development kit. COCO: cocodataset.org/#detection-eval.
Run: python3 expected_detection.py
"""
IMAGES, CLASSES = 40, 5
state = 12345


def draw(limit):
    """A whole number below the limit."""
    global state
    state = (state * 1103515245 + 12345) % 2147483648
    return (state >> 8) % limit


def dataset():
    """For every image its boxes (class, x1, y1, x2, y2, ignored, area) and detections (class, score, x1, y1, x2, y2)."""
    images = []
    for _ in range(IMAGES):
        boxes, found = [], []
        for _ in range(draw(6)):
            x, y, w, h = draw(200), draw(200), 8 + draw(150), 8 + draw(150)
            boxes.append((draw(CLASSES), x, y, x + w, y + h, draw(8) == 0, w * h * (50 + draw(50)) / 100.0))
        for box in boxes:
            for _ in range(draw(3)):
                dx, dy = draw(21) - 10, draw(21) - 10
                index = box[0] if draw(6) else draw(CLASSES)
                found.append((index, (1 + draw(64)) / 64.0, box[1] + dx, box[2] + dy, box[3] + dy, box[4] + dx))
        for _ in range(draw(4)):
            x, y = draw(250), draw(250)
            found.append((draw(CLASSES), (1 + draw(40)) / 64.0, x, y, x + 5 + draw(120), y + 5 + draw(120)))
        images.append((boxes, found))
    return images


def intersection(a, b, one):
    w = min(a[2], b[2]) - max(a[0], b[0]) + one
    h = min(a[3], b[3]) - max(a[1], b[1]) + one
    return w * h if w > 0 and h > 0 else 0.0


def size(a, one):
    return (a[2] - a[0] + one) * (a[3] - a[1] + one)


def voc(images, overlap, one, eleven, multiple=True):
    """All detections of a class over all images in one list, as the development kit goes through them."""
    values = []
    for index in range(CLASSES):
        positives = sum(1 for boxes, _ in images for b in boxes if b[0] == index and not b[5])
        if positives == 0:
            continue
        ranked = sorted(((d, i) for i, (_, found) in enumerate(images) for d in found if d[0] == index), key=lambda p: -p[0][1])
        seen, tp, fp = set(), 0, 0
        curve = []
        for d, i in ranked:
            best, at = -1.0, None
            for k, b in enumerate(images[i][0]):
                if b[0] != index:
                    continue
                shared = intersection(d[2:6], b[1:5], one)
                value = shared / (size(d[2:6], one) + size(b[1:5], one) - shared)
                if value > best:
                    best, at = value, k
            if at is not None and best >= overlap:
                if images[i][0][at][5] and (multiple or (i, at) not in seen):
                    seen.add((i, at))
                    continue
                if (i, at) in seen:
                    fp += 1
                else:
                    seen.add((i, at))
                    tp += 1
            else:
                fp += 1
            curve.append((tp / positives, tp / (tp + fp)))
        if eleven:
            ap = sum(max([p for r, p in curve if r >= t / 10.0], default=0.0) for t in range(11)) / 11
        else:
            ap, last = 0.0, 0.0
            for r in sorted({r for r, _ in curve}):
                ap += (r - last) * max(p for q, p in curve if q >= r)
                last = r
        values.append(ap)
    return sum(values) / len(values)


def coco(images, thresholds, low, high, limit):
    values = []
    for index in range(CLASSES):
        for threshold in thresholds:
            positives, entries = 0, []
            for boxes, found in images:
                gts = [(b, b[5] or b[6] < low or b[6] > high) for b in boxes if b[0] == index]
                gts = [g for g in gts if not g[1]] + [g for g in gts if g[1]]
                positives += sum(1 for g in gts if not g[1])
                taken = [False] * len(gts)
                for d in sorted((d for d in found if d[0] == index), key=lambda d: -d[1])[:limit]:
                    need, chosen = min(threshold, 1 - 1e-10), None
                    for k, (b, ignored) in enumerate(gts):
                        if taken[k] and not b[5]:
                            continue
                        if chosen is not None and not gts[chosen][1] and ignored:
                            break
                        shared = intersection(d[2:6], b[1:5], 0)
                        own = shared / (size(d[2:6], 0) if b[5] else size(d[2:6], 0) + size(b[1:5], 0) - shared)
                        if own >= need:
                            need, chosen = own, k
                    area = size(d[2:6], 0)
                    if chosen is None:
                        if low <= area <= high:
                            entries.append((d[1], False))
                    else:
                        taken[chosen] = True
                        if not gts[chosen][1]:
                            entries.append((d[1], True))
            if positives == 0:
                continue
            entries.sort(key=lambda e: -e[0])
            curve, tp = [], 0
            for n, (_, right) in enumerate(entries):
                tp += right
                curve.append((tp / positives, tp / (n + 1)))
            points = [max([p for r, p in curve if r >= k * 0.01], default=0.0) for k in range(101)]
            values.append(sum(points) / 101)
    return sum(values) / len(values)


data = dataset()
steps = [0.5 + i * ((0.95 - 0.5) / 9) for i in range(9)] + [0.95]
print("boxes", sum(len(b) for b, _ in data), "detections", sum(len(f) for _, f in data), "ignored", sum(b[5] for bs, _ in data for b in bs))
for name, value in [
    ("map", voc(data, 0.5, 1, False)),
    ("map integral=11point", voc(data, 0.5, 1, True)),
    ("map include_boundaries=false overlap_threshold=0.7", voc(data, 0.7, 0, False)),
    ("map allow_multiple_matches_per_ignored=false", voc(data, 0.5, 1, False, False)),
    ("coco_precision", coco(data, steps, 0, 1e10, 100)),
    ("coco_precision max_detections=1", coco(data, steps, 0, 1e10, 1)),
    ("coco_precision@50", coco(data, [0.5], 0, 1e10, 100)),
    ("coco_precision@75", coco(data, [0.75], 0, 1e10, 100)),
    ("coco_precision@small", coco(data, steps, 0, 1024, 100)),
    ("coco_precision@medium", coco(data, steps, 1024, 9216, 100)),
    ("coco_precision@large", coco(data, steps, 9216, 1e10, 100)),
]:
    print(repr(value), name)
