#!/bin/bash
# What a user can do to another's cron: nothing. Each attack is made on the daemon,
# by a user's job, mailer or process, and while it lasts: root's job of each minute
# begins no later than a bare timer's beside it by more than LATE_MS, a changed table
# counts, a letter arrives; an upgrade in place, TERM, kill -9 and the starts after
# them are done within five seconds. One line of figures for each, in milliseconds.
#
# What all attacks share is in walls_lib.sh, those on collectors, and all attacks by
# many users, in walls_collectors_lib.sh.
#
# From the environment: ATTACKS (only these, by name); PARALLEL (4), how many have
# their daemons, trees and namespaces at the same time; LATE_MS (100); LONG=1: 50
# users with all attacks at once, for LONG_SECS (600). PERSONALITIES: the first of
# them. Without PAM: CROND=another build's. INCUMBENT=1: what becomes of Debian's
# cron is shown, attack by attack.
# runs-on: incumbent

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${PARALLEL:=4}" "${LONG:=0}" "${LONG_SECS:=600}"
export LONG_SECS

# Verdicts stay apart, for each attack has a machine of its own. These need most of
# the real one, and run alone.
beside='none splice_socket splice_silent splice_file sendfile_socket sendfile_file
	write_memory read_memory tee reopen stdin_pipe mailer_memory mailer_pipe
	mailer_stop list list_run letter mmap_lock rights zones outbox
	table_reader children rm_dirs flipped reused_uid stopper traced seized dead_home lease root_hung
	coll_kill coll_kill_stuck coll_stop coll_freeze coll_old'
alone='hammer settings late hash descriptors coll_queue coll_fds stopped_loop'

# one NAME: in a shell of its own; ended at a limit
one()
{
	local status=0

	WALLS_ONE=$1 timeout -k 20 $((400 + (LONG ? LONG_SECS : 0))) bash "$here/walls.sh" >"$dir/$1" 2>&1 ||
	    status=$?
	sed -n '/^measured: /p; /^FAIL: /p' "$dir/$1"
	case $status in
	0)	;;
	77)	tail -n 1 "$dir/$1" ;;
	*)	echo "$1" >>"$dir/failed"
		awk '/^(stuck: |    \[<)/ && !seen[$0]++' "$dir/$1"
		[ -n "${KEEP:-}" ] || grep -q '^FAIL: ' "$dir/$1" ||
		    tail -n 30 "$dir/$1" ;;
	esac
}

all_of_them()
{
	local name wanted=" ${ATTACKS:-$beside $alone} "

	wanted=$(tr '\n\t' '  ' <<<"$wanted")
	[ "$LONG" -eq 0 ] || wanted=' everything '
	dir=$(mktemp -d "${TMPDIR:-/tmp}/evcron-walls.XXXXXX") || exit 99
	# shellcheck disable=SC2086
	for name in $beside; do
		[[ $wanted == *" $name "* ]] || continue
		while [ "$(jobs -pr | wc -l)" -ge "$PARALLEL" ]; do
			wait -n || :
		done
		one "$name" &
	done
	wait
	for name in $alone everything; do
		[[ $wanted != *" $name "* ]] || one "$name"
	done
	[ -s "$dir/failed" ] || { rm -r "$dir"; exit 0; }
	echo "FAIL: $(tr '\n' ' ' <"$dir/failed"); logs: $dir"
	[ -n "${INCUMBENT:-}" ]
	exit
}

if [ -z "${WALLS_ONE:-}" ]; then
	all_of_them
fi
. "$here/walls_lib.sh"
. "$here/walls_collectors_lib.sh"

# What the figures are without any.
by_none()
{
	HOLDERS=0
}

# ---- 1: the lock of the output pipe

by_splice_socket()
{
	attacker nobody '@reboot ATTACK splice-socket'
}

by_splice_silent()
{
	attacker nobody '@reboot ATTACK splice-silent'
}

