"""Aggregate data from files: faults name the file, the row of the file and the column."""

from __future__ import annotations

import pytest

from survcomp.errors import FileFaultError, NotFoundError
from survcomp.evidence import read_long_agd, read_wide_agd


def test_a_wide_file(tmp_path):
    path = tmp_path / "agd.csv"
    path.write_text('"STUDY","ARM","N","AGE_MEAN","SEX_MALE_COUNT"\n"B","Total",300,51,147\n')
    population = read_wide_agd(path)
    assert (population.name, population.n) == ("B, Total", 300)
    assert [m.value for m in population.moments] == [51, 0.49]
    path.write_text("STUDY,ARM,N,SEX_MALE_PROP\nB,Drug,150,NA\nB,Total,300,49\n")
    with pytest.raises(FileFaultError, match=r"agd\.csv: row 3, SEX_MALE_PROP: .*write 0\.49"):
        read_wide_agd(path)
    with pytest.raises(FileFaultError, match=r"agd\.csv: row 2: says nothing"):
        read_wide_agd(str(path), arm="Drug")


def test_a_long_file(tmp_path):
    path = tmp_path / "baseline.csv"
    path.write_text("covariate,kind,value\nage,mean,51\nmale,count,147\n")
    assert [m.value for m in read_long_agd(path, n=300, name="B").moments] == [51, 0.49]
    path.write_text("covariate,kind,value\nage,mean,51\nmale,percent,49\n")
    with pytest.raises(FileFaultError, match=r"baseline\.csv: row 3: `kind` must be one of"):
        read_long_agd(path, n=300, name="B")
    with pytest.raises(NotFoundError, match=r"nowhere\.csv: no such file"):
        read_long_agd(tmp_path / "nowhere.csv", n=300, name="B")
