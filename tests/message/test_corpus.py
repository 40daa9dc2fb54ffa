"""The floors below which the reading of real mail must not fall; skipped where the corpus is not at hand."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mail_corpus", Path(__file__).with_name("corpus.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


corpus = _script()
pytestmark = pytest.mark.skipif(
    not (corpus.CORPUS / "labels.jsonl").exists(), reason="no mail corpus: name its folder in MAILGATE_CORPUS"
)

FLOORS = {
    "kind": 0.99, "person": 1.0, "automatic": 1.0, "subject": 0.99, "from_addr": 0.99, "message_id": 0.99, "text": 0.99,
    "new_text": 0.95, "new_text_parts": 0.95, "attachments": 0.98, "bounce_recipient": 0.97, "bounce_class": 0.97,
    "guard": 1.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def results() -> dict[str, tuple[int, list[object]]]:
    found: dict[str, tuple[int, list[object]]] = corpus.judge(list(corpus.readings()))
    return found


@pytest.mark.parametrize("field", FLOORS)
def test_the_share_read_rightly_stays_above_its_floor(field: str, results: dict[str, tuple[int, list[object]]]) -> None:
    count, wrong = results[field]

    assert count
    assert (count - len(wrong)) / count >= FLOORS[field], wrong


def test_every_labelled_field_has_a_floor() -> None:
    assert set(FLOORS) == set(corpus.FIELDS)
