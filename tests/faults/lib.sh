# shellcheck shell=bash
# What the scripts of this directory share beyond e2e/lib.sh. Source it first.
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
need_root

# measured WORDS...: a figure that the runner shows, also where all is well
measured()
{
	echo "measured: $*"
}

# helper NAME: a program of tests/lib that was built, or builds it by CC
helper()
{
	local p

	if p=$(find_program "tests/lib/$1"); then
		echo "$p"
		return
	fi
	p=$TREE/usr/$1
	[ -x "$p" ] || "${CC:-cc}" -D_GNU_SOURCE -o "$p" \
	    "$srcdir/tests/lib/$1.c"
	echo "$p"
}

# preload NAME: a library of tests/lib, built by CC, for LD_PRELOAD
preload()
{
	local p=$TREE/usr/$1.so

	[ -e "$p" ] || "${CC:-cc}" -D_GNU_SOURCE -shared -fPIC -O1 -o "$p" \
	    "$srcdir/tests/lib/$1.c" -ldl
	echo "$p"
}

alive()
{
	! crond_gone || fail "the daemon ended: $(tail -n 3 "$TREE/stderr")"
}

# The real clock: seconds until the next minute begins, or more than $1.
next_minute() # [SECONDS AT LEAST]
{
	local left=$((60 - 10#$(date +%S)))

	[ "$left" -ge "${1:-0}" ] || left=$((left + 60))
	echo "$left"
}
