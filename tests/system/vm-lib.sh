# shellcheck shell=bash
# What the scripts share that try the daemon in a virtual machine, by BOOT (by
# default boot-qemu): which daemon it is, the image, and what is given to the
# machine. Source it; then vm_begin.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${abs_top_builddir:=$PWD}" "${CROND:=}" "${BOOT:=boot-qemu}"

skip()
{
	echo "skip: $*"
	exit 77
}

# vm_begin IMAGE CACHE-DIRECTORY: the daemon, a syslog, and an image of that name
# in the cache; what is put into the directory $work goes to the machine's /io
vm_begin()
{
	local p

	if [ -z "$CROND" ]; then
		for p in crond cron; do
			[ ! -x "$abs_top_builddir/$p" ] ||
			    CROND=$abs_top_builddir/$p
		done
	fi
	[ -x "$CROND" ] || { echo "no daemon was built" >&2; exit 99; }
	! ldd "$CROND" | grep libasan >/dev/null || skip "the machine has no sanitizers"
	vm=${2:-${XDG_CACHE_HOME:-$HOME/.cache}/evcron-check}/$1
	mkdir -p "$(dirname "$vm")"
	/bin/bash "$here/$BOOT" make "$vm"
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	cp "$CROND" "$work/crond"
	cp "$abs_top_builddir/evcron-collect" "$work/evcron-collect"
	p=$abs_top_builddir/tests/lib/syslog_sink
	if [ -x "$p" ]; then
		cp "$p" "$work/"
	else
		"${CC:-cc}" -D_GNU_SOURCE -o "$work/syslog_sink" \
		    "$here/../lib/syslog_sink.c"
	fi
}

# boot COMMAND: one that was built for a newer libc than the machine's can't be
# tried there
boot()
{
	/bin/bash "$here/$BOOT" run "$vm" "
	    /io/crond --version >/dev/null ||
	    { echo 'skip: it does not run there'; exit 77; }
	    $1" "$work"/*
}
