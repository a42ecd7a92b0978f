"""The JSON that the API gives: verdicts, targets, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from claude_exporter.core.evaluator import Judgement
from claude_exporter.core.forecast import Forecast
from claude_exporter.core.model import ProbeResult, Surface
from claude_exporter.core.target_state import Tracked
from claude_exporter.runtime.history import Change


def verdict_answer(judgements: Mapping[Surface, Judgement], now: float) -> dict[str, Any]:
    """Every surface's verdict; moments are Unix seconds, spans seconds."""
    return {"at": now, "verdicts": [_verdict(each) for each in judgements.values()]}


def _verdict(each: Judgement) -> dict[str, Any]:
    verdict, seen = each.verdict, each.seen
    return {
        "surface": verdict.surface,
        "action": verdict.action,
        "row": verdict.row,
        "stage": verdict.stage,
        "title": verdict.title,
        "reason": verdict.reason,
        "typical": verdict.typical,
        "next": list(verdict.next_steps),
        "since": each.since,
        "failing_for": seen.failing_for,
        "sign": seen.sign,
        "incident": seen.incident,
        "others_report": seen.others_report,
        "forecast": _forecast(each.forecast),
    }


def _forecast(forecast: Forecast | None) -> dict[str, Any] | None:
    if forecast is None:
        return None
    return {
        "event": forecast.event,
        "within": {f"{span:.0f}": share for span, share in forecast.within.items()},
        "median_remaining": forecast.median_remaining,
        "basis": forecast.basis,
    }


def targets_answer(tracked: Sequence[Tracked]) -> dict[str, Any]:
    """Every target with its last result."""
    return {"targets": [_target(each) for each in tracked]}


def _target(each: Tracked) -> dict[str, Any]:
    target, state = each
    return {
        "name": target.name,
        "surface": target.surface,
        "prober": target.prober,
        "address": target.address,
        "interval": target.interval,
        "attempts": state.attempts,
        "failures": sum(state.failures.values()),
        "last": result_answer(state.last) if state.last else None,
    }


def result_answer(result: ProbeResult) -> dict[str, Any]:
    """One result, without its log."""
    return {
        "target": result.target,
        "started_at": result.started_at,
        "duration": result.duration,
        "success": result.success,
        "sign": result.sign,
        "detail": result.detail,
        "phases": dict(result.phases),
        "status": result.http.status if result.http else None,
        "request_id": result.request_id,
    }


def history_answer(
    changes: Sequence[Change], results: Mapping[str, Sequence[ProbeResult]]
) -> dict[str, Any]:
    """Changes of verdict and the kept results, oldest first."""
    return {
        "changes": [
            {
                "at": change.at,
                "surface": change.surface,
                "action": change.action,
                "row": change.row,
                "title": change.title,
                "reason": change.reason,
            }
            for change in changes
        ],
        "results": {name: [result_answer(each) for each in own] for name, own in results.items()},
    }
