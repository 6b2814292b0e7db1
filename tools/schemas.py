"""Write the generated JSON Schemas to ``schemas/``."""

import json
from pathlib import Path

from narrowgate.model.catalogue import load_catalogue
from narrowgate.model.schemas import generated_schemas

FOLDER = Path(__file__).parents[1] / "schemas"

if __name__ == "__main__":
    for name, schema in generated_schemas(load_catalogue(FOLDER)).items():
        (FOLDER / name).write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
