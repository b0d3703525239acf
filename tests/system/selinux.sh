#!/bin/bash
# A daemon that was built --with-selinux on Debian's kernel and policy, permissive
# and enforcing, in a virtual machine (see boot-selinux): `make check-selinux`. It
# wants root, qemu, a network the first time, and takes a quarter of an hour.
#
# usage: selinux.sh [CACHE-DIRECTORY [CASE...]]
# The image is kept in CACHE-DIRECTORY; cases are selinux-guest.sh's functions;
# without any, all.
set -eu -o pipefail
BOOT=boot-selinux
export BOOT_TIMEOUT="${BOOT_TIMEOUT:-1800}"
. "$(dirname "$0")/vm-lib.sh"

[ -e "$here/../../contrib/selinux/evcron.te" ] || skip "no policy module"
vm_begin selinux "${1:-}"
[ $# -eq 0 ] || shift
"$CROND" --version | grep 'with.*SELinux' >/dev/null || skip "built without SELinux"
cp "$abs_top_builddir/crontab" "$here/selinux-guest.sh" "$here/guest-lib.sh" \
    "$here"/../../contrib/pkg/{debian/cron.{pam,service},rpm/service.in} "$work/"

boot "bash /io/selinux-guest.sh $*"
