"""Settings are read once and refused with every problem at once."""

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from market.config import DEMO_SECRET, ConfigError, Settings

SECRET = "s" * 40
PUBLIC = {
    "MARKET_PUBLIC_URL": "https://cho.example",
    "MARKET_SECRET_KEY": SECRET,
    "MARKET_CUSTODY_ACCOUNT": "1234567890",
    "MARKET_SMS_URL": "https://sms.example",
    "MARKET_SMTP_URL": "smtps://mail.example",
}


def read(data: Path, **environ: str) -> Settings:
    return Settings.from_environ({"MARKET_DATA": str(data), **environ})


def problems_of(data: Path, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as refusal:
        read(data, **environ)
    return refusal.value.problems


class TestNothingGiven:
    def test_is_enough_for_this_machine(self, tmp_path):
        settings = read(tmp_path)

        assert settings.local
        assert settings.database_url == f"sqlite:///{tmp_path / 'market.db'}"
        assert not settings.demo

    def test_an_empty_database_address_means_the_embedded_one(self, tmp_path):
        settings = read(tmp_path, MARKET_DATABASE_URL="")

        assert settings.database_url == f"sqlite:///{tmp_path / 'market.db'}"

    def test_makes_a_secret_and_keeps_it(self, tmp_path):
        made = read(tmp_path / "new").secret_key

        assert len(made) >= 32
        assert read(tmp_path / "new").secret_key == made

    def test_keeps_the_secret_from_other_users(self, tmp_path):
        read(tmp_path)

        assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600

    def test_leaves_nothing_beside_the_secret(self, tmp_path):
        read(tmp_path)

        assert [file.name for file in tmp_path.iterdir()] == ["secret"]

    def test_gives_all_who_start_at_once_the_same_secret(self, tmp_path):
        with ThreadPoolExecutor(8) as pool:
            secrets = set(pool.map(lambda _: read(tmp_path).secret_key, range(32)))

        assert len(secrets) == 1


class TestReading:
    def test_understands_flags_counts_and_words(self, tmp_path):
        settings = read(
            tmp_path,
            MARKET_DEMO="Yes",
            MARKET_REQUESTS_PER_MINUTE="30",
            MARKET_CORS_ORIGINS="https://a.example, https://b.example",
        )

        assert settings.demo is True
        assert settings.requests_per_minute == 30
        assert settings.cors_origins == ("https://a.example", "https://b.example")

    def test_lets_nobody_change_them_afterwards(self, tmp_path):
        with pytest.raises(FrozenInstanceError):
            read(tmp_path).demo = True

    def test_shows_no_secret_when_printed(self, tmp_path):
        shown = repr(read(tmp_path, MARKET_SECRET_KEY=SECRET, MARKET_METRICS_TOKEN="hush-hush"))

        assert SECRET not in shown
        assert "hush-hush" not in shown

    def test_accepts_a_public_market_that_is_complete(self, tmp_path):
        settings = read(tmp_path, **PUBLIC)

        assert not settings.local
        assert settings.secret_key == SECRET


class TestProblems:
    def test_are_reported_all_at_once(self, tmp_path):
        problems = problems_of(
            tmp_path,
            MARKET_PUBLIC_URL="https://cho.example",
            MARKET_DEMO="1",
            MARKET_SECRET_KEY="short",
            MARKET_DATABASE_URL="mysql://x",
            MARKET_DURABILITY="none",
            MARKET_REQUESTS_PER_MINUTE="many",
        )

        assert {problem.split()[0] for problem in problems} == {
            "MARKET_SECRET_KEY",
            "MARKET_DEMO",
            "MARKET_CUSTODY_ACCOUNT",
            "MARKET_DATABASE_URL",
            "MARKET_DURABILITY",
            "MARKET_SMS_URL",
            "MARKET_SMTP_URL",
            "MARKET_REQUESTS_PER_MINUTE",
        }

    def test_leave_no_trace_on_the_disk(self, tmp_path):
        problems_of(tmp_path / "new", MARKET_DURABILITY="none")

        assert not (tmp_path / "new").exists()

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "cho.example",
            "ftp://cho.example",
            "https://",
            "https://cho.example/shop",
            "https://cho.example?x=1",
            "https://cho.example:port",
            "https://[half",
        ],
    )
    def test_name_a_public_address_that_is_none(self, tmp_path, url):
        assert problems_of(tmp_path, MARKET_PUBLIC_URL=url) == [
            "MARKET_PUBLIC_URL must be http(s)://host without a path"
        ]

    @pytest.mark.parametrize(
        "url", ["mysql://x", "sqlite:///", "sqlite:///:memory:", "sqlite://", "postgresqlx://"]
    )
    def test_name_a_database_that_cannot_be_used(self, tmp_path, url):
        assert problems_of(tmp_path, MARKET_DATABASE_URL=url) == [
            "MARKET_DATABASE_URL must be sqlite:///… or postgresql://…"
        ]

    @pytest.mark.parametrize("count", ["-1", "1.5", "", "１"])
    def test_name_a_count_that_is_none(self, tmp_path, count):
        assert problems_of(tmp_path, MARKET_BODY_BYTES_MAX=count) == [
            "MARKET_BODY_BYTES_MAX must be a whole number, not below 0"
        ]

    def test_name_a_flag_that_is_none(self, tmp_path):
        assert problems_of(tmp_path, MARKET_DEMO="maybe") == ["MARKET_DEMO must be 1 or 0"]

    @pytest.mark.parametrize(
        "missing",
        ["MARKET_SECRET_KEY", "MARKET_CUSTODY_ACCOUNT", "MARKET_SMS_URL", "MARKET_SMTP_URL"],
    )
    def test_name_what_a_public_market_lacks(self, tmp_path, missing):
        given = {name: value for name, value in PUBLIC.items() if name != missing}

        assert problems_of(tmp_path, **given) == [f"{missing} is required on a public address"]

    def test_name_the_demo_secret_on_a_public_address(self, tmp_path):
        assert problems_of(tmp_path, **PUBLIC | {"MARKET_SECRET_KEY": DEMO_SECRET}) == [
            "MARKET_SECRET_KEY must not be the demo secret on a public address"
        ]

    def test_name_a_demo_on_a_public_address(self, tmp_path):
        assert problems_of(tmp_path, **PUBLIC, MARKET_DEMO="1") == [
            "MARKET_DEMO must be off on a public address"
        ]


