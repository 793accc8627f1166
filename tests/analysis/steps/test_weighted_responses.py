"""Own patients with a response in an analysis: weights, variances, models, what is shown."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from support.data_root import write_data_root
from support.own_trial import HEAD, TARGET, WIDE, as_ipd, trial

from survcomp.adjustment import maic_weights, simulate_target
from survcomp.analysis import load, pinned_dict, run
from survcomp.analysis.review.bundle import make_bundle
from survcomp.analysis.review.diff import headlines
from survcomp.analysis.write import results_json, to_json, write_files
from survcomp.comparison import (
    Matching,
    Resampling,
    UnanchoredResponse,
    bootstrap_response_maic,
    response_variances,
    unanchored_augmented_response,
    unanchored_g_computation_response,
    unanchored_stc_response,
    weighted_response,
)
from survcomp.comparison.bootstrap.effects import ResponseEffect
from survcomp.errors import SurvcompError
from survcomp.report import best_response, render_html
from survcomp.report.forms.index_page import Entry, index_page
from survcomp.values import PatientOutcome, Response, TrialArm
from survcomp.values.records.lineage import lineage

ADAM = """adam = { adsl = "adsl.csv", adrs = "adrs.csv", param = "BOR", population = "ITTFL" }
response = { column = "AVALC", yes = ["CR", "PR"], no = ["SD", "PD", "NE"] }
"""
FILE = """file = "patients.csv"
id = "ID"
response = { column = "RESPONDED", yes = ["1"], no = ["0"] }
"""
PRINTED = (
    """printed = { study = "B's trial", label = "drug B", outcome = "ORR", n = 128, events = 77, """
    'analysis_set = "treated", source = "a made-up table" }'
)
RESPONSE = f"""
[[responses]]
id = "orr"
label = "Overall response"
comparator = {{ {PRINTED} }}

[responses.treatment.patients]
label = "drug A"
outcome = "ORR"
{ADAM}study = "OWN"
covariates = ["AGE"]
analysis_set = "treated"

[responses.treatment.patients.indicators]
MALE = {{ column = "MALE", yes = ["1"], no = ["0"] }}

[responses.adjust]
agd = {{ file = "agd.csv", layout = "wide", name = "B's trial", analysis_set = "treated" }}
match = ["AGE", "MALE"]
bootstrap = {{ replicates = 100, seed = 4 }}
"""
MODELS = """
[responses.models]
methods = ["STC", "G-computation", "augmented"]
covariates = ["AGE", "MALE"]
replicates = 100
"""
N = 120
AT = "response/orr"
MEASURES = ("log_or", "log_rr", "risk_difference")
MATCHING = Matching(TARGET, match=["AGE", "MALE"])
OTHER = Response.from_published(
    TrialArm(trial="B's trial", arm="drug B", treatment="drug B"), outcome="ORR", n=128, events=77
)


def responded(frame):
    """0 or 1: younger men respond more often."""
    rng = np.random.default_rng(5)
    logit = 0.6 - 0.06 * (frame["AGE"] - 60) + 0.5 * frame["MALE"]
    return (rng.random(len(frame)) < 1 / (1 + np.exp(-logit))).astype(int)


def write_patients(folder):
    """One table, and ADaM's pair in another order, with rows of another parameter."""
    frame = trial(N)
    answers = responded(frame)
    frame.assign(RESPONDED=answers).to_csv(folder / "patients.csv", index=False)
    adsl = frame[["ID", "AGE", "MALE"]].rename(columns={"ID": "USUBJID"})
    adsl.assign(ITTFL="Y", TRT01P="A").to_csv(folder / "adsl.csv", index=False)
    rows = ["USUBJID,PARAMCD,AVALC"]
    for i in np.random.default_rng(6).permutation(N):
        word = ("PR", "CR")[i % 2] if answers[i] else ("SD", "PD", "NE")[i % 3]
        rows += [f"{frame['ID'][i]},BOR,{word}", f"{frame['ID'][i]},OVRLRESP,SD"]
    (folder / "adrs.csv").write_text("\n".join(rows) + "\n")
    (folder / "agd.csv").write_text(WIDE)


def write(root):
    folder = root / "analyses" / "a_vs_b"
    (folder / "analysis.toml").write_text(HEAD + RESPONSE + MODELS)
    write_patients(folder)
    return folder


@pytest.fixture
def own(data_root):
    return write(data_root)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The analysis as it is, for tests that change nothing."""
    return write(write_data_root(tmp_path_factory.mktemp("responses")))


@pytest.fixture(scope="module")
def results(folder):
    return run(load(folder))


@pytest.fixture(scope="module")
def html(results):
    return render_html(results).replace("&#39;", "'")


@pytest.fixture
def change(edit):
    """Edit the analysis."""
    return lambda old, new: edit("a_vs_b/analysis.toml", old, new)


def by_hand():
    """The same patients and their responses, without a file."""
    frame = trial(N)
    ipd = as_ipd(frame.assign(ARM="A"))
    response = PatientOutcome(id=ipd.id, value=responded(frame).to_numpy(float), name="ORR")
    return ipd, response


def test_weighted_effects_are_what_the_library_gives_by_hand(results):
    ipd, response = by_hand()
    weights = maic_weights(ipd, TARGET, match=["AGE", "MALE"])
    expected = weighted_response(response, OTHER, weights, treatment="drug A")
    assert results.value(f"{AT}/maic/rate") == pytest.approx(expected.rate, rel=1e-9)
    assert results.value(f"{AT}/treatment/rate") == pytest.approx(response.value.mean())
    assert results.value(f"{AT}/treatment/events") == response.value.sum()
    assert results.value(f"{AT}/maic/weights/ess") == pytest.approx(weights.ess, rel=1e-9)
    for contrast in (expected.odds_ratio, expected.risk_ratio, expected.risk_difference):
        for field in ("estimate", "se", "ci_low", "ci_high"):
            id = f"{AT}/maic/{contrast.measure}/{field}"
            assert results.value(id) == pytest.approx(getattr(contrast.numbers, field), rel=1e-7), (
                id
            )
    for measure in MEASURES:
        table = response_variances(
            ipd, response, OTHER, MATCHING, effect=ResponseEffect(measure=measure)
        )
        for method in ("HC3", "HC0", "M-estimation"):
            row, here = table.row(method), f"{AT}/maic/variance/{method}/{measure}"
            assert results.value(f"{here}/estimate") == pytest.approx(row.estimate, rel=1e-7)
            assert results.value(f"{here}/se") == pytest.approx(row.se, rel=1e-7)


def test_the_bootstrap_is_the_library_s_on_every_scale(results):
    ipd, response = by_hand()
    for measure in MEASURES:
        drawn = bootstrap_response_maic(
            ipd, response, OTHER, MATCHING, rng=np.random.default_rng(4),
            resampling=Resampling(replicates=100), effect=ResponseEffect(measure=measure),
        )  # fmt: skip
        here = f"{AT}/maic/variance/bootstrap/{measure}"
        for field in ("estimate", "se", "ci_low", "ci_high"):
            assert results.value(f"{here}/{field}") == pytest.approx(
                getattr(drawn, field), rel=1e-7
            )
        assert results.value(f"{AT}/maic/bootstrap/{measure}/replicates") == 100
    # the same replicates on every scale: odds and risk ratio are monotone in each other's terms
    ratio = f"{AT}/maic/variance/bootstrap/or/estimate"
    assert results.value(ratio) == pytest.approx(
        math.exp(results.value(ratio.replace("/or/", "/log_or/")))
    )


def test_models_of_response_are_the_library_s(results):
    ipd, response = by_hand()
    for measure in MEASURES:
        rng = np.random.default_rng(1)
        target = simulate_target(TARGET, ipd, covariates=["AGE", "MALE"], rng=rng)
        common = dict(measure=measure, rng=rng, resampling=Resampling(replicates=50))
        sides = UnanchoredResponse(ipd, response, OTHER)
        expected = unanchored_g_computation_response(sides, target, **common)
        at = f"{AT}/models/G-computation/{measure}/estimate"
        assert results.value(at) == pytest.approx(expected.link_value, rel=1e-7)
        expected = unanchored_augmented_response(
            sides, TARGET, target, match=["AGE", "MALE"], **common
        )
        at = f"{AT}/models/augmented/{measure}"
        assert results.value(f"{at}/estimate") == pytest.approx(expected.link_value, rel=1e-7)
        assert results[f"{at}/estimate"].kind == "simulated"
        words = results.value(f"{AT}/models/STC/{measure}/refused")
        assert "the rate of drug B is marginal" in words


def test_an_stc_with_its_reason_is_conditional(own, change):
    change('["STC", "G-computation", "augmented"]', '["STC"]\nmeasures = ["log_or"]')
    change("replicates = 100\n", 'replicates = 100\nmarginal_as_conditional = "Alike."\n')
    results, (ipd, response) = run(load(own)), by_hand()
    expected = unanchored_stc_response(
        UnanchoredResponse(ipd, response, OTHER), TARGET, covariates=["AGE", "MALE"],
        measure="log_or",
        marginal_as_conditional="Alike.", rng=np.random.default_rng(1),
        resampling=Resampling(replicates=50),
    )  # fmt: skip
    at = f"{AT}/models/STC/log_or"
    assert results.value(f"{at}/estimate") == pytest.approx(expected.link_value, rel=1e-7)
    assert results.value(f"{at}/estimand") == "conditional"
    assert not results.under(f"{AT}/models/STC/log_rr")


def test_the_report_leads_with_the_weighted_rate_and_sets_the_naive_one_beside(results, html):
    for words in (
        "Response: weighted (MAIC) where adjusted, naive beside",
        "Overall response, weighted (MAIC)",
        "Overall response, naive (unadjusted)",
        "The weighted response with every standard error, and the naive one",
        "HC3, where nothing else is asked for",
        "Balance before and after weighting to B's trial",
        "Distribution of the weights",
        "Overlap: where the target lies",
        "Other ways to adjust",
        "Histogram of the weights",
        "Printed in: a made-up table",
        f"adsl.csv: {N} subjects, {N} with ITTFL",
        "Unanchored: unbiased only if everything that affects response",
        "MacKinnon JG, White H.",
        "logistic regression",
    ):
        assert words in html, words
    assert "not adjusted for anything" not in html
    table = html[html.index("Response: weighted (MAIC)") :]
    table = table[: table.index("</table>")]
    assert table.index("weighted (MAIC)") < table.index("naive (unadjusted)")
    for measure in ("or", "rr"):
        assert f"{results.value(f'{AT}/maic/{measure}/estimate'):.2f}" in table
        assert f"{results.value(f'{AT}/{measure}/estimate'):.2f}" in table
    assert best_response(results, AT) == f"{AT}/maic"
    assert headlines(results) == (f"{AT}/maic/log_rr",)
    entry = Entry(analysis="a_vs_b", results=results, files=(), state="", agrees=True)
    assert "weights taken as known" in index_page([entry])


@pytest.mark.parametrize(
    ("item", "status"),
    [
        ("M-03", "reported"), ("M-04", "reported"), ("M-05", "reported"), ("M-06", "reported"),
        ("M-07", "reported"), ("M-08", "reported"), ("M-09", "reported"),
        ("M-10", "does not apply"), ("M-11", "reported"), ("M-12", "not reported"),
        ("M-15", "reported"), ("O-01", "does not apply"),
    ],
)  # fmt: skip
def test_the_checklist_counts_a_weighted_response(results, item, status):
    assert results.value(f"checklist/{item}/status") == status


def test_a_table_with_a_column_of_0_and_1_gives_the_same(own, change, results):
    change(ADAM, FILE)
    after = run(load(own))
    for measure in MEASURES:
        id = f"{AT}/maic/{measure}/estimate"
        assert after.value(id) == pytest.approx(results.value(id), rel=1e-9)


@pytest.mark.parametrize("lead", ["HC0", "M-estimation", "bootstrap"])
def test_the_variance_that_is_chosen_leads_on_every_scale(own, change, lead):
    change("bootstrap = {", f'variance = "{lead}"\nbootstrap = {{')
    change(MODELS, "")
    results = run(load(own))
    for measure in MEASURES:
        row = f"{AT}/maic/variance/{lead}/{measure}"
        for field in ("estimate", "se", "ci_low", "ci_high"):
            assert results.value(f"{AT}/maic/{measure}/{field}") == results.value(f"{row}/{field}")
        kind = "simulated" if lead == "bootstrap" else "optimised"
        assert results[f"{AT}/maic/{measure}/se"].kind == kind
    assert results.value(f"{AT}/maic/variance/rule") == "chosen by the analysis"
    assert results.value(f"{AT}/maic/variance/{lead}/leads")


def test_weights_within_a_tolerance_have_sandwiches_and_a_bootstrap(own, change):
    change(
        'match = ["AGE", "MALE"]',
        'match = ["AGE", "MALE"]\nkind = "within tolerance"\ntolerance = 0.1',
    )
    change(MODELS, "")
    results = run(load(own))
    expected = set(results.children(f"{AT}/maic/variance"))
    assert expected == {"HC3", "HC0", "bootstrap", "rule"}


def test_patients_with_a_gap_are_left_out_on_request(own, change):
    text = (own / "adsl.csv").read_text()
    (own / "adsl.csv").write_text(re.sub(r"(?m)^003,[^,]+,", "003,,", text))
    with pytest.raises(SurvcompError, match="AGE: is empty for 1 of 120"):
        run(load(own))
    change('match = ["AGE", "MALE"]', 'match = ["AGE", "MALE"]\nmissing = "exclude"')
    results = run(load(own))
    assert results.value(f"{AT}/maic/weights/excluded") == 1
    assert results.value(f"{AT}/treatment/n") == N  # the naive comparison still has them
    assert "1 of 120 patients" in results.value(f"{AT}/models/left_out")


def everybody_responds(own):
    text = (own / "adrs.csv").read_text()
    (own / "adrs.csv").write_text(re.sub(r",BOR,\w\w", ",BOR,CR", text))


def test_a_cell_of_0_is_refused_unless_half_is_to_be_added(own, change):
    everybody_responds(own)
    change(MODELS, "")
    with pytest.raises(SurvcompError, match=r"response 'orr': .*zero_cells='add half'"):
        run(load(own))
    change("bootstrap = {", 'zero_cells = "add half"\nbootstrap = {')
    results = run(load(own))
    assert results.children(f"{AT}/maic/variance") == ("rule",)
    assert math.isfinite(results.value(f"{AT}/maic/log_or/se"))
    html = render_html(results)
    assert "0.5 added to every cell" in html
    assert "there is no other standard error" in html


def test_without_weights_own_patients_are_compared_as_they_are(own, change):
    change(MODELS, "")
    text = (own / "analysis.toml").read_text()
    (own / "analysis.toml").write_text(text[: text.index("[responses.adjust]")])
    results = run(load(own))
    assert f"{AT}/maic/log_or/estimate" not in results
    assert best_response(results, AT) == AT
    assert "not adjusted for anything" in render_html(results)
    assert headlines(results) == (f"{AT}/log_rr",)


def test_a_comparator_of_the_evidence_is_cited(own, change):
    change(PRINTED, 'trial = "other_trial", arm = "drug_b", outcome = "ORR", cut = "13 months"')
    change(
        'analysis_set = "treated"\n\n[responses.treatment',
        'analysis_set = "not stated"\n\n[responses.treatment',
    )
    results = run(load(own))
    chain = lineage(results, f"{AT}/maic/log_or/estimate")
    assert any(anchor.startswith("response:other_trial/drug_b/ORR") for anchor in chain.anchors)
    assert chain.citations


def test_every_number_leads_back_to_its_files(results):
    own = {"analyses/a_vs_b/adsl.csv", "analyses/a_vs_b/adrs.csv"}
    analysis, target = "analyses/a_vs_b/analysis.toml", "analyses/a_vs_b/agd.csv"
    for record in results.records:
        if record.kind == "text":
            continue
        chain = lineage(results, record.id)
        assert set(chain.files) <= set(results.inputs), record.id
        files = set(chain.files)
        if record.id.startswith(f"{AT}/treatment"):
            assert files == {analysis, *own}, record.id
        elif record.id.startswith(f"{AT}/comparator"):
            assert files == {analysis}, record.id
        elif record.id.split("/")[2] in ("maic", "balance", "models"):
            assert files == {analysis, *own, target}, record.id
        else:
            assert files == {analysis, *own}, record.id
        assert chain.anchors, record.id
        assert chain.settings, record.id
    settings = {leaf.path for leaf in lineage(results, f"{AT}/models/augmented/log_or/se").settings}
    assert {"responses.orr.models.seed", "responses.orr.treatment.patients.adam.param"} <= settings
    assert any(path.startswith("responses.orr.adjust.match") for path in settings)
    assert not any(path.startswith("settings.draws") for path in settings)


def test_patient_files_stay_out_of_a_bundle(own):
    results = run(load(own))
    files = {"results.json": results_json(results), "report.html": "a report"}
    write_files(own.parents[1] / "reports/a_vs_b", files)
    write_files(own, {"pinned.json": to_json(pinned_dict(results))})
    bundle = make_bundle(own)
    assert not any(name.endswith(("adsl.csv", "adrs.csv")) for name in bundle.entries)
    assert {name.rsplit("/", 1)[1] for name in bundle.left_out} == {"adsl.csv", "adrs.csv"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('no = ["SD", "PD", "NE"]', 'no = ["SD", "PD"]',
         r"adrs\.csv.*row \d+, AVALC: must be one of 'CR', 'PR', 'SD', 'PD', as `ORR` names them"),
        ('param = "BOR"', 'param = "CBOR"', "'CBOR' is not among 'BOR', 'OVRLRESP'"),
        ('column = "AVALC"', 'column = "AVAL"', r"column\(s\) 'AVAL' not found"),
        ('covariates = ["AGE"]\nanalysis', 'covariates = ["BMI"]\nanalysis',
         r"column\(s\) 'BMI' not found"),
        ('match = ["AGE", "MALE"]', 'match = ["BMI"]', "BMI"),
        ('file = "agd.csv"', 'file = "none.csv"', "none.csv"),
        ('adrs = "adrs.csv"', 'adrs = "../../../../etc/passwd"', r"responses\[0\]\.treatment\.pat"),
        ("bootstrap = {", 'variance = "robust"\nbootstrap = {', r"adjust\.variance: .*'HC3'"),
        ("bootstrap = { replicates = 100, seed = 4 }", 'variance = "bootstrap"',
         'variance = "bootstrap" needs a table `bootstrap`'),
        ('match = ["AGE", "MALE"]',
         'match = ["AGE"]\nvariance = "M-estimation"\nkind = "within tolerance"\ntolerance = 0.1',
         "no M-estimation"),
        ("adam = {", 'file = "patients.csv"\nadam = {', "`file`, or `adam`, and not both"),
        ("adam = {", 'id = "ID"\nadam = {', "has `adam` and `id`"),
        ('covariates = ["AGE", "MALE"]\nrep', 'covariates = ["AGE", "BMI"]\nrep',
         r"`models\.covariates`: 'BMI' is not among the covariates of your patients"),
        ("replicates = 100\n", 'replicates = 100\nmodel = "cox"\n', r"models\.model"),
        ("replicates = 100\n", 'replicates = 100\nmeasures = ["log_or", "log_or"]\n',
         "names 'log_or' more than once"),
        ("replicates = 100\n", 'replicates = 100\nmeasures = ["log_hr"]\n', r"measures\[0\]"),
        (', source = "a made-up table"', "", r"comparator\.printed\.source"),
        ("events = 77", "events = 129", "129"),
        ("n = 128, events = 77", "n = 128", "needs `events` or `percent`"),
        ('outcome = "ORR", n = 128', 'outcome = "sCR", n = 128', "outcome .*ORR.*sCR"),
        ('label = "drug B", outcome = "ORR", n = 128, events = 77, analysis_set = "treated"',
         'label = "drug B", outcome = "ORR", n = 128, events = 77, analysis_set = "infused"',
         "infused"),
        ("comparator = { printed", 'comparator = { trial = "other_trial", printed',
         "has `printed` and one of"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_named(own, change, old, new, message):
    change(old, new)
    with pytest.raises(SurvcompError, match=message):
        run(load(own))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["005,BOR,CR"], "'005' occurs more than once, first in row"),
        (["999,BOR,CR"], "'999' is not in .*adsl.csv"),
    ],
)
def test_subjects_of_both_tables_are_the_same(own, lines, message):
    with (own / "adrs.csv").open("a") as file:
        file.write("\n".join(lines) + "\n")
    with pytest.raises(SurvcompError, match=message):
        run(load(own))


@pytest.mark.parametrize(
    ("pattern", "new", "message"),
    [
        (r"(?m)^005,BOR,\w\w\n", "", "'005' has no BOR in .*adrs.csv"),
        (r"(?m)^005,BOR,\w\w$", "005,BOR,", "AVALC: is empty: say whether such a patient"),
    ],
)
def test_who_was_not_evaluated_is_for_the_user_to_say(own, pattern, new, message):
    text = (own / "adrs.csv").read_text()
    (own / "adrs.csv").write_text(re.sub(pattern, new, text))
    with pytest.raises(SurvcompError, match=message):
        run(load(own))


def test_own_patients_are_never_the_comparator(own):
    text = (own / "analysis.toml").read_text()
    text = text.replace(f"comparator = {{ {PRINTED} }}", f"treatment = {{ {PRINTED} }}")
    text = text.replace("[responses.treatment.patients", "[responses.comparator.patients")
    (own / "analysis.toml").write_text(text)
    with pytest.raises(SurvcompError, match=r"`comparator\.patients`: the comparator .* published"):
        load(own)


def test_weights_need_patients_and_models_weights(own, change):
    text = (own / "analysis.toml").read_text()
    begin, end = text.index("[responses.adjust]"), text.index("[responses.models]")
    (own / "analysis.toml").write_text(text[:begin] + text[end:])
    with pytest.raises(SurvcompError, match="`models` needs `adjust`"):
        load(own)
    begin, end = text.index("[responses.treatment.patients]"), text.index("[responses.adjust]")
    treatment = PRINTED.replace("drug B", "drug A")
    text = text[:begin] + text[end:]
    text = text.replace("comparator = {", f"treatment = {{ {treatment} }}\ncomparator = {{")
    (own / "analysis.toml").write_text(text)
    with pytest.raises(SurvcompError, match=r"`adjust` needs `treatment\.patients`"):
        load(own)
