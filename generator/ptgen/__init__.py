"""ptgen starts, extends and updates PyTorch projects."""
