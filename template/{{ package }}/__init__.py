"""The parts that train.py and test.py put together."""
