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

# A file's floor is its directory: core 0, sys 1, daemon, collector and tools 2.
# Nobody includes the daemon but the daemon, the collector but the collector.
while IFS=: read -r file line text; do
	from=${file#"$srcdir/src/"}
	from=${from%%/*}
	to=${text#*\"}
	to=${to%%/*}
	case $from:$to in
	core:core | sys:core | sys:sys) ;;
	daemon:core | daemon:sys | daemon:daemon) ;;
	collector:core | collector:sys | collector:collector) ;;
	tools:core | tools:sys | tools:tools) ;;
	*) complain "$file:$line: the $from floor includes \"$to/\"" ;;
	esac
done < <(grep -nH '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' \
    "${files[@]}")

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
