"""The data dictionary and the template hold every key of the schema."""

from __future__ import annotations

import tomllib

from survcomp.evidence import check_evidence
from survcomp.evidence.trial_folders.scaffold import new_trial
from survcomp.evidence.trial_folders.schema import TABLES

README = "data/digitized/README.md"


def dictionary() -> str:
    """The part of the README that is printed from the schema."""
    parts = []
    for table in TABLES:
        parts.append(f"### {table.__doc__.strip()}\n")
        parts.append("| key | required | meaning |\n|---|---|---|")
        for name, field in table.model_fields.items():
            required = "yes" if field.is_required() else ""
            parts.append(f"| `{name}` | {required} | {field.description} |")
        parts.append("")
    return "\n".join(parts).strip()


def test_the_readme_lists_every_key(root):
    text = (root / README).read_text("utf-8")
    begin = text.index("<!-- begin") + text[text.index("<!-- begin") :].index("-->") + 3
    printed = text[begin : text.index("<!-- end -->")].strip()
    assert printed == dictionary()


def test_every_key_is_described():
    for table in TABLES:
        for name, field in table.model_fields.items():
            assert field.description, f"{table.__name__}.{name}"


def test_the_readme_s_example_is_sound(root, tmp_path):
    text = (root / README).read_text("utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    folder = tmp_path / "data" / "digitized" / "my_trial"
    folder.mkdir(parents=True)
    (folder / "trial.toml").write_text(example)
    assert check_evidence(tmp_path) == []


def test_a_new_trial_is_sound_and_mentions_every_table(tmp_path):
    (tmp_path / "data" / "digitized").mkdir(parents=True)
    path = new_trial(tmp_path, "fresh_trial")
    assert check_evidence(tmp_path) == []
    text = path.read_text()
    assert tomllib.loads(text)["id"] == "fresh_trial"
    for key in ("citations", "arms", "cuts", "curves", "responses", "populations", "contrasts"):
        assert key in text
