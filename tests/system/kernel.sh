#!/bin/bash
# The daemon on Debian's own kernel (6.1 in Debian 12), which does not tell how a
# process has ended that is no child: end-to-end tests as they are, a while of
# tests/faults/stress.sh, what is that kernel's alone, and Debian's unit where the
# kernel kills for want of memory, in a virtual machine (see boot-qemu). Run by
# `make check-system`: it wants root, qemu, a network the first time, and takes half
# an hour, so it is no part of `make check`.
#
# usage: kernel.sh [CACHE-DIRECTORY [PART...]]
# The image is kept in CACHE-DIRECTORY; a part is a script of tests/e2e by its name,
# "stress", or "kernel" and "oom", what kernel-guest.sh has of its own; without any,
# all.
# CASES and PERSONALITIES are as for e2e tests.
set -eu -o pipefail
. "$(dirname "$0")/vm-lib.sh"

vm_begin vm "${1:-}"
[ $# -eq 0 ] || shift
mkdir "$work/tests"
cp -r "$here/../e2e" "$here/../faults" "$work/tests/"
cp "$here"/kernel.sh "$here"/kernel-*.sh "$here/guest-lib.sh" \
    "$here/../../contrib/pkg/debian/cron.service" "$work/"

"${CC:-cc}" -D_GNU_SOURCE -shared -fPIC -O1 -Wl,-soname,libnss_slow.so.2 \
    -o "$work/libnss_slow.so.2" "$here/../lib/nss_slow.c"

BOOT_TIMEOUT=${BOOT_TIMEOUT:-5400} boot "
    CASES='${CASES:-}' PERSONALITIES='${PERSONALITIES:-}' \
    ROUNDS='${ROUNDS:-30}' NSS_SLOW=/io/libnss_slow.so.2 bash /io/kernel-guest.sh $*"
