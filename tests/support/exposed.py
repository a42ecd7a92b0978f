"""An exporter that probes nothing: a test feeds it results, on a clock that only the test moves."""

from dataclasses import replace
from functools import cache

from support.clock import FakeClock

from claude_exporter.config import load_config
from claude_exporter.core.model import Phase, ProbeResult, Sign, Surface, TlsFacts
from claude_exporter.core.page_model import (
    Component,
    ComponentStatus,
    Impact,
    Incident,
    IncidentPhase,
    Maintenance,
    MaintenancePhase,
    PageContent,
    PageFault,
    PageReport,
)
from claude_exporter.runtime.exporter import Exporter
from claude_exporter.runtime.history import PageTotals
from claude_exporter.runtime.plan import plan_of
from claude_exporter.runtime.state_file import StateFile
from claude_exporter.web.families import Scrape
from claude_exporter.web.target_text import TargetTexts

SPANS = dict(zip(Phase, (0.0013, 0.0113, 0.0197, 0.0421, 0.0029), strict=True))
CERTIFICATE = TlsFacts(
    version="TLS 1.3",
    cipher="TLS_AES_128_GCM_SHA256",
    not_after_at=1_797_969_721.0,
    chain_not_after_at=1_797_883_321.0,
    fingerprint_sha256="8c4a",
    subject="CN=a",
    issuer="CN=b",
    subject_alternative="a",
    serial_number="0a5d",
)
DETAILS = {Sign.OVERLOADED: "HTTP 529", Sign.DNS: "no answer from the name server"}
COMPONENTS = (
    Component(id="rwppv331jlwc", name="claude.ai", status=ComponentStatus.OPERATIONAL),
    Component(id="k8w3r06qmzrp", name="Claude API", status=ComponentStatus.OPERATIONAL),
    Component(id="yyzkbfz2thpt", name="Claude Code", status=ComponentStatus.OPERATIONAL),
)
SURFACES = {"rwppv331jlwc": Surface.WEB, "k8w3r06qmzrp": Surface.API, "yyzkbfz2thpt": Surface.CODE}
CALM = PageContent(
    page_id="tymt9n04zgry",
    name="Claude",
    indicator=Impact.NONE,
    components=tuple(replace(each, surface=SURFACES[each.id]) for each in COMPONENTS),
)
PLANNED = Maintenance(
    id="p31mk0x1vv7d",
    name="Database upgrade",
    phase=MaintenancePhase.SCHEDULED,
    surfaces=frozenset({Surface.CONSOLE}),
    starts_at=1_700_086_411.0,
    ends_at=1_700_093_629.0,
)


@cache
def default_plan():
    """Reading the guide takes a good part of a second."""
    return plan_of(load_config(None, {}))


