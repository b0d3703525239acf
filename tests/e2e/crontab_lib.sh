# shellcheck shell=bash
# What the tests of crontab(1) share, behind lib.sh: the program installed as a
# package would (setgid crontab under Debian, setuid root under the others), the
# tree over the real paths, and alice to run it. Needs root.
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	echo "skip: this is no test but what the tests of crontab share"
	exit 77
fi

need_root
need setpriv
make_tree

# Drafts go to /tmp, which no other test shall share; what is needed of the real
# one is put back below.
own_tmp()
{
	local p

	mount --rbind /tmp /mnt
	mount -t tmpfs -o mode=1777 none /tmp
	for p in "$TREE" "$srcdir" "$abs_top_builddir" "${TEST_NOTES:-}"; do
		case $p in
		/tmp/*)	[ -d "$p" ] || mkdir -p "$p"
			mount --rbind "/mnt${p#/tmp}" "$p" ;;
		esac
	done
}
own_tmp

# A terminal for script(1), then the tree over the real paths.
mkdir -p "$TREE/dev/pts"
mount --bind /dev/pts "$TREE/dev/pts"
: >"$TREE/dev/ptmx"
mount --bind /dev/pts/ptmx "$TREE/dev/ptmx"
chmod 0666 /dev/pts/ptmx
tree_mounts
BIN=$TREE/usr/sbin/crontab
HOME_OF=$TREE/home
ALICE=(setpriv --reuid=70001 --regid=70001 --init-groups env -i
    --default-signal=INT,QUIT,HUP
    "HOME=$HOME_OF/alice" PATH=/usr/bin:/bin)
BOB=(setpriv --reuid=70002 --regid=70002 --init-groups env -i
    --default-signal=INT,QUIT,HUP
    "HOME=$HOME_OF/bob" PATH=/usr/bin:/bin)
ROOT=(env -i "HOME=$TREE/home/root" PATH=/usr/bin:/bin)
mkdir -p "$TREE/home/root"

install_crontab() # with its rights, anew for each case
{
	local p

	p=${CRONTAB:-} # another's, to compare
	[ -n "$p" ] || p=$(find_program "tests/lib/crontab_$PERSONALITY") ||
	    skip "tests/lib/crontab_$PERSONALITY is not built"
	rm -f "$BIN"
	cp "$p" "$BIN"
	if is debian; then
		chown root:crontab "$BIN"
		chmod 2755 "$BIN"
	else
		chmod 4755 "$BIN"
	fi
	rm -f /etc/cron.allow /etc/cron.deny
	# as RHEL's package ships it: without, only root may
	is debian || : >/etc/cron.deny
	rm -rf "$HOME_OF"/*/.cache
	find /tmp -maxdepth 1 -name 'crontab.*' -user alice -exec rm -rf {} +
}

begin()
{
	install_crontab
}

# ct STATUS ARGUMENT...: as alice; what it says is in $TREE/o and $TREE/e
ct()
{
	said "$1" "${ALICE[@]}" "${WITH[@]}" "$BIN" "${@:2}"
}

ct_root()
{
	said "$1" "${ROOT[@]}" "${WITH[@]}" "$BIN" "${@:2}"
}
WITH=()

said() # STATUS COMMAND...
{
	local want=$1 status=0

	shift
	timeout --foreground -k 5 $((60 * SPEED)) "$@" >"$TREE/o" 2>"$TREE/e" ||
	    status=$?
	[ "$status" -eq "$want" ] ||
	    fail "'${*: -4}' ends with $status, not $want: $(cat "$TREE/o" "$TREE/e")"
}

out_is()
{
	printf '%s' "${1:+$1$'\n'}" | cmp -s - "$TREE/o" ||
	    fail "stdout is '$(cat "$TREE/o")', not '$1'"
}

err_is()
{
	printf '%s' "${1:+$1$'\n'}" | cmp -s - "$TREE/e" ||
	    fail "stderr is '$(cat "$TREE/e")', not '$1'"
}

err_has() # REGEX...
{
	local r

	for r; do
		grep -Eq -- "$r" "$TREE/e" ||
		    fail "not said: $r: $(cat "$TREE/e")"
	done
}

err_lacks()
{
	! grep -Eq -- "$1" "$TREE/e" || fail "said: $(cat "$TREE/e")"
}

table_is() # USER TEXT: without the header
{
	local have

	have=$(sed '1,3{/^# /d}' "$SPOOL/$1" 2>/dev/null) || true
	[ "$have" = "$2" ] || fail "$1's table is '$have', not '$2'"
}

no_table()
{
	[ ! -e "$SPOOL/$1" ] || fail "$1 has a table: $(cat "$SPOOL/$1")"
}

# Nothing but tables in the spool.
spool_is_clean()
{
	local f

	f=$(find "$SPOOL" -mindepth 1 -name '*tmp.*')
	[ -z "$f" ] || fail "left in the spool: $f"
}

# An empty log, into which no line of before comes late.
fresh_log()
{
	"${ROOT[@]}" "$BIN" -l >/dev/null 2>&1 || :
	wait_log '\(root\) LIST'
	: >"$LOG"
}

give() # USER: stdin becomes the table, by crontab itself
{
	"${ROOT[@]}" "$BIN" -u "$1" - >/dev/null
}
