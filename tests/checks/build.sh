#!/bin/bash
# What is in the tree is built, tested and in the tarball: Makefile.am names it.
set -eu -o pipefail
: "${srcdir:=.}"

cd "$srcdir"
failed=0
while read -r f; do
	if ! grep -qF "${f#./}" Makefile.am; then
		echo "build: Makefile.am does not know ${f#./}"
		failed=1
	fi
done < <(find src tests -name '*.[ch]' -o -name '*.sh' -o -name '*.py')
exit "$failed"
