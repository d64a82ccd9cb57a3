"""The questions of a template, under the name that some modules still use."""

from ptgen.templates.config import Config as Questions

__all__ = ["Questions"]
