#!/bin/bash
# Output: nothing is lost, whatever its size, its speed, or who else holds it.
. "$(dirname "$0")/lib.sh"
need_root
make_tree
mkdir -m 0755 "$TREE/bin"

large()
{
	echo '@reboot seq 1 2000000' | put_user alice
	start_crond
	wait_mail '^To: alice$' 60
	same sum "$(letter_body | sha256sum)" "$(seq 1 2000000 | sha256sum)"
}

# Past the cap it is streamed while the job goes on, and nothing is missing.
streamed()
{
	echo '@reboot seq 1 1000000; echo the end' | put_user alice
	start_crond --letter-max=1M
	wait_mail '^the end$' 60
	same sum "$(letter_body | sha256sum)" \
	    "$( (seq 1 1000000; echo the end) | sha256sum)"
}

# The job is held back, and neither memory nor disk grows.
back_pressure()
{
	local used

	mkfifo -m 0666 "$TREE/tmp/gate"
	put "$TREE/bin/gated" 0755 <<-END
	#!/bin/sh
	PATH=/usr/bin:/bin
	read x <$TREE/tmp/gate
	wc -c >$OUT/bytes.new
	mv $OUT/bytes.new $OUT/bytes
	END
	echo "@reboot head -c 40000000 /dev/zero; : >$OUT/done" | put_user alice
	start_crond --letter-max=1M -m "$TREE/bin/gated"
	must_wait 20 eval '[ "$(du -sk "$TREE/var/spool/evcron" | cut -f 1)" -ge 900 ]'
	used=$(du -sk "$TREE/var/spool/evcron" | cut -f 1)
	[ "$used" -lt 4096 ] || fail "$used KiB in the outbox"
	[ ! -e "$OUT/done" ] || fail "the job was not held back"
	open_gate "$TREE/tmp/gate"
	wait_file "$OUT/bytes" 60
	[ "$(cat "$OUT/bytes")" -ge 40000000 ] || fail "$(cat "$OUT/bytes") bytes"
	wait_job done
	rm "$TREE/tmp/gate"
}

# A background child that holds the output does not hold up the mail (Debian);
# what it writes later makes a second one, and it is not killed by it.
background()
{
	mkfifo -m 0666 "$TREE/tmp/gate"
	echo "@reboot echo first; { read x <$TREE/tmp/gate; echo second; : >$OUT/alive; } & :" |
	    put_user alice
	start_crond
	if is debian; then
		wait_mail '^first$'
		! grep -q '^second$' "$LETTER"
	else
		wait_log '\(alice\) CMD '
	fi
	open_gate "$TREE/tmp/gate"
	wait_mail '^second$' 90
	wait_job alive
	rm "$TREE/tmp/gate"
}

# Descriptors 0, 1, 2 and no other; and stderr can be opened by its name.
descriptors()
{
	# 3 is the directory that ls itself reads.
	echo '@reboot exec ls /proc/self/fd' | put_user alice
	echo '@reboot root exec readlink /proc/self/fd/1 /proc/self/fd/2' |
	    put_system
	echo '@reboot alice echo by name >/dev/stderr' | put_dropin t
	start_crond
	wait_mail '^2$'
	same descriptors "$(letter_body | tr '\n' ' ')" '0 1 2 3 '
	wait_mail '^To: root'
	same "stdout and stderr" "$(letter_body | uniq | wc -l)" 1
	wait_mail '^by name$'
}

children() # of the daemon, by name
{
	ps -o comm= --ppid "$CROND_PID" | sort | tr '\n' ' '
}

# No process of ours beside a running job: one for all of its user's.
alone()
{
	mkfifo -m 0666 "$TREE/tmp/gate"
	echo "@reboot echo x; read x <$TREE/tmp/gate%data%more" | put_user alice
	printf '%s\n' "@reboot root : >$OUT/began; read x <$TREE/tmp/gate" \
	    "@reboot root read x <$TREE/tmp/gate" | put_system
	start_crond
	wait_job began
	must_wait 20 eval '[ "$(log_count " CMD ")" -eq 3 ]'
	# A job's line is logged before its shell is there.
	must_wait 20 eval \
	    '[ "$(children)" = "evcron-collect evcron-collect sh sh sh " ]'
	open_gate "$TREE/tmp/gate" go go go
	rm "$TREE/tmp/gate"
}

each_personality large streamed back_pressure background descriptors alone
