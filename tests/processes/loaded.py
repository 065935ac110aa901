"""Loads what the processes of the system load, protocols and platforms too."""

import importlib
import pkgutil

import typer

import adapters.mls
import adapters.social
from app import processes, web_process

__all__ = ["processes", "typer", "web_process"]

for room in (adapters.mls, adapters.social):
    for found in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
        importlib.import_module(found.name)
