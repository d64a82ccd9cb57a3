"""Trains variants briefly: what ``ptgen smoke`` does.

``plan`` says which variants there are, ``phases`` what each must pass, ``runner`` runs them side by
side, and ``processes`` starts a project's scripts without importing torch anew.
"""
