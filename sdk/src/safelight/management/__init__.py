"""Users, keys and dataset permissions of a team, from Python: what `fiftyone.management` shows.

    import fiftyone.management as fom

    fom.set_dataset_user_permission("street-scenes", "lin@example.org", fom.EDIT)

Names and signatures are those of the Management SDK in FiftyOne Enterprise's public documentation.
"""

from safelight.management.api_key import *
from safelight.management.cloud_credentials import *
from safelight.management.connection import *
from safelight.management.dataset import *
from safelight.management.exceptions import *
from safelight.management.orchestrator import *
from safelight.management.organization import *
from safelight.management.plugin import *
from safelight.management.secret import *
from safelight.management.service_account import *
from safelight.management.snapshot import *
from safelight.management.user_groups import *
from safelight.management.users import *
