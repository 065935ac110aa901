"""Amounts of money: exact digits and a currency, never a float."""

from decimal import ROUND_HALF_UP, Decimal

import strawberry

from schema.fields import unchanging

_CENT = Decimal("0.01")
_LARGEST = Decimal(10) ** 15


@unchanging
@strawberry.type(description="An amount of money.")
class Money:
    """An amount and its currency."""

    amount: Decimal = strawberry.field(description="Exact, in units of the currency.")
    currency: str = strawberry.field(description="ISO 4217, as USD.")

    @staticmethod
    def of(amount: Decimal | None, currency: str) -> "Money | None":
        """None for no amount."""
        return None if amount is None else Money(amount=amount, currency=currency)


def per_square_foot(price: Decimal | None, square_feet: float | None) -> Decimal | None:
    """Rounded to cents; None where it makes no sense."""
    if price is None or square_feet is None or not 1 <= square_feet < 1e9 or abs(price) >= _LARGEST:
        return None
    return (price / Decimal(str(square_feet))).quantize(_CENT, ROUND_HALF_UP)
