"""What is probed: nginx for speed, a server with known delays for accuracy, both on loopback."""

import datetime as dt
import ipaddress
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HERE = Path(__file__).parent
PROBER_CORE, TARGET_CORE = "0", "1"
NGINX = """\
{user}daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log {dir}/nginx.log crit;
events {{ worker_connections 8000; multi_accept on; }}
http {{
  access_log off; tcp_nodelay on; default_type text/html;
  client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f;
  uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  server {{ listen 127.0.0.1:{count}; location / {{ stub_status; }} }}
  server {{ listen 127.0.0.1:{http} backlog=4096; location / {{ return 200 "{body}"; }} }}
  server {{ listen 127.0.0.1:{https} ssl backlog=4096; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate {dir}/ca.pem;
    ssl_certificate_key {dir}/key.pem; location / {{ return 200 "{body}"; }} }}
}}
"""


@dataclass(frozen=True)
class Targets:
    """Addresses by scheme."""

    fast: dict[str, str]
    delayed: dict[str, str]
    counter: str
    ca_file: Path

    def probes(self) -> int:
        """How many requests nginx has had, this one included."""
        with urllib.request.urlopen(self.counter, timeout=5) as answer:  # noqa: S310
            return int(answer.read().split()[9])

    def delays(self) -> dict[str, float]:
        """Take the true delays since the last time."""
        with urllib.request.urlopen(f"{self.delayed['http']}delays", timeout=5) as answer:  # noqa: S310
            return json.load(answer)


def pinned(core: str) -> list[str]:
    """What keeps a program on one core."""
    return ["taskset", "-c", core]


@contextmanager
def running(command: list[str], **more) -> Iterator[subprocess.Popen]:
    """A program that ends with the block."""
    process = subprocess.Popen(command, text=True, **more)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def wait_for(port: int) -> None:
    """Return once somebody listens on `port`."""
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nobody listens on port {port} after 30 s")


@contextmanager
def serve_targets(folder: Path) -> Iterator[Targets]:
    """nginx and the server with delays, on the core that the probers do not use."""
    write_certificate(folder)
    ports = {"http": free_port(), "https": free_port()}
    count = free_port()
    user = "user root; " if os.geteuid() == 0 else ""
    configuration = folder / "nginx.conf"
    configuration.write_text(
        NGINX.format(user=user, dir=folder, body="x" * 300, count=count, **ports)
    )
    core = pinned(TARGET_CORE)
    delays = [sys.executable, str(HERE / "delays.py"), f"{folder}/ca.pem", f"{folder}/key.pem"]
    with ExitStack() as stack:
        stack.enter_context(running([*core, "nginx", "-c", str(configuration)]))
        server = stack.enter_context(running([*core, *delays], stdout=subprocess.PIPE))
        late = dict(zip(ports, json.loads(server.stdout.readline()), strict=True))
        for port in ports.values():
            wait_for(port)
        yield Targets(
            {scheme: f"{scheme}://127.0.0.1:{port}/" for scheme, port in ports.items()},
            {scheme: f"{scheme}://127.0.0.1:{port}/" for scheme, port in late.items()},
            f"http://127.0.0.1:{count}/",
            folder / "ca.pem",
        )


def write_certificate(folder: Path) -> None:
    """A certificate of 127.0.0.1 that signs itself, with an EC P-256 key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
