"""Copies the files that go with the exporter to a folder of the user's."""

from __future__ import annotations

import shutil
from pathlib import Path

from claude_exporter.stack.resources import EXPORTED, bundle, container_files, files_of


class ExistsError(Exception):
    """Files are in the way and may not be replaced."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self.paths = paths
        super().__init__(", ".join(map(str, paths)))


def export(destination: Path, *, force: bool = False, containers: bool = False) -> tuple[Path, ...]:
    """
    Write prometheus/, alerts/ and grafana/ below `destination` and name what was written.

    With `containers` also docker-compose.yml and all that its image is built from.
    Raises ExistsError before anything is written where a file differs and `force` is not given.
    """
    sources = {
        Path(name) / path: bundle(name) / path for name in EXPORTED for path in files_of(name)
    }
    if containers:
        sources |= container_files()
    in_the_way = tuple(
        destination / path
        for path, source in sources.items()
        if _differs(source, destination / path)
    )
    if in_the_way and not force:
        raise ExistsError(in_the_way)
    for path, source in sources.items():
        (destination / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, destination / path)
    return tuple(sources)


def _differs(source: Path, copy: Path) -> bool:
    if not copy.exists():
        return False
    return not copy.is_file() or source.read_bytes() != copy.read_bytes()
