"""The folds.csv of another project, on two branches: by any_project.py, which docs/comparing.md shows, as it is and
with a stronger penalty."""

import os
import tempfile
from pathlib import Path

import files

FOLDER = "cmd/compare/testdata/any_project"


def write_all():
    script = (Path(__file__).parent / "any_project.py").read_text(encoding="utf-8")
    assert script.count("C=1)") == 1
    here = os.getcwd()
    for branch, penalty in [("main", "C=1)"), ("branch", "C=1e-6)")]:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                exec(compile(script.replace("C=1)", penalty), "any_project.py", "exec"), {})
                text = Path("folds.csv").read_bytes()
            finally:
                os.chdir(here)
        path = files.ROOT / FOLDER / f"{branch}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
        print(f"{path.relative_to(files.ROOT)}: {path.stat().st_size} bytes")
