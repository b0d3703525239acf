# shellcheck shell=bash
# Library of the end-to-end tests: the real daemon on a tree of its own, with a
# /dev/log, users and a mailer of its own. Source it first in each test.
#
# As root each test runs in its own mount, PID and UTS namespace: nothing of the
# host is touched, and whatever a test leaves running ends with it. As an ordinary
# user the tree is given by --root alone; tests that need more call need_root.
#
# From the environment: CROND (the daemon; default: the one just built), COLLECTOR
# (its collectors' program; default: likewise), CRONNEXT,
# INCUMBENT=1 (CROND is Debian's own cron, which knows no --root: the tree is
# mounted over the real paths), KEEP=1 (keep the tree), SPEED (waits take longer),
# PERSONALITIES and CASES (only these), NOT_CASES (not these).
#
# A test says what it does with case_begin, and fails by `fail`, or by any command
# that fails outside a condition. Waits are on conditions, with a limit.

set -eEu -o pipefail
LC_ALL=C
export LC_ALL
unset CRON_TZ TZ MAILFROM RANDOM_DELAY LANG LANGUAGE

: "${srcdir:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${abs_top_builddir:=$PWD}"
: "${INCUMBENT:=}" "${KEEP:=}" "${SPEED:=1}"
srcdir=$(cd "$srcdir" && pwd)
export srcdir abs_top_builddir INCUMBENT KEEP SPEED

skip()
{
	echo "skip: $*"
	exit 77
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	skip "this is no test but what the tests share"
fi

find_program() # NAME...: the first that was built
{
	local p

	for p; do
		if [ -x "$abs_top_builddir/$p" ]; then
			echo "$abs_top_builddir/$p"
			return
		fi
	done
	return 1
}

: "${CROND:=$(find_program crond cron src/daemon/life/crond_rooms src/crond || true)}"
: "${COLLECTOR:=$(find_program evcron-collect || true)}"
: "${CRONNEXT:=$(find_program cronnext src/tools/cronnext || true)}"
[ -x "$CROND" ] || { echo "no daemon to test: CROND='$CROND'"; exit 99; }
WITH_COLLECTOR=--collector=$COLLECTOR
export CROND COLLECTOR CRONNEXT WITH_COLLECTOR
ANSWER= # how long a collector may take; the clock is often faster

# Everything below runs inside the namespaces; the tree is made and removed
# outside of them, when all that was mounted in it is gone.
if [ -z "${E2E_TREE:-}" ]; then
	E2E_TREE=$(mktemp -d "${TMPDIR:-/tmp}/evcron-e2e.XXXXXX")
	export E2E_TREE
	status=0
	if [ "$(id -u)" -ne 0 ]; then
		/bin/bash "$0" "$@" || status=$?
	elif unshare -m -p -u true 2>/dev/null; then
		unshare -m -p -u -f --kill-child --mount-proc \
		    --propagation private /bin/bash "$0" "$@" || status=$?
	else
		echo "skip: namespaces are not allowed here"
		status=77
	fi
	if [ -n "$KEEP" ]; then
		echo "kept: $E2E_TREE"
	else
		rm -rf --one-file-system "$E2E_TREE"
	fi
	exit "$status"
fi

# libfaketime names its semaphores by pid, and scripts that run beside this one
# have the same pids.
if [ "$(id -u)" -eq 0 ]; then
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm
fi

TREE=$E2E_TREE
LOG=$TREE/syslog
MAIL=$TREE/mail
OUT=$TREE/out
ME=$(id -un)
PERSONALITY=debian
CASE=start
CROND_PID=
SINK_PID=
CROND_ENV=()
STAYING=

dump_logs()
{
	local f

	echo "==== $0: failed in: $CASE (personality $PERSONALITY)"
	for f in "$LOG" "$TREE/stderr" "$TREE/notes"; do
		if [ -s "$f" ]; then
			echo "---- ${f#"$TREE/"}"
			tail -n 200 "$f" | cut -c 1-2000
		fi
	done
	for f in "$MAIL"/*.eml; do
		if [ -f "$f" ]; then
			echo "---- ${f#"$TREE/"}"
			head -c 4000 "$f"
		fi
	done
	echo "---- tree"
	(cd "$TREE" && find . -path ./etc -prune -o -path ./usr -prune -o \
	    -path ./dev -prune -o -printf '%M %u %s %p\n' | head -n 100)
	find "$TREE/etc/cron.d" "$TREE/etc/crontab" -printf '%M %u %s %p\n' || true
}

on_exit()
{
	local status=$?

	trap - EXIT ERR
	set +eE
	[ -z "${TEST_NOTES:-}" ] || rm -f "$TEST_NOTES/${TREE##*/}"
	[ "$status" -eq 0 ] || [ "$status" -eq 77 ] || dump_logs 2>&1
	kill -KILL $CROND_PID $SINK_PID 2>/dev/null
	exit "$status"
}

