#!/bin/bash
# evcron on other C libraries and machines: built without a warning, and its unit
# tests run there. Run by `make check-portability`: it wants apt-get, a network the
# first time, and some twenty minutes; so it is no part of `make check`.
#
#	gcc, clang	this machine's own library
#	musl		Debian's musl-tools, with libev's source package; and some
#			end-to-end tests
#	i386		a Debian of 32 bits in a chroot, time_t of 64 (root)
#	arm64, s390x	what needs the C library alone (schedules, tables, letters,
#			state files, zones, both oracles), under qemu's user mode;
#			s390x is big-endian. All of it is built
#
# usage: portability.sh [PART...]
# KEEP=1 keeps the scratch directory, and says where it is. A part whose tools are
# missing is skipped, with the reason: contrib/needs portability has them all.
set -u -o pipefail
: "${srcdir:=.}" "${abs_top_builddir:=$PWD}" "${KEEP:=}"

parts=("$@")
[ "$#" -gt 0 ] || parts=(gcc clang musl i386 arm64 s390x)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/evcron-check/portability
mkdir -p "$cache"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/evcron-portability.XXXXXX")
chmod 0755 "$scratch"
jobs=$(nproc)
passed=0 failed=0 skipped=0
# Of the unit tests' programs, what links no more than the C library.
core=(fires_oracle reference simulation zoneinfo run_files table_store spawn_report
    logstream)

finish()
{
	if [ -n "$KEEP" ]; then
		echo "kept: $scratch"
	else
		rm -rf --one-file-system "$scratch"
	fi
	echo "portability: $passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
	exit
}
trap finish EXIT

say()
{
	echo "$*"
	case $1 in
	PASS:) passed=$((passed + 1)) ;;
	FAIL:) failed=$((failed + 1)) ;;
	SKIP:) skipped=$((skipped + 1)) ;;
	esac
}

# step NAME COMMAND...: its output is shown if it fails
step()
{
	local name=$1

	shift
	if "$@" >"$scratch/log" 2>&1 </dev/null; then
		say PASS: "$name"
		return
	fi
	tail -n 60 "$scratch/log"
	say FAIL: "$name"
	return 1
}

has() # PART PROGRAM...
{
	local part=$1 p

	shift
	for p; do
		command -v "$p" >/dev/null && continue
		say SKIP: "$part: $p is not installed"
		return 1
	done
}

# Automake's totals become ours.
take_totals() # NAME: of the log
{
	local word n

	for word in PASS FAIL ERROR SKIP; do
		n=$(sed -n "s/^# $word: *\([0-9]*\)\$/\1/p" "$scratch/log" |
		    tail -n 1)
		case $word in
		PASS)	passed=$((passed + ${n:-0}))
			echo "$1: ${n:-no} tests passed" ;;
		SKIP)	skipped=$((skipped + ${n:-0})) ;;
		*)	failed=$((failed + ${n:-0})) ;;
		esac
	done
	grep -E '^(SKIP|FAIL|ERROR):' "$scratch/log"
	grep -q '^# PASS: *[1-9]' "$scratch/log" || say FAIL: "$1: no test ran"
}

# tests NAME DIRECTORY [MAKE ARGUMENT...]
tests()
{
	local name=$1 dir=$2

	shift 2
	make -C "$dir" -k "$@" >"$scratch/log" 2>&1 </dev/null ||
	    tail -n 100 "$dir/test-suite.log" 2>/dev/null
	take_totals "$name"
}

# ---- sources

own_source()
{
	make -C "$abs_top_builddir" distdir distdir="$scratch/src" &&
	    [ -x "$scratch/src/configure" ]
}

# Debian's own source packages, by lists of our own: the machine's may have none.
debian_sources()
{
	local list=$cache/sources.list.d f
	local -a apt

	rm -rf "$list"
	mkdir -p "$list" "$cache/lists/partial" "$cache/sources"
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
		[ ! -s "$f" ] || sed -e 's/^Types:.*/Types: deb-src/' \
		    -e 's/^deb /deb-src /' "$f" >"$list/${f##*/}"
	done
	apt=(apt-get -q -o Dir::Etc::sourcelist=/dev/null
	    -o "Dir::Etc::sourceparts=$list" -o "Dir::State::lists=$cache/lists"
	    -o APT::Sandbox::User=)
	for f in libev cmocka; do
		compgen -G "$cache/sources/$f-*/" >/dev/null && continue
		"${apt[@]}" update && cd "$cache/sources" &&
		    "${apt[@]}" source "$f" || return
	done
}

need_sources() # PART
{
	has "$1" apt-get dpkg-source || return
	compgen -G "$cache/sources/libev-*/" >/dev/null &&
	    compgen -G "$cache/sources/cmocka-*/" >/dev/null && return
	step "source packages" debian_sources
}

