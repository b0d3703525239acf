#!/bin/bash
# Disks that are full: the letter and the log say how much is missing, waiting
# helps where it can, and other jobs go on.
. "$(dirname "$0")/lib.sh"
need_root
make_tree
mkdir -m 0755 "$TREE/bin"

DISK=$TREE/var/spool/evcron
OUTBOX=$DISK/outbox

small_disk() # SIZE
{
	mkdir -p "$DISK"
	mount -t tmpfs -o "size=$1,mode=0755" evcron-test "$DISK"
}

end_disk()
{
	stop_crond
	unmount "$DISK"
}

fill_disk() # to the last byte, whatever the daemon writes meanwhile
{
	cat /dev/zero >"$DISK/filler" 2>/dev/null || :
	same "free blocks" "$(stat -f -c %a "$DISK")" 0
}

gated_mailer()
{
	put "$TREE/bin/gated" 0755 <<-END
	#!/bin/sh
	PATH=/usr/bin:/bin
	read x <$TREE/tmp/gate
	exec sha256sum >$OUT/sum
	END
}

gate()
{
	rm -f "$TREE/tmp/gate"
	mkfifo -m 0666 "$TREE/tmp/gate"
}

# No room for the first byte.
first_byte()
{
	small_disk 64K
	fill_disk
	printf '%s\n' "@reboot seq 1 1000; : >$OUT/done" "@reboot : >$OUT/quiet" |
	    put_user alice
	start_crond
	wait_job done
	wait_job quiet
	wait_log '\(alice\) MAIL \(3893 bytes of output were discarded: [Nn]o space left'
	same letters "$(mail_count)" 0
	rm "$DISK/filler"
	end_disk
}

# The last 5 % are not ours.
keeps_reserve()
{
	local bytes lost

	small_disk 2M
	echo '@reboot head -c 3000000 /dev/zero | tr "\0" x' | put_user alice
	start_crond
	wait_mail '^\[[0-9]+ more bytes of output were discarded: [Nn]o space left'
	lost=$(sed -n 's/^\[\([0-9]*\) more bytes.*/\1/p' "$LETTER")
	bytes=$(letter_body | sed -n 1p | tr -d '\n' | wc -c)
	same "all together" "$((bytes + lost))" 3000000
	[ "$bytes" -gt 1500000 ] || fail "only $bytes bytes were kept"
	[ "$bytes" -le $((2048 * 1024 * 95 / 100)) ] || fail "$bytes bytes"
	wait_log "\(alice\) MAIL \($lost bytes of output were discarded: no space"
	end_disk
}

# Others take the last byte while it runs: the note still finds its place.
last_byte()
{
	local bytes lost

	small_disk 1M
	gate
	echo "@reboot head -c 8192 /dev/zero | tr '\\0' x; : >$OUT/half; read x <$TREE/tmp/gate; seq 1 1000" |
	    put_user alice
	start_crond
	wait_job half
	must_wait 20 eval '[ "$(find "$OUTBOX" -type f -size +15)" ]'
	fill_disk
	open_gate "$TREE/tmp/gate"
	wait_mail '^\[[0-9]+ more bytes of output were discarded: '
	letter_has '^To: alice$' '^Subject: Cron <alice@'
	lost=$(sed -n 's/^\[\([0-9]*\) more bytes.*/\1/p' "$LETTER")
	bytes=$(letter_body | sed -n 1p | tr -d '\n' | wc -c)
	same "all together" "$((bytes + lost))" $((8192 + 3893))
	rm "$DISK/filler"
	end_disk
}

# A stream whose disk is filled by others waits for its mailer; nothing is lost.
filled_beside_stream()
{
	small_disk 8M
	gate
	gated_mailer
	echo "@reboot seq 1 2000000; : >$OUT/done" | put_user alice
	start_crond --letter-max=2M -m "$TREE/bin/gated %t"
	must_wait 20 eval '[ "$(du -sk "$OUTBOX" | cut -f 1)" -ge 2000 ]'
	fill_disk
	echo "* * * * * : >$OUT/other" | put_user bob
	wait_log '\(bob\) RELOAD'
	open_gate "$TREE/tmp/gate"
	wait_job done
	wait_file "$OUT/sum"
	must_wait 20 eval '[ -s "$OUT/sum" ]'
	same sum "$(cat "$OUT/sum")" "$(seq 1 2000000 | sha256sum)"
	no_log discarded
	rm "$DISK/filler"
	end_disk
}

# The oldest letters go when there are too many that nobody takes.
too_many()
{
	local i

	echo 75 >"$MAIL/status"
	for i in 1 2 3 4 5 6 7 8; do
		# One after the other, so that it is known which is the oldest.
		echo "@reboot while [ \$(ls $MAIL | grep -c eml) -lt $((i - 1)) ]; do sleep .05; done; head -c 20000 /dev/zero; echo job $i"
	done | put_user alice
	start_crond --outbox-max=100K --mailers=1
	wait_log 'MAIL \(the outbox is full: dropped its oldest letter [^ ]+, [0-9]+ bytes\)'
	must_wait 20 eval '[ "$(log_count "but got status 0x004b")" -eq 8 ]'
	must_wait 20 eval '[ "$(du -sk "$OUTBOX" | cut -f 1)" -le 112 ]'
	grep -raq 'job 8$' "$OUTBOX" || fail "the last letter is gone"
	! grep -raq 'job 1$' "$OUTBOX" || fail "the first letter is still there"
	stop_crond
}

# What is kept as sent takes no room from what is to be sent.
sent_gives_way()
{
	small_disk 2M
	printf '%s\n' "@reboot head -c 900000 /dev/zero; echo one; exit 1" \
	    "@reboot while [ ! -e $OUT/go ]; do sleep .1; done; head -c 1500000 /dev/zero; echo two" |
	    put_user alice
	start_crond
	wait_mail 'one$'
	must_wait 20 eval '[ "$(ls "$DISK"/sent/* 2>/dev/null)" ]'
	: >"$OUT/go"
	wait_mail 'two$'
	wait_log 'no room for more letters of failed runs: dropped the oldest that was sent'
	no_log discarded
	end_disk
}

# A limit on file sizes: an error for us, the job's own business for a job.
file_size_limit()
{
	printf '%s\n' '@reboot head -c 300000 /dev/zero | tr "\0" x' \
	    "@reboot exec head -c 300000 /dev/zero >$OUT/file" | put_user alice
	launch prlimit --fsize=200000 "$CROND" -f --root="$TREE" \
	    --personality="$PERSONALITY" "$WITH_COLLECTOR"
	must_wait 20 crond_ready
	wait_log '\(alice\) MAIL \([0-9]+ bytes of output were discarded: File too large'
	if is debian; then
		wait_log 'terminated by signal 25'
	else
		wait_log 'CMDEND \(exec head .* signal 25'
	fi
	wait_mail 'bytes of output were discarded: File too large'
	stop_crond
}

each_personality first_byte keeps_reserve last_byte filled_beside_stream \
    too_many sent_gives_way file_size_limit
