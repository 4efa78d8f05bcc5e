"""The two trained graders' parts: word forms, features, and the trees that weigh them.

`words` reads a text into comparable words; `matching` and `answers` make the features of
`correctness`, `context` and `claims` those of `faithfulness`; `forest` evaluates the artefacts
in `artefacts/`, which `bench/train_graders.py` writes. Nothing here imports scikit-learn.
"""
