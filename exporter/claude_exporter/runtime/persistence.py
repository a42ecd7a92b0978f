"""The evaluator's record as JSON documents for the state file, and back."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from pydantic import TypeAdapter, ValidationError

from claude_exporter.core.evaluator import Record
from claude_exporter.core.fold import NetworkState, SurfaceState
from claude_exporter.core.model import Surface
from claude_exporter.core.target_state import BUCKETS, TargetState

log = logging.getLogger(__name__)

_TARGETS: Final = TypeAdapter(dict[str, TargetState])
_SURFACES: Final = TypeAdapter(dict[Surface, SurfaceState])
_NETWORK: Final = TypeAdapter(NetworkState)
_ROWS: Final = TypeAdapter(dict[Surface, tuple[str, float]])


def documents_of(record: Record) -> Mapping[str, object]:
    """What to save; the last results are left out, since they are not believed after a restart."""
    totals = {name: replace(state, last=None) for name, state in record.targets.items()}
    return {
        "targets": _TARGETS.dump_python(totals, mode="json"),
        "surfaces": _SURFACES.dump_python(dict(record.surfaces), mode="json"),
        "network": _NETWORK.dump_python(record.network, mode="json"),
        "rows": _ROWS.dump_python(dict(record.rows), mode="json"),
        "saved_at": record.saved_at,
    }


def record_of(documents: Mapping[str, object]) -> Record | None:
    """The record that was saved; None, and said in the log, where it cannot be read."""
    if "saved_at" not in documents:
        return None
    try:
        targets = _TARGETS.validate_python(documents["targets"])
        saved_at = documents["saved_at"]
        return Record(
            saved_at=float(saved_at) if isinstance(saved_at, (int, float)) else 0.0,
            targets={name: each for name, each in targets.items() if _fits(each)},
            surfaces=_SURFACES.validate_python(documents["surfaces"]),
            network=_NETWORK.validate_python(documents["network"]),
            rows=_ROWS.validate_python(documents["rows"]),
        )
    except (KeyError, ValidationError) as error:
        log.warning("saved state cannot be read", extra={"err": str(error).replace("\n", " ")})
        return None


def _fits(state: TargetState) -> bool:
    """Whether the histogram has the buckets of this version."""
    return len(state.buckets) == len(BUCKETS) + 1
