"""Makes a certificate for this machine, as a site's own stands in a test for one that others have signed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def make_certificate(folder: Path) -> Path:
    """Make ``fullchain.pem``, which signs itself and is for localhost, and ``privkey.pem``; return their folder."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed, so no certificate can be made")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subprocess.run([program, "req", "-x509", *kind, *names, *files], check=True, capture_output=True)
    return folder
