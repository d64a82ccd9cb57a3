"""A template: its manifests, rules, presets and versions, and how it is rendered."""
