#!/bin/bash
# The walls of src/SECURITY.md: which calls stand in crond's rooms that may wait
# for an ordinary user. Each has a line below that says why it does not, or that
# it is a known hole, or the check fails; so does a line without a call. And each
# child that does not exec closes what it has not been given.
set -eu -o pipefail
: "${srcdir:=.}"

cd "$srcdir"
failed=0
complain()
{
	echo "walls: $*"
	failed=1
}

# Calls that take locks which a user can hold, whatever O_NONBLOCK says, that
# change or list directories, open paths, or wait.
calls='splice|tee|vmsplice|sendfile|copy_file_range|FIONREAD|F_SETPIPE_SZ'
calls+='|F_GETPIPE_SZ|lseek|SCM_RIGHTS|recvmsg|flock|F_SETLKW?|F_OFD_SETLKW?'
calls+='|rename|renameat|renameat2|rename_exchange|rename_noreplace|mkdir|mkdirat'
calls+='|mkdirs|mkdirs_own|mkfifo|mkfifoat|mknod|mknodat|symlink|symlinkat|link'
calls+='|linkat|rmdir|opendir|fdopendir|scandir|nftw|glob|sleep|usleep|nanosleep'
calls+='|system|popen|syslog|getpwnam|getpwuid|getgrnam|initgroups|getgrouplist'
calls+='|wait|waitpid|fork|vfork|open|openat|fopen|creat'

# FILE CALL WHY: under src/, "wing/*" for all files of a folder. The first word of
# WHY:
#	own	root's file or directory, closed to users
#	root	root's path that users can read: plain reading, no lock is needed
#		from who only reads, and nobody else writes there
#	start	before the loop, or at the end: jobs are not held up by it
#	child	in a child, which may wait
#	fresh	nobody else has that object yet
#	words	of a socket pair whose other end is our own program
#	hole	known: it may wait for a user
allowed='
daemon/base/loop.c nanosleep start: no descriptor left, a moment
daemon/collectors/collector_start.c mkdirs_own own: below /run/evcron
daemon/collectors/collector_start.c openat own: locks below /run/evcron/collect
daemon/collectors/collector_start.c opendir own: /run/evcron/collect
daemon/collectors/outbox_scan.c openat child
daemon/collectors/outbox_scan.c fdopendir child
daemon/collectors/outbox_scan.c opendir child
daemon/collectors/outbox_scan.c getpwuid child
daemon/collectors/outbox_scan.c fork child: starts it
daemon/handover/handover.c nanosleep start: for the locks of a crond that ends
daemon/handover/handover.c mkdirs_own start
daemon/life/daemonize.c waitpid start: of the parent that ends
daemon/life/daemonize.c fork start: becomes the daemon
daemon/life/daemonize.c open start: /dev/null
daemon/life/main.c getpwuid start: of an ordinary user'"'"'s crond
daemon/life/startup.c mkdirs start
daemon/life/startup.c getgrnam start
daemon/life/startup.c open start: the mark of @reboot
daemon/tables/table_reader.c open child: but for /proc/PID/stat of it
daemon/tables/table_reader.c fork child: starts it
daemon/users/userdb_ask.c fork child: starts it
daemon/tables/table_reader.c /proc/PID own: stat of our own child, no mmap_lock
sys/cluster.c open own: in the spool; else the reader child
sys/fd.c open start: /dev/null
sys/files/lock.c open start
sys/files/lock.c flock start: LOCK_NB
sys/files/lock.c rename_exchange start: of crond.pid where a user has locked it
sys/files/lock.c nanosleep start
sys/files/lock_owner.c open start: fdinfo by name, status
sys/files/lock_owner.c /proc/PID start: fd names, fdinfo, status: no mmap_lock
sys/files/lock_owner.c opendir start: /proc
sys/files/mbox.c getpwnam child: the collector'"'"'s, for a mailbox
sys/files/mbox.c getgrnam child
sys/files/mbox.c open child
sys/files/mbox.c F_SETLK child
sys/files/mbox.c nanosleep child
sys/files/mbox_lock_own.c open child
sys/files/mbox_lock_own.c nanosleep child
sys/files/mounts.c lseek own: mountinfo, our own description
sys/files/mounts.c open start: mountinfo
sys/files/outbox.c mkdir own: /var/spool/evcron
sys/files/outbox.c open own
sys/files/outbox.c openat own
sys/files/outbox.c renameat own
sys/files/outbox.c fdopendir own
sys/files/record_lock.c F_SETLK own: /run/evcron; does not wait
sys/files/record_lock.c open own
sys/files/run_files.c open own: /run/evcron/runs
sys/files/run_files.c mkdirs_own own
sys/files/run_files.c openat own
sys/files/run_files.c renameat own
sys/files/run_files.c mkfifoat own
sys/files/run_files.c fdopendir own
sys/files/spool.c opendir own: a closed spool; else the reader child
sys/files/spool.c openat own: a closed spool, no link; else the reader child
sys/files/spool.c lseek own: a description of our own
sys/files/table_store.c open own: /run/evcron/tables
sys/files/table_store.c openat own
sys/files/table_store.c fdopendir own
sys/files/table_store.c mkdirs own
sys/files/table_store.c renameat own
sys/host.c open start: machine-id, boot_id
sys/jobpipe.c open fresh: the end of a pipe that was just made
sys/log/logstream.c open start: standard output
sys/memory_file.c open fresh
sys/memory_file.c lseek fresh
sys/mkdirs.c mkdir own: the callers stand above
sys/mkdirs.c mkdirs own
sys/mkdirs.c mkdirs_own own
sys/reexec.c opendir own: /proc/self/fd
sys/reexec.c open child: /dev/null
sys/reexec.c fork child: starts the question of an upgrade, --drain
sys/rename.c rename_exchange start: of lock.c
sys/rename.c rename_noreplace own: of the tools
sys/seqpacket.c SCM_RIGHTS words: sends; the collector receives
sys/seqpacket.c recvmsg words: crond receives bytes from a collector, no rights
sys/spawn/logind_fifo.c opendir start: /run/systemd/sessions; /proc/self/fd
sys/spawn/logind_fifo.c openat root: FIFOs in /run/systemd/sessions, 0600
sys/spawn/pam_closer.c fork child: starts it
sys/spawn/spawn.c open child: the FIFO, /dev/null; /proc/PID/stat
sys/spawn/spawn.c nanosleep child
sys/spawn/spawn.c vfork child: jobs of our own uid alone
sys/spawn/spawn.c fork child: starts it
sys/spawn/spawn.c /proc/PID root: stat alone: no mmap_lock
sys/spawn/spawn_report.c SCM_RIGHTS words: the child before its exec
sys/spawn/spawn_report.c recvmsg words: the child before its exec
sys/spawn/spawn_selinux.c splice child: a mailer'"'"'s
sys/spawn/spawn_selinux.c fork child
sys/spawn/spawn_selinux.c waitpid child
sys/spawn/spawn_selinux.c F_SETPIPE_SZ child
sys/users/access.c open own: of the tools
sys/users/account.c opendir child: of userdb_ask.c
sys/users/account.c fopen root: passwd, group, nsswitch.conf
sys/users/lookup.c getgrouplist child
sys/users/lookup.c fork child: starts it
sys/zoneinfo.c open root: zone files'

