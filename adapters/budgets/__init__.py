"""How many requests and bytes a token may still use: limits that hold across workers and restarts."""

from adapters.budgets.local import Budget, Budgets, LocalBudgets, Unit
from adapters.budgets.shared import RedisBudgets

__all__ = ["Budget", "Budgets", "LocalBudgets", "RedisBudgets", "Unit"]
