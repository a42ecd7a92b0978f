"""
Is claude-exporter ahead of the real blackbox_exporter? Exit code 1 where it is behind in any row.

All subjects run at once and take turns, so that a change of the machine hits all of them alike.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from subjects import SCHEMES, start_blackbox, start_continuous, start_ours
from targets import serve_targets

DELAY = 50.0
"""Milliseconds that the target waits in the rows on accuracy."""


@dataclass
class Row:
    """One quantity, as every subject has it in every round."""

    unit: str
    more_is_better: bool
    rounds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def medians(self) -> dict[str, float]:
        return {name: statistics.median(values) for name, values in self.rounds.items()}

    def ratios(self) -> dict[str, float]:
        """How many times each subject is better than the first, which is blackbox_exporter."""
        medians = self.medians()
        base = abs(next(iter(medians.values())))
        own = {name: max(abs(value), 1e-9) for name, value in medians.items()}
        if self.more_is_better:
            return {name: value / base for name, value in own.items()}
        return {name: base / value for name, value in own.items()}


def measure(subjects, targets, rounds: int, seconds: float, count: int) -> dict[str, Row]:
    """Every quantity of every subject, taking turns; the first turn only warms up."""
    rows: dict[str, Row] = {}
    for turn in range(-1, rounds):
        for scheme in SCHEMES:
            for subject in subjects:
                speed = subject.speed(scheme, seconds if turn >= 0 else 1)
                if turn >= 0:
                    note_speed(rows, f"{scheme} saturated", subject.name, speed)
        for scheme in SCHEMES if turn >= 0 else ():
            for saturated in (False, True):
                name = f"{scheme} {'saturated' if saturated else 'idle'}"
                for subject in subjects:
                    targets.delays()
                    told = subject.durations(scheme, saturated, count, DELAY)
                    note_errors(rows, name, subject.name, told, targets.delays())
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return rows


def note_speed(rows: dict[str, Row], name: str, subject: str, speed) -> None:
    per_cpu = rows.setdefault(f"{name}: probes per CPU-second", Row("1/s", True))
    per_cpu.rounds[subject].append(speed.probes / speed.cpu)


def note_errors(
    rows: dict[str, Row], name: str, subject: str, told: list[float], true: dict[str, float]
) -> None:
    errors = sorted((duration - true[str(key)]) * 1000 for key, duration in enumerate(told))
    middle, last = statistics.median(errors), errors[int(len(errors) * 0.99)]
    rows.setdefault(f"{name}: timing error p50", Row("ms", False)).rounds[subject].append(middle)
    rows.setdefault(f"{name}: timing error p99", Row("ms", False)).rounds[subject].append(last)


def table(rows: dict[str, Row]) -> str:
    """Medians, and in brackets how many times better than blackbox_exporter."""
    names = list(next(iter(rows.values())).rounds)
    lines = [f"{'':44}" + "".join(f"{name:>32}" for name in names)]
    for title, row in rows.items():
        medians, ratios = row.medians(), row.ratios()
        cells = [f"{medians[name]:,.4g} {row.unit} ({ratios[name]:.2f}x)" for name in names]
        lines.append(f"{title:44}" + "".join(f"{cell:>32}" for cell in cells))
    return "\n".join(lines)


def behind(rows: dict[str, Row]) -> list[str]:
    """The rows in which one of ours is worse than blackbox_exporter."""
    return [
        f"{title}: {name} is at {ratio:.2f} of blackbox_exporter"
        for title, row in rows.items()
        for name, ratio in row.ratios().items()
        if ratio < 1
    ]


def document(rows: dict[str, Row]) -> dict:
    return {
        title: {
            "unit": row.unit,
            "medians": row.medians(),
            "times_better": row.ratios(),
            "rounds": row.rounds,
        }
        for title, row in rows.items()
    }


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3, help="default %(default)s")
    options.add_argument("--seconds", type=int, default=3, help="of load, default %(default)s")
    options.add_argument("--count", type=int, default=120, help="timed probes, %(default)s")
    ours = ("both", "endpoint", "continuous")
    options.add_argument("--ours", choices=ours, default="both", help="default %(default)s")
    options.add_argument("--json", type=Path, help="where to write all figures")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        targets = stack.enter_context(serve_targets(folder))
        subjects = [stack.enter_context(start_blackbox(folder, targets))]
        if asked.ours != "continuous":
            subjects.append(stack.enter_context(start_ours(folder, targets, asked.count, DELAY)))
        if asked.ours != "endpoint":
            subjects.append(stack.enter_context(start_continuous(targets)))
        rows = measure(subjects, targets, asked.rounds, asked.seconds, asked.count)
    if asked.json:
        asked.json.write_text(json.dumps(document(rows), indent=2) + "\n", encoding="utf-8")
    print(table(rows))
    problems = behind(rows)
    print("\n".join(["", *problems]) if problems else "\nBehind in no row.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
