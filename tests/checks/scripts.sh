#!/bin/bash
# Shell scripts that nobody runs by the way are read: each by the shell that its
# first line names, those of packages, inits and of their tests by shellcheck.
set -eu -o pipefail
: "${srcdir:=.}"

cd "$srcdir"
failed=0 read=0
while read -r f; do
	case $(head -n 1 "$f" | tr -d '\0') in
	'#!/bin/bash'*) shell=bash ;;
	'#!/bin/sh'*) shell=sh ;;
	*)	continue ;;
	esac
	read=$((read + 1))
	"$shell" -n "$f" || { echo "scripts: $f"; failed=1; }
done < <(find contrib .ci tests -type f -not -path '*/corpus/*' \
    -not -path '*/data/*')
# grep -q ends when it has found something; what writes into the pipe may then end
# by SIGPIPE, and pipefail makes "found" a failure, sometimes.
if grep -rnE '(^|[^|])[|] *grep( -[a-zA-Z-]+)* -[a-zA-Z]*q' tests --include='*.sh'; then
	echo "scripts: a pipe into grep -q; >/dev/null reads it all"
	failed=1
fi
[ "$read" -ge 20 ] || { echo "scripts: only $read were found"; failed=1; }
[ "$failed" -eq 0 ] || exit 1

command -v shellcheck >/dev/null || {
	echo "skip: shellcheck is not installed; sh -n found no fault"
	exit 77
}
shellcheck -S warning contrib/deb contrib/pkg/debian/{preinst,postinst,prerm,postrm} \
    contrib/pkg/debian/{boot,cron}.init contrib/pkg/debian/tests/{jobs,tables} \
    contrib/pkg/rpm/{build,run-crons,service.in} contrib/pkg/sysv/crond \
    contrib/pkg/runit/crond/run \
    tests/tools.sh tests/system/{boot-nspawn,debian.sh,debian-guest.sh,guest-lib.sh} \
    tests/system/{tools-guest.sh,debian/*.sh,rpm.sh,rpm-guest.sh,rpm/*.sh} \
    tests/system/inits.sh
