"""Run a notebook's script and write the .ipynb beside it, with output. Run by `make notebooks`.

The picture of a cell with the tag "picture" is written to `pictures/` too: the README shows it.
"""

import base64
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

script = Path(sys.argv[1])
notebook = jupytext.read(script)
NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
notebook.metadata = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "jupytext": {"formats": "ipynb,py:percent"},
}
for number, cell in enumerate(notebook.cells):
    cell.metadata.pop("execution", None)  # when it ran: differs from run to run
    cell["id"] = f"cell-{number}"
    if "picture" in cell.metadata.get("tags", []):
        picture = script.parent / "pictures" / f"{script.stem}.png"
        picture.parent.mkdir(exist_ok=True)
        (drawn,) = (
            out.data["image/png"] for out in cell.outputs if "image/png" in out.get("data", {})
        )
        picture.write_bytes(base64.b64decode(drawn))
nbformat.write(notebook, script.with_suffix(".ipynb"))
print(f"wrote {script.with_suffix('.ipynb')}")
