"""Recipes that are gone, under the name that some modules still use."""

from ptgen.templates.former_names import WITHDRAWN, withdrawn

__all__ = ["WITHDRAWN", "withdrawn"]
