"""An analysis from its folder to its results: no disk is written and no clock is read here."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import replace

from survcomp.analysis.places import places
from survcomp.analysis.plan.evidence import Evidence
from survcomp.analysis.plan.load import Plan
from survcomp.analysis.steps.parts.checklist import with_checklist
from survcomp.analysis.steps.parts.context import Context
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.analysis.steps.parts.studies import record_set_aside, record_studies
from survcomp.errors import SurvcompError
from survcomp.values.records.lineage import anchors_of_all
from survcomp.values.records.results import Record, Results


def run(plan: Plan) -> Results:
    """Run an analysis.

    Parameters
    ----------
    plan : Plan
        From `survcomp.analysis.plan.load`.

    Returns
    -------
    Results
        Every number and sentence, with the hashes of the inputs and the settings used.

    Raises
    ------
    SurvcompError
        With the analysis and the comparison that cannot be run in its message.
    """
    recorder = Recorder()
    table = plan.table
    context = Context(
        settings=table.settings, evidence=plan.evidence, folder=plan.folder, recorder=recorder
    )
    try:
        for step in table.steps:
            step.run(context, table.tables(step.key))
    except SurvcompError as error:
        raise error.within(plan.file) from error
    record_studies(plan.evidence, recorder)
    record_set_aside(plan.evidence, recorder)
    results = Results(
        analysis=plan.slug,
        title=table.title,
        settings=table.model_dump(mode="json"),
        defaults=plan.defaults,
        inputs=dict(sorted(plan.evidence.inputs.items())),
        citations=_citations(plan.evidence, _named(recorder.records)),
        records=tuple(recorder.records),
        grounds=recorder.grounds,
        changes=plan.changes,
    )
    return with_places(with_checklist(results), plan.evidence)


def with_places(results: Results, evidence: Evidence) -> Results:
    """The results with where the evidence stands that they rest on, and its citations."""
    known = places(anchors_of_all(results), evidence.trials, sources=evidence.sources)
    cited = {citation for place in known.values() for citation in place.citations}
    wanted = [f"citation:{id}" for id in sorted(cited) if f"citation:{id}" not in known]
    known.update(places(wanted, evidence.trials, sources=evidence.sources))
    return replace(
        results,
        places=known,
        citations=_citations(evidence, {*results.citations, *cited}),
    )


def _named(records: Iterable[Record]) -> set[str]:
    """Ids of the citations that records name."""
    return {
        source.removeprefix("citation:")
        for record in records
        for source in record.sources
        if source.startswith("citation:")
    }


def _citations(evidence: Evidence, used: Set[str]) -> dict[str, dict[str, str]]:
    """Those citations of the evidence, keyed trial/id."""
    return {
        f"{trial.id}/{citation.id}": {
            "title": citation.title,
            "url": citation.url,
            "kind": citation.kind,
        }
        for trial in evidence.trials
        for citation in trial.citations
        if f"{trial.id}/{citation.id}" in used
    }
