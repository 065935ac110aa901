"""Templates for texts: what they can say, and that none of them reaches, hangs or fills anything."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from adapters.templates import LONGEST, LiquidTemplates
from domain.entities.listing import Address, Listing, ListingFacts, ListingStatus
from domain.errors import Rejected
from domain.rules.template_variables import variables_of

NOW = datetime(2026, 3, 4, tzinfo=UTC)
HOME = Listing(
    id="north-1",
    user_id="demo",
    mls_provider="north",
    facts=ListingFacts(
        mls_number="N1",
        price=Decimal("525000.00"),
        association_fee=Decimal("99.50"),
        bedrooms=3,
        bathrooms=2,
        square_feet=1850.5,
        lot_size_square_feet=7000.0,
        address=Address(street="12 Oak Lane", unit="#4", city="Austin", state="TX", zip_code="78701"),
        features=("Pool", "Fireplace"),
        description="Sunny home. Close to all." + " It is quiet." * 40,
        list_date=date(2026, 3, 4),
        agent_name="Ann Lee",
        office_name="Elm Realty",
    ),
    status=ListingStatus.ACTIVE,
    publishable=True,
    created_at=NOW,
    updated_at=NOW,
)
TEMPLATES = LiquidTemplates()


async def text_of(template: str, listing: Listing = HOME, platform: str = "facebook") -> str:
    return await TEMPLATES.render(template, variables_of(listing, platform))


async def refusal_of(template: str) -> str:
    with pytest.raises(Rejected) as caught:
        await text_of(template)
    return caught.value.message


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ listing.address }}", "12 Oak Lane #4, Austin, TX 78701"),
        ("{{ listing.address.street }} in {{ listing.address.city }}", "12 Oak Lane in Austin"),
        ("{{ listing.price | money }}, {{ listing.association_fee | money }}", "$525,000, $99.50"),
        ("{{ 1000 | money: 'CAD' }}", "CAD 1,000"),
        ("{{ listing.bedrooms }} bd {{ listing.bathrooms }} ba", "3 bd 2 ba"),
        ("{{ listing.square_feet | number }} {{ listing.lot_size_square_feet | number }}", "1,850.5 7,000"),
        ("{{ listing.lot_size_square_feet }}", "7000"),
        ("{{ listing.status }} {{ listing.mls_number }}", "ACTIVE N1"),
        ("{{ listing.agent_name }}, {{ listing.office_name }}", "Ann Lee, Elm Realty"),
        ("{{ listing.features | join: ' + ' }}, {{ listing.features.size }}", "Pool + Fireplace, 2"),
        (
            "{% for one in listing.features %}{{ forloop.index }} {{ one }}. {% endfor %}",
            "1 Pool. 2 Fireplace.",
        ),
        ("{{ listing.description | split: '. ' | first }}", "Sunny home"),
        ("{{ listing.description | truncate: 9, '…' | upcase }}", "SUNNY HO…"),
        ("{{ listing.list_date | date: '%B %d' }} {{ listing.list_date }}", "March 04 2026-03-04"),
        ("{{ listing.price | divided_by: listing.square_feet | round | money }}", "$284"),
        ("{{ listing.virtual_tour_url | default: 'no tour' }}", "no tour"),
        ("{% if listing.year_built %}Built {{ listing.year_built }}{% else %}Old{% endif %}", "Old"),
        (
            "{{ listing.year_built | money }}{{ listing.year_built | number }}-{{ listing.close_date | date }}",
            "-",
        ),
        ("{% if platform == 'instagram' %}Link in bio{% else %}Call us{% endif %}", "Call us"),
        ("{% assign beds = listing.bedrooms | plus: 1 %}\n {{ beds }} {# #}\n", "4 {# #}"),
        ("<b>&</b> {% raw %}{{ as it is }}{% endraw %}", "<b>&</b> {{ as it is }}"),
        ("Plain.", "Plain."),
        ("", ""),
    ],
)
async def test_what_a_template_says(template: str, text: str) -> None:
    assert await text_of(template) == text


async def test_what_is_said_may_differ_by_platform() -> None:
    template = "{% case platform %}{% when 'linkedin' %}A{% else %}B{% endcase %}"
    assert [await text_of(template, platform=slug) for slug in ("linkedin", "facebook")] == ["A", "B"]


async def test_of_a_home_of_which_nothing_is_known_all_names_are_there_all_the_same() -> None:
    bare = replace(HOME, facts=ListingFacts())
    facts = variables_of(HOME, "facebook")["listing"]
    assert isinstance(facts, dict)
    for name in facts:
        assert await text_of(f"{{{{ listing.{name} }}}}", bare) in ("", "USD", "ACTIVE")
    assert await text_of("{{ listing.address.city }}{{ listing.features | join: ', ' }}", bare) == ""


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ listing.__class__ }}", "Line 1 of the template: there is no variable listing.__class__."),
        ("\n\n{{ listing.address.__class__.__mro__ }}", "Line 3"),
        ("{{ listing['__class__'] }}", "no variable"),
        ("{% assign a = listing.address %}{{ a.__init__.__globals__ }}", "no such variable: a.__init__"),
        ("{% for one in listing.features %}{{ one.format }}{% endfor %}", "no such variable: one.format"),
        ("{% assign keys = listing.features %}{{ keys.append }}", "no such variable: keys.append"),
        ("{{ listing.features.pop }}", "no variable listing.features.pop"),
        ("{{ ''.__class__ }}", "Line 1"),
        ("{{ listing }}", "there is no variable listing."),
        ("{% for one in listing %}{{ one }}{% endfor %}", "there is no variable listing."),
        ("{{ listing[platform] }}", "no variable listing[platform]"),
        (
            "{{ now }}{{ self }}{{ template }}",
            "no variable now. Line 1 of the template: there is no variable self",
        ),
        ("{% if false %}{{ listing.prise }}{% endif %}", "no variable listing.prise"),
        ("{{ x }}{% assign x = 1 %}", "no variable x"),
        ("{{ listing.price | shout }}", "there is no filter shout"),
        ("{{ listing.price | default: listing.nothing }}", "no variable listing.nothing"),
    ],
)
async def test_what_there_is_not_is_named(template: str, why: str) -> None:
    assert why in await refusal_of(template)


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("Fine.\n{% if listing.price > %}{% endif %}", "Line 2"),
        (
            "\n\n{% for x in listing.features %}\n{% if x %}\n{% endif %}\n",
            "Line 3 of the template: expected tag endfor",
        ),
        ("Fine.\n\n{{ listing.price", "Line 3 of the template: {{ is not closed by }}."),
        ("{% frobnicate %}", "frobnicate"),
        ("{% include 'etc/passwd' %}", "include"),
        ("{% render 'etc/passwd' %}", "render"),
        ("{{ listing.price | divided_by: 0 }}", "divide by 0"),
        ("{{ listing.price | append }}", "append is given"),
        ("{{ 'many' | money }}", "money wants a number"),
        ("{{ listing.price | date: '%Y' }}", "date wants a date"),
        ("\ud800{{ platform }}", "cannot be carried out"),
    ],
)
async def test_what_is_crooked_is_told_with_its_line(template: str, why: str) -> None:
    assert why in await refusal_of(template)


ALL = "{% assign all = listing.description | truncate: 100, '' | split: '' %}"


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("x" * (LONGEST + 1), "at most 5,000 characters"),
        ("{{ platform }}" * 75_000, "at most 5,000 characters"),
        ("{% for i in (1..1000000000) %}x{% endfor %}", "range"),
        ("{{ (1..1000000000) | join }}", "range"),
        ("{% if (1..1000000000) contains 'x' %}{% endif %}", "range"),
        (
            ALL
            + "{% for a in all %}{% for b in all %}{% for c in all %}{% endfor %}{% endfor %}{% endfor %}",
            "loops",
        ),
        (ALL + "{% for a in all %}{{ '' }}{% endfor %}" * 100, "loops"),
        (ALL + "{% for a in all %}" + "{{ '' }}" * 500 + "{% endfor %}", "loops"),
        ("{% assign s = 'xxxxxxxxxx' %}" + "{% assign s = s | append: s %}" * 60 + "{{ s }}", "too long"),
        ("{{ 'xxxxxxxxxx'" + " | replace: 'x', 'xxxxxxxxxx'" * 60 + " }}", "too long"),
        ("{{ 'xxxxxxxxxx'" + " | replace: '', 'xxxxxxxxxx'" * 60 + " }}", "too long"),
        ("{{ 'xxxxxxxxxx'" + " | split: '' | join: 'xxxxxxxxxx'" * 60 + " }}", "too long"),
        ("{% assign n = 99999 %}" + "{% assign n = n | times: n %}" * 60, "too long"),
        ("{{ listing.description }}" * 190 + "{{ 'a' | append: listing.description }}", None),
        ("{{ " + "a[" * 1_500 + "1" + "]" * 1_500 + " }}", ""),
        ("{% if " + "1 == 1 and " * 400 + "1 == 1 %}{% endif %}", None),
        ("{% if 1 %}" * 40 + "{% endif %}" * 40, "nesting"),
        ("{{" * 2_400, "not closed"),
        ("{{" + " " * 4_900, "white space"),
        ("{%" + " " * 4_900 + "%}", "white space"),
        ("{%" + " a" * 2_400, "not closed"),
    ],
)
async def test_what_would_take_forever_or_everything_ends_soon(template: str, why: str | None) -> None:
    """Each of these takes milliseconds; without its bound, some of them minutes, or all memory."""
    begin = time.thread_time()
    if why is None:
        assert len(await text_of(template)) < 200_000
    else:
        assert why in await refusal_of(template)
    assert time.thread_time() - begin < 5
