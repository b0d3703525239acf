#!/bin/bash
# After make check: one line if end-to-end tests did not run for want of root or of
# namespaces, for such a run has tested little. With CI=true it fails then: nobody
# reads a run that passes.
#
# usage: not_run.sh LOG...	of automake's harness, with their .trs beside them
set -eu -o pipefail

all=0 missing=0 reasons=
for log; do
	case $log in
	*tests/e2e/*.log) ;;
	*)	continue ;;
	esac
	all=$((all + 1))
	grep -qs '^:test-result: SKIP' "${log%.log}.trs" || continue
	why=$(sed -n 's/^skip: //p' "$log" | tail -n 1)
	case $why in
	'needs root' | 'namespaces are not allowed here')
		missing=$((missing + 1))
		reasons+=$why$'\n' ;;
	esac
done
[ "$missing" -gt 0 ] || exit 0
echo "end-to-end tests: $missing of $all did not run:" \
    "$(printf %s "$reasons" | sort -u | paste -s -d ,)"
if [ "${CI:-}" = true ]; then
	echo "end-to-end tests: that is a failure, for CI is true"
	exit 1
fi