# libev and cmocka by another compiler, into the part's own directory.
libraries() # PART CC HOST
{
	local to=$scratch/$1 ev cmocka

	ev=$(echo "$cache"/sources/libev-*/) cmocka=$(echo "$cache"/sources/cmocka-*/)
	mkdir -p "$to/ev" "$to/include/sys" && cd "$to/ev" &&
	    "$ev/configure" CC="$2" --host="$3" --disable-shared \
		--prefix="$to" && make -j "$jobs" install &&
	    $2 -O1 -D_GNU_SOURCE -DHAVE_CLOCK_REALTIME=1 -DHAVE_STRSIGNAL=1 \
		-DHAVE_STRUCT_TIMESPEC=1 -DHAVE_SIGNAL_H=1 -DHAVE_SIGLONGJMP=1 \
		-I"$cmocka/include" -c -o "$to/cmocka.o" "$cmocka/src/cmocka.c" &&
	    cp "$cmocka"/include/*.h "$to/include/"
}

# Without what is optional: no other library is there for that compiler.
build_with() # PART CC HOST
{
	local to=$scratch/$1

	libraries "$@" && mkdir "$to/b" && cd "$to/b" &&
	    "$scratch/src/configure" CC="$2" --host="$3" --enable-werror \
		--without-pam --without-liblockfile \
		CPPFLAGS="-isystem $to/include" LDFLAGS="-L$to/lib" \
		CMOCKA_CFLAGS="-isystem $to/include" \
		CMOCKA_LIBS="$to/cmocka.o" &&
	    make -j "$jobs" -k all && make -j "$jobs" -k check TESTS=
}

# ---- the parts

native() # CC
{
	has "$1" "$1" || return
	built()
	{
		mkdir "$scratch/$1" && cd "$scratch/$1" &&
		    "$scratch/src/configure" --enable-werror CC="$1" &&
		    make -j "$jobs" -k all
	}
	step "build with $1" built "$1" || return
	tests "$1" "$scratch/$1" -j "$jobs" check-unit
}

musl()
{
	has musl musl-gcc && need_sources musl || return
	# What musl leaves to others: the kernel's headers, BSD's lists.
	local include=$scratch/musl/include kernel

	kernel=/usr/include/$(gcc -print-multiarch)
	mkdir -p "$include/sys"
	ln -s "$kernel/asm" /usr/include/asm-generic /usr/include/linux "$include"
	ln -s "$kernel/sys/queue.h" "$include/sys"
	step "build with musl" build_with musl musl-gcc \
	    "$(uname -m)-linux-musl" || return
	tests musl "$scratch/musl/b" -j "$jobs" check-unit
	# No case with a clock of its own: faketime is for the other library.
	tests "musl, end to end" "$scratch/musl/b" check SPEED=3 \
	    TESTS='tests/e2e/basics.sh tests/e2e/user.sh'
	tests "musl, in a container" "$scratch/musl/b" check SPEED=3 \
	    CASES='first environment reaps killed not_first user boots' \
	    TESTS=tests/e2e/container.sh
}

# A root of that system, made once; the build is in a copy of it.
i386_root()
{
	local root=$cache/i386 wanted

	wanted=gcc,make,libc6-dev,libev-dev,libcmocka-dev,pkg-config
	wanted+=,libpam0g-dev,liblockfile-dev,tzdata
	[ ! -e "$root/made" ] || return 0
	rm -rf --one-file-system "$root"
	debootstrap --arch=i386 --variant=minbase --include="$wanted" \
	    "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$root" &&
	    : >"$root/made"
}

i386()
{
	local root=$scratch/i386

	has i386 debootstrap unshare chroot || return
	[ "$(id -u)" -eq 0 ] || { say SKIP: "i386: needs root"; return; }
	[ "$(uname -m)" = x86_64 ] ||
	    { say SKIP: "i386: this machine can't run it"; return; }
	step "a Debian of 32 bits" i386_root || return
	in_root()
	{
		unshare -m -p -f --propagation private sh -c \
		    'mount -t proc proc "$0/proc" &&
		    mount --bind /dev "$0/dev" &&
		    exec chroot "$0" sh -c "$1"' "$root" "$1"
	}
	built()
	{
		cp -a "$cache/i386" "$root" && cp -a "$scratch/src" "$root/src" &&
		    in_root "mkdir /b && cd /b && ../src/configure \
			--enable-werror && make -j $jobs -k all &&
			grep -q 'D_TIME_BITS=64' Makefile"
	}
	step "build with 32 bits" built || return
	in_root "make -C /b -j $jobs -k check-unit" >"$scratch/log" 2>&1 ||
	    tail -n 100 "$root/b/test-suite.log"
	take_totals i386
}

# Those of the programs that link libcore.a alone, and the list above.
core_tests()
{
	sed -n 's/^tests_unit_test_\(.*\)_LDADD = libcore.a .*/\1/p' \
	    "$scratch/src/tests/local.mk"
	printf '%s\n' "${core[@]}"
}

emulated() # PART QEMU TRIPLET
{
	local t status

	has "$1" "$2" "$3-gcc" && need_sources "$1" || return
	step "build for $1" build_with "$1" "$3-gcc" "$3" || return
	export srcdir=$scratch/src
	for t in $(core_tests); do
		status=0
		(cd "$scratch/$1/b" && exec timeout -k 10 1800 "$2" \
		    -L "/usr/$3" "tests/unit/test_$t") >"$scratch/log" 2>&1 ||
		    status=$?
		[ "$status" -eq 0 ] || tail -n 40 "$scratch/log"
		case $status in
		0) say PASS: "$1: test_$t" ;;
		77) say SKIP: "$1: test_$t" ;;
		*) say FAIL: "$1: test_$t: status $status" ;;
		esac
	done
}

step "copy of the source" own_source || exit
for part in "${parts[@]}"; do
	case $part in
	gcc | clang) native "$part" ;;
	musl | i386) "$part" ;;
	arm64) emulated arm64 qemu-aarch64-static aarch64-linux-gnu ;;
	s390x) emulated s390x qemu-s390x-static s390x-linux-gnu ;;
	*) say FAIL: "no such part: $part" ;;
	esac
done
