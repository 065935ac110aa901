"""The sandbox Facebook's pages for people: consent, a Page's wall, a post."""

from collections.abc import Sequence
from html import escape

from sandbox.social.facebook_site import Page
from sandbox.social.state import Document

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2733; --quiet: #52606d; --ground: #f2f4f7; --card: #fff;
  --line: #d5dbe1; --accent: #1554b0; --on-accent: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ecf1; --quiet: #a6b3bf; --ground: #12181f;
  --card: #1c252e; --line: #364450; --accent: #8db8ff; --on-accent: #0b1a30; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 38rem; margin: 2rem auto; padding: 0 1rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.5rem;
  margin-bottom: 1rem; }
h1 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 .75rem; }
a { color: var(--accent); } p { margin: 0 0 .75rem; overflow-wrap: anywhere; } .quiet { color: var(--quiet); }
.message { white-space: pre-wrap; }
ul { list-style: none; margin: 0 0 1rem; padding: 0; } li { padding: .35rem 0; }
fieldset { border: 0; margin: 0 0 1rem; padding: 0; } legend { padding: 0; }
label { display: flex; gap: .6rem; padding: .35rem 0; } input { inline-size: 1.1rem; block-size: 1.1rem;
  margin-block-start: .2rem; accent-color: var(--accent); }
.photos { display: grid; gap: .5rem; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); }
img { width: 100%; height: auto; border-radius: .5rem; display: block; }
.actions { display: flex; gap: .75rem; flex-wrap: wrap; }
button { font: inherit; font-weight: 600; padding: .6rem 1.5rem; border-radius: .5rem; cursor: pointer;
  border: 1px solid var(--accent); background: transparent; color: var(--accent); }
button.main { background: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
"""


def document(title: str, body: str) -> str:
    """A page with that body, which is HTML already."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{body}"
        '<p class="quiet">Sandbox Facebook: nothing here leaves this machine.</p></main></body></html>'
    )


def consent(app: str, scopes: dict[str, str], pages: Sequence[Page], hidden: dict[str, str]) -> str:
    """The consent page: the app's name, a checkbox per Page and per scope, Allow and Deny."""
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in (hidden | {"choosing": "pages"}).items()
    )
    shown = "".join(_box("page", page.id, page.name, page.category) for page in pages)
    asked = "".join(_box("granted", scope, text, scope) for scope, text in scopes.items())
    return document(
        f"Allow {app}?",
        f'<div class="card"><h1>{escape(app)} would like to work with your Pages</h1><form method="post">{fields}'
        f"<fieldset><legend>It may work with:</legend>{shown}</fieldset>"
        f"<fieldset><legend>It asks to:</legend>{asked}</fieldset>"
        '<div class="actions"><button class="main" name="decision" value="allow">Allow</button>'
        '<button name="decision" value="deny">Deny</button></div></form></div>',
    )


def _box(name: str, value: str, text: str, note: str) -> str:
    return (
        f'<label><input type="checkbox" name="{name}" value="{escape(value)}" checked>'
        f'<span>{escape(text)} <span class="quiet">({escape(note)})</span></span></label>'
    )


def problem(text: str) -> str:
    """A page with one sentence on what is wrong."""
    return document(
        "Sorry", f'<div class="card"><h1>Sorry, this does not work</h1><p>{escape(text)}</p></div>'
    )


def front(pages: list[tuple[str, str, int]]) -> str:
    """The list of Pages and accounts: address, name, and how many posts each shows."""
    rows = "".join(
        f'<li><a href="{escape(address)}">{escape(name)}</a> <span class="quiet">{count} posts</span></li>'
        for address, name, count in pages
    )
    return document("Pages", f'<div class="card"><h1>Pages</h1><ul>{rows}</ul></div>')


def wall(page: Page, posts: list[Document], photos: dict[str, Document]) -> str:
    """A Page with its posts, newest first."""
    cards = "".join(_card(page, post, photos, heading="") for post in posts)
    empty = "" if posts else '<p class="quiet">No posts.</p>'
    head = f'<div class="card"><h1>{escape(page.name)}</h1><p class="quiet">{escape(page.category)}</p>{empty}</div>'
    return document(page.name, head + cards)


def post_page(page: Page, post: Document, photos: dict[str, Document]) -> str:
    """One post with its message, link and photos."""
    heading = f'<h1><a href="/{page.id}">{escape(page.name)}</a></h1>'
    return document(f"A post by {page.name}", _card(page, post, photos, heading=heading))


def _card(page: Page, post: Document, photos: dict[str, Document], *, heading: str) -> str:
    images = "".join(
        f'<img src="/photos/{photo}.jpg" alt="{escape(photos[photo]["alt_text"] or "Photo of this post")}">'
        for photo in post["photos"]
        if photo in photos
    )
    link = escape(post["link"] or "")
    linked = f'<p><a href="{link}" rel="noopener nofollow">{link}</a></p>' if link else ""
    own = f"/{page.id}/posts/{post['id'].partition('_')[2]}"
    return (
        f'<article class="card">{heading}<p class="quiet"><a href="{own}">{escape(post["created_time"])}</a></p>'
        f'<p class="message">{escape(post["message"])}</p>{linked}<div class="photos">{images}</div></article>'
    )
