"""The README's example prints what the README says."""

import contextlib
import io
import re
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def test_the_readme_prints_what_it_says():
    """One block goes on where the block before it ended."""
    text = README.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```\s+prints\s+```text\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == text.count("```python")
    names = {}
    for code, printed in blocks:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, "README.md", "exec"), names)
        assert out.getvalue().rstrip() == printed.rstrip()


def test_the_readme_opens_with_the_two_commands_and_ten_lines_of_python():
    text = README.read_text(encoding="utf-8")
    commands = re.search(r"```sh\n(.*?)```", text, re.DOTALL)
    assert [line.split("#")[0].strip() for line in commands[1].splitlines()] == [
        "make demo",
        "make test",
    ]
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    assert commands.start() < text.index("```python")
    assert sum(bool(line.strip()) for line in code.splitlines()) <= 10


def test_every_file_the_readme_names_is_there():
    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text(encoding="utf-8")):
        assert (README.parent / target).exists(), target
