"""Make the environments of two other AS2 implementations, pyas2lib and libas2, which then judge ours in the tests.

    make judges      # or: python tools/as2_judges.py; once, needs a package registry, and npm for libas2

Optional: the tests that ask them skip without. Nothing of it is ever part of the gateway. pyas2lib 1.4.4 pins an oscrypto whose version
pattern knows one-digit numbers only and does not load with OpenSSL 3.0.10 or later; the pattern is mended here, in this environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / ".as2-judges"
PYTHON = FOLDER / "pyas2lib" / "bin" / "python"
NODE_PATH = FOLDER / "libas2" / "node_modules"
PINNED = ("libas2@0.8.2", "pkijs@2.1.90", "asn1js@2.0.26")  # later minor versions changed their shapes


def main() -> int:
    """Make what is missing; return 0 when both are there."""
    FOLDER.mkdir(exist_ok=True)
    if not PYTHON.exists():
        venv.create(FOLDER / "pyas2lib", with_pip=True)
        subprocess.run(
            [PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "pyas2lib==1.4.4"], check=True
        )
        for file in (FOLDER / "pyas2lib").glob("lib/python3*/site-packages/oscrypto/_openssl/_libcrypto_c*.py"):
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace(r"(\\d\\.\\d\\.\\d[a-z]*)", r"(\\d+\\.\\d+\\.\\d+[a-z]*)"), encoding="utf-8")
    subprocess.run([PYTHON, "-c", "import pyas2lib"], check=True)
    print("pyas2lib is there.")
    if shutil.which("npm") is None:
        print("libas2 is not: npm is missing (Debian: apt-get install npm).")
        return 1
    if not (NODE_PATH / "libas2").exists():
        (FOLDER / "libas2").mkdir(exist_ok=True)
        command = ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(FOLDER / "libas2"), *PINNED]
        subprocess.run(command, check=True, env=os.environ | {"npm_config_update_notifier": "false"})
    print("libas2 is there.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
