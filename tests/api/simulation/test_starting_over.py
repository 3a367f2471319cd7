"""A demo that starts over forgets what its bank and its Stripe did."""

from api.simulation import running
from market.config import Settings
from payments import fake_bank, fake_psp


def test_what_was_paid_in_the_demo_before_is_forgotten(tmp_path):
    kept = [tmp_path / name for name in (fake_bank.FILE, fake_psp.FILE, "files")]
    kept[-1].mkdir()
    for path in kept[:-1]:
        path.touch()

    running._start_over(Settings(data=tmp_path).completed(), asked=True)

    assert not any(path.exists() for path in kept)
