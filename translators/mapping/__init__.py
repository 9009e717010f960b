"""The map language: one declarative file per wire document, compiled into a reader and a writer.

order_map = load_map("x12/850", load)
reading = order_map.read(tree, ReadContext(...))
writing = order_map.write(document, WriteContext(...))
"""

from translators.mapping.context import ReadContext, Reading, WriteContext, Writing
from translators.mapping.errors import MapErrors
from translators.mapping.loading import load_map
from translators.mapping.maps import Map

__all__ = ["Map", "MapErrors", "ReadContext", "Reading", "WriteContext", "Writing", "load_map"]
