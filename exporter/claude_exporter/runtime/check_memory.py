"""What one check tells the next: since when things fail, in a small state file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from claude_exporter.core.evaluator import Evaluator
from claude_exporter.runtime.persistence import documents_of, record_of
from claude_exporter.runtime.state_file import StateFile, default_state_file


def _file(environ: Mapping[str, str], home: Path) -> StateFile:
    return StateFile(default_state_file(environ, home).with_name("check.db"))


def recall(evaluator: Evaluator, environ: Mapping[str, str], home: Path) -> None:
    """Tell *evaluator* what the last check knew."""
    file = _file(environ, home)
    record = record_of(file.load())
    file.close()
    if record is not None:
        evaluator.restore(record)


def remember(evaluator: Evaluator, at: float, environ: Mapping[str, str], home: Path) -> None:
    """Keep what *evaluator* knows for the next check."""
    file = _file(environ, home)
    file.load()  # only what differs is written
    file.save(documents_of(evaluator.record_at(at)), at)
    file.close()
