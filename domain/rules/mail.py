"""How notifications read as e-mail."""

from collections.abc import Sequence
from html import escape

from domain.entities.notification import Mail, Notification

_FOOT = "You get this because e-mail is switched on in your notification settings at Yardsign."


def single(told: Notification, to: str) -> Mail:
    """One notification."""
    return _mail(told.id, to, told.title, [told])


def digest(told: Sequence[Notification], to: str) -> Mail:
    """Several notifications, oldest first; its id follows from the last one."""
    many = f"{len(told)} things" if len(told) > 1 else "one thing"
    return _mail(f"digest-{told[-1].id}", to, f"Yardsign: {many} since yesterday", told)


def _mail(id: str, to: str, subject: str, told: Sequence[Notification]) -> Mail:
    lines = [(f"{one.at:%Y-%m-%d %H:%M} UTC", one.title) for one in told]
    text = "\n".join(f"{at}  {title}" for at, title in lines)
    rows = "".join(f"<tr><td>{escape(at)}</td><td>{escape(title)}</td></tr>" for at, title in lines)
    return Mail(
        id=id,
        to=to,
        subject=" ".join(subject.split())[:200],
        text=f"{text}\n\n{_FOOT}\n",
        html=f"<!doctype html><table cellpadding=6>{rows}</table><p><small>{_FOOT}</small></p>",
    )
