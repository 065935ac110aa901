"""The sandbox LinkedIn's pages for people: consent, an author's posts, a post."""

from html import escape

from sandbox.social.state import Document

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2226; --quiet: #56616b; --ground: #f4f2ee; --card: #fff;
  --line: #d9d5cd; --accent: #0a58a6; --on-accent: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e7e3; --quiet: #aeb4ba; --ground: #15181b;
  --card: #1f2428; --line: #3a4147; --accent: #86bdf5; --on-accent: #08203a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 38rem; margin: 2rem auto; padding: 0 1rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1.5rem;
  margin-bottom: 1rem; }
h1 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 .75rem; }
a { color: var(--accent); } p { margin: 0 0 .75rem; overflow-wrap: anywhere; } .quiet { color: var(--quiet); }
.message { white-space: pre-wrap; }
ul { list-style: none; margin: 0; padding: 0; } li { padding: .35rem 0; }
fieldset { border: 0; margin: 0 0 1rem; padding: 0; } legend { padding: 0; }
label { display: flex; gap: .6rem; padding: .35rem 0; } input { inline-size: 1.1rem; block-size: 1.1rem;
  margin-block-start: .2rem; accent-color: var(--accent); }
.photos { display: grid; gap: .5rem; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); }
img { width: 100%; height: auto; border-radius: .5rem; display: block; }
.actions { display: flex; gap: .75rem; flex-wrap: wrap; }
button { font: inherit; font-weight: 600; padding: .6rem 1.5rem; border-radius: 1.5rem; cursor: pointer;
  border: 1px solid var(--accent); background: transparent; color: var(--accent); }
button.main { background: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
"""


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{body}"
        '<p class="quiet">Sandbox LinkedIn: nothing here leaves this machine.</p></main></body></html>'
    )


def consent(app: str, member: str, scopes: dict[str, str], hidden: dict[str, str]) -> str:
    """The consent page: the app's name, a checkbox per scope, Allow and Cancel."""
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in hidden.items()
    )
    boxes = "".join(
        f'<label><input type="checkbox" name="granted" value="{escape(scope)}" checked>'
        f'<span>{escape(text)} <span class="quiet">({escape(scope)})</span></span></label>'
        for scope, text in scopes.items()
    )
    return _document(
        f"Allow {app}?",
        f'<div class="card"><h1>{escape(app)} would like to act for {escape(member)}</h1>'
        f'<form method="post">{fields}<fieldset><legend>It asks to:</legend>{boxes}</fieldset>'
        '<div class="actions"><button class="main" name="decision" value="allow">Allow</button>'
        '<button name="decision" value="deny">Cancel</button></div></form></div>',
    )


def problem(text: str) -> str:
    """A page with one sentence on what is wrong."""
    return _document(
        "Sorry", f'<div class="card"><h1>Sorry, this does not work</h1><p>{escape(text)}</p></div>'
    )


def feed(posts: list[tuple[str, Document]]) -> str:
    """All live posts with their authors' names, newest first."""
    cards = "".join(_card(name, post) for name, post in posts)
    empty = "" if posts else '<p class="quiet">No posts.</p>'
    return _document("Feed", f'<div class="card"><h1>Feed</h1>{empty}</div>{cards}')


def post_page(name: str, post: Document) -> str:
    """One post with its text and photos."""
    return _document(f"A post by {name}", _card(name, post))


def _card(name: str, post: Document) -> str:
    images = "".join(
        f'<img src="/images/{escape(urn)}" alt="{escape(alt or "Photo of this post")}">'
        for urn, alt in zip(post["photos"], post["alt_texts"], strict=True)
    )
    return (
        f'<article class="card"><h1><a href="/feed/update/{post["id"]}/">{escape(name)}</a></h1>'
        f'<p class="message">{escape(post["message"])}</p><div class="photos">{images}</div></article>'
    )
