"""Write the files of this tutorial from the GBSG2 data that lifelines ships.

Run it as ``python analyses/tutorial_own_trial/make_data.py``. The files are committed, and a
test holds them to what this script writes. The patients with hormonal therapy play a trial of
one's own (ADSL and ADTTE); of the others only what a publication would print is kept: a
baseline table, a median, survival rates and the number of events.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import survcomp as sc

DAYS_IN_A_MONTH = 30.4375
LANDMARKS = (12, 24, 36, 48, 60)


def own_trial(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """ADSL and ADTTE of the patients with hormonal therapy."""
    own = frame[frame["horTh"] == "yes"].reset_index(drop=True)
    subject = [f"GBSG2-{number:03d}" for number in range(1, len(own) + 1)]
    adsl = pd.DataFrame(
        {
            "USUBJID": subject,
            "ITTFL": "Y",
            "TRT01P": "hormonal therapy",
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
    # in another order, as two data sets of a trial may be: they are joined by USUBJID
    return adsl, adtte.sort_values(["AVAL", "USUBJID"])


def baseline(others: pd.DataFrame) -> pd.DataFrame:
    """Baseline table of the patients without hormonal therapy, one row, as for maicplus."""
    return pd.DataFrame(
        {
            "STUDY": ["GBSG2"],
            "ARM": ["Total"],
            "N": [len(others)],
            "AGE_MEAN": [round(others["age"].mean(), 1)],
            "AGE_SD": [round(others["age"].std(), 1)],
            "POSTMENOPAUSAL_COUNT": [int((others["menostat"] == "Post").sum())],
            "TSIZE_MEAN": [round(others["tsize"].mean(), 1)],
            "GRADE_3_COUNT": [int((others["tgrade"] == "III").sum())],
            "FOUR_OR_MORE_NODES_COUNT": [int((others["pnodes"] >= 4).sum())],
        }
    )


def printed(others: pd.DataFrame) -> str:
    """What a publication would print of their recurrence-free survival, in months."""
    frame = others.assign(months=others["time"] / DAYS_IN_A_MONTH)
    ipd = sc.IPD.from_frame(
        frame, time="months", event="cens", time_unit="months", origin="observed"
    )
    censored = sc.IPD.from_frame(
        frame.assign(reversed=1 - frame["cens"]), time="months", event="reversed",
        time_unit="months", origin="observed",
    )  # fmt: skip
    curve, follow_up = sc.kaplan_meier(ipd), sc.kaplan_meier(censored).median().value
    median = curve.median()
    lines = [
        "# Printed of the patients without hormonal therapy; made by make_data.py.",
        'arm = "no_hormonal_therapy"',
        'endpoint = "RFS"',
        'cut = "final"',
        f"n = {ipd.n}",
        'analysis_set = "randomised"',
        'index_date = "randomisation"',
        f"follow_up = {{ median = {follow_up:.1f}, "
        f"range = [{ipd.time.min():.1f}, {ipd.time.max():.1f}] }}",
        f"medians = [{{ estimate = {median.value:.1f}, "
        f"ci = [{median.ci_low:.1f}, {median.ci_high:.1f}] }}]",
        f'counts = [{{ kind = "events", count = {ipd.n_events} }}]',
        "landmarks = [",
    ]
    for time in LANDMARKS:
        at = curve.at(time)
        lines.append(
            f"  {{ time = {time}, survival = {at.value:.3f}, "
            f"ci = [{at.ci_low:.3f}, {at.ci_high:.3f}] }},"
        )
    return "\n".join([*lines, "]", ""])


def files() -> dict[str, str]:
    """Text of each file, by its name."""
    from lifelines.datasets import load_gbsg2

    frame = load_gbsg2()
    adsl, adtte = own_trial(frame)
    others = frame[frame["horTh"] == "no"]
    tables = {"adsl.csv": adsl, "adtte.csv": adtte, "baseline.csv": baseline(others)}
    texts = {name: table.to_csv(index=False) for name, table in tables.items()}
    return {**texts, "comparator.toml": printed(others)}


if __name__ == "__main__":
    for name, text in files().items():
        (Path(__file__).parent / name).write_text(text, "utf-8")
