"""Start and stop the servers that the S3 and GCS stores are tested on.

    eval "$(python -m tests.servers start FOLDER)"
    python -m tests.servers stop FOLDER

Prints the environment that tests need, and installs nothing. Redis and PostgreSQL are
ordinary services and started as such.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import boto3
from botocore.config import Config

from tests.servers.ports import free_port, wait_for

BUCKET = "artifacts-test"
ACCESS_KEY, SECRET_KEY = "access", "secret"
_RADOSGW = Path(__file__).with_name("radosgw.sh")


def start(folder: Path) -> dict[str, str]:
    """Start both anew; give the variables that say where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    stop(folder)
    return {**start_s3(folder), **_start_gcs(folder)}


def stop(folder: Path) -> None:
    stop_s3(folder)
    pid = folder / "gcs.pid"
    if pid.exists():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid.read_text()), signal.SIGTERM)
        pid.unlink()


def stop_s3(folder: Path) -> None:
    subprocess.run([_RADOSGW, "stop", folder / "s3"], check=True)


def start_s3(folder: Path) -> dict[str, str]:
    port = free_port()
    command = [str(_RADOSGW), "start", str(folder / "s3"), str(port)]
    subprocess.run([*command, ACCESS_KEY, SECRET_KEY], check=True, stdout=sys.stderr)
    endpoint = f"http://127.0.0.1:{port}"
    boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(s3={"addressing_style": "path"}),
    ).create_bucket(Bucket=BUCKET)
    options = f"endpoint_url={quote(endpoint, safe='')}&addressing_style=path"
    url = f"s3://{ACCESS_KEY}:{SECRET_KEY}@{BUCKET}?{options}"
    return {"ARTIFACTS_TEST_S3": url}


def _start_gcs(folder: Path) -> dict[str, str]:
    port = free_port()
    with (folder / "gcs.out").open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.gcs", str(port), BUCKET],
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    (folder / "gcs.pid").write_text(str(server.pid))
    endpoint = f"http://127.0.0.1:{port}"
    wait_for(port)
    # The variable's name is Google's; its library reads it.
    return {"ARTIFACTS_TEST_GCS": f"gs://{BUCKET}", "STORAGE_EMULATOR_HOST": endpoint}


if __name__ == "__main__":
    action, place = sys.argv[1], Path(sys.argv[2]).absolute()
    if action == "start":
        for name, value in start(place).items():
            sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
    else:
        stop(place)