class Exposed:
    """The default configuration, or a changed one, with results that the test makes up."""

    def __init__(self, config=None, **changes):
        if config is not None:
            targets, pages = tuple(config.build_targets()), tuple(config.status_pages)
            changes = {"config": config, "targets": targets, "pages": pages, **changes}
        self.clock = FakeClock()
        plan = replace(default_plan(), **changes)
        self.exporter = Exporter(plan, self.clock, StateFile(None))

    @property
    def evaluator(self):
        return self.exporter.evaluator

    def probe(self, signs=None):
        """One result of each target: ok, but for the *signs* by surface or target name."""
        for name, (target, _) in self.evaluator.tracked.items():
            sign = (signs or {}).get(name, (signs or {}).get(target.surface, Sign.OK))
            self.evaluator.record_result(result_of(target, sign, self.clock.now()))

    def poll(self, content=CALM, fault=None, detail=""):
        """One poll of the status page."""
        now, before = self.clock.now(), self.evaluator.pages.get("claude")
        read = fault is None
        report = PageReport(
            page="claude",
            polled_at=now,
            fault=fault,
            detail=detail,
            content=content if read else before and before.content,
            read_at=now if read else before and before.read_at,
        )
        self.exporter.pages.totals.setdefault("claude", PageTotals()).add(report)
        self.evaluator.record_page(report)

    async def pass_time(self, seconds, signs=None, content=CALM, fault=None):
        """Probe and poll every 30 s for so long, and judge."""
        for _ in range(int(seconds // 30)):
            await self.clock.advance(30)
            self.probe(signs)
            self.poll(content, fault)
            self.exporter.judge()
            await self.exporter.take_note()


def scrape_of(exporter, notifications=0):
    """What a group is rendered from, now."""
    now = exporter.clock.now()
    return Scrape(
        exporter=exporter,
        now=now,
        judgements=exporter.evaluator.judge(now),
        targets=TargetTexts(),
        notifications=notifications,
    )


def result_of(target, sign, at):
    """A result with primes for numbers; only an HTTPS target has a handshake."""
    success = sign in {Sign.OK, Sign.SLOW}
    secure = target.address.startswith("https:")
    spans = {name: span for name, span in SPANS.items() if secure or name is not Phase.TLS}
    return ProbeResult(
        target=target.name,
        started_at=at,
        duration=0.0773 if success else 0.307,
        sign=sign,
        success=success,
        detail="" if success else DETAILS.get(sign, ""),
        phases=spans if success else {Phase.RESOLVE: 0.0013},
        tls=CERTIFICATE if secure and success else None,
    )


def incident(*surfaces, phase=IncidentPhase.INVESTIGATING, started_at=None, **changes):
    """An unresolved incident."""
    return Incident(
        **{
            "id": "9mz1q7yc0hfk",
            "name": "Elevated errors on the Claude API",
            "phase": phase,
            "impact": Impact.MAJOR,
            "surfaces": frozenset(surfaces),
            "started_at": started_at,
            "updated_at": started_at,
            **changes,
        }
    )


async def healthy():
    """Everything works, and a maintenance is announced."""
    exposed = Exposed()
    await exposed.pass_time(150, content=replace(CALM, maintenances=(PLANNED,)))
    return exposed


async def outage_acknowledged():
    """The API fails, and after ten minutes the page says so."""
    exposed = Exposed()
    await exposed.pass_time(60)
    down = {Surface.API: Sign.OVERLOADED, "code-api": Sign.OVERLOADED}
    await exposed.pass_time(600, down)
    started_at = exposed.clock.now() - 127.0
    posted = incident(Surface.API, Surface.CODE, started_at=started_at)
    await exposed.pass_time(180, down, replace(CALM, incidents=(posted,), indicator=Impact.MAJOR))
    return exposed


async def outage_unacknowledged():
    """The API has failed for 13 minutes, and nobody says so."""
    exposed = Exposed()
    await exposed.pass_time(60)
    await exposed.pass_time(810, {Surface.API: Sign.OVERLOADED, "code-api": Sign.OVERLOADED})
    return exposed


async def network_down():
    """Nothing answers, the page neither."""
    exposed = Exposed()
    await exposed.pass_time(60)
    await exposed.pass_time(420, dict.fromkeys(Surface, Sign.DNS), fault=PageFault.DNS)
    return exposed


async def page_unreadable():
    """The page is behind a challenge for longer than its content is believed; Claude works."""
    exposed = Exposed()
    await exposed.pass_time(60)
    await exposed.pass_time(420, fault=PageFault.WAF)
    return exposed


async def no_targets():
    """Nothing is configured."""
    exposed = Exposed(targets=(), pages=())
    exposed.exporter.judge()
    return exposed


async def before_the_first_probe():
    """Just started."""
    return Exposed()


STATES = {
    made.__name__: made
    for made in (
        healthy,
        outage_acknowledged,
        outage_unacknowledged,
        network_down,
        page_unreadable,
        no_targets,
        before_the_first_probe,
    )
}
