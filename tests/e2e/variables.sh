#!/bin/bash
# What each variable is to a job, row by row: from the table, from the daemon's
# own environment, or made by cron.
. "$(dirname "$0")/lib.sh"
need_root
make_tree

ROWS=()

# row NAME SETTINGS DEBIAN CRONIE: what a job of alice has there, "-" for unset.
# SETTINGS stand above it, parted by ';'.
row()
{
	local want=$4 name=$1 n=${#ROWS[@]}

	! is debian || want=$3
	{
		tr ';' '\n' <<<"$2"
		echo "@reboot alice (printenv $name || echo -) >$OUT/row$n.new; mv $OUT/row$n.new $OUT/row$n"
	} | put_dropin "row$n"
	ROWS+=("$name with <$2>|$want")
}

check_rows()
{
	local n

	for n in "${!ROWS[@]}"; do
		wait_file "$OUT/row$n"
		same "${ROWS[n]%|*}" "$(<"$OUT/row$n")" "${ROWS[n]##*|}"
	done
	ROWS=()
}

home_of() # USER
{
	getent passwd "$1" | cut -d: -f6
}

values()
{
	local home v

	home=$(home_of alice)
	CROND_ENV=(LANG=C.UTF-8 LANGUAGE=de LC_TIME=C LC_ALL=C MAILFROM=post
	    RANDOM_DELAY=0 OTHER=x EDITOR=ed)
	row SHELL '' /bin/sh /bin/sh
	row SHELL SHELL=/bin/bash /bin/bash /bin/bash
	row HOME '' "$home" "$home"
	row HOME HOME=/tmp /tmp /tmp
	row PWD HOME=/tmp /tmp /tmp
	row PATH '' /usr/bin:/bin /usr/bin:/bin:/usr/sbin:/sbin
	row PATH PATH=/bin:/usr/bin:/x /bin:/usr/bin:/x /bin:/usr/bin:/x
	row LOGNAME '' alice alice
	row LOGNAME LOGNAME=root alice alice
	row USER '' - alice
	row USER USER=root root alice
	row CRON_TZ CRON_TZ=Asia/Tokyo Asia/Tokyo Asia/Tokyo
	row TZ CRON_TZ=Asia/Tokyo - -
	row TZ TZ=Asia/Tokyo Asia/Tokyo Asia/Tokyo
	row MAILTO MAILTO=bob bob bob
	row MAILFROM '' - post
	row MAILFROM MAILFROM=me me me
	row RANDOM_DELAY '' - 0
	row RANDOM_DELAY RANDOM_DELAY=7 7 7
	row LANG '' - C.UTF-8
	row LANG LANG=de_DE de_DE de_DE
	row LANGUAGE '' - de
	row LC_TIME '' - C
	row LC_ALL '' - C
	row OTHER '' - -
	row EDITOR '' - -
	for v in CONTENT_TYPE CONTENT_TRANSFER_ENCODING MLS_LEVEL \
	    XDG_SESSION_CLASS NO_MAIL_OUTPUT START_HOURS_RANGE \
	    CRON_CORRECT_MAIL_HEADER; do
		row "$v" '' - -
		row "$v" "$v=plain" plain plain
	done
	row TWICE 'TWICE=a;TWICE=b' b b
	row EMPTY 'EMPTY=""' '' ''
	start_crond
	check_rows
	CROND_ENV=()
}

# A setting counts for the entries below it.
below()
{
	{
		echo "@reboot alice echo \"\${A:-unset}\" >$OUT/first"
		echo A=one
		echo "@reboot alice echo \"\$A\" >$OUT/second"
		echo A=two
		echo "@reboot alice echo \"\$A\" >$OUT/third; : >$OUT/last"
	} | put_dropin below
	start_crond
	wait_file "$OUT/last"
	must_wait 20 test -s "$OUT/first"
	must_wait 20 test -s "$OUT/second"
	same first "$(<"$OUT/first")" unset
	same second "$(<"$OUT/second")" one
	same third "$(<"$OUT/third")" two
}

# A job has these and no others (PWD is the shell's own).
all()
{
	local want="HOME LOGNAME PATH PWD SHELL "

	is debian || want="HOME LOGNAME PATH PWD SHELL USER "
	echo "@reboot alice env | cut -d= -f1 >$OUT/new; mv $OUT/new $OUT/names" |
	    put_dropin all
	CROND_ENV=(-u LANG -u LC_ALL -u LANGUAGE -u LC_CTYPE)
	start_crond
	CROND_ENV=()
	wait_file "$OUT/names"
	same names "$(grep -v '^_$' "$OUT/names" | sort | tr '\n' ' ')" "$want"
}

no_home()
{
	{
		echo HOME=/nowhere
		echo "@reboot alice pwd >$OUT/new; mv $OUT/new $OUT/homeless"
	} | put_dropin homeless
	echo "@reboot alice : >$OUT/other" | put_dropin other
	start_crond
	wait_file "$OUT/other"
	if is debian; then
		wait_file "$OUT/homeless"
		case $(<"$OUT/homeless") in
		*/var/spool/cron) ;;
		*)	fail "without a home: $(<"$OUT/homeless")" ;;
		esac
	else
		wait_log 'ERROR chdir failed \(/nowhere\)'
		[ ! -e "$OUT/homeless" ] || fail "it ran"
	fi
}

each_personality values below all no_home