by_splice_file()
{
	attacker alice '@reboot ATTACK splice-file'
}

by_sendfile_socket()
{
	attacker nobody '@reboot ATTACK sendfile-socket'
}

by_sendfile_file()
{
	attacker alice '@reboot ATTACK sendfile-file'
}

by_write_memory()
{
	attacker carl '@reboot ATTACK write-memory'
}

by_read_memory()
{
	attacker carl '@reboot ATTACK read-memory'
}

by_tee()
{
	HOLDERS=12
	attacker nobody '@reboot ATTACK tee'
}

by_hammer()
{
	HOLDERS=4
	attacker nobody '@reboot ATTACK hammer'
}

# The daemon's close of its writing end is the last one, sometimes.
by_reopen()
{
	local all

	HOLDERS=40
	mapfile -t all < <(lines 40 '@reboot exec ATTACK reopen')
	attacker nobody "${all[@]}"
}

by_stdin_pipe()
{
	attacker carl '@reboot ATTACK stdin%some data%for stdin'
}

# ---- 2, 8: mailers, which run as their user

# mailer_of UID COMMAND: of that user; others have the usual one
mailer_of()
{
	[ -e "$TREE/usr/sbin/real-sendmail" ] ||
	    mv "$TREE/usr/sbin/sendmail" "$TREE/usr/sbin/real-sendmail"
	{
		echo '#!/bin/sh'
		echo 'PATH=/usr/bin:/bin; export PATH'
		echo "FUSE_DEVICE=$FUSE_DEVICE; export FUSE_DEVICE"
		echo "TMPDIR=$TMPDIR; export TMPDIR"
		while [ $# -gt 0 ]; do
			echo "if [ \"\$(id -u)\" -eq $1 ]; then $2; fi"
			shift 2
		done
		echo "exec $TREE/usr/sbin/real-sendmail \"\$@\""
	} | put "$TREE/usr/sbin/sendmail" 0755
}

by_mailer_memory()
{
	mailer_of 70001 "exec $ATTACK read-file $NOTE"
	attacker alice '@reboot echo for a mailer that never reads it'
}

# The pipe by which a mailer gets what is too much to be kept.
by_mailer_pipe()
{
	[ -n "$INCUMBENT" ] || OPTIONS=(--letter-max=64K)
	mailer_of 70001 "exec $ATTACK read-file $NOTE"
	attacker alice '@reboot yes | head -c 4000000'
}

by_mailer_stop()
{
	local i lines=()

	HOLDERS=8
	mailer_of 70001 "exec $ATTACK stop $NOTE" 70003 "exec $ATTACK stop $NOTE"
	for ((i = 0; i < 20; i++)); do
		lines+=("@reboot echo $i")
	done
	attacker alice "${lines[@]}"
	attacker carl "${lines[@]}"
}

# ---- 3: directories, files, processes, sockets

by_list()
{
	local d e=$TREE/run/evcron v=$TREE/var/spool/evcron

	d="$TREE/etc/cron.d $SPOOL $e $e/runs $e/tables $e/collect $v $v/outbox"
	d+=" $v/outbox/70001 $v/sent $e/runs/70001"
	attacker alice "@reboot ATTACK list $d"
}

# Somebody else wants to change it; from then on nobody can list it either.
by_list_begun()
{
	[ ! -s "$NOTE.listed" ] ||
	    column listed "$(sed "s|$TREE||" "$NOTE.listed" | tr '\n' ',')"
	mkdir "$TREE/etc/cron.d/never" &
	disown
}

by_list_run()
{
	attacker alice "@reboot ATTACK list $TREE/run"
}

by_list_run_begun()
{
	mkdir "$TREE/run/never" &
	disown
}

# xfs DIRECTORY: such a file system there, where one can be made
xfs()
{
	local cache=${XDG_CACHE_HOME:-$HOME/.cache}/evcron-check/xfs mkfs

	if ! mkfs=$(command -v mkfs.xfs); then
		mkfs=$cache/root/sbin/mkfs.xfs
		mkdir -p "$cache"
		[ -x "$mkfs" ] || (cd "$cache" &&
		    timeout 60 apt-get -qq download xfsprogs libinih1 liburcu8 &&
		    for p in *.deb; do dpkg -x "$p" root; done) >/dev/null 2>&1 ||
		    return
	fi
	truncate -s 320M "$TREE/xfs.image"
	LD_LIBRARY_PATH=$(echo "$cache"/root/usr/lib/*-linux-gnu) \
	    "$mkfs" -q "$TREE/xfs.image" || return
	mkdir -p "$1"
	mount -o loop "$TREE/xfs.image" "$1"
}

# A letter that somebody still reads is removed; on XFS that waits for him.
by_letter()
{
	if ! xfs "$TREE/var/spool/evcron" 2>"$TREE/tmp/xfs"; then
		NOT_RUN="no XFS here: $(tail -n 1 "$TREE/tmp/xfs")"
		return
	fi
	chmod 0711 "$TREE/var/spool/evcron"
	mailer_of 70001 "exec 3<&0; $ATTACK read-file $NOTE <&3 &
		while [ ! -s $NOTE ]; do sleep .1; done; sleep 1; exit 0"
	attacker alice '@reboot echo who reads this never ends'
}

by_letter_after()
{
	attack_ends
	umount "$TREE/var/spool/evcron" || umount -l "$TREE/var/spool/evcron"
	HOLDERS=0 # they were alive until now, or this would not have begun
}

by_mmap_lock()
{
	attacker alice '@reboot exec ATTACK mmap'
}

# To whatever socket of the daemon's a user can name.
by_rights()
{
	local e=$TREE/run/evcron

	attacker alice "@reboot ATTACK rights $e/control $e/crond.sock \
	    $e/collect/70001.1/socket $e/collect/0.1/socket \
	    \$(grep -o '$e/.*' /proc/net/unix)"
}

# ---- 4 to 10: what a user can make grow

by_settings()
{
	local i value

	HOLDERS=0
	value=$(head -c 1000 /dev/zero | tr '\0' v)
	mailer_of 70001 'exit 75'
	{
		for ((i = 0; i < 1900; i++)); do
			echo "V$i=$value"
		done
		for ((i = 0; i < 20; i++)); do
			echo '* * * * * echo'
		done
	} | put_user alice
}

by_settings_after()
{
	local kib run box

	kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$CROND_PID/status")
	run=$(du -sk "$TREE/run" | cut -f 1)
	box=$(du -sk "$TREE/var/spool/evcron" 2>/dev/null | cut -f 1)
	column memory "${kib}K" "$([ "$kib" -le 65536 ] || echo bad)"
	column run "${run}K" "$([ "$run" -le 16384 ] || echo bad)"
	column outbox "${box:-0}K" "$([ "${box:-0}" -le 32768 ] || echo bad)"
}

by_zones()
{
	local i

	[ -z "$INCUMBENT" ] || NOT_RUN="Debian's cron has no CRON_TZ"
	HOLDERS=0
	for ((i = 0; i < 1022; i++)); do
		printf 'CRON_TZ=<Z%04d>-%d:%02d:%02d\n0 0 1 1 * true\n' "$i" \
		    $((i / 600)) $((i / 10 % 60)) $((i % 60))
	done | put_user alice
}

# By New York's clock, in the minute that comes.
by_zones_bob()
{
	echo 'CRON_TZ=America/New_York'
	TZ=America/New_York date -d '+1 minute' '+%-M %-H * * *' | tr -d '\n'
}

# Those that write behind their job's end are more than anybody keeps apart; none of
# them waits for ever.
by_late()
{
	local i lines=()

	HOLDERS=200 HOLD_SECS=60
	for ((i = 0; i < 200; i++)); do
		lines+=('@reboot ATTACK late 131072')
	done
	attacker alice "${lines[@]}"
}

by_late_after()
{
	local n

	wait_for 60 eval '[ "$(wc -l <"$NOTE.done")" -ge 200 ]' || :
	n=$(wc -l <"$NOTE.done")
	column written "$n/200" "$([ "$n" -ge 200 ] || echo bad)"
	HOLDERS=0
}

# A flood of letters that wait; somebody else's one letter waits, too.
by_outbox()
{
	local i lines=()

	[ -z "$INCUMBENT" ] || NOT_RUN='the incumbent keeps no letters'
	HOLDERS=0
	OPTIONS=(--outbox-max=2M --retry=2s)
	mailer_of 70001 'exit 75' 70003 "[ -e $OUT/mended ] || exit 75"
	for ((i = 0; i < 40; i++)); do
		lines+=('* * * * * yes | head -c 204800')
	done
	attacker alice "${lines[@]}"
	attacker carl '@reboot echo the one letter'
}

outbox_kib()
{
	du -sk "$TREE/var/spool/evcron/outbox" | cut -f 1
}

by_outbox_after()
{
	# What this minute's jobs wrote is more than may stay.
	wait_for 20 eval '[ "$(outbox_kib)" -le 4096 ]' || :
	column outbox "$(outbox_kib)K" \
	    "$([ "$(outbox_kib)" -le 4096 ] || echo bad)"
	: >"$OUT/mended"
	if wait_for 20 have_mail '^the one letter$'; then
		column others-letter yes
	else
		column others-letter lost bad
	fi
}

# Names that fall into one place of a table that is keyed by 0.
by_hash()
{
	local n=4000

	HOLDERS=0 BOB_MS=1000
	{
		"$ATTACK" collide "$NOTE" $n | sed 's/$/=1/'
		lines 30 '* * * * * true'
	} | put_user alice
}

# A system that gives 4,096 descriptors at most, and a user who wants them all.
by_descriptors()
{
	HOLDERS=200 HOLD_SECS=60
	LAUNCHER=(prlimit --nofile=1024:4096)
	lines 2200 "@reboot exec $ATTACK wait $NOTE" | put_user alice
}

by_descriptors_begun()
{
	local n=-1

	# No more of them start.
	while [ "$n" -ne "$(wc -l <"$NOTE")" ] && [ "$SECONDS" -lt 120 ]; do
		n=$(wc -l <"$NOTE")
		nap 4
	done
	column running "$n"
}

# ---- 11, 12: file systems and directories

by_table_reader()
{
	[ -n "$INCUMBENT" ] || READY_SECS=8 # five of them for that table
	HOLDERS=0
	dead_fs "$TREE/home/dead" "* * * * * root true
"
	ln -s "$TREE/home/dead/ftable" "$TREE/etc/cron.d/far"
}

# No child keeps what a next daemon needs.
by_table_reader_begun()
{
	local p

	ln -s "$TREE/home/dead/fother" "$TREE/etc/cron.d/.far"
	kill -STOP "$FUSE_PID"
	mv -fT "$TREE/etc/cron.d/.far" "$TREE/etc/cron.d/far"
	nap 1
	for p in $(pgrep -P "$CROND_PID" || :); do
		! find "/proc/$p/fd" -lname "$TREE/run/*" -printf '%l\n' |
		    sed "s|^$TREE||" | grep . >"$TREE/tmp/kept" ||
		    column child-keeps "$(tr '\n' ',' <"$TREE/tmp/kept")" bad
	done
}

# A job, a mailer, a lookup, a reader of a table, a collector, all at work: each has
# what it needs and nothing else of the daemon's.
by_children()
{
	[ -z "$INCUMBENT" ] || NOT_RUN='whose children have what they will'
	HOLDERS=2
	READY_SECS=8
	slow_users 'files slow' <<-END
	anna 600 70011
	END
	echo '* * * * * true' | put "$SPOOL/anna" 0600 70011:0
	dead_fs "$TREE/home/dead" "* * * * * root true
"
	ln -s "$TREE/home/dead/ftable" "$TREE/etc/cron.d/far"
	mailer_of 70003 "exec $ATTACK stop $NOTE"
	attacker alice '@reboot ATTACK wait'
	attacker carl '@reboot echo a letter'
}

# opened PID: what it has open
opened()
{
	find "/proc/$1/fd" -type l -printf '%l\n' 2>/dev/null | sort -u ||
	    true # it may be gone
}

by_children_begun()
{
	local p name kinds='' bad own='runs\.lock|crond\.pid|/minutes$|timerfd|inotify'
	local plain='^(/dev/null|pipe:.*|/memfd:.*|.*/(runs|outbox)/[^/]*/[^/]*)$'

	ln -s "$TREE/home/dead/fother" "$TREE/etc/cron.d/.far"
	kill -STOP "$FUSE_PID"
	mv -fT "$TREE/etc/cron.d/.far" "$TREE/etc/cron.d/far"
	nap 1
	for p in /proc/[0-9]*; do
		p=${p#/proc/}
		name=$(cat "/proc/$p/comm" 2>/dev/null) || continue
		case $name in
		attacks)
			bad=$(opened "$p" | { grep -vE "$plain" || :; }) ;;
		evcron-collect)
			bad=$(opened "$p" | { grep -E "$own" || :; }) ;;
		"${CROND##*/}")
			[ "$p" -ne "$CROND_PID" ] || continue
			name+="[$(cat "/proc/$p/wchan")]"
			bad=$(opened "$p" |
			    { grep -E "$own|eventpoll|signalfd" || :; }) ;;
		*)	continue ;;
		esac
		[[ ",$kinds" == *",$name,"* ]] || kinds+="$name,"
		[ -z "$bad" ] || column "$name-has" \
		    "$(sed "s|$TREE||" <<<"$bad" | tr '\n' ',')" bad
	done
	column kinds "$kinds"
}

