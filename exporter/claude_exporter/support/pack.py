"""The files of a bundle: in a folder, or in a zip that is the same for the same content."""

from __future__ import annotations

import io
import json
import os
import platform
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from .evidence import Evidence
from .letter import letter, probe_log
from .redact import Redactor, known_secrets
from .report import report_of

LETTER: Final = "report.md"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_OWNER_ONLY: Final = 0o600


def bundle_files(evidence: Evidence, environ: Mapping[str, str]) -> Mapping[str, str]:
    """The text of each file by its name, without any secret."""
    secrets = known_secrets(evidence.config, environ)
    redactor = Redactor(secrets, home=environ.get("HOME", ""), host=platform.node())
    report = report_of(evidence, environ, redactor)
    return {
        LETTER: letter(report),
        "report.json": json.dumps(report, indent=2, ensure_ascii=False) + "\n",
        "probes.log": probe_log(report),
    }


def zipped(files: Mapping[str, str]) -> bytes:
    """The files as a zip archive; its bytes depend on their content alone."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = _OWNER_ONLY << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            pack.writestr(entry, text.encode(errors="replace"))
    return archive.getvalue()


def write_bundle(files: Mapping[str, str], out: Path) -> tuple[Path, ...]:
    """Write a zip where *out* ends in .zip, else a folder; only the owner may read it."""
    if out.suffix == ".zip":
        return (_written(out, zipped(files)),)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tuple(
        _written(out / name, text.encode(errors="replace")) for name, text in files.items()
    )


def _written(path: Path, content: bytes) -> Path:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with open(handle, "wb") as file:  # noqa: PTH123  # a descriptor with its mode set
        file.write(content)
    return path