trap on_exit EXIT
trap 'echo "$0: line $LINENO: $BASH_COMMAND failed" >&2' ERR

fail()
{
	echo "FAIL: $CASE: $*"
	trap - ERR
	exit 1
}

# For run_test, which says it of a test that does not end.
note_case()
{
	[ -z "${TEST_NOTES:-}" ] || printf '%s\n' "${0##*/}: $CASE" "$LOG" \
	    "$TREE/stderr" >"$TEST_NOTES/${TREE##*/}" || :
}

case_begin()
{
	CASE=$*
	echo "case: $*"
	note_case
}
note_case

need_root()
{
	[ "$(id -u)" -eq 0 ] || skip "needs root"
}

need()
{
	local p

	for p; do
		command -v "$p" >/dev/null || skip "$p is not installed"
	done
}

# nap SECONDS: between two looks, not for an event. A pipe in which nothing ever
# comes; each sleep(1) would be a process.
exec {NAP}<> <(:)
nap()
{
	read -r -t "$1" -u "$NAP" || :
}

kernel_is() # VERSION: that, or newer
{
	[ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ]
}

# wait_for SECONDS COMMAND...: until it succeeds; false after that time. Looks
# often at first, for most of what is waited for comes at once.
wait_for()
{
	local limit=$((SECONDS + $1 * SPEED)) looks=0 naps=(.01 .01 .02 .03 .05)

	shift
	until "$@"; do
		[ "$SECONDS" -le "$limit" ] || return 1
		nap "${naps[looks]:-.08}"
		looks=$((looks + 1))
	done
}

must_wait() # the same, but it is a failure
{
	wait_for "$@" || fail "waited $1 seconds in vain for: ${*:2}"
}

# wait_end PID [SECONDS]: until that child has ended; its status is the result's
wait_end()
{
	wait_for "${2:-20}" is_gone "$1" ||
	    fail "process $1 does not end: $(tr '\0' ' ' <"/proc/$1/cmdline")"
	wait "$1"
}

# open_gate FIFO [LINE...]: whoever reads from it goes on. It opens when there is a
# reader.
open_gate()
{
	timeout -k 1 $((20 * SPEED)) sh -c 'exec >"$0"; printf "%s\n" "$@"' \
	    "$1" "${2:-go}" "${@:3}" || fail "nobody reads from $1"
}

umounts()
{
	umount "$@" 2>/dev/null
}

# unmount DIRECTORY: as soon as nobody has a file open there. A daemon that was
# stopped may have left somebody who sees its jobs end; one that runs may be reading.
unmount()
{
	must_wait 20 umounts "$1"
}

# ---- the tree

sink_program()
{
	local p

	if p=$(find_program tests/lib/syslog_sink syslog_sink); then
		echo "$p"
	else
		"${CC:-cc}" -D_GNU_SOURCE -o "$TREE/syslog_sink" \
		    "$srcdir/tests/lib/syslog_sink.c"
		echo "$TREE/syslog_sink"
	fi
}

