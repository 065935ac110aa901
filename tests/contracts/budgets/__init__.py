"""The promises of `adapters.budgets.Budgets`."""
