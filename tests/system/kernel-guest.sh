#!/bin/bash
# Runs inside the machine that kernel.sh boots, which see: each part in turn, and
# the totals. /io is the build's directory and the source's.
set -u
export abs_top_builddir=/io srcdir=/io
# An emulated machine, maybe on a busy one.
: "${SPEED:=6}" "${FAST:=3}"
export SPEED FAST CASES PERSONALITIES ROUNDS
passed=0 failed=0 skipped=0

part() # NAME
{
	local script=/io/tests/e2e/$1.sh log=/var/tmp/$1.log began=$SECONDS
	local status=0 cases

	case $1 in
	kernel)	script=/io/kernel-calls.sh ;;
	oom)	script=/io/kernel-oom.sh ;;
	stress)	script=/io/tests/faults/stress.sh ;;
	esac
	bash "$script" >"$log" 2>&1 </dev/null || status=$?
	cases="$(grep -cE '^(case|PASS): ' "$log") cases, $((SECONDS - began)) s"
	case $status in
	0)	passed=$((passed + 1))
		echo "PASS: $1: $cases"
		grep '^measured: ' "$log" ;;
	77)	skipped=$((skipped + 1))
		echo "SKIP: $1: $(tail -n 1 "$log")" ;;
	*)	failed=$((failed + 1))
		# Not the letters and the tree behind the syslog.
		sed '/^---- \(mail\|tree\)/,$d' "$log" | tail -n 150
		grep -A 1 '^FAIL: ' "$log"
		echo "FAIL: $1: $cases" ;;
	esac
}

[ $# -gt 0 ] || set -- kernel oom handover stress basics output reload minute outbox
for p; do
	part "$p"
done
echo "kernel: $passed passed, $failed failed, $skipped skipped, Linux $(uname -r)"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
