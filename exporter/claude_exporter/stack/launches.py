"""The command line of each program of the stack."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from claude_exporter.stack.ports import Place
from claude_exporter.stack.supervise import Launch

RETENTION: Final = "30d"
"""How long Prometheus keeps samples."""

_GRAFANA_HOMES: Final = (
    Path("/usr/share/grafana"),
    Path("/opt/homebrew/opt/grafana/share/grafana"),
)


def launch_exporter(folder: Path, place: Place, config_file: Path | None) -> Launch:
    """Run this very exporter, with its state kept in `folder`."""
    options = [f"--web.listen-address={place.listen}", f"--state.file={folder / 'exporter.db'}"]
    if config_file is not None:
        options.append(f"--config.file={config_file}")
    return Launch(
        name="exporter",
        command=(sys.executable, "-m", "claude_exporter", "serve", *options),
        log=_log(folder, "exporter"),
        ready_url=f"http://{place.reach}/-/ready",
    )


def launch_prometheus(folder: Path, program: Path, place: Place) -> Launch:
    """Run Prometheus on the files of `folder`; it may not be reloaded or stopped over HTTP."""
    return Launch(
        name="prometheus",
        command=(
            str(program),
            f"--config.file={folder / 'config' / 'prometheus' / 'prometheus.yml'}",
            f"--web.listen-address={place.listen}",
            f"--web.external-url=http://{place.reach}/",
            f"--storage.tsdb.path={folder / 'prometheus'}",
            f"--storage.tsdb.retention.time={RETENTION}",
        ),
        log=_log(folder, "prometheus"),
        ready_url=f"http://{place.reach}/-/ready",
    )


def launch_alertmanager(folder: Path, program: Path, place: Place) -> Launch:
    """Run one Alertmanager on the files of `folder`, without the gossip port of a cluster."""
    return Launch(
        name="alertmanager",
        command=(
            str(program),
            f"--config.file={folder / 'config' / 'alerts' / 'alertmanager.yml'}",
            f"--web.listen-address={place.listen}",
            f"--web.external-url=http://{place.reach}/",
            f"--storage.path={folder / 'alertmanager'}",
            "--cluster.listen-address=",
        ),
        log=_log(folder, "alertmanager"),
        ready_url=f"http://{place.reach}/-/ready",
    )


def launch_grafana(folder: Path, program: Path, place: Place) -> Launch:
    """Run Grafana with the provisioned data source and dashboards, readable without a login."""
    server = () if program.name == "grafana-server" else ("server",)
    home = next((home for home in _grafana_homes(program) if (home / "conf").is_dir()), None)
    return Launch(
        name="grafana",
        command=(str(program), *server, *(() if home is None else ("--homepath", str(home)))),
        log=_log(folder, "grafana"),
        ready_url=f"http://{place.reach}/api/health",
        environment=_grafana_environment(folder, place),
    )


def _grafana_homes(program: Path) -> tuple[Path, ...]:
    """Where Grafana's own files may be: beside its program, or where a package puts them."""
    return (program.resolve().parent.parent, *_GRAFANA_HOMES)


def _grafana_environment(folder: Path, place: Place) -> Mapping[str, str]:
    return {
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_AUTH_ANONYMOUS_ENABLED": "true",
        "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": str(
            folder / "config" / "grafana" / "dashboards" / "is-claude-down.json"
        ),
        "GF_PATHS_DATA": str(folder / "grafana"),
        "GF_PATHS_LOGS": str(folder / "log"),
        "GF_PATHS_PROVISIONING": str(folder / "config" / "grafana" / "provisioning"),
        "GF_SERVER_HTTP_ADDR": place.host,
        "GF_SERVER_HTTP_PORT": str(place.port),
    }


def _log(folder: Path, name: str) -> Path:
    return folder / "log" / f"{name}.log"
