"""`GET /support-bundle.zip`: what the running exporter knows, without any secret."""

from __future__ import annotations

import asyncio  # noqa: TID251  # this is the shell
import os
from datetime import UTC, datetime

from aiohttp import hdrs, web

from claude_exporter.runtime.exporter import Exporter

from .evidence import evidence_of
from .pack import bundle_files, zipped


async def support_bundle(exporter: Exporter) -> web.Response:
    """Pack what is remembered; nothing is probed anew and no program is started."""
    evidence = evidence_of(exporter)
    # Redaction is work of many milliseconds, and the probes share this loop.
    body = await asyncio.to_thread(lambda: zipped(bundle_files(evidence, os.environ)))
    stamp = datetime.fromtimestamp(evidence.at, UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="claude-support-{stamp}.zip"',
        hdrs.CACHE_CONTROL: "no-store",
    }
    return web.Response(body=body, content_type="application/zip", headers=headers)