# Comments and strings are no calls; paths of /proc are in strings.
# shellcheck disable=SC2016 # awk's
hits=$(find src/daemon src/sys -name '*.c' | sort | xargs awk -v calls="$calls" '
function found(call)
{
	if (!((FILENAME, call) in seen))
		print substr(FILENAME, 5), call
	seen[FILENAME, call] = 1
}
FNR == 1 { comment = 0 }
{
	line = $0
	gsub(/\\"/, "", line)
	if (line ~ /"\/proc\/%[^"]*(cmdline|environ|maps|mem)/)
		found("/proc/PID/memory")
	else if (line ~ /"\/proc\/%/)
		found("/proc/PID")
	gsub(/"[^"]*"/, "\"\"", line)
	if (comment && line !~ /\*\//)
		next
	if (comment)
		sub(/^.*\*\//, "", line)
	comment = 0
	while ((from = index(line, "/*")) > 0) {
		to = index(substr(line, from + 2), "*/")
		comment = to == 0
		line = substr(line, 1, from - 1) \
		    (to > 0 ? substr(line, from + to + 3) : "")
	}
	while (match(line, "(^|[^A-Za-z0-9_.>])(" calls ")([^A-Za-z0-9_]|$)")) {
		call = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH - 1)
		is_call = call ~ /\($/
		gsub(/[^A-Za-z0-9_]/, "", call)
		if (is_call || call ~ /^[A-Z]/)
			found(call)
	}
}')
[ "$(wc -l <<<"$hits")" -gt 30 ] || complain "finds next to nothing"

while read -r file call; do
	why=$(grep -F "$file $call " <<<"$allowed " || true)
	case $why in
	'') complain "src/$file: $call may wait for a user; src/SECURITY.md" ;;
	"$file $call hole:"*) echo "walls: known: $why" ;;
	esac
done <<<"$hits"

# What comes with a wing that is not there has no file either.
while read -r file call _; do
	if [ -z "$file" ] || [ ! -e "src/$file" ]; then
		continue
	fi
	grep -qxF "$file $call" <<<"$hits" ||
	    complain "src/$file: no $call there any longer"
done <<<"$allowed"

# A child of ours that does not exec keeps no descriptor that it was not given:
# crond's locks least of all. daemonize is the daemon itself, spawn.c has
# close_others.
while read -r file; do
	case $file in
	src/daemon/life/daemonize.c) ;;
	src/sys/spawn/spawn.c)
		grep -q 'close_\(all_but\|others\)\|clean_child' "$file" ||
		    complain "$file: a job keeps descriptors"
		;;
	*)
		grep -q 'clean_child(' "$file" ||
		    complain "$file: forks without clean_child"
		;;
	esac
done < <(grep -lE '(^|[^a-z_])v?fork\(\)' -r src/daemon src/sys --include='*.c')

# Until the collectors read what jobs write, crond does.
if [ "$failed" -ne 0 ] && [ -d src/daemon/mail ]; then
	echo "skip: output and mail are still in crond's loop"
	exit 77
fi
exit "$failed"
