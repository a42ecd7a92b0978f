"""
The in-process evaluator: facts in, verdicts out, for the exporter and for any replay.

It owns the only mutable state of the core and reads no clock: every call brings its own moment,
so the same class judges the live service, a scenario on a virtual clock, and years of incidents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .decide import Verdict, decide
from .fold import NetworkState, SurfaceState, fold_network, fold_surface
from .forecast import Curve, Forecast
from .guide import Guide
from .model import WATCHED, Action, ProbeResult, Standing, Surface, Target
from .observation import Observation
from .observe import Scene, heard, observe
from .outlook import outlook_of
from .page_model import PageReport
from .real_use import UNUSED, RealUse, Request, real_use
from .target_state import TargetState, Tracked, fold_target

PAGE_MAX_AGE: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict and what is behind it; `since` is when its row began to hold, in Unix seconds."""

    verdict: Verdict
    seen: Observation
    since: float
    forecast: Forecast | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What survives a restart: totals by target, onsets by surface, verdicts since when."""

    saved_at: float
    targets: Mapping[str, TargetState]
    surfaces: Mapping[Surface, SurfaceState]
    network: NetworkState
    rows: Mapping[Surface, tuple[str, float]]


class Evaluator:
    """Folds facts and judges every watched surface. Not thread-safe."""

    def __init__(
        self,
        guide: Guide,
        targets: Iterable[Target],
        *,
        page_max_age: float = PAGE_MAX_AGE,
        curve: Curve | None = None,
        pace: float = 1.0,
    ) -> None:
        self.guide = guide
        self.curve = curve
        self.pace = pace
        self.page_max_age = page_max_age
        self.tracked: dict[str, Tracked] = {}
        self.surfaces: dict[Surface, SurfaceState] = {}
        self.network = NetworkState()
        self.pages: dict[str, PageReport] = {}
        self.judgements: dict[Surface, Judgement] = {}
        self.requests: Mapping[Surface, Sequence[Request]] = {}
        self.real: Mapping[Surface, RealUse] = {}
        self.others_succeed: bool | None = None
        self.others_report: bool | None = None
        self._rows: dict[Surface, tuple[str, float]] = {}
        self.replace_targets(targets)

    def replace_targets(self, targets: Iterable[Target]) -> None:
        """Watch *targets* from now on; one that keeps its name keeps its totals."""
        old = self.tracked
        self.tracked = {
            target.name: Tracked(
                target, old[target.name].state if target.name in old else TargetState()
            )
            for target in targets
        }
        self._names = {
            surface: [name for name, each in self.tracked.items() if each.target.surface is surface]
            for surface in Surface
        }

    def record_result(self, result: ProbeResult) -> None:
        """Add one probe's result; a target that is no longer watched is ignored."""
        known = self.tracked.get(result.target)
        if known is not None:
            window = self.guide.thresholds["intermittent_window"]
            state = fold_target(known.state, result, window)
            self.tracked[result.target] = Tracked(known.target, state)

    def record_page(self, report: PageReport) -> None:
        """Take the newest poll of a status page."""
        self.pages[report.page] = report

    def judge(self, now: float) -> Mapping[Surface, Judgement]:
        """Bring every surface up to date at *now* and return its judgement."""
        self.fold(now)
        self.judgements = self.judged(now)
        return self.judgements

    def fold(self, now: float, surfaces: Iterable[Surface] = WATCHED) -> None:
        """Bring *surfaces* up to date, and all of them where our own network changed."""
        asked = self.requests.items()
        self.real = {surface: real_use(found, self.guide, now) for surface, found in asked}
        in_use = any(each.standing is Standing.UP for each in self.real.values())
        tracked = tuple(self.tracked.values())
        network = fold_network(self.network, tracked, now, in_use=in_use)
        changed = network is not self.network
        self.network = network
        scene = self.scene(now)
        for surface in WATCHED if changed else surfaces:
            own = [self.tracked[name] for name in self._names[surface]]
            before = self.surfaces.get(surface, SurfaceState())
            used = self.real.get(surface, UNUSED)
            self.surfaces[surface] = fold_surface(before, own, network, self.guide, now, used)
            self.surfaces[surface] = heard(surface, scene)

    def judged(self, now: float, surfaces: Iterable[Surface] = WATCHED) -> dict[Surface, Judgement]:
        """The judgements of *surfaces* as they were last brought up to date."""
        scene = self.scene(now)
        return {surface: self._judged(surface, scene) for surface in surfaces}

    def scene(self, now: float) -> Scene:
        """Everything known at *now*, for observers beside the judge."""
        return Scene(
            now=now,
            tracked=tuple(self.tracked.values()),
            surfaces=self.surfaces,
            network=self.network,
            pages=tuple(self.pages.values()),
            page_max_age=self.page_max_age,
            real=self.real,
            others_succeed=self.others_succeed,
            others_report=self.others_report,
        )

    def _judged(self, surface: Surface, scene: Scene) -> Judgement:
        seen = observe(surface, scene, self.guide)
        verdict = decide(seen, self.guide)
        key = f"{verdict.row}/{verdict.stage}"
        row, since = self._rows.get(surface, ("", scene.now))
        if row != key:
            since = scene.now
            self._rows[surface] = (key, since)
        forecast = outlook_of(seen, scene, self.curve, self.pace) if self.curve else None
        return Judgement(verdict=verdict, seen=seen, since=since, forecast=forecast)

    def worst_action(self) -> Action:
        """The most urgent action of all surfaces."""
        order = list(Action)
        found = [each.verdict.action for each in self.judgements.values()]
        return max(found, key=order.index, default=Action.NONE)

    def record_at(self, now: float) -> Record:
        """What to write to the state file at *now*."""
        return Record(
            saved_at=now,
            targets={name: each.state for name, each in self.tracked.items()},
            surfaces=dict(self.surfaces),
            network=self.network,
            rows=dict(self._rows),
        )

    def restore(self, record: Record) -> None:
        """Take up a record; results are not believed again, only totals and onsets are."""
        for name, state in record.targets.items():
            if name in self.tracked:
                self.tracked[name] = Tracked(self.tracked[name].target, state)
        self.surfaces.update(record.surfaces)
        self.network = record.network
        self._rows.update(record.rows)
