"""Every study that an analysis read, and the numbers of it that are not used."""

from __future__ import annotations

from survcomp.analysis.plan.evidence import Evidence
from survcomp.analysis.steps.parts.recorder import Recorder


def record_studies(evidence: Evidence, recorder: Recorder) -> None:
    """Record what each study that was used is."""
    for trial in evidence.trials:
        path = f"study/{trial.id}"
        recorder.under(path, rests_on=[f"study:{trial.id}"])
        for field in ("name", "registry", "design", "phase", "population"):
            value = getattr(trial, field)
            if value:
                recorder.text(f"{path}/{field}", value)
        recorder.texts(f"{path}/notes", trial.notes)


def record_set_aside(evidence: Evidence, recorder: Recorder) -> None:
    """Record the numbers of every trial used that are kept but not used."""
    for trial in evidence.trials:
        recorder.under(f"set_aside/{trial.id}", rests_on=[f"study:{trial.id}"])
        for index, item in enumerate(trial.set_aside):
            path = f"set_aside/{trial.id}/{index}"
            cited = (f"citation:{trial.id}/{item.source}",)
            recorder.text(f"{path}/about", item.about)
            recorder.text(f"{path}/value", item.value, sources=cited)
            recorder.text(f"{path}/reason", item.reason)
