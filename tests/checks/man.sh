#!/bin/bash
# The pages are clean mdoc, and tell the same options as the programs' --help.
set -eu -o pipefail
: "${srcdir:=.}" "${abs_top_builddir:=$PWD}"
failed=0

complain()
{
	echo "man: $*"
	failed=1
}

program() # NAME...: the first that was built
{
	local p

	for p; do
		if [ -x "$abs_top_builddir/$p" ]; then
			echo "$abs_top_builddir/$p"
			return
		fi
	done
	complain "not built: $*" >&2
	return 1
}

# Options of a page: "-x" and "--long" from the tags of its lists. -O tells
# short and long ones apart; mdoc's "Fl -long" is a long one.
page_options() # PAGE
{
	sed -n 's/^\.It //p' "$1" | grep -oE 'Fl (-?[A-Za-z][A-Za-z-]*)' |
	    sed 's/^Fl /-/' | sort -u
}

# What the incumbents know and the help need not recommend.
tacit='-n -x -h --usage'

help_options() # PROGRAM ARGUMENT...
{
	"$@" 2>&1 | sed -n 's/^ \{1,8\}\(-.*\)/\1/p' |
	    sed 's/  .*//' | grep -oE '(^|[ ,])-(-[a-z][a-z-]*|[A-Za-z])' |
	    tr -d ' ,' | sort -u
}

among() # WORD WORDS...; a pipe into grep -q would end whoever writes on
{
	local w word=$1

	shift
	for w; do
		[ "$w" != "$word" ] || return 0
	done
	return 1
}

agree() # PAGE PROGRAM ARGUMENT...
{
	local page=$1 o
	local -a told known

	shift
	mapfile -t told < <(page_options "$page")
	mapfile -t known < <(help_options "$@")
	[ "${#known[@]}" -gt 3 ] || complain "$1 --help shows no options"
	for o in "${known[@]}"; do
		among "$o" "${told[@]}" ||
		    complain "${page##*/} does not tell of $o"
	done
	for o in "${told[@]}"; do
		among "$o" "${known[@]}" $tacit ||
		    complain "${page##*/} tells of $o, which --help does not know"
	done
}

if crond=$(program crond cron); then
	cp "$srcdir/man/crond.8.in" "${TMPDIR:-/tmp}/crond.8.$$"
	trap 'rm -f "${TMPDIR:-/tmp}/crond.8.$$"' EXIT
	agree "${TMPDIR:-/tmp}/crond.8.$$" "$crond" --help
else
	failed=1
fi
if cronnext=$(program cronnext); then
	agree "$srcdir/man/cronnext.1" "$cronnext" --help
else
	failed=1
fi

# The page as make has filled it in.
for page in "$abs_top_builddir"/man/cron.8 "$abs_top_builddir"/man/crond.8; do
	[ -e "$page" ] || continue
	! grep -n '@DAEMON_' "$page" || complain "$page has names that make left in"
done

if crontab=$(program crontab); then
	agree "$srcdir/man/crontab.1" "$crontab" --personality redhat --help
else
	failed=1
fi

if ! command -v mandoc >/dev/null; then
	[ "$failed" -eq 0 ] || exit 1
	echo "skip: mandoc is not installed"
	exit 77
fi
for page in "$srcdir/man/crond.8.in" "$srcdir/man/crontab.1" \
    "$srcdir/man/crontab.5" "$srcdir/man/cronnext.1"; do
	# The name is put in by make.
	sed -e 's/@DAEMON_NAME@/crond/g;s/@DAEMON_TITLE@/CROND/g' "$page" |
	    mandoc -T lint -W warning || complain "${page##*/} does not pass lint"
done
exit "$failed"
