"""A sealed secret opens for what it was sealed for, and for nothing else."""

import pytest

from adapters.vault import Vault
from domain.errors import ActionRequired, Unavailable

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


@pytest.fixture
def vault() -> Vault:
    return Vault({"2026a": OLD}, "2026a")


@pytest.mark.parametrize("plain", ["", "s3cret", "ключ 🔑", "a.b.c", "x" * 10_000])
def test_what_is_sealed_opens_again(vault: Vault, plain: str) -> None:
    sealed = vault.seal(plain, owner="alice", thing="c1", field="credentials")
    assert sealed.startswith("v1.2026a.")
    assert vault.open(sealed, owner="alice", thing="c1", field="credentials") == plain


def test_sealing_twice_gives_two_results(vault: Vault) -> None:
    assert vault.seal("x", owner="a", thing="c", field="f") != vault.seal(
        "x", owner="a", thing="c", field="f"
    )


@pytest.mark.parametrize(
    ("owner", "thing", "field"),
    [
        ("bob", "c1", "credentials"),
        ("alice", "c2", "credentials"),
        ("alice", "c1", "tokens"),
        ("alicec1", "", "credentials"),
        ("alice", "c1credentials", ""),
    ],
)
def test_it_does_not_open_for_something_else(vault: Vault, owner: str, thing: str, field: str) -> None:
    sealed = vault.seal("s3cret", owner="alice", thing="c1", field="credentials")
    with pytest.raises(ActionRequired) as raised:
        vault.open(sealed, owner=owner, thing=thing, field=field)
    assert "s3cret" not in str(raised.value)


def test_it_does_not_open_once_any_character_has_changed(vault: Vault) -> None:
    sealed = vault.seal("s3cret", owner="alice", thing="c1", field="credentials")
    for at in range(len("v1.2026a."), len(sealed) - 1):
        changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
        with pytest.raises(ActionRequired):
            vault.open(changed, owner="alice", thing="c1", field="credentials")


@pytest.mark.parametrize(
    "sealed", ["", "v1", "v1.2026a", "v1.2026a.", "v1.2026a.AA.é", "v2.2026a.AA.AA", "v1..A.A"]
)
def test_what_is_no_envelope_does_not_open(vault: Vault, sealed: str) -> None:
    with pytest.raises(ActionRequired):
        vault.open(sealed, owner="alice", thing="c1", field="credentials")


def test_keys_can_be_changed(vault: Vault) -> None:
    sealed = vault.seal("s3cret", owner="alice", thing="c1", field="credentials")
    both = Vault({"2026a": OLD, "2026b": NEW}, "2026b")
    assert both.open(sealed, owner="alice", thing="c1", field="credentials") == "s3cret"
    assert both.seal("x", owner="a", thing="c", field="f").startswith("v1.2026b.")
    with pytest.raises(Unavailable, match="2026a"):
        Vault({"2026b": NEW}, "2026b").open(sealed, owner="alice", thing="c1", field="credentials")


def test_a_key_of_the_same_name_but_other_bytes_does_not_open_it(vault: Vault) -> None:
    sealed = vault.seal("s3cret", owner="alice", thing="c1", field="credentials")
    with pytest.raises(ActionRequired):
        Vault({"2026a": NEW}, "2026a").open(sealed, owner="alice", thing="c1", field="credentials")


@pytest.mark.parametrize(
    ("keys", "current"), [({"a": b"short"}, "a"), ({"a": OLD}, "b"), ({"a.b": OLD}, "a.b"), ({}, "a")]
)
def test_a_vault_without_proper_keys_is_refused(keys: dict[str, bytes], current: str) -> None:
    with pytest.raises(ValueError, match="key"):
        Vault(keys, current)


def test_its_text_form_shows_no_key(vault: Vault) -> None:
    assert "0x" not in repr(vault)
    assert repr(OLD) not in repr(vault)