STRIPE = {
    "MARKET_STRIPE_KEY": "sk_test_abc",
    "MARKET_STRIPE_PUBLISHABLE_KEY": "pk_test_abc",
    "MARKET_STRIPE_HOOK_SECRETS": "whsec_old, whsec_new",
}


class TestStripe:
    def test_is_set_by_a_key_what_browsers_are_shown_and_secrets(self, tmp_path):
        settings = read(tmp_path, **STRIPE)

        assert settings.stripe_hook_secrets == ("whsec_old", "whsec_new")
        for secret in ("sk_test_abc", "whsec_old"):
            assert secret not in repr(settings)

    @pytest.mark.parametrize(
        "key", ["sk_live_abc", "rk_live_abc"], ids=["secret key", "restricted key"]
    )
    def test_may_take_real_money(self, tmp_path, key):
        live = {"MARKET_STRIPE_KEY": key, "MARKET_STRIPE_PUBLISHABLE_KEY": "pk_live_abc"}

        assert read(tmp_path, **PUBLIC, **STRIPE | live).stripe_key == key

    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            (
                {"MARKET_STRIPE_KEY": "pk_test_abc"},
                "MARKET_STRIPE_KEY must be sk_live_…, sk_test_…, rk_live_… or rk_test_…",
            ),
            (
                {"MARKET_STRIPE_PUBLISHABLE_KEY": "sk_test_abc"},
                "MARKET_STRIPE_PUBLISHABLE_KEY must be pk_live_… or pk_test_…",
            ),
            (
                {"MARKET_STRIPE_PUBLISHABLE_KEY": "pk_live_abc"},
                "MARKET_STRIPE_KEY and MARKET_STRIPE_PUBLISHABLE_KEY must be of one mode",
            ),
            (
                {"MARKET_STRIPE_HOOK_SECRETS": "whsec_a whsec_b whsec_c"},
                "MARKET_STRIPE_HOOK_SECRETS must be one or two of whsec_…",
            ),
            (
                {"MARKET_STRIPE_HOOK_SECRETS": "secret"},
                "MARKET_STRIPE_HOOK_SECRETS must be one or two of whsec_…",
            ),
            (
                {"MARKET_STRIPE_PUBLISHABLE_KEY": ""},
                "MARKET_STRIPE_KEY needs MARKET_STRIPE_PUBLISHABLE_KEY",
            ),
            (
                {"MARKET_STRIPE_HOOK_SECRETS": " "},
                "MARKET_STRIPE_KEY needs MARKET_STRIPE_HOOK_SECRETS",
            ),
            (
                {"MARKET_DEMO": "1"},
                "MARKET_STRIPE_KEY must not be set where MARKET_DEMO plays Stripe",
            ),
        ],
    )
    def test_is_named_where_it_cannot_work(self, tmp_path, changes, problem):
        assert problems_of(tmp_path, **STRIPE | changes) == [problem]

    def test_of_the_bank_is_not_asked_where_the_demo_plays_it(self, tmp_path):
        (problem,) = problems_of(tmp_path, MARKET_DEMO="1", MARKET_CASSO_KEY="k")

        assert problem == "MARKET_CASSO_KEY must not be set where MARKET_DEMO plays the bank"