by_rm_dirs()
{
	HOLDERS=0
	attacker alice '* * * * * echo letter of alice $(date +\%s)'
}

by_rm_dirs_begun()
{
	rm -rf "$TREE/run/evcron/runs" "$TREE/var/spool/evcron/outbox"
}

by_rm_dirs_minute()
{
	alices_mail alice1 10
}

by_dead_home()
{
	local d=$TREE/home/dead

	HOLDERS=0
	dead_fs "$d"
	sed -i "s|^alice:.*|alice:x:70001:70001::$d/dalice:$d/fshell|" \
	    "$TREE/etc/passwd"
	kill -STOP "$FUSE_PID"
	attacker alice '@reboot true' '* * * * * true' "HOME=$d/dother" \
	    '* * * * * true' "SHELL=$d/fshell" '* * * * * true'
}

# A table that is a link to where a user may put what she likes.
by_flipped()
{
	attacker alice "@reboot ATTACK flip $TREE/home/alice/table"
}

by_flipped_begun()
{
	local i

	for ((i = 0; i < 40; i++)); do
		ln -sfn "$TREE/home/alice/table" "$TREE/etc/cron.d/flipped"
		nap .06
	done
}

# 14: a letter waits; then its user is gone, and another has her uid.
by_reused_uid()
{
	[ -z "$INCUMBENT" ] || NOT_RUN='the incumbent keeps no letters'
	HOLDERS=0
	OPTIONS=(--retry=2s)
	mailer_of 70001 "[ -e $OUT/mended ] || exit 75"
	attacker alice '@reboot echo a secret of alice'
}

