"""Golden sets as inputs of MLflow runs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from qualityslo.records import names

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput


def dataset(name: str, digest: str, items: Mapping[str, str]) -> "DatasetInput":
    """Return a golden set as an input of a run.

    MLflow's own digest of a table does not look past its first rows, so that the set's is used,
    cut to the length MLflow allows, and given in full as a tag.
    """
    import pandas as pd
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.data.pandas_dataset import from_pandas
    from mlflow.entities import Dataset, DatasetInput, InputTag

    frame = pd.DataFrame(
        {"item_id": list(items), "item_digest": list(items.values())}, dtype="object"
    )
    source = CodeDatasetSource(tags={names.TAG_SOURCE_NAME: "qualityslo"})
    short = digest[: names.DATASET_DIGEST]
    dataset = from_pandas(frame, source=source, name=name, digest=short)
    tags = [
        InputTag(names.TAG_DATASET_CONTEXT, "evaluation"),
        InputTag(names.TAG_GOLDEN_DIGEST, digest),
    ]
    return DatasetInput(Dataset(**dataset.to_dict()), tags)