write_mailer() # PATH: a mailer that writes its letter, arguments and environment
{
	mkdir -p "$(dirname "$1")"
	cat >"$1" <<END
#!/bin/sh
PATH=/usr/bin:/bin:/usr/sbin:/sbin
b=$MAIL/\$(date +%s%N).\$\$
cat >"\$b.new" || exit 75
printf '%s\n' "\$@" >"\$b.args"
env >"\$b.env"
while read -r what real rest; do
	case \$what in
	Uid: | Gid:) echo "\$real" ;;
	Groups:) echo \$real \$rest ;;
	esac
done </proc/self/status >"\$b.id"
pwd >>"\$b.id"
mv "\$b.new" "\$b.eml"
if [ -f $MAIL/status ]; then exit "\$(cat $MAIL/status)"; fi
exit 0
END
	chmod 0755 "$1"
}

add_user() # NAME UID HOME
{
	printf '%s:x:%s:%s::%s:/bin/sh\n' "$1" "$2" "$2" "$3" >>"$TREE/etc/passwd"
	printf '%s:x:%s:\n' "$1" "$2" >>"$TREE/etc/group"
	if [ -f "$TREE/etc/shadow" ]; then
		printf '%s:*:19000:0:99999:7:::\n' "$1" >>"$TREE/etc/shadow"
	fi
	mkdir -p "$3"
	chown "$2:$2" "$3"
}

# Two users, alice and bob; alice is in the group "tapes" (72000) too.
tree_users()
{
	# The host may be installing something meanwhile: files come and go.
	cp -a /etc/. "$TREE/etc/" 2>/dev/null || [ -s "$TREE/etc/passwd" ]
	rm -rf "$TREE/etc/crontab" "$TREE/etc/cron.d" "$TREE/etc/cron.allow" \
	    "$TREE/etc/cron.deny"
	mkdir -m 0755 "$TREE/etc/cron.d"
	sed -i '/^\(alice\|bob\|tapes\|crontab\):/d' \
	    "$TREE/etc/passwd" "$TREE/etc/group"
	add_user alice 70001 "$TREE/home/alice"
	add_user bob 70002 "$TREE/home/bob"
	echo 'tapes:x:72000:alice' >>"$TREE/etc/group"
	echo 'crontab:x:72001:' >>"$TREE/etc/group"
	pam_stack cron </dev/null
	pam_stack crond </dev/null
	mount --bind "$TREE/etc" /etc
}

# pam_stack SERVICE: its configuration is stdin, and for kinds of modules that
# are not there, that all is well
pam_stack()
{
	local kind new="$TREE/etc/pam.d/.$1.new"

	mkdir -p "$TREE/etc/pam.d"
	cat >"$new"
	for kind in auth account session; do
		grep -q "^$kind" "$new" ||
		    echo "$kind required pam_permit.so" >>"$new"
	done
	mv "$new" "$TREE/etc/pam.d/$1"
}

tree_mounts() # the incumbent knows no --root: put the tree over the real paths
{
	local f

	mount --bind /usr/sbin "$TREE/usr/host-sbin"
	for f in "$TREE"/usr/host-sbin/*; do
		[ "${f##*/}" = sendmail ] || ln -s "$f" "$TREE/usr/sbin/"
	done
	mount --bind "$TREE/usr/sbin" /usr/sbin
	[ ! -d /sbin ] || [ -L /sbin ] || mount --bind /usr/sbin /sbin
	mount --bind "$TREE/var/spool" /var/spool
	mount --bind "$TREE/run" /run
	for f in null zero full random urandom tty; do
		: >"$TREE/dev/$f"
		mount --bind "/dev/$f" "$TREE/dev/$f"
	done
	mkdir -p "$TREE/dev/shm" "$TREE/dev/pts"
	ln -s /proc/self/fd "$TREE/dev/fd"
	ln -s /proc/self/fd/0 "$TREE/dev/stdin"
	ln -s /proc/self/fd/1 "$TREE/dev/stdout"
	ln -s /proc/self/fd/2 "$TREE/dev/stderr"
	mount --rbind "$TREE/dev" /dev
}

