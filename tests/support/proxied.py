"""A real nginx in front of a server of ours, below a path."""

import asyncio
from contextlib import asynccontextmanager

from support.programs import require

from claude_exporter.stack.ports import choose_port

CONFIG = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    absolute_redirect off;
    location = /claude {{ return 301 /claude/; }}
    location /claude/ {{ proxy_pass {upstream}; }}
  }}
}}
"""
DEADLINE = 10.0


@asynccontextmanager
async def nginx(folder, upstream):
    """The address of a proxy that leads /claude/ to *upstream*."""
    port = choose_port("127.0.0.1", 19080)
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, port=port, upstream=upstream), encoding="utf-8")
    command = (require("nginx"), "-p", folder, "-c", config)
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(DEADLINE):
            await _reachable(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def _reachable(port):
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
