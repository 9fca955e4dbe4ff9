"""Makes all reference data again, in a few minutes; see README.md. Names of scripts, without
.py, make theirs alone: python make.py selection streams"""

import sys

import torch

import classifiers
import crossvalidation
import datasets
import encoding
import groups
import importance
import projects
import recipes
import scores
import selection
import streams
import tables

MAKERS = {"datasets": datasets, "selection": selection, "groups": groups, "encoding": encoding, "streams": streams, "scores": scores,
          "recipes": recipes, "tables": tables, "crossvalidation": crossvalidation, "importance": importance,
          "classifiers": classifiers, "projects": projects}

if __name__ == "__main__":
    # Without FMA even PyTorch's initial weights differ.
    capability = torch.backends.cpu.get_cpu_capability()
    assert capability.startswith("AVX"), f"AVX2 or later is needed, this is {capability}"
    for name in sys.argv[1:] or MAKERS:
        MAKERS[name].write_all()
