#!/bin/bash
# The real daemon through clocks that are really set, on Debian's own kernel in a
# virtual machine: system/clock.sh.
command -v qemu-system-x86_64 >/dev/null ||
    { echo "skip: qemu is not installed"; exit 77; }
exec bash "$(dirname "$0")/../system/clock.sh"
