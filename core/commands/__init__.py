"""The commands of `python -m core`, one file each, with `add_arguments(parser)` and `main(arguments)`."""

FAILED, WRONG_USAGE = 1, 2
