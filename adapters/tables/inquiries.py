"""The stored form of an inquiry: who wrote and what is sealed, all else is plain."""

from dataclasses import dataclass, replace
from datetime import datetime

from adapters.tables import key_indexes, keys
from adapters.tables.codec import Codec, stamped, text
from adapters.tables.table import Item, Put
from adapters.vault import Vault
from domain.entities.metrics import Inquiry, InquiryOrigin, InquiryStatus

_FIELD = "contact details"


@dataclass(frozen=True, slots=True)
class _Contact:
    """What is sealed."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class _Stored:
    """What lies in `Data`, which the index of inquiries does not carry."""

    inquiry: Inquiry
    sealed: str


_CONTACT = Codec(_Contact)
_STORED = Codec(_Stored)


def inquiry_put(inquiry: Inquiry, vault: Vault, now: datetime) -> Put:
    """The write of a new inquiry."""
    contact = _Contact(inquiry.name, inquiry.email, inquiry.phone, inquiry.message)
    sealed = vault.seal(_CONTACT.encode(contact), owner=inquiry.user_id, thing=inquiry.id, field=_FIELD)
    key = keys.inquiry(inquiry.user_id, inquiry.listing_id, inquiry.at, inquiry.id)
    bare = replace(inquiry, name=None, email=None, phone=None, message=None)
    return Put(
        {
            **stamped(key, "Inquiry", created=inquiry.at, now=now, version=1),
            **key_indexes.inquiry_indexes(inquiry),
            "Data": _STORED.encode(_Stored(bare, sealed)),
            "status": inquiry.status.value,
        }
    )


def origin_of(item: Item) -> InquiryOrigin:
    """Where the inquiry of an item came from; nothing is opened for that."""
    return _STORED.decode(str(item["Data"])).inquiry.origin


def inquiry_of(item: Item, vault: Vault, user_id: str) -> Inquiry:
    """The inquiry of an item of the table, contact details opened; its status is the attribute's."""
    stored = _STORED.decode(str(item["Data"]))
    plain = vault.open(stored.sealed, owner=user_id, thing=stored.inquiry.id, field=_FIELD)
    contact = _CONTACT.decode(plain)
    return replace(
        stored.inquiry,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        message=contact.message,
        status=InquiryStatus(text(item, "status")),
    )
