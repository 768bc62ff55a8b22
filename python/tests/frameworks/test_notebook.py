# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The notebook in examples/, executed."""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[3] / "examples" / "notebook" / "energy_optimizer.ipynb"


@pytest.fixture
def notebook():
    return nbformat.read(NOTEBOOK, as_version=4)


def test_it_is_kept_without_outputs(notebook):
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


def test_it_measures_optimizes_and_plots(notebook, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    NotebookClient(
        notebook, timeout=240, resources={"metadata": {"path": os.fspath(tmp_path)}}
    ).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in code for output in cell.outputs]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == 3
    text = "".join(output.get("text", "") for output in outputs)
    assert "Training on a simulated V100." in text
    assert re.search(r"^\d+ J in \d+\.\d\d s: \d+ W$", text, re.M)
    assert re.search(r"^The best power limit was \d+ W; now it is 250 W again\.$", text, re.M)
