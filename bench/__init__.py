"""Measurements that take longer than a cell may: bench/README.md."""
