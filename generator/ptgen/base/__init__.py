"""What everything else stands on: git, staging, signals, errors, the console."""
