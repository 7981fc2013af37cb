"""What is published before a build, read only if the build needs it: if feeds come, go or change their names."""

from functools import cached_property

from feedloom.config.settings import Config
from feedloom.errors import PublishError
from feedloom.pipeline.former import Former
from feedloom.render.catalog import Catalog, PublishedFeed
from feedloom.site import catalog, ownership
from feedloom.site.manifest import Manifest
from feedloom.site.store import Output


class Before:
    """The catalog and the manifest, and what they say. All raise PublishError; the files that are `ours` raise Damaged, too."""

    def __init__(self, former: Former, config: Config, output: Output) -> None:
        self._former = former
        self._config = config
        self._output = output

    @cached_property
    def manifest(self) -> Manifest | None:
        """None if there is none."""
        return self._output.manifest()

    @cached_property
    def catalog(self) -> Catalog | None:
        """None if there is none."""
        found = catalog.read(self._output, catalog.how_to_go_on(has_manifest=self.manifest is not None))
        return found[0] if found else None

    @cached_property
    def ours(self) -> Manifest:
        """The files that feedloom wrote."""
        if self.manifest:
            return self.manifest
        return ownership.recognised(self.catalog, self._config, self._output) if self.catalog else self._remembered

    @cached_property
    def published(self) -> list[PublishedFeed]:
        """All feeds that readers may know."""
        return ownership.published(self.catalog, self.ours, self._config, self._output)

    def is_foreign(self, error: Exception) -> PublishError:
        """The error for a catalog with a feed that this version would publish elsewhere."""
        return catalog.damaged(self._output, error, catalog.how_to_go_on(has_manifest=False))

    @property
    def _remembered(self) -> Manifest:
        """The files that the last build left and nobody touched, if there is neither a manifest nor a catalog."""
        return ownership.remembered(self._former.feeds, self._output.untouched(self._former.files), self._config)
