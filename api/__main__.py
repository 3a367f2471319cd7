"""`python -m api` is `market`."""

import sys

from api.commands import main

sys.exit(main())
