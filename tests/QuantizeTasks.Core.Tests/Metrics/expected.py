#!/usr/bin/python3
"""Prints the expected values that MetricValueTests records (Debian's scikit-learn 1.2.1 and numpy 1.24.2)."""
import numpy as np
from sklearn.metrics import f1_score, jaccard_score, top_k_accuracy_score, mean_absolute_error, mean_squared_error
from sklearn.metrics.pairwise import cosine_similarity

samples, classes = 60, 7
i, c = np.mgrid[0:samples, 0:classes]
boost = np.where((c == (i * i + 2 * i) % 5) & (i % 3 > 0), 512.5, 0)
scores = (((37 * i * i + 411 * c * c + 97 * i * c + 5 * c) % 1009 + boost) / np.float32(64)).astype(np.float32)
reference = (((37 * i * i + 411 * c * c + 97 * i * c + 5 * c) % 997 + boost) / np.float32(64)).astype(np.float32)
assert all(len(set(row)) == classes for row in scores), "no ties: libraries break them differently"
i = np.arange(samples)
labels = (i * i + 2 * i) % 5  # classes 5 and 6 occur in predictions only
predictions = scores.argmax(1)

print("accuracy@top1", (predictions == labels).mean())
print("accuracy@top3", top_k_accuracy_score(labels, scores, k=3, labels=np.arange(classes)))
print("f1 macro", f1_score(labels, predictions, average="macro", zero_division=0))
print("f1 micro", f1_score(labels, predictions, average="micro"))
print("f1 binary", f1_score(labels % 2, scores[:, 0] > 6))
print("cosine", np.mean([cosine_similarity(a[None].astype(np.float64), b[None].astype(np.float64))[0, 0] for a, b in zip(scores, reference)]))
print("agreement", (predictions == reference.argmax(1)).mean())
print("mae", np.mean([mean_absolute_error(a, b) for a, b in zip(reference.astype(np.float64), scores.astype(np.float64))]))
print("rmse", np.mean([np.sqrt(mean_squared_error(a, b)) for a, b in zip(reference.astype(np.float64), scores.astype(np.float64))]))

# psnr: rows as images of 7 x 1 x 1; clipped to 0..10, against labels in 0..10.
target = reference.astype(np.float64) % 10
print("psnr", np.mean(10 * np.log10(100 / np.mean((np.clip(scores.astype(np.float64), 0, 10) - target) ** 2, 1))))

# mean_iou: 12 masks of 5 x 4 with 7 classes; 6 is ignored, class 5 occurs in predictions only.
n, k, y, x = np.mgrid[0:12, 0:6, 0:5, 0:4]
boost = np.where((k == (n + y * x + 2 * x) % 7) & ((n + x + y) % 3 > 0), 512.5, 0)
dense = (((37 * n * n + 411 * k * k + 97 * n * k + 13 * y * k + 59 * x * k + 11 * y + 5 * x) % 1009 + boost) / np.float32(64)).astype(np.float32)
n, y, x = np.mgrid[0:12, 0:5, 0:4]
mask = (n + y * x + 2 * x) % 7
mask[mask == 5] = 6
keep = mask != 6
chosen = dense.argmax(1)
present = np.unique(mask[keep])
print("mean_iou", jaccard_score(mask[keep], chosen[keep], labels=present, average="macro", zero_division=0), "over classes", present, "predicted", np.unique(chosen[keep]))
print("agreement dense", (chosen == mask).mean())
