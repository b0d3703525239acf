#!/bin/bash
# The core through decades of clocks that are set, suspends, restarts and crashes,
# against the slow scheduler: unit/test_simulation, made long.
#
# From the environment: DAYS (400) of each history, HISTORIES (4) of each of ten
# zones, SEED.
: "${abs_top_builddir:=$PWD}"
export DAYS="${DAYS:-400}" HISTORIES="${HISTORIES:-4}"

program=$abs_top_builddir/tests/unit/test_simulation
[ -x "$program" ] || { echo "skip: test_simulation was not built"; exit 77; }
"$program" | sed '/^SEED\|runs in/s/^/measured: /'
exit "${PIPESTATUS[0]}"
