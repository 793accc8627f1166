"""Outcomes of patients beside their follow-up: joined by identifier, or refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from survcomp.errors import IncompatibleError, InputError
from survcomp.values import PatientOutcome, PublishedMean

FRAME = pd.DataFrame({"id": ["S1", "S10", "S2"], "score": [1.5, 2.5, 0.0], "hit": [1, 0, 1]})


def test_values_follow_their_patients():
    outcome = PatientOutcome.from_frame(FRAME, id="id", value="score", name="change")
    assert outcome.for_ids(("S10", "S2", "S1")).tolist() == [2.5, 0.0, 1.5]
    assert not outcome.is_binary
    assert PatientOutcome.from_frame(FRAME, id="id", value="hit", name="ORR").is_binary


def test_what_is_refused():
    with pytest.raises(InputError, match=r"column\(s\) 'no' not found"):
        PatientOutcome.from_frame(FRAME, id="id", value="no", name="ORR")
    with pytest.raises(InputError, match="unique ids; got 3 values and 2 different of 3 ids"):
        PatientOutcome(id=("a", "a", "b"), value=np.zeros(3), name="ORR")
    with pytest.raises(InputError, match="`score` must be finite; row 2"):
        PatientOutcome.from_frame(
            FRAME.assign(score=[1, np.nan, 2]), id="id", value="score", name="change"
        )
    outcome = PatientOutcome.from_frame(FRAME, id="id", value="hit", name="ORR")
    with pytest.raises(IncompatibleError, match=r"of other patients .3 have it, 2 were asked for"):
        outcome.for_ids(("S1", "S2"))
    with pytest.raises(InputError, match=r"the SD above 0; got 1\.0 and 0\.0"):
        PublishedMean(treatment="B", outcome="change", mean=1.0, sd=0.0, n=20)
