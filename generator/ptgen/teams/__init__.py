"""A team's own template: start it, sync it, import recipes into it."""
