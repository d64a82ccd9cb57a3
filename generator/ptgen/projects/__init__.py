"""Projects: create, change, update, inspect."""
