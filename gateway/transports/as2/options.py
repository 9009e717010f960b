"""What [transport] takes in the file of a partner by AS2."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from gateway.profiles import Closed
from gateway.transports.as2.algorithms import CIPHERS, DIGESTS, KEY_TRANSPORTS, PKCS1, PSS
from gateway.transports.as2.headers import quoted_name
from gateway.transports.as2.terms import Terms
from gateway.transports.options import TransportOptions
from gateway.transports.schedule_options import ScheduleOptions
from gateway.transports.secrets import SecretReference

PartnerRole = Literal["encrypt", "verify", "mdn"]


def _address(url: str) -> str:
    """Return a URL that can be posted to. Raises ValueError."""
    if not url:
        return url
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("a URL like https://edi.partner.example/as2")
    if parts.username is not None or parts.password is not None:
        raise ValueError("no user and password in a URL; see authorization")
    if parts.fragment or any(c.isspace() or not c.isprintable() for c in url):
        raise ValueError("no # and no spaces in a URL")
    _ = parts.port  # raises ValueError when it is no port
    return url


def _name(name: str) -> str:
    if name:
        quoted_name(name)  # raises ValueError
    return name


Url = Annotated[str, AfterValidator(_address)]
As2Name = Annotated[str, AfterValidator(_name)]


class PartnerCertificate(Closed):
    """A certificate of the partner: [[transport.certificates]]."""

    file: str = Field(description="In PEM or DER form, under the home: certs/acme-2026.pem.")
    roles: tuple[PartnerRole, ...] = Field(
        ("encrypt", "verify", "mdn"),
        min_length=1,
        description="What it is for: encrypt what we send, verify what they send, verify their receipts.",
    )
    use_from: datetime | None = Field(
        None, description="When we begin to encrypt to it; what they sign is taken before, too."
    )
    use_until: datetime | None = Field(None, description="From when on it counts for nothing.")


class As2Options(TransportOptions):
    """The keys of `kind = "as2"`."""

    as2_id: As2Name = Field(min_length=1, description="The partner's AS2 name, as in AS2-From of what it sends.")
    company_as2_id: As2Name = Field(min_length=1, description="Our AS2 name, as this partner knows it.")
    usage: Literal["production", "test"] = Field(
        "production", description="Which of our keys are used; what a test identity sends is a test."
    )
    url: Url = Field("", description="Where we post what we send. Empty: we only receive.")
    mdn: Literal["sync", "async", "none"] = Field(
        "sync", description="The receipt we ask for: in the answer, later at our URL, or none."
    )
    mdn_signed: bool = Field(True, description="Whether we ask for signed receipts, and believe no others.")
    mdn_url: Url = Field(
        "",
        description="Where the partner takes receipts that it asks for later. Receipts go there and nowhere else, whatever it says.",
    )
    mdn_due_minutes: float = Field(240, gt=0, description="After how long a receipt that comes later is overdue.")
    sign: str = Field("sha-256", description="Digest of our signature and of the MIC we ask for; empty: unsigned.")
    signature: str = Field("rsa-pkcs1", description="rsa-pkcs1 or rsa-pss.")
    sign_spelling: str = Field("", description="How the partner wants the digest spelled: sha256.")
    encrypt: str = Field("aes-128-cbc", description="Cipher of what we send; empty: unencrypted.")
    key_transport: str = Field("rsa-pkcs1", description="How its key is wrapped.")
    compress: Literal["", "before-signing", "after-signing"] = Field("", description="Whether we compress, and when.")
    transfer_encoding: Literal["binary", "base64"] = Field("binary", description="Of the payload we send.")
    send_filename: bool = Field(True, description="Whether the payload carries its file name.")
    require_signed: bool = Field(True, description="Refuse what is not signed.")
    require_encrypted: bool = Field(True, description="Refuse what is not encrypted.")
    legacy: bool = Field(False, description="Read and write SHA-1 and 3DES for this partner.")
    accept_expired: bool = Field(False, description="Go on with certificates past their dates; each use is noted.")
    certificates: tuple[PartnerCertificate, ...] = Field(
        (), description="Their certificates: tables of their own, see below."
    )
    authorization: SecretReference = Field(
        "", description="Where the value of the header Authorization is, when the partner wants one."
    )
    allow_http: bool = Field(False, description="Whether the URLs may be http://, without TLS.")
    allow_private: bool = Field(
        False, description="Whether the URLs may lead to an address outside the public internet, as inside a VPN."
    )
    ca_file: str = Field("", description="Certificates to trust for TLS instead of the system's, in PEM form.")
    schedule: ScheduleOptions = Field(ScheduleOptions(), description="When to post: a table of its own, see below.")
    timeout_seconds: float = Field(120, gt=0, le=3600, description="For a whole call, the receipt in it included.")

    @property
    def terms(self) -> Terms:
        """Return what the partner's transmissions and receipts must be."""
        return Terms(self.require_signed, self.require_encrypted, self.mdn_signed, self.legacy, self.accept_expired)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        wrong = []
        for key, value, known in (
            ("sign", self.sign, ("", *DIGESTS)),
            ("encrypt", self.encrypt, ("", *CIPHERS)),
            ("key_transport", self.key_transport, KEY_TRANSPORTS),
            ("signature", self.signature, (PKCS1, PSS)),
        ):
            if value not in known:
                wrong.append(f"{key}: one of {', '.join(one or 'nothing' for one in known)}")
        is_weak = self.sign in DIGESTS and DIGESTS[self.sign].is_legacy
        if (is_weak or (self.encrypt in CIPHERS and CIPHERS[self.encrypt].is_legacy)) and not self.legacy:
            wrong.append("SHA-1 and 3DES need legacy = true")
        if any(url.startswith("http:") for url in (self.url, self.mdn_url)) and not self.allow_http:
            wrong.append("a url has no TLS; make it https, or set allow_http = true")
        roles = {role for one in self.certificates for role in one.roles}
        if self.url and self.encrypt and "encrypt" not in roles:
            wrong.append("encrypting needs a certificate of theirs with the role encrypt, or encrypt = ''")
        if self.require_signed and "verify" not in roles:
            wrong.append("require_signed needs a certificate of theirs with the role verify")
        if self.url and self.mdn != "none" and self.mdn_signed and "mdn" not in roles:
            wrong.append("signed receipts need a certificate of theirs with the role mdn")
        if self.as2_id == self.company_as2_id:
            wrong.append("as2_id and company_as2_id are the same")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self
