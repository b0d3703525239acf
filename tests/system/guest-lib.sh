# shellcheck shell=bash
# What the scripts that run inside of a booted Debian share: cases, and waiting.

passed=0 failed=0 result=/run/result
# The daemon's name and its unit's: Debian's, unless the guest says otherwise.
: "${daemon_name:=cron}"

# check CASE: a function, in a shell of its own that ends at the first fault;
# what it did is shown if it fails. What it says by `say' is shown anyway.
check()
{
	# Not in a condition, or "set -e" would be off inside.
	set +e
	(
		set -eu -o pipefail -x
		"$1"
	) 3>&1 >"$result" 2>&1 </dev/null
	local status=$?
	set -e
	if [ "$status" -eq 0 ]; then
		passed=$((passed + 1))
		echo "PASS: $1"
	else
		failed=$((failed + 1))
		tail -n 60 "$result"
		echo "FAIL: $1"
	fi
}

# check_where CONDITION CASE: the build does not have what the case is about
check_where()
{
	if "$1"; then
		check "$2"
	else
		echo "SKIP: $2: not $1"
	fi
}

say()
{
	echo "   $*" >&3
}

totals()
{
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# wait_for SECONDS COMMAND...: until it is true
wait_for()
{
	{ set +x; } 2>/dev/null
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || {
			echo "not within time: $*"
			return 1
		}
		sleep 0.2
	done
	echo "came true: $*"
	set -x
}

# the daemon's pid, as systemd has it
main_pid()
{
	systemctl show -p MainPID --value "$daemon_name.service"
}

# it runs, and is what is installed now
runs_installed()
{
	local pid

	pid=$(main_pid)
	[ "$pid" -gt 1 ] && [ "/proc/$pid/exe" -ef "/usr/sbin/$daemon_name" ]
}

is_evcron()
{
	"/usr/sbin/$daemon_name" --version 2>/dev/null | grep '^evcron' >/dev/null
}

# it adopts what an earlier one has started, and becomes a new one in place
hands_over()
{
	[[ $("/usr/sbin/$daemon_name" --help 2>&1) == *--drain* ]]
}

# contrib/pkg/debian builds with PAM where configure has it
uses_pam()
{
	[[ $(ldd "/usr/sbin/$daemon_name") == *libpam.so* ]]
}

hands_sessions_over()
{
	uses_pam && hands_over
}

in_log() # WHAT: of this boot
{
	[[ $(journalctl -b -q -o cat SYSLOG_IDENTIFIER="$daemon_name" + \
	    SYSLOG_IDENTIFIER="${daemon_name^^}" + SYSLOG_IDENTIFIER=crontab) == *"$1"* ]]
}

as() # USER COMMAND
{
	runuser -u "$1" -- env -C / HOME="/home/$1" USER="$1" LOGNAME="$1" \
	    SHELL=/bin/bash sh -c "$2"
}

in_file() # WHAT FILE
{
	grep -qe "$1" "$2"
}

apt()
{
	DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" </dev/null
}

quiet() { "$@" >/dev/null 2>&1; }
not() { ! "$@"; }

# --- cases of a switch, by either name ---

unit_is_as_designed()
{
	systemctl show "$daemon_name" >/run/unit
	in_file '^KillMode=process$' /run/unit
	in_file '^Restart=always$' /run/unit
	in_file '^StartLimitIntervalUSec=0$' /run/unit
	in_file '^TasksMax=infinity$' /run/unit
	in_file '^OOMPolicy=continue$' /run/unit
	in_file '^IgnoreSIGPIPE=no$' /run/unit
	# Nothing that would reach the jobs.
	in_file '^PrivateTmp=no$' /run/unit
	in_file '^NoNewPrivileges=no$' /run/unit
	in_file '^ProtectSystem=no$' /run/unit
	in_file '^ProtectProc=default$' /run/unit
	in_file '^PrivateDevices=no$' /run/unit
	in_file '^MemoryDenyWriteExecute=no$' /run/unit
	in_file '^RestrictNamespaces=no$' /run/unit
	not in_file '^SystemCallFilter=.' /run/unit
}

# It was started before the switch.
job_of_the_old_cron_lives()
{
	[ "$(readlink "/proc/$(cat /run/long)/exe")" = /usr/bin/sleep ]
}

restart_by_systemctl()
{
	local pid

	pid=$(main_pid)
	systemctl restart "$daemon_name"
	wait_for 10 runs_installed
	[ "$(main_pid)" != "$pid" ]
	job_of_the_old_cron_lives
}

killed_daemon_comes_back()
{
	local pid

	pid=$(main_pid)
	kill -KILL "$pid"
	another() { [ "$(main_pid)" != "$pid" ] && runs_installed; }
	wait_for 15 another
	job_of_the_old_cron_lives
}
