"""What the tests need from the machine beyond Python packages: install it where possible, else say how to get it.

A part marked `needed` is used by tests that are there; the others say what a later campaign will look for, so that nobody has to
search for it. Tests that need a part which is missing skip and name it; nothing here makes a run fail.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A program some tests use.

    Args:
        program: looked for on the PATH and in the folders of PLACES.
        package: Debian's package that holds it.
        serves: which tests use it.
        needed: whether there are such tests now.
    """

    program: str
    package: str
    serves: str
    needed: bool


PARTS = (
    Part("git", "git", "the check that a test run leaves the work tree clean", needed=True),
    Part("openssl", "openssl", "AS2: an independent reader and writer of signed and encrypted parts", needed=True),
    Part("sshd", "openssh-server", "SFTP: a real server to connect to", needed=True),
    Part("postgres", "postgresql", "the distributed runner on a real PostgreSQL", needed=False),
    Part("chromium", "chromium", "the console in a real browser", needed=False),
)
# Debian keeps servers where a user's PATH does not look.
PLACES = ("/usr/sbin", *(f"/usr/lib/postgresql/{release}/bin" for release in range(13, 20)))


def is_there(part: Part) -> bool:
    """Return whether the part's program is on this machine."""
    return shutil.which(part.program) is not None or any(
        os.access(f"{place}/{part.program}", os.X_OK) for place in PLACES
    )


def install(parts: list[Part]) -> None:
    """Install `parts` from Debian's packages; a failure is printed and nothing more."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    packages = [part.package for part in parts]
    print(f"Installing from Debian: {' '.join(packages)}", flush=True)
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-qq", "--no-install-recommends", *packages]):
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            print(f"{' '.join(command)} failed:\n{done.stderr}", file=sys.stderr)
            return


def main() -> int:
    """Install what is needed when asked to and able to, then list what is still missing."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--install", action="store_true", help="install what is needed, as root on Debian")
    arguments.add_argument("--all", action="store_true", help="also list what no test uses yet")
    options = arguments.parse_args()
    wanted = [part for part in PARTS if part.needed or options.all]
    missing = [part for part in wanted if not is_there(part)]
    can_install = os.geteuid() == 0 and shutil.which("apt-get") is not None
    if missing and options.install and can_install:
        install(missing)
        missing = [part for part in missing if not is_there(part)]
    if missing:
        print("Not on this machine, so the tests that use it skip:")
        for part in missing:
            print(f"  {part.program:<10} {part.serves}. On Debian, as root: apt-get install {part.package}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
