#!/bin/bash
# The floors are held by this test, not by memory: core is pure, only the daemon
# floor knows the loop, includes only go down.
set -eu -o pipefail
: "${srcdir:=.}" "${abs_top_builddir:=$PWD}"
failed=0
mapfile -t files < <(find "$srcdir/src" -name '*.[ch]' | sort)

complain()
{
	echo "floors: $*"
	failed=1
}

# What core may not call. Names as nm shows them; a sanitizer's or a fortified
# build's own symbols (__asan_*, __printf_chk) don't hide them.
forbidden='open|open64|openat|openat64|creat|fopen|fopen64|fdopen|read|write'
forbidden+='|close|pipe|pipe2|socket|connect|stat|fstat|lstat|fstatat|statx'
forbidden+='|stat64|fstat64|lstat64|fstatat64|opendir|readdir|unlink|rename'
forbidden+='|fork|vfork|execve|execl|execv|posix_spawn|system|popen|kill|wait4'
forbidden+='|waitpid|waitid|signal|sigaction|sigprocmask|exit|_exit|getpid'
forbidden+='|time|clock|clock_gettime|gettimeofday|localtime|localtime_r|mktime'
forbidden+='|gmtime|gmtime_r|tzset|strftime|sleep|nanosleep|usleep'
forbidden+='|random|rand|srand|getrandom|arc4random'
forbidden+='|getpwnam|getpwnam_r|getpwuid|getpwuid_r|getgrnam|getgrnam_r'
forbidden+='|initgroups|getgrouplist|setuid|setgid|getuid|geteuid|gethostname'
forbidden+='|syslog|vsyslog|openlog|closelog|printf|fprintf|puts|perror|stderr'
forbidden+='|stdout|__printf_chk|__fprintf_chk|__vsyslog_chk|__syslog_chk|err|warn'
forbidden+='|getenv|secure_getenv|setenv|unsetenv|putenv|environ|setlocale'
forbidden+='|nl_langinfo|ev_[a-z0-9_]*'

undefined() # LIBRARY: what it wants from outside itself, "name object"
{
	nm -A "$1" 2>/dev/null | awk '
		$(NF - 1) == "U" {
			name = $NF
			sub(/@.*/, "", name)
			object = $1
			sub(/:[^:]*$/, "", object)
			print name, object
		}'
}

core=$abs_top_builddir/libcore.a
if [ ! -r "$core" ]; then
	complain "there is no $core"
else
	[ -n "$(undefined "$core")" ] || complain "nm shows nothing for $core"
	while read -r name object; do
		complain "core calls $name ($object)"
	done < <(undefined "$core" | grep -E "^($forbidden) " | sort -u)
fi
sys=$abs_top_builddir/libsys.a
if [ -r "$sys" ]; then
	while read -r name object; do
		complain "sys calls $name ($object)"
	done < <(undefined "$sys" | grep -E '^ev_' | sort -u)
fi

# Who may include whom: the table of src/README. A file's folder is core, sys,
# tools, or its wing of the daemon.
upwards() # FILE...: each include that the table does not have
{
	awk '
	function folder(path,    part) {
		split(path, part, "/")
		return part[1] == "daemon" ? "daemon/" part[2] : part[1]
	}
	function allowed(from, to,    wing) {
		wing = to
		sub(/^daemon\//, "", wing)
		return from == to || index(may[from], " " wing " ") ||
		    (wing != to && index(may[from], " daemon "))
	}
	FILENAME == ARGV[1] {
		if (/^Folders, / || /^The model/)
			table = /^Folders, /
		else if (table && /^\t[a-z\/]+\t+[a-z -]+$/) {
			from = $1
			$1 = ""
			may[from] = $0 " "
		}
		next
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		from = FILENAME
		sub(/^.*\/src\//, "", from)
		from = folder(from)
		split($0, part, "\"")
		to = folder(part[2])
		if (!(from in may))
			print "src/README does not have " from
		else if (!allowed(from, to))
			print FILENAME ":" FNR ": " from " includes \"" to "\""
	}' "$@" | sort -u
}

where=$(upwards "$srcdir/src/README" "${files[@]}")
[ -z "$where" ] || complain "$where"

# No circles: a .c and its header are one room, which may not lead back to
# itself. A main file is a room of its own: what a program's rooms share is in
# the header of its name.
rooms()
{
	awk -v top="$srcdir/src/" -v mains="$(grep -lE '^main\(' "${files[@]}")" '
	BEGIN {
		count = split(mains, list, "\n")
		for (i = 1; i <= count; i++) {
			is_main[list[i]] = 1
			sub(/\.c$/, ".h", list[i])
			is_main[list[i]] = 1
		}
	}
	match($0, /^[ \t]*#[ \t]*include[ \t]*"[^"]+"/) {
		from = substr(FILENAME, length(top) + 1)
		split($0, quoted, "\"")
		to = quoted[2]
		if (!is_main[FILENAME])
			sub(/\.[ch]$/, "", from)
		if (!is_main[top to])
			sub(/\.h$/, "", to)
		if (is_main[top to] && FILENAME !~ /\.c$/)
			next
		if (from != to && !is_main[top to])
			print from, to
	}' "${files[@]}" |
	    grep -v '^daemon/collectors/collector daemon/collectors/collectors$'
}
circles=$(rooms | tsort 2>&1 >/dev/null | sed -n 's,^tsort: ,,p' || true)
[ -z "$circles" ] || complain "rooms in a circle:" $circles

while IFS=: read -r file line _; do
	case $file in
	"$srcdir"/src/daemon/*) ;;
	*) complain "$file:$line: <ev.h> outside of the daemon floor" ;;
	esac
done < <(grep -nHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"](ev|event)\.h' \
    "${files[@]}" || true)

# Each .c has a header of its own name (main files have none to give).
for c in "${files[@]}"; do
	case $c in
	"$srcdir"/src/core/*.c | "$srcdir"/src/sys/*.c) ;;
	*)	continue ;;
	esac
	[ -e "${c%.c}.h" ] || case ${c##*/} in
	*_*) ;; # one of several files for one header, chosen by the build
	*) complain "$c has no header" ;;
	esac
done

# No #if inside a function: what differs is a file of its own.
while read -r where; do
	complain "$where: #if inside a function"
done < <(awk '
	FNR == 1 { inside = 0 }
	/^\{/ { inside = 1 }
	/^\}/ { inside = 0 }
	inside && /^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else)/ {
		print FILENAME ":" FNR
	}' "${files[@]}")

exit "$failed"
