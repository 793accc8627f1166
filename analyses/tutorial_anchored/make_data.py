"""Write the files of this tutorial from the GBSG2 data that lifelines ships.

Run it as ``python analyses/tutorial_anchored/make_data.py``; it also prints what
analysis.toml quotes as published. The files are committed, and a test holds them, and the
quoted numbers, to what this script makes.

One trial is split in two by a biased coin: the older a patient, and after the menopause, the
likelier she is in "one's own trial". Of the others only what a publication would print is
kept. Both trials then have the same two arms, so that the indirect comparison is of hormonal
therapy with itself: its hazard ratio is 1, and its differences are 0.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import survcomp as sc
from survcomp.comparison import naive_rmst_difference, within_trial_hazard_ratio

DAYS_IN_A_MONTH = 30.4375
HORIZON = 60.0
SEED = 1


def in_own_trial(frame: pd.DataFrame) -> np.ndarray:
    """Who is in one's own trial: log odds rise by 0.06 a year of age, by 0.8 if postmenopausal."""
    log_odds = 0.06 * (frame["age"] - 53) + 0.8 * (frame["menostat"] == "Post") - 0.4
    chance = 1 / (1 + np.exp(-log_odds.to_numpy()))
    return np.random.default_rng(SEED).random(len(frame)) < chance


def own_trial(own: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """ADSL and ADTTE of both arms."""
    own = own.reset_index(drop=True)
    subject = [f"OWN-{number:03d}" for number in range(1, len(own) + 1)]
    adsl = pd.DataFrame(
        {
            "USUBJID": subject,
            "ITTFL": "Y",
            "TRT01P": own["horTh"].map({"yes": "hormonal therapy", "no": "no hormonal therapy"}),
            "AGE": own["age"],
            "MENOSTAT": own["menostat"],
            "TSIZE": own["tsize"],
            "TGRADE": own["tgrade"],
            "PNODES": own["pnodes"],
        }
    )
    adtte = pd.DataFrame(
        {
            "USUBJID": subject,
            "PARAMCD": "RFS",
            "AVAL": own["time"],
            "AVALU": "DAYS",
            "CNSR": 1 - own["cens"],  # in ADaM 0 is an event
        }
    )
    return adsl, adtte.sort_values(["AVAL", "USUBJID"])


def baseline(others: pd.DataFrame) -> pd.DataFrame:
    """Baseline table of the published trial, both arms, one row, as for maicplus."""
    return pd.DataFrame(
        {
            "STUDY": ["published"],
            "ARM": ["Total"],
            "N": [len(others)],
            "AGE_MEAN": [round(others["age"].mean(), 1)],
            "AGE_SD": [round(others["age"].std(), 1)],
            "POSTMENOPAUSAL_COUNT": [int((others["menostat"] == "Post").sum())],
            "GRADE_3_COUNT": [int((others["tgrade"] == "III").sum())],
            "FOUR_OR_MORE_NODES_COUNT": [int((others["pnodes"] >= 4).sum())],
        }
    )


def published(others: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """Estimate and limits of what the publication prints, rounded as it would be."""
    frame = others.assign(months=others["time"] / DAYS_IN_A_MONTH)
    arms = [
        sc.IPD.from_frame(
            frame[frame["horTh"] == value], time="months", event="cens", time_unit="months",
            origin="observed", label=value,
        )
        for value in ("yes", "no")
    ]  # fmt: skip
    ratio = within_trial_hazard_ratio(*arms, outcome="RFS", trial="published")
    area = naive_rmst_difference(*arms, outcome="RFS", horizon=HORIZON)

    def limits(found: sc.Contrast, digits: int) -> tuple[float, float, float]:
        return tuple(round(value, digits) for value in (found.value, *found.ci))

    return {"hazard ratio": limits(ratio, 2), "RMST difference": limits(area, 1)}


def halves() -> tuple[pd.DataFrame, pd.DataFrame]:
    """One's own patients, and the published trial's."""
    from lifelines.datasets import load_gbsg2

    frame = load_gbsg2()
    own = in_own_trial(frame)
    return frame[own], frame[~own]


def files() -> dict[str, str]:
    """Text of each file, by its name."""
    own, others = halves()
    adsl, adtte = own_trial(own)
    tables = {"adsl.csv": adsl, "adtte.csv": adtte, "baseline.csv": baseline(others)}
    return {name: table.to_csv(index=False) for name, table in tables.items()}


if __name__ == "__main__":
    for name, text in files().items():
        (Path(__file__).parent / name).write_text(text, "utf-8")
    for name, (estimate, low, high) in published(halves()[1]).items():
        print(f"{name}: estimate = {estimate}, ci = [{low}, {high}]")
