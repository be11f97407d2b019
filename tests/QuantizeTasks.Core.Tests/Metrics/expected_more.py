#!/usr/bin/python3
"""Prints the expected values that MetricReferenceTests records (Debian's scikit-learn 1.2.1, scikit-image 0.19.3, scipy 1.10.1, Levenshtein 0.12.2, numpy 1.24.2): /usr/bin/python3 expected_more.py"""
import Levenshtein
import numpy as np
from scipy.special import expit, log_softmax, softmax
from scipy.stats import entropy
from skimage.metrics import structural_similarity
from sklearn.metrics import accuracy_score, f1_score, jaccard_score, log_loss, mean_squared_error, precision_score, r2_score, recall_score, roc_auc_score

samples, classes = 60, 7
i, c = np.mgrid[0:samples, 0:classes]
boost = np.where((c == (i * i + 2 * i) % 5) & (i % 3 > 0), 512.5, 0)
scores = (((37 * i * i + 411 * c * c + 97 * i * c + 5 * c) % 1009 + boost) / np.float32(64)).astype(np.float32).astype(np.float64)
reference = (((37 * i * i + 411 * c * c + 97 * i * c + 5 * c) % 997 + boost) / np.float32(64)).astype(np.float32).astype(np.float64)
i = np.arange(samples)
labels = (i * i + 2 * i) % 5
predictions = scores.argmax(1)

for average in ("macro", "micro"):
    print("precision", average, precision_score(labels, predictions, average=average, zero_division=0))
    print("recall", average, recall_score(labels, predictions, average=average, zero_division=0))
for name, score in (("precision", precision_score), ("recall", recall_score), ("f1", f1_score)):
    print(name, "binary positive=3", score(labels == 3, predictions == 3))

print("roc_auc binary", roc_auc_score(labels % 2, scores[:, 0]))
print("roc_auc two scores", roc_auc_score(labels % 2, scores[:, 1] - scores[:, 0]))
coarse = np.floor(scores[:, 0] / 4)
print("roc_auc ties", roc_auc_score(labels % 2, coarse), "distinct scores", len(set(coarse)))
print("roc_auc macro", np.mean([roc_auc_score(labels == k, scores[:, k]) for k in np.unique(labels)]))
print("roc_auc macro logits", np.mean([roc_auc_score(labels == k, softmax(scores, 1)[:, k]) for k in np.unique(labels)]))

print("log_loss logits", log_loss(labels, softmax(scores, 1), labels=np.arange(classes), eps=1e-15))
small = scores / scores.sum(1, keepdims=True)
print("log_loss probabilities", log_loss(labels, small, labels=np.arange(classes), eps=1e-15))
print("log_loss single logit", log_loss(labels % 2, expit(scores[:, 0] - 8), eps=1e-15))

print("r2", r2_score(reference % 10, scores), "r2 of one output", r2_score(reference[:, 2] % 10, scores[:, 2]))
print("rmse pooled", np.sqrt(mean_squared_error((reference % 10).ravel(), scores.ravel())))
print("sqnr", np.mean(10 * np.log10((reference ** 2).sum(1) / ((scores - reference) ** 2).sum(1))))
print("kl logits", np.mean([entropy(p, q) for p, q in zip(softmax(reference, 1), softmax(scores, 1))]))

tokens = labels.reshape(10, 6)
logs = log_softmax(scores, 1).reshape(10, 6, 7)
own = [(logs[s, t, tokens[s, t]]) for s in range(10) for t in range(6) if tokens[s, t] != 4]
after = [(logs[s, t, tokens[s, t + 1]]) for s in range(10) for t in range(5) if tokens[s, t + 1] != 4]
print("perplexity", np.exp(-np.mean(own)), "shifted", np.exp(-np.mean(after)))

n, k, y, x = np.mgrid[0:12, 0:6, 0:5, 0:4]
boost = np.where((k == (n + y * x + 2 * x) % 7) & ((n + x + y) % 3 > 0), 512.5, 0)
dense = (((37 * n * n + 411 * k * k + 97 * n * k + 13 * y * k + 59 * x * k + 11 * y + 5 * x) % 1009 + boost) / np.float32(64)).astype(np.float32)
n, y, x = np.mgrid[0:12, 0:5, 0:4]
mask = (n + y * x + 2 * x) % 7
mask[mask == 5] = 6
keep = mask != 6
print("dice", f1_score(mask[keep], dense.argmax(1)[keep], labels=np.unique(mask[keep]), average="macro", zero_division=0))
print("dice single score", f1_score((mask[keep] == 1).ravel(), (dense[:, 1][keep] > 9).ravel(), labels=[0, 1], average="macro"))

chosen = dense.argmax(1)
print("mean_accuracy", recall_score(mask[keep], chosen[keep], labels=np.unique(mask[keep]), average="macro"))
print("pixel_accuracy", accuracy_score(mask[keep], chosen[keep]))
print("mean_iou seen", jaccard_score(mask[keep], chosen[keep], labels=np.unique([mask[keep], chosen[keep]]), average="macro", zero_division=0))
both = keep & (mask != 2) & (chosen != 2)
print("mean_iou ignoring 2 also in predictions", jaccard_score(mask[both], chosen[both], labels=np.unique([mask[both], chosen[both]]), average="macro", zero_division=0))

# ssim: two channels of 16 x 20.
ch, y, x = np.mgrid[0:2, 0:16, 0:20]
values = []
for s in range(3):
    image = (((7 * y * y + 13 * x * x + 3 * y * x * (ch + 1) + 5 * s) % 101) / np.float32(100)).astype(np.float32).astype(np.float64)
    other = (((7 * y * y + 13 * x * x + 3 * y * x * (ch + 1) + 5 * s) % 101 + (x * y + s) % 7 * 6) / np.float32(128)).astype(np.float32).astype(np.float64)
    values.append(structural_similarity(np.clip(other, 0, 1), image, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1, channel_axis=0))
print("ssim", np.mean(values), values)

pairs = [("the cat sat on the mat", "the cat sat on mat"), ("kitten", "sitting"), ("speech is hard to wreck", "speech is hard to recognise"), ("a b c d", "b c d e f"), ("", "silence is not empty"), ("gröẞe", "größe")]
def words(prediction, truth):
    ids = {w: chr(97 + j) for j, w in enumerate(sorted(set((prediction + " " + truth).split())))}
    return Levenshtein.distance("".join(ids[w] for w in prediction.split()), "".join(ids[w] for w in truth.split())), len(truth.split())
edits = [words(*p) for p in pairs]
print("wer", sum(e for e, _ in edits) / sum(l for _, l in edits), edits)
edits = [(Levenshtein.distance(*p), len(p[1])) for p in pairs]
print("cer", sum(e for e, _ in edits) / sum(l for _, l in edits), edits)
