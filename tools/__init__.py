"""What is behind `make`: the extensions of the site, the makers of assets, small commands."""

from pathlib import Path

ROOT = Path(__file__).parent.parent  # of the repository; defined here and nowhere else
