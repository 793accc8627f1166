"""The README tells the truth: its Python runs, its numbers are the pinned ones."""

from __future__ import annotations

import json
import re

import matplotlib
import numpy as np
import pytest

import survcomp


@pytest.fixture(scope="module")
def readme(root) -> str:
    return (root / "README.md").read_text("utf-8")


def patients(n: int, arms: tuple[str, ...] = ("my drug",)) -> str:
    """A file as the README reads it."""
    rng = np.random.default_rng(7)
    rows = ["id,months,progressed,age,male,arm"]
    for i in range(n):
        time, limit = rng.exponential(20), rng.uniform(3, 30)
        rows.append(
            f"P{i:03},{min(time, limit):.3f},{int(time <= limit)},{rng.normal(63, 8):.1f},{i % 2},"
            f"{arms[i // 2 % len(arms)]}"
        )
    return "\n".join(rows) + "\n"


def test_the_python_runs_on_the_reader_s_own_files(readme, tmp_path, monkeypatch, capsys):
    matplotlib.use("agg")
    (tmp_path / "my_trial.csv").write_text(patients(150))
    (tmp_path / "my_randomised_trial.csv").write_text(patients(300, ("my drug", "placebo")))
    monkeypatch.chdir(tmp_path)
    first, then = (block.split("```")[0] for block in readme.split("```python\n")[1:])
    assert len([line for line in first.splitlines() if line.strip()]) == 15
    names: dict[str, object] = {}
    exec(compile(first, "README.md", "exec"), names)
    out = capsys.readouterr().out
    assert re.search(r"naive  HR \d\.\d\d \(95% CI", out)
    assert re.search(r"MAIC   HR \d\.\d\d \(95% CI", out)
    assert "sampling and reconstruction error, under assumed censoring" in out
    assert "Effective sample size" in out
    exec(compile(then, "README.md", "exec"), names)
    out = capsys.readouterr().out
    assert "RMST to 12 months" in out
    assert "RMST difference (to 12 months)" in out
    assert re.search(r"Anchored, weighted to OTHER: effective sample size \d+\.\d of 300", out)
    assert (tmp_path / "curves.png").stat().st_size > 10_000


def test_the_table_of_checks_is_the_pinned_one(readme, root):
    rows = re.findall(r"^\| (CARTITUDE-4|KarMMa-3), .* \| (.*) \| (.*) \|$", readme, re.MULTILINE)
    expected = []
    for name in ("cartitude_4", "karmma_3"):
        pinned = json.loads((root / "analyses" / name / "pinned.json").read_text("utf-8"))
        value = {record["id"]: record["value"] for record in pinned["records"]}
        checks = [
            id.removesuffix("/check/published/hr/estimate")
            for id in value
            if id.endswith("/check/published/hr/estimate")
        ]
        for path in checks:
            shown = []
            for part in ("check/published", "over_draws"):
                e, low, high = (
                    value[f"{path}/{part}/hr/{f}"] for f in ("estimate", "ci_low", "ci_high")
                )
                shown.append(f"{e:.2f} ({low:.2f} to {high:.2f})")
            expected.append((*shown,))
    assert [row[1:] for row in rows] == expected


def test_the_number_of_analyses_is_right(readme, root):
    n = len(list((root / "analyses").glob("*/pinned.json")))
    assert f'"{n} of {n} analyses agree"' in readme


def test_every_analysis_has_a_readme(root):
    for folder in (root / "analyses").glob("*/"):
        assert (folder / "README.md").is_file(), folder
        assert (folder / "pinned.json").is_file(), folder


def test_the_number_of_studies_is_right(root):
    text = (root / "CHANGELOG.md").read_text("utf-8")
    assert f"{len(survcomp.trials(root))} studies of cilta-cel" in text


def test_links_lead_somewhere(readme, root):
    for target in re.findall(r"\]\(([^)#]+)\)", readme):
        if not target.startswith("http"):
            assert (root / target).exists(), target
