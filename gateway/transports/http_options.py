"""What [transport] takes in the file of a partner that posts to us, or that we post to."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from gateway.transports.options import TransportOptions
from gateway.transports.schedule_options import ScheduleOptions
from gateway.transports.secrets import SecretReference


def _address(url: str) -> str:
    """Return a URL that can be posted to. Raises ValueError."""
    if not url:
        return url
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("a URL like https://edi.partner.example/inbox")
    if parts.username is not None or parts.password is not None:
        raise ValueError("no user and password in a URL; see authorization")
    if parts.fragment or any(c.isspace() or not c.isprintable() for c in url):
        raise ValueError("no # and no spaces in a URL")
    _ = parts.port  # raises ValueError when it is no port
    return url


class HttpOptions(TransportOptions):
    """The keys of `kind = "http"`."""

    keys: tuple[str, ...] = Field(
        (), description="Names of the API keys that may post this partner's documents to /v1/partners/<id>/inbox."
    )
    url: Annotated[str, AfterValidator(_address)] = Field(
        "", description="Where we post what we send. Empty: we deliver nothing."
    )
    secret: SecretReference = Field(
        "", description="Where the secret is that we sign with: whsec_ and base64, as Standard Webhooks has it."
    )
    next_secret: SecretReference = Field("", description="The secret it will change to; both sign until then.")
    authorization: SecretReference = Field(
        "", description="Where the value of the header Authorization is, when the partner wants one."
    )
    allow_http: bool = Field(False, description="Whether the URL may be http://, without TLS.")
    allow_private: bool = Field(
        False, description="Whether the URL may lead to an address outside the public internet, as inside a VPN."
    )
    ca_file: str = Field("", description="Certificates to trust instead of the system's, in PEM form.")
    schedule: ScheduleOptions = Field(ScheduleOptions(), description="When to post: a table of its own, see below.")
    timeout_seconds: float = Field(30, gt=0, le=600, description="For a whole call.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.keys and not self.url:
            raise ValueError("name keys that may post, a url to post to, or both")
        if self.url and not self.secret:
            raise ValueError("a url needs a secret to sign with")
        if self.url.startswith("http:") and not self.allow_http:
            raise ValueError("the url has no TLS; make it https, or set allow_http = true")
        return self
