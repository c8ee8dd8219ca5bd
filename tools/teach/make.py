"""Logistic regression by scikit-learn, for the tests of app/teach.

    pip install scikit-learn numpy
    python tools/teach/make.py

writes app/teach/tests/regression.json: features of a few classes that overlap, the layer that `LogisticRegression(C=1)` finds on
features of one scale, and how often it is right on parts that `StratifiedKFold` holds back.
"""

import json
from pathlib import Path

import numpy
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

TO = Path(__file__).parents[2] / "app" / "teach" / "tests" / "regression.json"


def case(name, counts, width, apart, seed):
    """Classes of so many photos, whose features are positive and sparse, as those behind a ReLU are."""
    random = numpy.random.default_rng(seed)
    labels = numpy.repeat(numpy.arange(len(counts)), counts)
    middles = random.normal(0, apart, (len(counts), width))
    features = numpy.maximum(random.normal(0, 1, (len(labels), width)) + middles[labels], 0)
    features[:, 0] = 0.25  # the same everywhere
    features = features.round(2)

    def learner():
        return make_pipeline(StandardScaler(), LogisticRegression(C=1.0, solver="lbfgs", tol=1e-9, max_iter=100_000))

    parts = StratifiedKFold(min(5, min(counts)))
    part_of = numpy.empty(len(labels), int)
    for part, (_, held) in enumerate(parts.split(features, labels)):
        part_of[held] = part
    guesses = cross_val_predict(learner(), features, labels, cv=parts)
    regression = learner().fit(features, labels)[-1]
    weight, bias = regression.coef_, regression.intercept_
    if len(counts) == 2:
        # One row for both classes: what the second's logit is above the first's.
        weight, bias = numpy.vstack([-weight, weight]) / 2, numpy.hstack([-bias, bias]) / 2
    # Intercepts are determined but for a number that all share.
    bias = bias - bias.mean()
    return {
        "name": name,
        "classes": len(counts),
        "labels": labels.tolist(),
        "features": features.tolist(),
        "part_of": part_of.tolist(),
        "guesses": guesses.tolist(),
        "weight": weight.round(6).tolist(),
        "bias": bias.round(6).tolist(),
    }


def main():
    cases = [
        case("three classes", [14, 20, 9], 12, 0.6, 1),
        case("two classes", [12, 17], 16, 0.4, 2),
        case("more features than photos", [6, 5, 7, 4], 90, 0.35, 3),
    ]
    TO.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"by": f"scikit-learn {sklearn.__version__}", "cases": cases}, separators=(",", ":"))
    TO.write_text(text + "\n")
    for one in cases:
        right = sum(a == b for a, b in zip(one["labels"], one["guesses"]))
        print(f"{one['name']}: {right} of {len(one['labels'])} right")
    print(f"{TO}: {len(text)} bytes")


if __name__ == "__main__":
    main()
