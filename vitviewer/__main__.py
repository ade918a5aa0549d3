"""``python -m vitviewer``."""

from __future__ import annotations

import sys

from vitviewer.cli.main import main

sys.exit(main())
