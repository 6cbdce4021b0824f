"""The screens, one file each. A screen reads inputs, calls a service and draws."""