by_reused_uid_begun()
{
	local p

	must_wait 20 log_has '\(alice\) MAIL'
	end stop TERM
	for p in $(collectors_of 70001); do
		kill -KILL "$p"
	done
	rm "$SPOOL/alice"
	sed -i 's/^alice:/dora:/' "$TREE/etc/passwd" "$TREE/etc/group" \
	    "$TREE/etc/shadow"
	: >"$OUT/mended"
	start start1
}

by_reused_uid_after()
{
	! have_mail 'a secret of alice' || column secret told bad
}

by_lease()
{
	local home=$TREE/home/alice

	echo '* * * * * root true' | put "$home/table" 0644 alice:
	put "$home/sh" 0755 alice: </bin/sh
	attacker alice "@reboot ATTACK lease $home/table $home/sh" \
	    "SHELL=$home/sh" '* * * * * true'
}

by_lease_begun()
{
	ln -s "$TREE/home/alice/table" "$TREE/etc/cron.d/leased"
}

# ---- processes

by_stopper()
{
	attacker alice '@reboot exec ATTACK stop-all' '* * * * * echo 1' \
	    '* * * * * echo 2' '* * * * * echo 3' '* * * * * echo 4'
}

by_traced()
{
	attacker alice '@reboot exec ATTACK trace' '* * * * * sleep 1; echo 1' \
	    '* * * * * sleep 1; echo 2' '* * * * * sleep 1; echo 3'
}

