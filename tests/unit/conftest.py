"""Which tests `make quick` leaves to `make test`."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
SLOW = {
    *("backtest/test_replay.py", "cli/test_completion.py", "community/test_source.py"),
    *("community/test_watch.py", "core/test_uptime.py", "probers/test_certificates.py"),
    *("probers/test_connector.py", "probers/test_secure.py", "rules/test_client_rules.py"),
    *("rules/test_two_evaluators.py", "rules_slo/test_slo_rules.py", "simulator/test_readings.py"),
    *("simulator/test_scenarios.py", "simulator/test_server.py", "sources/test_statuspage.py"),
    *("sources/test_statuspage_hosts.py", "stack/test_configs.py"),
    *("support_bundle/test_support_bundle.py", "web/test_webconfig.py", "web/test_webhook.py"),
}
"""Files that took more than three seconds; four fifths of the time of all, a fifth of the tests."""

QUICK_RULES = ("page_test.yml",)
"""Of the alerts' promtool tests, minutes in all, those that stand for them."""


def pytest_collection_modifyitems(items):
    for item in items:
        place = str(item.path.relative_to(HERE)) if item.path.is_relative_to(HERE) else ""
        promtool = item.originalname == "test_promtool_tests_pass"
        if place in SLOW or (
            promtool and not item.name.endswith(tuple(f"[{n}]" for n in QUICK_RULES))
        ):
            item.add_marker(pytest.mark.slow)
