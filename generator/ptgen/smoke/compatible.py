"""Which recipes can be in one project of a task."""

from ptgen.templates.catalogue import NONE, Catalogue, Names
from ptgen.templates.manifest import Manifest

Compatible = Catalogue[Manifest]
__all__ = ["NONE", "Compatible", "Names"]
