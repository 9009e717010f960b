"""Everything an operator can set: gateway.toml in the gateway's home, overridden by GATEWAY_* in the environment.

Secrets are never written here, only where they are found: "env:ERP_TOKEN" or "file:/run/secrets/erp-token".
"""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from gateway.errors import ConfigurationError

FILE_NAME = "gateway.toml"


class CompanySettings(BaseModel):
    """Who we are to our partners."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("Our Company", description="Our name, as partners know it.")
    interchange_id: str = Field(
        "ZZ:OURCOMPANY",
        description="Qualifier and id that partners put in ISA07/ISA08 for us.",
        pattern=r"^[A-Z0-9]{2}:.{1,15}$",
    )
    group_id: str = Field("OURCOMPANY", description="Our application code, GS03.", min_length=2, max_length=15)


class CalendarSettings(BaseModel):
    """A business calendar: the days on which partners that name it are closed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    holidays: tuple[date, ...] = Field(description="Days, as in [2026-11-26, 2026-12-25].")


class SftpServerSettings(BaseModel):
    """Our SFTP server, for partners of the kind hosted-sftp."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="Address it listens on; 0.0.0.0 for all.")
    port: int = Field(2222, description="Port it listens on; 0 for any.", ge=0, le=65535)
    host_keys: tuple[str, ...] = Field(
        min_length=1,
        description="Where its private keys are, env:NAME or file:/path; `ssh-keygen -t ed25519 -N '' -f KEY` makes one.",
    )


class As2KeySettings(BaseModel):
    """A key of ours with its certificate: [[as2.keys]]. `gateway certs create` makes one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    certificate: str = Field(description="In PEM form, under the home: certs/us-2026.pem.")
    key: str = Field(description="The private key, PKCS#8 in PEM form, encrypted: certs/us-2026.key.")
    passphrase: str = Field("", description="Where the key's passphrase is: env:NAME or file:/path.")
    as2_id: str = Field("", description="Which AS2 name of ours it belongs to; empty for all of them.")
    roles: tuple[Literal["sign", "decrypt"], ...] = Field(
        ("sign", "decrypt"), min_length=1, description="What it is for: signing (receipts, too), decrypting."
    )
    use_from: datetime | None = Field(
        None, description="When we begin to sign with it; what is encrypted to it is read before, too."
    )
    use_until: datetime | None = Field(None, description="From when on it is not used.")
    usage: Literal["production", "test"] = Field("production", description="For which partners it is.")


class As2Settings(BaseModel):
    """Our AS2 endpoint and keys, for partners of the kind as2."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="Address it listens on; 0.0.0.0 for all.")
    port: int = Field(8410, description="Port it listens on, never that of the API.", ge=1, le=65535)
    url: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="Where partners reach it: https://edi.our.example/as2. Needed for receipts that come later.",
    )
    tls_certificate: str = Field("", description="Its TLS certificate, PEM; empty when a proxy before it has TLS.")
    tls_key: str = Field("", description="The private key of it, PEM.")
    body_seconds: float = Field(60, gt=0, description="How long a sender may be silent within a body.")
    threads: int = Field(4, ge=1, le=64, description="Transmissions that are opened at the same time.")
    keys: tuple[As2KeySettings, ...] = Field((), description="Our keys: tables of their own, [[as2.keys]].")


class WebhookSettings(BaseModel):
    """Somebody who is told what happens, by a signed post to a URL for each event."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(description="Where events are posted: https://…", pattern=r"^https?://[^/?#\s]+\S*$")
    secret: str = Field(
        pattern=r"^(env|file):.+",
        description="Where the signing secret is, env:NAME or file:/path: whsec_ and the base64 of 24 to 64 bytes.",
    )
    next_secret: str = Field(
        "", pattern=r"^((env|file):.+)?$", description="A second secret, while one is changed: both sign."
    )
    types: tuple[str, ...] = Field((), description="Only these events: order.posted, or order.*; empty for all.")
    partners: tuple[str, ...] = Field((), description="Only documents of these partners; empty for all.")
    allow_private: bool = Field(
        False, description="Whether the URL may lead to an address that is not in the public internet."
    )
    timeout_seconds: float = Field(20, gt=0, le=30, description="How long one post may take, answer included.")


class ConnectorSettings(BaseModel):
    """One ERP or commerce system. Keys beyond `kind` belong to the connector and are checked by it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str = Field(description="Which connector: a row of the table in gateway/connectors.")
    calls_per_second: float | None = Field(
        None, gt=0, description="How many calls a second it takes, over all processes. Default: any number."
    )
    calls_at_once: int | None = Field(
        None, ge=1, description="How many calls it takes at the same time, over all processes. Default: any number."
    )

    @property
    def options(self) -> dict[str, Any]:
        """Return the connector's own keys."""
        return dict(self.model_extra or {})


