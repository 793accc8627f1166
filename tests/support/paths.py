"""Where things lie, from a test's point of view."""

from pathlib import Path

TESTS = Path(__file__).parent.parent
ROOT = TESTS.parent
GOLDEN = TESTS / "golden"
BENCH = ROOT.parent / "shared" / "bench"
