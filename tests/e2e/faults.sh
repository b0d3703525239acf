#!/bin/bash
# The short ones of tests/faults, small: what hangs, resources at their end, load,
# hostile users. Figures of lateness mean little beside other tests, so the bound
# only tells from what never comes here, and is exact in `make check-faults`.
# Limit: 900 seconds
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
export LATE_MS=15000 JOBS=300 TABLES=60 OUTPUT_BYTES=50000000 ENTRIES=600 \
    FLIPS=150 BIG_MIB=70 STORM_SECS=8 RUNS=2000 EACH=100
# Half the waiting is for a minute, and they need little while they wait.
status=0 dir=$srcdir/tests/faults
logs=$(mktemp -d "${TMPDIR:-/tmp}/evcron-faults.XXXXXX") || exit 99
trap 'rm -rf "$logs"' EXIT

begin() # SCRIPT CASES: beside the others
{
	CASES=$2 bash "$dir/$1.sh" >"$logs/${#pids[@]}" 2>&1 </dev/null &
	pids+=($!)
}

pids=()
begin hang 'nss_at_start nss_in_front log_lost'
begin hang log_gone
begin hang dead_home
begin resources 'no_process full_run_dir'
begin load 'many_edits much_output'
begin users all_due
begin users 'names planted_links greedy_mailer big_files'
begin endurance flat
for ((i = 0; i < ${#pids[@]}; i++)); do
	one=0
	wait "${pids[i]}" || one=$?
	cat "$logs/$i"
	case $one in
	0 | 77)	;;
	*)	status=1 ;;
	esac
done
exit "$status"