class Settings(BaseSettings):
    """The gateway's settings, checked when it starts."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", env_nested_delimiter="__", extra="forbid", frozen=True)

    home: Path = Field(Path(), description="The folder all relative paths start from; holds gateway.toml.")
    database: str = Field(
        "",
        description="SQLAlchemy URL: sqlite:///path or postgresql+psycopg://user@host/name; with a password in it, env:NAME or file:/path "
        "of it. Empty: SQLite, var/gateway.db under the home.",
    )
    partners_dir: Path = Field(Path("partners"), description="One TOML per trading partner.")
    maps_dir: Path = Field(
        Path("maps"), description="Your own maps; a name not found here is looked up in the shipped maps."
    )
    inbox_dir: Path = Field(Path("inbox"), description="Where the folder transport looks, one folder per partner.")
    outbox_dir: Path = Field(Path("outbox"), description="Where the folder transport puts, one folder per partner.")
    company: CompanySettings = CompanySettings()
    connectors: dict[str, ConnectorSettings] = Field(default_factory=dict, description="Name → ERP or commerce system.")
    calendars: dict[str, CalendarSettings] = Field(
        default_factory=dict, description="Name → business calendar, for the schedules of partners."
    )
    webhooks: dict[str, WebhookSettings] = Field(
        default_factory=dict, description="Name → somebody who is told what happens."
    )
    sftp_server: SftpServerSettings | None = Field(
        None, description="Our SFTP server; it runs in `gateway serve` when it is set."
    )
    as2: As2Settings | None = Field(None, description="AS2; its endpoint runs in `gateway serve` when it is set.")
    api_host: str = Field("127.0.0.1", description="Address the status API listens on.")
    api_port: int = Field(8400, description="Port the status API listens on.", ge=1, le=65535)
    worker_threads: int = Field(4, description="Documents that one process advances at the same time.", ge=1, le=64)
    claim_batch: int = Field(8, description="Documents a worker thread claims in one go.", ge=1, le=100)
    lease_seconds: float = Field(30, description="How long a claim holds without being renewed.", ge=1, le=3600)
    sweep_seconds: float = Field(
        2, description="How often inboxes are swept; notifications are only hints.", gt=0, le=60
    )
    stable_seconds: float = Field(
        1, description="How long a file must not change before it is taken, when no close was seen.", ge=0, le=600
    )
    trailer_seconds: float = Field(
        60, description="How long an X12 file without its IEA is given before it is taken as it is.", ge=0, le=3600
    )
    collect_seconds: float = Field(
        1, description="How often connectors are asked for outgoing documents.", gt=0, le=3600
    )
    retry_base_seconds: float = Field(
        2, description="Wait after the first failed try; doubles with every further one.", gt=0
    )
    retry_max_seconds: float = Field(300, description="The longest wait between two tries.", gt=0)
    retry_limit: int = Field(30, description="Tries after which a document is parked for a person.", ge=1)
    gate_failures: int = Field(
        5, ge=1, description="Calls in a row that fail before an ERP or a partner's channel is left alone for a while."
    )
    gate_first_seconds: float = Field(
        10, gt=0, description="How long it is left alone first; twice as long after each further failure."
    )
    gate_max_seconds: float = Field(300, gt=0, description="The longest it is left alone before one call looks again.")
    payload_inline_bytes: int = Field(
        65_536,
        description="Payloads up to this size are kept in the database, larger ones as files under var/payloads.",
        ge=0,
    )
    payload_limit_bytes: int = Field(1_073_741_824, description="The largest payload that is received.", ge=1)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  no .env: one file is enough
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment over the file; the file is `gateway.toml` in the home."""
        home = Path(init_settings().get("home", "."))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, home / FILE_NAME)

    def path(self, path: Path) -> Path:
        """Return `path` as an absolute path, relative ones under the home."""
        return path if path.is_absolute() else (self.home / path).resolve()

    @property
    def database_url(self) -> str:
        """Return the database's SQLAlchemy URL. Raises ConfigurationError when it is a reference to nothing."""
        if self.database.startswith(("env:", "file:")):
            return read_secret(self.database)
        return self.database or f"sqlite:///{self.path(Path('var/gateway.db'))}"

    @property
    def payload_dir(self) -> Path:
        """Return the folder of the payloads that are too large for the database."""
        return self.path(Path("var/payloads"))


def load_settings(home: Path | None = None) -> Settings:
    """Return the settings of the gateway whose home is `home` (default: $GATEWAY_HOME, else the current folder).

    Raises:
        ConfigurationError: GW-1001, with every complaint.
    """
    where = (home or Path(os.environ.get("GATEWAY_HOME", "."))).resolve()
    try:
        return Settings(home=where)
    except ValidationError as invalid:
        known = [
            key
            for part in (Settings, CompanySettings, ConnectorSettings, As2Settings, As2KeySettings)
            for key in part.model_fields
        ]
        raise ConfigurationError(complaints(invalid, FILE_NAME, known)) from invalid
    except ValueError as broken:  # tomllib.TOMLDecodeError
        raise ConfigurationError([f"{FILE_NAME}: not valid TOML: {broken}"]) from broken


def complaints(invalid: ValidationError, file: str, known: Collection[str] = ()) -> list[str]:
    """Return one line per mistake: "gateway.toml: api_port: ...".

    Args:
        known: every key there is; a key that is none of them gets the nearest one as a hint.
    """
    lines = []
    for error in invalid.errors():
        key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]).lstrip(".")
        is_unknown = known and error["type"] == "extra_forbidden"
        what = _no_such_key(str(error["loc"][-1]), known) if is_unknown else error["msg"]
        lines.append(f"{file}: {key or 'file'}: {what}")
    return lines


def _no_such_key(key: str, known: Collection[str]) -> str:
    close = get_close_matches(key, known, n=1)
    return f"there is no such key; did you mean {close[0]}?" if close else "there is no such key; leave it out"


def read_secret(reference: str) -> str:
    """Return the secret that `reference` ("env:NAME" or "file:/path") points at.

    Raises:
        ConfigurationError: GW-1001, it is not a reference, or there is nothing where it points.
    """
    scheme, _, name = reference.partition(":")
    if scheme == "env" and name:
        if name in os.environ:
            return os.environ[name]
        raise ConfigurationError([f"secret {reference}: the environment has no {name}; set it before the start"])
    if scheme == "file" and name:
        try:
            return Path(name).read_text(encoding="utf-8").strip()
        except OSError as missing:
            raise ConfigurationError([f"secret {reference}: {missing.strerror}"]) from missing
    raise ConfigurationError(["a secret is written as env:NAME or file:/path, never as the secret itself"])
