"""``python -m survcomp.cli``: the command line."""

from survcomp.cli import main

if __name__ == "__main__":
    main()
