"""Settings: read once, frozen, refused with every problem at once."""

import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SECRET_BYTES_MIN = 32
WHOLE_BASIS_POINTS = 10_000
DELIVERY_FEE_MAX = 10**9
HOOK_SECRETS_MAX = 2  # the old one and the new one, while they change
BODY_BYTES_LEAST = 1024
DEMO_SECRET = "demo-secret-demo-secret-demo-secret-0000"  # noqa: S105  refused for a public address


class ConfigError(Exception):
    """The settings cannot be used; `problems` names each reason in one line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that the program is told from outside, each `MARKET_<NAME>` in the environment."""

    data: Path = Path("data")
    database_url: str = ""
    replica_url: str = ""
    secret_key: str = field(default="", repr=False)
    public_url: str = "http://127.0.0.1:8000"
    redis_url: str = ""
    demo: bool = False
    cors_origins: tuple[str, ...] = ()
    durability: str = "full"
    requests_per_minute: int = 600
    body_bytes_max: int = 256 * 1024
    upload_bytes_max: int = 12 * 1024 * 1024
    commission_basis_points: int = 300
    delivery_fee_minor: int = 30_000
    landed_warning_basis_points: int = 3_000
    release_hours: int = 72
    custody_bank_bin: str = "970436"
    custody_account: str = "0000000000"
    custody_name: str = "CHO LAM DONG"
    payos_checksum_key: str = field(default="", repr=False)
    casso_key: str = field(default="", repr=False)
    sms_url: str = ""
    sms_token: str = field(default="", repr=False)
    sms_foreign: bool = False
    sms_hook_secret: str = field(default="", repr=False)
    smtp_url: str = field(default="", repr=False)
    mail_from: str = "cho@localhost"
    metrics_token: str = field(default="", repr=False)
    stripe_key: str = field(default="", repr=False)
    stripe_publishable_key: str = ""
    stripe_hook_secrets: tuple[str, ...] = field(default=(), repr=False)
    s3_bucket: str = ""
    s3_url: str = ""
    s3_region: str = "us-east-1"
    s3_key: str = ""
    s3_secret: str = field(default="", repr=False)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """The settings of the environment; raises ConfigError naming every problem."""
        given: dict[str, Any] = {}
        problems: list[str] = []
        known = {f"MARKET_{item.name.upper()}": item for item in fields(cls)}
        for name, item in known.items():
            if name in environ:
                try:
                    given[item.name] = _READERS[type(item.default)](environ[name])
                except ValueError:
                    problems.append(f"{name} must be {_MEANT[type(item.default)]}")
        settings = cls(**given)
        strange = {name for name in environ if name.startswith("MARKET_")} - known.keys()
        problems += [f"{name} is no setting" for name in sorted(strange)]
        checks = _checks(settings) | _checks_of_the_store(settings) | _checks_of_stripe(settings)
        problems += [problem for problem, wrong in checks.items() if wrong]
        if problems:
            raise ConfigError(problems)
        return settings.completed()

    def completed(self) -> "Settings":
        """The same with the embedded database and a kept secret where none was given."""
        database_url = self.database_url or f"sqlite:///{self.data / 'market.db'}"
        secret_key = self.secret_key or _kept_secret(self.data)
        return replace(self, database_url=database_url, secret_key=secret_key)

    @property
    def local(self) -> bool:
        """Whether the public address is this machine only."""
        return urlsplit(self.public_url).hostname in LOOPBACK


def _flag(text: str) -> bool:
    if text.lower() not in {"0", "1", "true", "false", "yes", "no"}:
        raise ValueError(text)
    return text.lower() in {"1", "true", "yes"}


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


_READERS: dict[type, Any] = {str: str, int: _count, bool: _flag, type(Path()): Path}
_READERS[tuple] = lambda text: tuple(text.replace(",", " ").split())
_MEANT = {int: "a whole number, not below 0", bool: "1 or 0"}


def _checks(settings: Settings) -> dict[str, Any]:
    secret, database = settings.secret_key, settings.database_url
    fee, commission = settings.delivery_fee_minor, settings.commission_basis_points
    landed = settings.landed_warning_basis_points
    sms, smtp, redis = settings.sms_url, settings.smtp_url, settings.redis_url
    hook = settings.sms_hook_secret
    is_origin = _is_origin(settings.public_url)
    is_public = is_origin and not settings.local
    is_insecure = is_public and settings.public_url.startswith("http:")
    asked = Settings.__dataclass_fields__["custody_account"].default
    no_custody = settings.custody_account == asked
    return {
        "MARKET_SECRET_KEY must be at least 32 characters": 0 < len(secret) < SECRET_BYTES_MIN,
        "MARKET_PUBLIC_URL must be http(s)://host without a path": not is_origin,
        "MARKET_SECRET_KEY must not be the demo secret on a public address": is_public
        and secret == DEMO_SECRET,
        "MARKET_DEMO must be off on a public address": is_public and settings.demo,
        "MARKET_SECRET_KEY is required on a public address": is_public and not secret,
        "MARKET_CUSTODY_ACCOUNT is required on a public address": is_public and no_custody,
        "MARKET_DATABASE_URL must be sqlite:///… or postgresql://…": not _is_database(database),
        "MARKET_DURABILITY must be full or normal": settings.durability not in {"full", "normal"},
        "MARKET_PUBLIC_URL must be https on a public address": is_insecure,
        "MARKET_REDIS_URL must be redis://… or rediss://…": _is_other(redis, "redis", "rediss"),
        "MARKET_SMS_URL must be https://…": _is_other(sms, "https") and not settings.local,
        "MARKET_SMS_HOOK_SECRET must be at least 32 characters": 0 < len(hook) < SECRET_BYTES_MIN,
        "MARKET_SMTP_URL must be smtp://… or smtps://…": _is_other(smtp, "smtp", "smtps"),
        "MARKET_SMS_URL is required on a public address": is_public and not sms,
        "MARKET_SMTP_URL is required on a public address": is_public and not smtp,
        "MARKET_COMMISSION_BASIS_POINTS must be at most 10000": commission > WHOLE_BASIS_POINTS,
        "MARKET_DELIVERY_FEE_MINOR is out of all proportion": fee > DELIVERY_FEE_MAX,
        "MARKET_LANDED_WARNING_BASIS_POINTS must be 1 or more": landed < 1,
        "MARKET_BODY_BYTES_MAX is too small for any request": settings.body_bytes_max
        < BODY_BYTES_LEAST,
        "MARKET_CUSTODY_BANK_BIN must be six digits": not _BIN.fullmatch(settings.custody_bank_bin),
        "MARKET_CORS_ORIGINS must be origins, not *": "*" in settings.cors_origins,
    }


