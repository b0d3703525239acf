#!/bin/bash
# The daemon where it will live: in a booted Debian, on its kernel, file systems
# and paths, logging to the journal. Runs inside the machine that boot-qemu
# boots, with the daemon in /io/crond; started by clock.sh.
set -u
MAIL=/var/tmp/mail
LC_ALL=C TZ=UTC0
export LC_ALL TZ
failures=0

fail()
{
	failures=$((failures + 1))
	echo "FAIL: basics: $*"
	journalctl -o cat -t cron -t CRON | tail -n 20
	ls -l $MAIL /run/evcron/runs /var/spool/evcron/outbox
}

wait_for() # TENTHS-OF-SECONDS COMMAND...
{
	local n=$1

	shift
	until "$@"; do
		((n-- > 0)) || return 1
		sleep 0.1 # between two looks
	done
}

must() # COMMAND...
{
	wait_for 200 "$@" || fail "waited in vain for: $*"
}

mailed()
{
	grep -lqr -- "$1" $MAIL
}

journal()
{
	journalctl -o cat -t cron -t CRON | grep -E -- "$1" >/dev/null
}

next_minute()
{
	date -s "$(date '+%F %H:%M'):58" >/dev/null
}

# Tables of the system and of a user, output to a letter.
jobs()
{
	cat >/etc/cron.d/basics <<'END'
@reboot root echo hello; echo bad >&2
END
	install -d -m 1730 /var/spool/cron/crontabs
	useradd -m alice
	echo '* * * * * id -un' >/var/spool/cron/crontabs/alice
	chown alice /var/spool/cron/crontabs/alice
	chmod 0600 /var/spool/cron/crontabs/alice
	next_minute
	/io/crond --collector=/io/evcron-collect || fail "does not start: $?"
	must mailed '^hello$'
	must mailed '^bad$'
	must mailed '^alice$'
	must mailed '^Subject: Cron <alice@vm> id -un'
	must journal '\(alice\) CMD \(id -un\)'
	[ "$(stat -c %U "$(grep -lr '^alice$' $MAIL | head -n 1)")" = alice ] ||
	    fail "the mailer is not the user's"
}

running()
{
	JOB=$(pgrep -f '^sleep 4321$')
}

# What a run has open; its bytes go through the kernel into a letter on ext4.
pieces()
{
	local tracer letter

	strace -f -e trace=splice -o /var/tmp/strace -p "$(cat /run/crond.pid)" \
	    2>/var/tmp/strace.err &
	tracer=$!
	must grep -qs attached /var/tmp/strace.err
	cat >/etc/cron.d/new <<'END'
* * * * * root head -c 8000000 /dev/zero | tr '\0' x; echo; exec sleep 4321
END
	mv /etc/cron.d/new /etc/cron.d/basics
	must journal 'RELOAD \(/etc/cron.d/basics\)'
	next_minute
	must running
	[ "$(stat -L -c %F "/proc/$JOB/fd/1")" = fifo ] ||
	    fail "the job's output is no FIFO"
	case $(readlink "/proc/$JOB/fd/1") in
	/run/evcron/runs/*) ;;
	*)	fail "the FIFO is $(readlink "/proc/$JOB/fd/1")" ;;
	esac
	must eval '[ "$(du -sk /var/spool/evcron/outbox | cut -f 1)" -ge 7800 ]'
	letter=$(find /var/spool/evcron/outbox -type f -size +7000k | head -n 1)
	[ "$(stat -f -c %T "$letter")" = ext2/ext3 ] || fail "no letter on ext4"
	: >/etc/cron.d/basics
	must eval '[ "$(journalctl -o cat -t cron -t CRON |
	    grep -c "RELOAD (/etc/cron.d/basics)")" -ge 2 ]'
	kill "$JOB"
	must eval '[ "$(cat $MAIL/* | tr -cd x | wc -c)" -ge 8000000 ]'
	kill "$tracer"
	grep -q 'splice(.*= [1-9]' /var/tmp/strace || fail "nothing was spliced"
	must eval '[ -z "$(compgen -G "/run/evcron/runs/*-*")" ] &&
	    [ -z "$(ls /var/spool/evcron/outbox)" ]'
}

ends()
{
	local pid

	pid=$(cat /run/crond.pid)
	kill "$pid"
	must eval "! kill -0 $pid 2>/dev/null"
}

mkdir -m 1777 $MAIL
cat >/usr/sbin/sendmail <<END
#!/bin/sh
n=\$(mktemp $MAIL/new.XXXXXX) && cat >"\$n"
END
chmod 0755 /usr/sbin/sendmail
jobs
pieces
ends
echo "basics: $failures failures, Linux $(uname -r)"
[ "$failures" -eq 0 ]
