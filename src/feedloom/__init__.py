"""feedloom turns a folder of article records into feeds.

    import feedloom

    config = feedloom.load_config("feedloom.yaml")
    report = feedloom.build(config)

The names below are the public interface; everything else may change.
"""

# No imports here: an interrupt before __main__ runs prints a traceback. Type checkers know TYPE_CHECKING by name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from feedloom.config.load import load as load_config
    from feedloom.config.settings import Config, Site
    from feedloom.errors import ConfigError, FeedloomError, GuardError, LockError, PublishError, StateError, WorkerError
    from feedloom.model import Problem
    from feedloom.pipeline.build import build
    from feedloom.pipeline.check import check
    from feedloom.report import Check, Report

__all__ = [
    "Check",
    "Config",
    "ConfigError",
    "FeedloomError",
    "GuardError",
    "LockError",
    "Problem",
    "PublishError",
    "Report",
    "Site",
    "StateError",
    "WorkerError",
    "build",
    "check",
    "load_config",
]
__version__ = "0.1.0"

_HOMES = {
    "Check": ("feedloom.report", "Check"),
    "Config": ("feedloom.config.settings", "Config"),
    "ConfigError": ("feedloom.errors", "ConfigError"),
    "FeedloomError": ("feedloom.errors", "FeedloomError"),
    "GuardError": ("feedloom.errors", "GuardError"),
    "LockError": ("feedloom.errors", "LockError"),
    "Problem": ("feedloom.model", "Problem"),
    "PublishError": ("feedloom.errors", "PublishError"),
    "Report": ("feedloom.report", "Report"),
    "Site": ("feedloom.config.settings", "Site"),
    "StateError": ("feedloom.errors", "StateError"),
    "WorkerError": ("feedloom.errors", "WorkerError"),
    "build": ("feedloom.pipeline.build", "build"),
    "check": ("feedloom.pipeline.check", "check"),
    "load_config": ("feedloom.config.load", "load"),
}


def __getattr__(name: str) -> object:
    """Import each name on first use (PEP 562), so that `feedloom --version` is fast."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