make_tree()
{
	chmod 0755 "$TREE"
	mkdir -p "$TREE"/{etc,var/spool,run,tmp,dev,home,usr/sbin,usr/host-sbin}
	mkdir -p -m 0755 "$TREE/etc/cron.d" "$TREE/var/spool/cron"
	mkdir -m 1777 "$MAIL" "$OUT"
	chmod 1777 "$TREE/tmp" "$MAIL" "$OUT"
	write_mailer "$TREE/usr/sbin/sendmail"
	: >"$LOG"
	if [ "$(id -u)" -eq 0 ]; then
		tree_users
	fi
	"$(sink_program)" "$TREE/dev/log" "$LOG" {NAP}<&- &
	SINK_PID=$!
	disown
	must_wait 10 test -S "$TREE/dev/log"
	[ -z "$INCUMBENT" ] || tree_mounts
	: >"$TREE/etc/crontab"
	chmod 0644 "$TREE/etc/crontab"
	spool_dirs
}

spool_dirs()
{
	rm -rf "$TREE/var/spool/cron"
	case $PERSONALITY in
	debian)	SPOOL=$TREE/var/spool/cron/crontabs ;;
	suse)	SPOOL=$TREE/var/spool/cron/tabs ;;
	*)	SPOOL=$TREE/var/spool/cron ;;
	esac
	mkdir -p -m 0755 "$TREE/var/spool/cron" "$SPOOL"
	case $PERSONALITY in
	debian)
		if [ "$(id -u)" -eq 0 ]; then
			chown root:crontab "$SPOOL"
		fi
		chmod 1730 "$SPOOL" ;;
	*)	chmod 0700 "$SPOOL" ;;
	esac
}

# is_gone PID: or a zombie, for the shell may have been busy when it was told of
# the end, and fetches it only with the next process that it starts
is_gone()
{
	local stat

	{ ! read -r stat <"/proc/$1/stat"; } 2>/dev/null ||
	    [[ $stat == *') Z '* ]]
}

# collectors [UID]: pids of the processes that read what jobs write
collectors()
{
	pgrep -f "^evcron-collect .*--uid=${1:-[0-9]*} " || :
}

no_collectors()
{
	[ -z "$(collectors)" ]
}

# No daemon runs any more, nor does what it has left, but for jobs.
as_after_a_boot()
{
	# shellcheck disable=SC2046
	kill -KILL $(collectors) 2>/dev/null || :
	must_wait 20 no_collectors
	rm -rf "$TREE/run/evcron"
}

