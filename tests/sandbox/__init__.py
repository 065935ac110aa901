"""Tests of the sandbox servers, over real HTTP."""
