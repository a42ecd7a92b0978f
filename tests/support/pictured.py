"""Scenarios on a still clock, stopped wherever the page shows another picture."""

from dataclasses import replace
from random import Random

import yaml
from support.exposed import Exposed

from claude_exporter.config import load_config
from claude_exporter.core.model import Surface
from claude_exporter.core.page_model import Impact, PageContent, PageReport
from claude_exporter.core.past import PastIncident
from claude_exporter.simulator.answers import ENVIRON
from claude_exporter.simulator.page import Moments
from claude_exporter.simulator.readings import page_reading_of, result_of
from claude_exporter.web.uptime_text import watched_subjects

STEP = 30.0
HOUR = 3600.0
DAY = 24 * HOUR


async def pictures_of(scenario, folder, seen):
    """Each moment the scenario expects something, where the picture is none that was *seen*."""
    exposed = _exposed(scenario, folder)
    epoch, at = exposed.clock.now(), 0.0
    for moment in sorted({each.at for each in scenario.expect}):
        while at + STEP <= moment:
            at += STEP
            await exposed.clock.advance(STEP)
            ask(exposed, scenario, at, epoch)
        judgements = exposed.exporter.judge()
        for each in scenario.expect:
            if each.at == moment:
                assert judgements[each.surface].verdict.row == each.row, (scenario.name, each)
        picture = _picture(exposed, judgements)
        if picture not in seen:
            seen.add(picture)
            yield moment, exposed


def _picture(exposed, judgements):
    """What differs to the eye: the rows, and what the status page says, if it can be read."""
    rows = tuple((each.verdict.row, each.verdict.stage) for each in judgements.values())
    believed = exposed.exporter.readable_contents()
    pages = tuple(
        (report.fault, name in believed and bool(believed[name].incidents))
        for name, report in exposed.evaluator.pages.items()
    )
    return rows, pages


async def played(scenario, folder, until):
    """The exporter so many seconds into a scenario, after 90 days of a made-up past."""
    exposed = _exposed(scenario, folder)
    ask(exposed, scenario, 0.0, exposed.clock.now())
    give_a_past(exposed)
    await exposed.exporter.take_note()
    epoch = exposed.clock.now()
    for number in range(1, int(until // STEP) + 1):
        await exposed.clock.advance(STEP)
        ask(exposed, scenario, number * STEP, epoch)
        await exposed.exporter.take_note()
    return exposed


def _exposed(scenario, folder):
    path = folder / "config.yml"
    path.write_text(yaml.safe_dump(dict(scenario.config)), encoding="utf-8")
    return Exposed(load_config(path, ENVIRON))


def ask(exposed, scenario, at, epoch):
    """One round of probes and polls, and what else is known; what each met goes into a log."""
    exporter, now, world = exposed.exporter, exposed.clock.now(), scenario.world_at(at)
    told = [replace(each, at=epoch + each.at) for each in scenario.requests if each.at <= at]
    exporter.evaluator.requests = {Surface.CODE: told} if scenario.requests else {}
    exporter.evaluator.others_succeed = world.others_succeed
    exporter.community.others_report = lambda: world.community.others_report
    for target in exporter.plan.targets:
        found = result_of(target, world, now)
        log = (f"asking {target.address}", found.detail or "answered as expected")
        exporter.record(replace(found, duration=0.0773, log=log))
    for page in exporter.plan.pages:
        before = exporter.evaluator.pages.get(page.name)
        found = page_reading_of(world, Moments(epoch=epoch), page.timeout, page.components)
        read = isinstance(found, PageContent)
        report = PageReport(
            page=page.name,
            polled_at=now,
            fault=None if read else found,
            content=found if read else before and before.content,
            read_at=now if read else before and before.read_at,
        )
        exporter.evaluator.record_page(report)
    exporter.judge()


def give_a_past(exposed, days=90):
    """A made-up record of uptime: an hour of trouble now and then, and two days of nothing."""
    record, now = exposed.exporter.uptime.record, exposed.clock.now()
    chance = Random(7)  # noqa: S311  # the same past each time
    subjects = [subject for subject, _ in watched_subjects(exposed.exporter)]
    start = now - days * DAY
    while start < now:
        end = min(start + (HOUR if start < now - DAY else HOUR / 4), now)
        troubled = chance.random() < 0.012
        away = now - 40 * DAY < start < now - 38 * DAY
        if not away:
            record.add([(each, _state(each, troubled)) for each in subjects], start, end)
        start = end

    exposed.exporter.pages.past._put("claude", {each.id: each for each in _incidents(now)})


def _incidents(now):
    """Past incidents of which some have lost their titles, as after a restart."""
    for number in range(23):
        yield PastIncident(
            id=f"past{number}",
            impact=(Impact.MINOR, Impact.MAJOR)[number % 2],
            surfaces=frozenset((Surface.API, Surface.CODE)[: number % 3]),
            started_at=now - (23 - number) * 4 * DAY,
            ended_at=now - (23 - number) * 4 * DAY + 1013 * (number % 7 + 1),
            title="Elevated errors on requests to the API" if number > 19 else "",
        )


def _state(subject, troubled):
    kind, _, name = subject.partition("/")
    hurt = troubled and any(each in name for each in ("api", "code", "k8w3"))
    good, bad = ("none", "wait") if kind == "surface" else ("up", "down")
    return bad if hurt else good
