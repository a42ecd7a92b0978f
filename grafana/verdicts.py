"""What the guide says: big words, the reasons, and how it went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ask import by, coded, now, of, over_time, placed, recorded, rows_of
from panels import changed, columns, listing, said, states, tiles
from sdk import (
    stat,
    statetimeline,
    table,
    units,
)
from words import (
    CERTAIN,
    COLOR_OF_ACTION,
    GUIDE,
    TEXT_OF_ACTION,
    TROUBLES,
    UNKNOWN,
    WHOSE,
    alert_of_row,
    surfaces,
    verdict_codes,
    verdict_words,
)

from claude_exporter.core.model import Action
from claude_exporter.web.surface_text import WITHIN
from claude_exporter.web.whose import side_of

VERDICT: Final = "claude:verdict"
FACT: Final = "claude:fact"
FACT_SINCE: Final = "claude:fact_since"

_NOT_KNOWN: Final = 9
_ACTION_STATES: Final = {
    **{
        str(code): (TEXT_OF_ACTION[action], COLOR_OF_ACTION[action])
        for code, action in enumerate(Action)
    },
    str(_NOT_KNOWN): ("Not known yet", UNKNOWN),
}
_HELP: Final = "No verdict: is an exporter scraped, and are its rules loaded?"
_HOUR: Final = WITHIN[3600.0]


def big_words() -> stat.Panel:
    """One word of the guide per surface, as most vantages say."""
    # How many vantages say so, and then which row it is: the largest is what most say, or what
    # only one of them can know.
    told = " or ".join(
        f"count by (surface, key) ({recorded(VERDICT, key=key)}) * 100"
        f" + {code + (10_000 if key in CERTAIN else 0)}"
        for key, code in verdict_codes().items()
    )
    shown = verdict_words()
    made = (
        tiles(
            "Is Claude down?",
            "What the guide says of each surface now, as most vantages see it. Blue: it works. "
            "Yellow: wait. Pink: look at your own side. Orange-red: escalate.",
            (24, 7),
            now(f"sort_desc(max by (surface) ({told}) % 100)", "{{surface}}"),
        )
        .unit(units.NoUnit)
        .mappings(said({str(code): shown[key] for key, code in verdict_codes().items()}))
        .no_value(_HELP)
    )
    for surface, name in surfaces().items():
        made = changed(made, surface, {"displayName": name})
    return made


def _copies(expr: str, label: str, *names: str) -> str:
    """The same with more labels that say what *label* says."""
    for name in names:
        expr = f'label_replace({expr}, "{name}", "$1", "{label}", "(.*)")'
    return expr


def _length() -> str:
    """For how long each row that is not fine has held, and 0 for those that are."""
    each, join = by("surface"), "on (surface, $vantage_label) group_left ()"
    troubles = f"max {by('surface', 'key')} ({recorded(VERDICT, key=TROUBLES)})"
    measured = recorded(FACT_SINCE, fact=("failing", "degraded", "network_down"))
    said_since = of("claude_verdict_since_timestamp_seconds")
    spans = (f"max {each} (time() - {since})" for since in (measured, said_since))
    rows = " or ".join(f"{troubles} * {join} {span}" for span in spans)
    return f"({rows} or max {by('surface', 'key')} ({recorded(VERDICT)}) * 0)"


def reasons() -> table.Panel:
    """Why, whose, since when, how long, what now; what has failed longest comes first."""
    told = _copies(placed(_length()), "key", "whose", "do", "runbook")
    over = of("claude_forecast_resolved_probability", within=_HOUR)
    nothing = f"max {by('surface')} ({recorded(VERDICT)}) * 0"
    made = columns(
        listing(
            "Them or you, since when, how long, and what to do",
            "The row of the guide that holds for each surface, at each vantage. The whole list of "
            "steps is on the exporter's own page; the runbook says how to find out more.",
            (24, 8),
            rows_of(f"sort_desc({told})"),
            rows_of(placed(f"(max {by('surface')} ({over}) or {nothing})")),
        ).no_value(_HELP),
        {
            "surface": "Surface",
            "key": "Verdict",
            "whose": "Whose",
            "Value #A": "For",
            "Value #B": f"Over in {_HOUR}",
            "do": "What to do now",
            "place": "Vantage",
            "runbook": "Runbook",
        },
    )
    made = changed(_columns_of_words(made), "place", {"custom.width": 80})
    none = {"mappings": said({"0": ("-", "text")})}
    span = {"unit": units.DurationSeconds, "decimals": 0, "custom.width": 100}
    made = changed(made, "Value #A", {**none, **span})
    share = {"unit": units.PercentUnit, "decimals": 0, "custom.width": 80, "min": 0, "max": 1}
    return changed(made, "Value #B", {**none, **share})


def _columns_of_words(made: table.Panel) -> table.Panel:
    """The columns that are words."""
    shown, alerts_of = verdict_words(), alert_of_row()
    firsts = {row.key: (next(iter(row.next_steps), "Nothing."), "text") for row in GUIDE.rows}
    whose = {row.key: (WHOSE[side_of(row.id)], "text") for row in GUIDE.rows}
    books = {row.key: (alerts_of.get(row.key, ""), "text") for row in GUIDE.rows}
    named = {surface: (name, "text") for surface, name in surfaces().items()}
    texts: tuple[tuple[str, Mapping[str, tuple[str, str]], int], ...] = (
        ("surface", named, 100),
        ("whose", whose, 80),
        ("runbook", books, 210),
    )
    for name, mapping, width in texts:
        made = changed(made, name, {"mappings": said(mapping), "custom.width": width})
    made = changed(made, "do", {"mappings": said(firsts), "custom.minWidth": 300})
    cell = {"type": "color-background", "mode": "basic"}
    made = changed(
        made,
        "key",
        {"mappings": said(shown), "custom.cellOptions": cell, "custom.width": 200},
    )
    url = "${exporter_url}/docs/alerts/${__value.text}.md"
    links = [{"title": "Runbook", "url": url, "targetBlank": True}]
    verdict_links = [{"title": "All steps", "url": "${exporter_url}/", "targetBlank": True}]
    return changed(changed(made, "runbook", {"links": links}), "key", {"links": verdict_links})


def what_to_do_over_time() -> statetimeline.Panel:
    """What the guide said to do."""
    asked = []
    for surface, name in surfaces().items():
        # Its action is none too, but it must not look like calm; what comes first counts.
        codes = {recorded(VERDICT, surface=surface, key="unknown"): _NOT_KNOWN} | {
            recorded(VERDICT, surface=surface, action=action): code
            for code, action in enumerate(Action)
        }
        asked.append(over_time(placed(f"max {by()} ({coded(codes)})"), f"{name} {{{{place}}}}"))
    return (
        states(
            "What the guide said to do",
            "The action of each surface at each vantage. A gap: no verdict was recorded.",
            (16, 8),
            *asked,
        )
        .unit(units.NoUnit)
        .mappings(said(_ACTION_STATES))
        .no_value("No verdict was recorded in this time")
    )
