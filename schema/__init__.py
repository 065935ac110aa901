"""The types of the graph; its enumerations are described before any type names them."""

from schema import enums as enums
