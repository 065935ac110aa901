"""Tests of single modules, without anything outside."""
