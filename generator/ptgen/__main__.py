"""Makes ``python -m ptgen`` the same as ``ptgen``."""

from ptgen.cli import app

app(prog_name="ptgen")
