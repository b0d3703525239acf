#!/bin/bash
# The end-to-end tests with the daemon under valgrind: no error, no leak.
#
# From the environment: E2E, which of them. By default all but handover (valgrind
# knows no pidfd_open, by which ends of jobs that were taken over are seen), idle
# (it makes system calls of its own), cluster (which hides /tmp, and with it what
# is made here), holes (too slow for its own limits), faults (hours), and those of
# other programs: cronnext, crontab*, pam_crontab. NOT_CASES, which cases of them
# not: by default those that need pidfds, set limits that valgrind itself needs, or
# push the clock past what PAM's modules get there. SPEED (10).
set -u
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}" "${abs_top_builddir:=$PWD}"
: "${SPEED:=10}"
command -v valgrind >/dev/null || { echo "skip: valgrind is not installed"; exit 77; }
[ "$(id -u)" -eq 0 ] || { echo "skip: needs root"; exit 77; }
real=$abs_top_builddir/crond
[ -x "$real" ] || real=$abs_top_builddir/cron
scratch=$(mktemp -d "${TMPDIR:-/tmp}/evcron-valgrind.XXXXXX")
chmod 0755 "$scratch"
mkdir -m 1777 "$scratch/logs"
trap 'rm -rf "$scratch"' EXIT

# glibc has one memmove under several names, and valgrind takes it for memcpy.
cat >"$scratch/known" <<END2
{
   memmove
   Memcheck:Overlap
   fun:__memcpy_chk
}
END2

# Its own descriptors are above the daemon's limit; jobs are not traced.
cat >"$scratch/crond" <<END2
#!/bin/sh
exec valgrind -q --vgdb=no --child-silent-after-fork=yes --trace-children=no \\
    --leak-check=full --show-leak-kinds=definite,possible \\
    --errors-for-leak-kinds=definite --suppressions=$scratch/known \\
    --log-file=$scratch/logs/%p.\$\$ "$real" "\$@"
END2
chmod 0755 "$scratch/crond"
: "${NOT_CASES:=limits messy over_crash over_restart over_upgrade over_stop kept_over
    few_descriptors too_late}"
export CROND=$scratch/crond SPEED NOT_CASES srcdir abs_top_builddir

: "${E2E:=basics check output mailto mailer failures tables variables minute zones
    reload reload_places last_good pieces reboot outbox hostile options
    process pam pam_sessions user disk real_mailers}"
failed=0
for name in $E2E; do
	status=0
	PERSONALITIES=${PERSONALITIES:-redhat} TEST_LIMIT=600 \
	    "$abs_top_builddir/tests/lib/run_test" \
	    "$srcdir/tests/e2e/$name.sh" >"$scratch/out" 2>&1 || status=$?
	# What is no error (a system call that valgrind does not know) begins by --.
	errors=$(grep -rl '^==' "$scratch/logs" | wc -l)
	case $status in
	0 | 77) ;;
	*)	tail -n 60 "$scratch/out"
		echo "FAIL: $name fails under valgrind"
		failed=1 ;;
	esac
	if [ "$errors" -gt 0 ]; then
		find "$scratch/logs" -type f -size +0 -exec cat {} +
		echo "FAIL: $name: valgrind has something to say"
		failed=1
	fi
	echo "measured: $name: status $status, $errors reports of" \
	    "$(find "$scratch/logs" -type f | wc -l) daemons"
	find "$scratch/logs" -type f -delete
done
exit "$failed"