by_traced_after()
{
	[ -s "$NOTE.traced" ] || column traced none bad
}

# Between set*id and exec: where its HOME hangs, a job is there for as long as one
# likes.
by_seized()
{
	dead_fs "$TREE/home/dead"
	kill -STOP "$FUSE_PID"
	attacker alice '@reboot exec ATTACK seize' "HOME=$TREE/home/dead/d" \
	    '@reboot true' '* * * * * true'
}

by_seized_after()
{
	column tries "$(wc -l <"$NOTE.tried")" \
	    "$([ -s "$NOTE.tried" ] || echo bad)"
	[ ! -s "$NOTE.breach" ] ||
	    column breach "$(sed 's/ of .*//' "$NOTE.breach" | sort -u |
		tr '\n' ',')" bad
}

# 13: stopped for 440 seconds of its own clock, which is fast.
by_stopped_loop()
{
	[ -z "$INCUMBENT" ] || NOT_RUN='its clock is not driven here'
	fake_clock '2024-05-05 05:05:50' 60
	printf '* * * * * root %s\n' "$(stamp often)" | put_system
	start start
	must_wait 10 stamped often
	kill -STOP "$CROND_PID"
	nap 7.4
	: >"$OUT/often"
	kill -CONT "$CROND_PID"
	nap .5
	NOT_RUN=
	column runs "$(wc -l <"$OUT/often")" \
	    "$([ "$(wc -l <"$OUT/often")" -le 2 ] || echo bad)"
	attack_ends
	show
	[ "${#BAD[@]}" -eq 0 ] || fail "${BAD[*]}"
	exit 0
}

# ---- one hung run of root's

by_root_hung()
{
	dead_fs "$TREE/home/dead"
	ROOT_MORE="FUSE_DEVICE=$FUSE_DEVICE
	TMPDIR=$TMPDIR
	@reboot root $ATTACK sendfile-file $NOTE
	@reboot root cat $TREE/home/dead/ffile
	* * * * * root yes 0123456789abcde | head -c 1048576; echo that is all"
	kill -STOP "$FUSE_PID"
}

by_root_hung_minute()
{
	local n=0

	if wait_for 10 have_mail '^that is all$'; then
		n=$(grep -cx 0123456789abcde "$LETTER")
	fi
	column mebibyte "$n" "$([ "$n" -eq 65536 ] || echo bad)"
}

# ----

PERSONALITY=${PERSONALITIES:-debian}
PERSONALITY=${PERSONALITY%% *}
walls_tree
if [ "$WALLS_ONE" = everything ]; then
	everything
else
	play "$WALLS_ONE"
fi
[ "${#BAD[@]}" -eq 0 ] || fail "${BAD[*]}"
