"""What a post has gained: never more than was told, whatever a platform tells in between."""

from hypothesis import given
from hypothesis import strategies as st

from domain.entities.engagement import Engagement
from domain.entities.metrics import Counts
from domain.rules.gains import gained, highest

figure = st.none() | st.integers(0, 1_000)
engagements = st.builds(
    Engagement, **dict.fromkeys(("views", "clicks", "likes", "comments", "shares"), figure)
)


@given(st.lists(engagements, min_size=1, max_size=8))
def test_all_gains_together_are_the_highest_figures(told: list[Engagement]) -> None:
    known, total = Engagement(), Counts()
    for one in told:
        for _ in range(2):  # told twice counts once
            now = highest(known, one)
            total += gained(known, now)
            known = now
    most = [max([one.views or 0 for one in told]), max([one.likes or 0 for one in told])]
    assert [total.views, total.likes] == most
    assert total == gained(Engagement(), known)
    assert total.inquiries == 0


def test_what_is_not_told_stays_unknown() -> None:
    assert highest(Engagement(views=4), Engagement(likes=1)) == Engagement(views=4, likes=1)
    assert gained(Engagement(views=4), Engagement(views=4, likes=1)) == Counts(likes=1)
