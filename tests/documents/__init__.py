"""The documents as programs: every block of Python and every command in them is run, page by page.

- A block of Python is a program. Blocks that follow one another are one program, up to the next commands: what one
  defines, the next one may use. Its lines are numbered as in the page, so that a traceback names them.
- A block with a title (`python title="flows.py"`) is a file, which is written; commands and other files use it.
- In a `console` block, what stands behind `$ ` is run by a shell, and what stands below it must be printed: those
  lines, in that order, with others between them or not. `…` stands for anything.
- `output` below a program is what that prints.

A comment in front of a block says what its reader need not know:

    <!-- not run: why -->     this block is not run
    <!-- goes on -->          its last command is left running once it has said what stands below it
    <!-- exits: 1 -->         its last command ends with this code
    <!-- appears: command --> what a block shows is printed by that command, which was left running
    <!-- follows: page.md --> (anywhere) the page begins where that one ended
    <!-- long -->             (anywhere) the whole page is among the tests that take long

`pages.py` reads pages, `running.py` runs them, `forking.py` is the process that has imported everything and forks for
each program.
"""
