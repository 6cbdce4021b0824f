"""The commands of `fracture-review`, a file each with `add_arguments(parser)`.

Several commands share `arguments`, `choose_version` and `services`; `card` has actions of `models`.
"""

FAILED, WRONG_USAGE = 1, 2