# What the last case has left running, a mailer say, would go on in the next one's
# tree. Only in a PID namespace of our own is it known to be ours.
leftovers_gone()
{
	local p left=

	for p in /proc/[0-9]*; do
		p=${p#/proc/}
		if [[ " 1 $SINK_PID $STAYING " != *" $p "* ]] &&
		    ! is_gone "$p"; then
			kill -KILL "$p" 2>/dev/null || :
			left=1
		fi
	done
	[ -z "$left" ]
}

# A boot, the daemon being stopped: /run is new, and no process is left that might
# remove what it has there.
booted()
{
	[ "$$" -ne 1 ] || must_wait 20 leftovers_gone
	find "$TREE/run" -mindepth 1 -delete
}

# Forgets everything but the users: a new machine, just booted.
fresh_tree()
{
	[ -z "$CROND_PID" ] || stop_crond
	booted
	find "$TREE/etc/cron.d" "$MAIL" "$OUT" -mindepth 1 -delete
	rm -rf "$TREE/var/spool/evcron" "$TREE/stderr"
	: >"$TREE/etc/crontab"
	: >"$LOG"
	spool_dirs
}

# each_personality FUNCTION...: runs each on a new tree under each personality
each_personality()
{
	local f names=${PERSONALITIES:-debian redhat suse}

	# a test's own servers
	STAYING=$(cd /proc && echo [0-9]*)
	[ -z "$INCUMBENT" ] || names=debian
	for PERSONALITY in $names; do
		for f; do
			[[ -z ${CASES:-} || " $CASES " == *" $f "* ]] || continue
			[[ " ${NOT_CASES:-} " != *" $f "* ]] || continue
			fresh_tree
			case_begin "$PERSONALITY: $f"
			"$f"
		done
	done
	[ -z "$CROND_PID" ] || stop_crond
}

is() # is PERSONALITY...
{
	local p

	for p; do
		[ "$PERSONALITY" != "$p" ] || return 0
	done
	return 1
}

# ---- tables; each is written aside and renamed in

put() # PATH [MODE [OWNER]]: stdin becomes that file
{
	local new="$TREE/tmp/put.$$"

	install -m "${2:-0644}" /dev/stdin "$new"
	[ -z "${3:-}" ] || chown "$3" "$new"
	mv -f "$new" "$1"
}

put_system()
{
	put "$TREE/etc/crontab"
}

put_dropin() # NAME
{
	put "$TREE/etc/cron.d/$1"
}

put_user() # NAME
{
	put "$SPOOL/$1" 0600 "$1:"
}

# ---- the daemon

crond_arguments()
{
	if [ -n "$INCUMBENT" ]; then
		echo -f
	else
		echo "-f --root=$TREE --personality=$PERSONALITY $WITH_COLLECTOR $ANSWER"
	fi
}

# fake_clock WHEN SPEED [TZ]: the daemon's clock from the next start on
#
# A daemon built with ASan brings that library itself. It is not preloaded too, as
# ASan would have it: a mailer with the daemon's environment (Debian's) gets both
# then, and a program without ASan waits for itself in their constructors.
fake_clock()
{
	local lib late=verify_asan_link_order=0

	ANSWER=--answer=86400 # five seconds may be a few milliseconds then
	for lib in /usr/lib/*/faketime/libfaketime.so.1 \
	    /usr/lib*/faketime/libfaketime.so.1; do
		if [ -e "$lib" ]; then
			CROND_ENV=("LD_PRELOAD=$lib"
			    "FAKETIME=@$1 x$2" "TZ=${3:-UTC}"
			    FAKETIME_NO_CACHE=1
			    "ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}$late")
			return
		fi
	done
	skip "faketime is not installed"
}

# in_a_state REGEX: a state file has such a line. The files are looked for each time.
in_a_state()
{
	grep -qs "$1" "$TREE"/run/evcron/runs/*/*.state
}

# slow_users ORDER: users come from there, in nsswitch.conf's words; stdin says
# who hangs
slow_users()
{
	local module=$TREE/usr/nss/libnss_slow.so.2

	mkdir -p "${module%/*}"
	if [ -n "${NSS_SLOW:-}" ]; then # a machine without a compiler has it
		cp "$NSS_SLOW" "$module"
	elif [ ! -e "$module" ]; then
		"${CC:-cc}" -D_GNU_SOURCE -shared -fPIC -O1 \
		    -Wl,-soname,libnss_slow.so.2 -o "$module" \
		    "$srcdir/tests/lib/nss_slow.c"
	fi
	cat >"$TREE/etc/nss_slow"
	printf 'passwd: %s\ngroup: files\n' "$1" >"$TREE/etc/nsswitch.conf"
	CROND_ENV=("LD_LIBRARY_PATH=$TREE/usr/nss")
}

quick_users()
{
	printf 'passwd: files\ngroup: files\n' >"$TREE/etc/nsswitch.conf"
	CROND_ENV=()
}

# Until all runs are over and their letters are sent.
nothing_left()
{
	must_wait 20 eval '! compgen -G "$TREE/run/evcron/runs/*/*-*" >/dev/null'
	must_wait 20 eval '! compgen -G "$TREE/var/spool/evcron/outbox/*/*" >/dev/null'
}

# launch COMMAND...: a daemon in the background, with signals as an init has
# them; its pid in CROND_PID
launch()
{
	env --default-signal=INT,QUIT,PIPE "${CROND_ENV[@]}" "$@" \
	    </dev/null >"$TREE/stdout" 2>>"$TREE/stderr" {NAP}<&- &
	CROND_PID=$!
}

crond_ready()
{
	kill -0 "$CROND_PID" 2>/dev/null || fail "the daemon ended at once"
	log_has "$READY"
}

# Debian's last line of the start is about @reboot; cronie's, about inotify.
READY='\(CRON\) INFO \((Running @reboot jobs|Skipping @reboot jobs)'
READY+='|\(CRON\) INFO \(running with inotify support'
READY+='|\(CRON\) No inotify'

is_free() # LOCK
{
	[ ! -e "$1" ] || flock -n "$1" true
}

# start_crond [OPTION...]: and waits until all tables are loaded
#
# A child of an earlier daemon that is not yet a job has its lock, and who sees the
# end of its jobs has that of the runs. A daemon waits some seconds for them, which are
# nothing by a clock that runs fast: then it is done here.
start_crond()
{
	if [[ "${CROND_ENV[*]}" == *FAKETIME=* ]]; then
		must_wait 20 is_free "$TREE/run/crond.pid"
		wait_for 5 is_free "$TREE/run/evcron/runs.lock" || :
	fi
	: >"$LOG"
	# shellcheck disable=SC2046
	launch "$CROND" $(crond_arguments) "$@"
	must_wait 20 crond_ready
}

crond_gone()
{
	is_gone "$CROND_PID"
}

kill_crond() # [SIGNAL]: one that ends it at once
{
	kill -"${1:-KILL}" "$CROND_PID"
	wait_end "$CROND_PID" || :
	CROND_PID=
}

# stop_crond [SIGNAL [STATUS]]
stop_crond()
{
	local status=0 want=${2:-0}

	[ -z "$INCUMBENT" ] || want=$((128 + $(kill -l "${1:-TERM}")))
	kill -"${1:-TERM}" "$CROND_PID"
	wait_for 20 crond_gone || fail "the daemon does not end"
	wait "$CROND_PID" || status=$?
	CROND_PID=
	[ "$status" -eq "$want" ] || fail "the daemon's status is $status"
}

# ---- what can be seen

log_has() # REGEX; a short log is looked at without a process
{
	local line
	local -a lines

	mapfile -t lines <"$LOG"
	if [ "${#lines[@]}" -gt 200 ]; then
		grep -Eq -- "$1" "$LOG"
		return
	fi
	for line in "${lines[@]}"; do
		[[ ! $line =~ $1 ]] || return 0
	done
	return 1
}

log_count() # REGEX
{
	grep -Ec -- "$1" "$LOG" || true
}

wait_log() # REGEX [SECONDS]
{
	wait_for "${2:-20}" log_has "$1" || fail "no line in the log: $1"
}

no_log() # REGEX
{
	! log_has "$1" || fail "unwanted line in the log: $(grep -E -- "$1" "$LOG")"
}

wait_file() # PATH [SECONDS]
{
	wait_for "${2:-20}" test -e "$1" || fail "no file $1"
}

mail_count()
{
	find "$MAIL" -name '*.eml' | wc -l
}

have_mail() # REGEX: the (last) letter with such a line is then in LETTER
{
	local -a found

	compgen -G "$MAIL/*.eml" >/dev/null || return 1
	mapfile -t found < <(grep -slE -- "$1" "$MAIL"/*.eml || :)
	[ "${#found[@]}" -gt 0 ] && LETTER=${found[-1]}
}

# wait_mail REGEX [SECONDS]: likewise
wait_mail()
{
	wait_for "${2:-20}" have_mail "$1" || fail "no mail with: $1"
}

letter_has() # REGEX...
{
	local r

	for r; do
		grep -Eq -- "$r" "$LETTER" || fail "not in the letter: $r"
	done
}

letter_body()
{
	sed '1,/^$/d' "$LETTER"
}

same() # WHAT IS EXPECTED
{
	[ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"
}

# A barrier: what was going to happen at this start has happened when the job
# that was put in last has run and its lines are in the log.
wait_job() # NAME
{
	wait_file "$OUT/$1"
}
