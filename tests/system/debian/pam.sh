# shellcheck shell=bash disable=SC2154 # keep, spool, wants: debian-guest.sh's
# Cases of debian-guest.sh: sessions by PAM, as /etc/pam.d/cron has them.

log_counts() # WHAT: lines of this boot that have it
{
	journalctl -b -q -o cat SYSLOG_IDENTIFIER=cron + \
	    SYSLOG_IDENTIFIER=CRON | grep -c -F -e "$1" || true
}

# more opened than closed, so far
unclosed() # USER
{
	echo $(($(log_counts "session opened for user $1") - \
	    $(log_counts "session closed for user $1")))
}

pam_modules_serve_the_jobs()
{
	local before

	# A restart of before may have left one that nobody closed.
	before=$(unclosed bob)
	echo 'LANG=de_DE.UTF-8' >/etc/default/locale
	echo 'PLACE=environment' >>/etc/environment
	echo 'bob hard nofile 300' >/etc/security/limits.d/bob.conf
	echo '* * * * * { env; ulimit -Hn; } >~/pam' |
	    crontab -u bob -
	wait_for 75 test -s ~bob/pam
	in_file '^LANG=de_DE.UTF-8$' ~bob/pam
	in_file '^PLACE=environment$' ~bob/pam
	in_file '^300$' ~bob/pam
	crontab -u bob -r
	wait_for 20 in_log 'pam_unix(cron:session): session opened for user bob'
	all_closed() { [ "$(unclosed bob)" -eq "$before" ]; }
	wait_for 20 all_closed
	rm -f /etc/default/locale /etc/security/limits.d/bob.conf
	sed -i /PLACE=/d /etc/environment
}

has_session() # USER
{
	loginctl list-sessions --no-legend | grep " $1 " >/dev/null
}

kill_user_processes() # yes or no
{
	mkdir -p /etc/systemd/logind.conf.d
	printf '[Login]\nKillUserProcesses=%s\n' "$1" \
	    >/etc/systemd/logind.conf.d/kill.conf
	systemctl restart systemd-logind
}

# With pam_systemd each job is in a session of logind's; the session ends with
# the job, and no job ends with a session, not even if the user's processes are
# killed at its end.
pam_systemd_leaves_no_session()
{
	local kill=$1 job

	kill_user_processes "$kill"
	in_file pam_systemd.so /etc/pam.d/cron ||
	    echo 'session optional pam_systemd.so' >>/etc/pam.d/cron
	rm -f ~bob/slow ~bob/slow.done
	crontab -u bob - <<-'END'
	* * * * * [ -e ~/slow ] || { ls -l /proc/self/fd >~/fds; echo $$ >~/slow; sleep 25; echo done >~/slow.done; }
	END
	wait_for 75 test -s ~bob/slow
	job=$(cat ~bob/slow)
	has_session bob
	in_file '/session-.*scope' "/proc/$job/cgroup"
	# 0, 1, 2, and ls's own of the directory.
	[ "$(grep -c ' -> ' ~bob/fds)" -eq 4 ]
	# A shorter one of the same user ends meanwhile, and its session.
	as bob '{ crontab -l; echo "* * * * * true"; } | crontab -'
	wait_for 60 test -s ~bob/slow.done
	crontab -u bob -r
	wait_for 30 not has_session bob
}

pam_systemd_ends_sessions() { pam_systemd_leaves_no_session no; }
pam_systemd_kills_no_job() { pam_systemd_leaves_no_session yes; }

# A job in a session, until there is a gate.
begin_slow()
{
	rm -f ~bob/slow*
	crontab -u bob - <<-'END'
	* * * * * [ -e ~/slow ] || { echo $$ >~/slow; until [ -e ~/slow.gate ]; do sleep 1; done; echo done >~/slow.done; }
	END
	wait_for 75 test -s ~bob/slow
	has_session bob
}

end_slow()
{
	: >~bob/slow.gate
	wait_for 30 test -s ~bob/slow.done
	crontab -u bob -r
	wait_for 30 not has_session bob
}

# Who looks after it next holds the session.
still_slow() # COMMAND...
{
	local before

	before=$(log_counts 'took over')
	"$@"
	wait_for 30 took_over_since "$before"
	kill -0 "$(cat ~bob/slow)"
	has_session bob
}

stop_and_start()
{
	systemctl stop cron
	kill -0 "$(cat ~bob/slow)"
	systemctl start cron
}

# What is done to the daemon ends neither, though it may look into no process.
pam_systemd_over_restarts()
{
	begin_slow
	still_slow systemctl restart cron
	still_slow kill -USR2 "$(main_pid)"
	still_slow systemctl restart cron
	still_slow kill -TERM "$(main_pid)"
	still_slow stop_and_start
	end_slow
	not in_log 'what kept the login session'
	not in_log 'Failed to release session'
}

# A crash ends the session, which is said, and lets the job be.
pam_systemd_over_a_crash()
{
	kill_user_processes no
	begin_slow
	still_slow kill -KILL "$(main_pid)"
	in_log "what kept the login session of job $(cat ~bob/slow) is lost"
	end_slow
}

pam_is_as_before()
{
	sed -i /pam_systemd/d /etc/pam.d/cron
	rm -r /etc/systemd/logind.conf.d
	systemctl restart systemd-logind
	crontab -u bob - <$keep/bobs
	note_tables
}