def _checks_of_the_store(settings: Settings) -> dict[str, Any]:
    bucket = settings.s3_bucket
    told = {bool(each) for each in (bucket, settings.s3_key, settings.s3_secret)}
    return {
        "MARKET_S3_BUCKET must be the name of a bucket": bucket and not _BUCKET.fullmatch(bucket),
        "MARKET_S3_URL must be http(s)://…": _is_other(settings.s3_url, "https", "http"),
        "MARKET_S3_BUCKET, MARKET_S3_KEY and MARKET_S3_SECRET go together": len(told) > 1,
    }


def _checks_of_stripe(settings: Settings) -> dict[str, Any]:
    key, shown = settings.stripe_key, settings.stripe_publishable_key
    secrets = settings.stripe_hook_secrets
    modes = {text.split("_")[1] for text in (key, shown) if text.count("_") > 1}
    return {
        "MARKET_STRIPE_KEY must be sk_live_…, sk_test_…, rk_live_… or rk_test_…": key
        and not _STRIPE_KEY.fullmatch(key),
        "MARKET_STRIPE_PUBLISHABLE_KEY must be pk_live_… or pk_test_…": shown
        and not _STRIPE_SHOWN.fullmatch(shown),
        "MARKET_STRIPE_HOOK_SECRETS must be one or two of whsec_…": len(secrets) > HOOK_SECRETS_MAX
        or not all(_STRIPE_SECRET.fullmatch(secret) for secret in secrets),
        "MARKET_STRIPE_KEY and MARKET_STRIPE_PUBLISHABLE_KEY must be of one mode": len(modes) > 1,
        "MARKET_STRIPE_KEY needs MARKET_STRIPE_PUBLISHABLE_KEY": key and not shown,
        "MARKET_STRIPE_KEY needs MARKET_STRIPE_HOOK_SECRETS": key and not secrets,
        "MARKET_STRIPE_KEY must not be set where MARKET_DEMO plays Stripe": settings.demo and key,
        "MARKET_CASSO_KEY must not be set where MARKET_DEMO plays the bank": settings.demo
        and settings.casso_key,
    }


def _parts(url: str) -> SplitResult | None:
    """The parts of an address with a host, and a port that is one if any."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  asking is what checks it
    except ValueError:
        return None
    return parts if parts.hostname else None


def _is_origin(url: str) -> bool:
    parts = _parts(url)
    if parts is None or parts.scheme not in {"http", "https"}:
        return False
    return url.removesuffix("/") == f"{parts.scheme}://{parts.netloc}"


def _is_other(url: str, *schemes: str) -> bool:
    """Whether something is given that is no address of these schemes."""
    parts = _parts(url)
    return bool(url) and (parts is None or parts.scheme not in schemes)


def _is_database(url: str) -> bool:
    """A server, or a file: a database in memory would be another one for each connection."""
    if not url:
        return True  # the embedded one
    if url.startswith("sqlite:///"):
        return url.removeprefix("sqlite:///") not in {"", ":memory:"}
    return not _is_other(url, "postgresql", "postgresql+psycopg")


def _kept_secret(data: Path) -> str:
    """The embedded mode's own secret: made once, kept beside its database, only for its owner."""
    path = data / "secret"
    if not path.exists():
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=data) as made:  # tempfile's mode is 0600
            made.write(secrets.token_urlsafe(SECRET_BYTES_MIN))
            made.flush()
            os.fsync(made.fileno())  # an empty secret after a power cut would be anybody's
            with suppress(FileExistsError):
                os.link(made.name, path)  # whole or not at all, and only for the first to come
    kept = path.read_text().strip()
    if len(kept) < SECRET_BYTES_MIN:
        raise ConfigError([f"{path} is damaged: remove it, and everybody signs in anew"])
    return kept


_BIN = re.compile(r"[0-9]{6}")
_STRIPE_KEY = re.compile(r"[sr]k_(live|test)_\w+")
_STRIPE_SHOWN = re.compile(r"pk_(live|test)_\w+")
_STRIPE_SECRET = re.compile(r"whsec_\w+")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
