"""The server's certificate while the server runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from microsip_manager.server.tls.keeper import TlsKeeper
from microsip_manager.tls.errors import BadCertificate
from microsip_manager.tls.fingerprints import fingerprint_of
from microsip_manager.tls.folder import TlsFolder
from microsip_manager.tls.names import names_of
from tests.fakes.clock import HandClock
from tests.tls.house import house


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def made(tmp_path: Path, clock: HandClock) -> TlsFolder:
    return house(tmp_path, now=clock.now())


def looks(count: int) -> Callable[[float], Awaitable[bool]]:
    """A wait that lets this many looks pass."""
    left = iter([False] * count)

    async def wait(_: float) -> bool:
        return next(left, True)

    return wait


def look(keeper: TlsKeeper, count: int = 1) -> None:
    asyncio.run(keeper.keep_up(looks(count)))


def test_without_files_there_is_no_tls(tmp_path: Path, clock: HandClock) -> None:
    keeper = TlsKeeper(TlsFolder(tmp_path / "tls"), clock)
    keeper.load()

    assert (keeper.context, keeper.fingerprint, str(keeper.names)) == (None, None, "")


def test_a_certificate_is_renewed_with_a_third_of_its_life_left(made: TlsFolder, clock: HandClock) -> None:
    keeper = TlsKeeper(made, clock)
    keeper.load()
    before, authority = keeper.context, keeper.fingerprint

    clock.forward(seconds=timedelta(days=260).total_seconds())
    look(keeper)
    assert keeper.context is before

    clock.forward(seconds=timedelta(days=10).total_seconds())
    look(keeper)
    assert keeper.context is not before
    assert keeper.certificate is not None
    assert keeper.certificate.ends > clock.now() + timedelta(days=390)
    assert keeper.fingerprint == authority == fingerprint_of(made.authority().pem)


def test_a_server_that_was_off_when_its_certificate_expired_starts_with_a_new_one(
    made: TlsFolder, clock: HandClock
) -> None:
    clock.forward(seconds=timedelta(days=500).total_seconds())
    keeper = TlsKeeper(made, clock)

    keeper.load()

    assert keeper.certificate is not None
    assert keeper.certificate.ends > clock.now()


def test_new_files_are_used_without_a_restart(made: TlsFolder, clock: HandClock) -> None:
    keeper = TlsKeeper(made, clock)
    keeper.load()

    made.make(names_of(["phones.lan"]), clock.now())
    look(keeper)

    assert str(keeper.names) == "phones.lan"


def test_a_server_that_began_without_tls_takes_what_tls_init_makes(tmp_path: Path, clock: HandClock) -> None:
    keeper = TlsKeeper(TlsFolder(tmp_path / "tls"), clock)
    keeper.load()

    house(tmp_path, now=clock.now())
    look(keeper)

    assert keeper.context is not None


def test_damaged_files_leave_the_old_certificate_in_use_and_are_told_once(
    made: TlsFolder, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = TlsKeeper(made, clock)
    keeper.load()
    before = keeper.context

    made.server_file.write_text("half of a fi")
    look(keeper, 3)

    assert keeper.context is before
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def company(tmp_path: Path, clock: HandClock) -> tuple[Path, Path]:
    file = house(tmp_path / "company", "phones.corp.example", now=clock.now()).server_file
    return file, file


def test_the_companys_certificate_takes_the_place_of_the_authority(
    made: TlsFolder, clock: HandClock, tmp_path: Path
) -> None:
    keeper = TlsKeeper(made, clock, company(tmp_path, clock))
    keeper.load()

    assert str(keeper.names) == "phones.corp.example"
    assert keeper.fingerprint is None


def test_the_companys_certificate_is_not_renewed_but_warned_of(
    made: TlsFolder, clock: HandClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = company(tmp_path, clock)
    keeper = TlsKeeper(made, clock, own)
    keeper.load()
    before = own[0].read_bytes()

    clock.forward(seconds=timedelta(days=380).total_seconds())
    look(keeper, 3)

    assert own[0].read_bytes() == before
    [told] = [record.getMessage() for record in caplog.records]
    assert told.startswith(f"{own[0]} expires at 20")


def test_an_expired_certificate_of_the_company_is_said_at_the_start(
    made: TlsFolder, clock: HandClock, tmp_path: Path
) -> None:
    own = company(tmp_path, clock)
    clock.forward(seconds=timedelta(days=500).total_seconds())

    with pytest.raises(BadCertificate, match=r"server\.pem: it has expired at .* UTC, and it is .* UTC here"):
        TlsKeeper(made, clock, own).load()
