"""Run a notebook's script and write the .ipynb beside it, with output. Run by `make notebooks`."""

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
nbformat.write(notebook, script.with_suffix(".ipynb"))
print(f"wrote {script.with_suffix('.ipynb')}")
