"""The longer commands of `python -m core`, one file each: `add_arguments(parser)` and `main(arguments)`."""
