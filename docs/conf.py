"""The site: the project's own pages and notebooks as they stand, and an API built from docstrings.

The source directory is the project's root (`make docs`), so that every relative link works on the
site as it does in the repository, and no text is copied. Nothing is fetched and no notebook runs:
they show the outputs that are committed.
"""

import inspect
import re
import shutil
from importlib.metadata import version as version_of
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent

project = "mobiplan"
author = "the mobiplan developers"
release = version = version_of(project)
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]

# The pages, and nothing else of the repository. README.md is the front page; contents.md, the list
# of all others, is added to its end below.
root_doc = "README"
include_patterns = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "benchmarks/README.md",
    "benchmarks/RESULTS.md",
    "data/README.md",
    "tests/README.md",
    "docs/api/*.rst",
    "examples/[0-9]*.ipynb",
]

exclude_patterns = [".*", "site", "**/node_modules"]  # not searched for pages

# ---------------------------------------------------------------------- pages and notebooks

myst_enable_extensions = ["colon_fence", "smartquotes"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_merge_streams = True

# ---------------------------------------------------------------------- docstrings

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
maximum_signature_line_length = 80
strip_signature_backslash = True  # class_ keeps its last letter
default_role = "py:obj"  # `name` in a docstring is a link where the site has that name
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Attributes", "params_style")]
napoleon_preprocess_types = True
napoleon_type_aliases = {  # the words of our docstrings, and where the site explains them
    "place": ":py:data:`place <mobiplan.planner.places.PlaceLike>`",
    "time": ":py:data:`time <mobiplan.times.TimeLike>`",
    "day": ":py:data:`day <mobiplan.times.DateLike>`",
    "duration": ":py:data:`duration <mobiplan.times.DurationLike>`",
}
viewcode_line_numbers = True

# ---------------------------------------------------------------------- looks

html_theme = "furo"
html_title = "mobiplan"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_search_summary = False  # it would fetch each page, which a browser refuses of files
html_show_copyright = False
html_show_sphinx = False
html_theme_options = {"sidebar_hide_name": False}


def add_contents(app: Sphinx, page: str, source: list[str]) -> None:
    """Add the list of pages to the README, which GitHub shows without it."""
    if page == root_doc:
        source[0] += "\n" + (HERE / "contents.md").read_text(encoding="utf-8")


def add_fields(
    app: Sphinx, what: str, name: str, value: object, options: object, lines: list[str]
) -> None:
    """Explain the fields of a table of arrays by the comments that stand beside them."""
    if what != "class" or "Attributes" in lines or not hasattr(value, "__annotations__"):
        return
    field = re.compile(r"^    ([a-z]\w*): (.+?)(?: = \S+)?(?:  # (.+))?$", re.MULTILINE)
    found = field.findall(inspect.getsource(value))
    if not hasattr(value, "_fields"):  # no NamedTuple: what has no comment is in the docstring
        found = [(name, type_, comment) for name, type_, comment in found if comment]
    section = [line for name, type_, said in found for line in (f"{name} : {type_}", f"    {said}")]
    if section:
        at = lines.index("Examples") if "Examples" in lines else len(lines)
        lines[at:at] = ["", "Attributes", "----------", *section, ""]


def part_errors(
    app: Sphinx, what: str, name: str, value: object, options: object, lines: list[str]
) -> None:
    """Give each of several errors that are raised for one reason an entry of its own.

    napoleon would show the first alone.
    """
    text = "\n".join(lines)
    several = re.compile(r"^( *)(\w+(?:, \w+)+)\n((?:\1 +.*\n?)+)", re.MULTILINE)
    head, raises, rest = text.partition("Raises\n------\n")
    parts = several.sub(
        lambda found: "".join(
            f"{found[1]}{error}\n{found[3].rstrip()}\n" for error in found[2].split(", ")
        ),
        rest,
    )
    lines[:] = (head + raises + parts).splitlines() if raises else lines


def hide_signature(
    app: Sphinx, what: str, name: str, value: object, options: object, signature: str, returned: str
) -> tuple[str, str] | None:
    """Show a class that a page writes with "()" without a signature: mobiplan makes its objects."""
    return ("", "") if what == "class" and signature == "()" else None


def open_at_readme(app: Sphinx, error: Exception | None) -> None:
    """Let a web server find the front page under the name it looks for."""
    if error is None and app.builder.format == "html":
        shutil.copy(Path(app.outdir) / "README.html", Path(app.outdir) / "index.html")


def setup(app: Sphinx) -> None:
    """Connect the five."""
    app.connect("source-read", add_contents)
    app.connect("autodoc-process-docstring", add_fields, priority=300)
    app.connect("autodoc-process-docstring", part_errors, priority=400)  # before napoleon's 500
    app.connect("autodoc-process-signature", hide_signature)
    app.connect("build-finished", open_at_readme)
