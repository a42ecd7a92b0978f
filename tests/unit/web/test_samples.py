"""Lines of the text format, against prometheus_client's own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.utils import floatToGoString

from claude_exporter.web.families import Desc
from claude_exporter.web.samples import histogram, line, number_text

GAUGE = Desc("claude_thing", "gauge", "A thing.", ("zone", "component"))
HISTOGRAM = Desc("claude_wait_seconds", "histogram", "A wait.", ("zone",))

HOSTILE = {
    "a new line": "a\nb",
    "quotes": 'say "x"',
    "a backslash": "a\\b",
    "a backslash before n": "a\\n",
    "a backslash at the end": "a\\",
    "right to left": "\u202egnp.exe",
    "NUL": "a\0b",
    "carriage return": "a\rb",
    "5 KB": "n" * 5000,
    "braces and commas": '{a="b",c="d"} 1',
    "an emoji": "\N{FIRE}",
    "nothing": "",
}


class Families:
    def __init__(self, *families):
        self.families = families

    def collect(self):
        return self.families


def client_text(*families):
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Families(*families))
    return generate_latest(registry).decode()


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_label_is_written_as_prometheus_client_does(value):
    """And read back as it was."""
    family = GaugeMetricFamily(GAUGE.name, GAUGE.help, labels=GAUGE.labels)
    family.add_metric(("moon", value), 2.5)
    text = GAUGE.header + line(GAUGE, ("moon", value), 2.5)
    assert text == client_text(family)
    (found,) = text_string_to_metric_families(text)
    assert [sample.labels for sample in found.samples] == [{"zone": "moon", "component": value}]


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.floats())
def test_any_label_and_number_are_written_as_prometheus_client_does(value, number):
    family = GaugeMetricFamily(GAUGE.name, GAUGE.help, labels=GAUGE.labels)
    family.add_metric((value, "c"), number)
    assert GAUGE.header + line(GAUGE, (value, "c"), number) == client_text(family)


@given(st.one_of(st.booleans(), st.integers(-(10**18), 10**18), st.floats()))
def test_a_number_is_written_as_prometheus_client_does(number):
    """The short way for small counts is no other way."""
    assert number_text(number) == floatToGoString(number)


def test_a_histogram_is_written_as_prometheus_client_does():
    """Buckets add up; the last one has no bound."""
    family = HistogramMetricFamily(HISTOGRAM.name, HISTOGRAM.help, labels=HISTOGRAM.labels)
    family.add_metric(("moon",), [("0.5", 2), ("1.0", 5), ("+Inf", 16)], 31.7)
    text = HISTOGRAM.header + histogram(HISTOGRAM, ("moon",), (0.5, 1.0), (2, 3, 11), 31.7)
    assert text == client_text(family)
