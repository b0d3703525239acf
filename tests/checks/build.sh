#!/bin/bash
# What is in the tree is built, tested and in the tarball: Makefile.am or one of
# its fragments names it.
set -eu -o pipefail
: "${srcdir:=.}"

cd "$srcdir"
failed=0
mapfile -t fragments < <(find Makefile.am src tests -name Makefile.am -o -name local.mk)
while read -r f; do
	if ! grep -qF "${f#./}" "${fragments[@]}"; then
		echo "build: no Makefile.am or local.mk knows ${f#./}"
		failed=1
	fi
done < <(find src tests -name '*.[ch]' -o -name '*.sh' -o -name '*.py')
exit "$failed"
