"""The official SDK keeps its hosts in module globals: whoever sets them puts them back, or later tests meet them."""

from collections.abc import Iterator
from contextlib import contextmanager

import qiniu.config


@contextmanager
def sdk_settings_kept() -> Iterator[None]:
    """What is set inside ends with the block."""
    settings_before, customized_before = dict(qiniu.config._config), dict(qiniu.config._is_customized_default)
    yield
    qiniu.config._config.update(settings_before)
    qiniu.config._is_customized_default.update(customized_before)
