"""`croissant.json`: the dataset as machines find and read it (Croissant 1.1, JSON-LD), from measured facts alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from annotation.exports.rows.columns import COLUMNS, NESTED, PROVENANCE, Kind

CONTEXT: Final[Mapping[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "equivalentProperty": "cr:equivalentProperty",
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}

ENCODINGS: Final[Mapping[str, str]] = {
    "jsonl": "application/jsonlines",
    "jsonl.gz": "application/jsonlines",
    "parquet": "application/x-parquet",
    "csv": "text/csv",
}

TYPES: Final[Mapping[str, str]] = {
    "json": "sc:Text",
    "text": "sc:Text",
    "float": "sc:Float",
    "integer": "sc:Integer",
    "boolean": "sc:Boolean",
    "time": "sc:DateTime",
}

COLLECTION: Final = (
    "Interactions of a product's users with its model, as the product sent them, and what users then did. People said "
    "for each such signal what it meant; that reason decides whether an interaction stands here."
)
LIMITATIONS: Final = (
    "Texts are as the product sent them. What was left out is counted by cause in manifest.json, which also says how "
    "far each signal could be trusted."
)


def text(*, feature: str, manifest: Mapping[str, Any], labels_per_row: float | None) -> bytes:
    """The file, from the manifest. `labels_per_row`: how many labels decided a row, on average."""
    request = manifest["request"]
    title = f"{feature}: {request['format']}"
    described: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": title,
        "description": f"{manifest['rows']['total']:,} rows made by Flywheel from the labeled signals of {feature}.",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "license": "The terms under which the product keeps its users' texts.",
        "datePublished": manifest["created_at"],
        "version": "1.0.0",
        "rai:dataCollection": COLLECTION,
        "rai:dataLimitations": LIMITATIONS,
        "distribution": [*map(_file, manifest["files"]), _files(request["container"])],
        "recordSet": [_records(request["format"])],
    }
    if labels_per_row is not None:
        described["rai:annotationsPerItem"] = f"{labels_per_row:.2f}"
    return orjson.dumps(described, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _file(entry: Mapping[str, Any]) -> dict[str, Any]:
    name = entry["name"]
    encoding = next((kind for ending, kind in ENCODINGS.items() if name.endswith(f".{ending}")), "text/markdown")
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{entry['bytes']} B",
        "encodingFormat": encoding,
        "sha256": entry["sha256"],
    }


def _files(container: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": "data",
        "name": "data",
        "encodingFormat": ENCODINGS[container],
        "includes": f"data/*.{container}",
    }


def _records(format: str) -> dict[str, Any]:
    columns: Mapping[str, Kind] = COLUMNS.get(format, {})
    fields = [_messages(name) if kind == "messages" else _field(name, TYPES[kind]) for name, kind in columns.items()]
    fields += map(_messages, NESTED.get(format, ()))
    return {"@type": "cr:RecordSet", "@id": "rows", "name": "rows", "field": fields}


def _field(name: str, kind: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"rows/{name}",
        "name": name,
        "description": "Where the row comes from." if name in PROVENANCE else "What a trainer reads.",
        "dataType": kind,
        "source": {"fileSet": {"@id": "data"}, "extract": {"column": name}},
    }


def _messages(name: str) -> dict[str, Any]:
    """A list of messages, or as OpenAI's `input` an object that has one."""
    path = "$.messages[*]" if name == "input" else "$[*]"
    return {
        "@type": "cr:Field",
        "@id": f"rows/{name}",
        "name": name,
        "description": "Messages, in order.",
        "repeated": True,
        "subField": [
            {
                "@type": "cr:Field",
                "@id": f"rows/{name}/{part}",
                "name": part,
                "dataType": "sc:Text",
                "repeated": True,
                "source": {
                    "fileSet": {"@id": "data"},
                    "extract": {"column": name},
                    "transform": {"jsonPath": f"{path}.{part}"},
                },
            }
            for part in ("role", "content")
        ],
    }
