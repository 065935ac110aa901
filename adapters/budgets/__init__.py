"""How many requests and bytes a token may still use, and users spend: limits that hold across workers and restarts."""

from adapters.budgets.buckets import LocalBuckets, RedisBuckets
from adapters.budgets.local import Budget, Budgets, LocalBudgets, Unit
from adapters.budgets.shared import RedisBudgets

__all__ = ["Budget", "Budgets", "LocalBuckets", "LocalBudgets", "RedisBuckets", "RedisBudgets", "Unit"]
