#!/usr/bin/python3
"""Trains two tiny SentencePiece models with Debian's sentencepiece 0.1.97 on made-up sentences, and prints what TextTests expects of them: /usr/bin/python3 generate_text.py"""
import random
import sentencepiece

random.seed(1)
words = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "quantize", "model", "accuracy", "drop", "layer", "int", "eight", "calibration", "naïve", "café", "proof", "build", "package", "runtime", "kernel"]
sentences = [" ".join(random.choice(words) for _ in range(8)) for _ in range(400)]
texts = ["the quick brown fox", "quantized café models dropped", "  spaces   here ", "中 unknown", "naïve proofs over kernels"]
for kind, size in (("unigram", 56), ("bpe", 60)):
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(sentences), model_prefix=kind, vocab_size=size, model_type=kind, character_coverage=1.0, normalization_rule_name="identity", num_threads=1)
    model = sentencepiece.SentencePieceProcessor(model_file=kind + ".model")
    for text in texts:
        print(kind, repr(text), *model.encode(text))
