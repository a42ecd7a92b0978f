"""What the guide may look at, per surface. If a row needs a fact, the fact becomes a field here."""

from __future__ import annotations

from dataclasses import dataclass

from .model import Sign, Surface


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """
    One surface at one moment. Truths are three-valued: None is unknown, never true, never false.

    Spans (`…_for`) are seconds so far and `…_left` seconds to come, None where there is nothing to
    measure.
    """

    surface: Surface
    known: bool | None = None
    network_down: bool | None = False
    network_down_for: float | None = None
    maintenance: bool | None = None
    maintenance_left: float | None = None
    failing: bool | None = False
    failing_for: float | None = None
    sign: Sign = Sign.OK
    sign_for: float | None = None
    reset_left: float | None = None
    incident: bool | None = None
    incident_names_model: bool | None = None
    incident_quiet_for: float | None = None
    incident_over_for: float | None = None
    keyless_ok: bool | None = None
    code_only: bool | None = None
    one_model: bool | None = None
    real_only: bool | None = None
    real_failures: int | None = None
    real_successes: int | None = None
    others_succeed: bool | None = None
    others_report: bool | None = None
    intermittent: bool | None = False
    partial: bool | None = False
    slow: bool | None = False
    degraded_for: float | None = None
    success_ratio: float | None = None
