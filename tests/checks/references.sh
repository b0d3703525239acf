#!/bin/bash
# What comments and pages of the source refer to is there: sections of DESIGN.md
# and COMPAT.md, sections of manual pages, READMEs, files, and the functions that
# src/README names. Nothing outside of the tree is referred to, and no comment
# lists who calls.
set -eu -o pipefail
: "${srcdir:=.}"

cd "$srcdir"
mapfile -t files < <(find src tests contrib .ci -type f -not -path '*/corpus/*' \
    -not -path '*/data/*' | sort)
mapfile -t texts < <(grep -lI '' "${files[@]}" README NEWS man/*.[158]*)

found=$(awk '
function complain(line, what) {
	print "references: " file ":" line ": " what
}

# Headings of a page of the source: the numbers, and the names of those without.
function read_page(page,    line) {
	while ((getline line < ("src/" page)) > 0) {
		if (line !~ /^#+ /)
			continue
		sub(/^#+ /, "", line)
		if (match(line, /^[0-9]+(\.[0-9]+)*/))
			line = substr(line, 1, RLENGTH)
		known[page, line] = 1
	}
}

function read_manual(page, path,    line) {
	while ((getline line < path) > 0)
		if (sub(/^\.S[hs] /, "", line)) {
			gsub(/"/, "", line)
			known[page, line] = 1
		}
	close(path)
}

function read_functions(    line, part, command) {
	command = "grep -HoE \"^[a-z_0-9]+\\(\" -r src --include=\"*.c\""
	while ((command | getline line) > 0) {
		split(line, part, /[:(]/)
		defined[part[2]] = defined[part[2]] " " part[1]
	}
	close(command)
}

function read_files(    line, name) {
	while (("find src tests contrib man -type f" | getline line) > 0) {
		exists[line] = 1
		sub(/^src\//, "", line)
		exists[line] = 1
		sub(/^(daemon|tests)\//, "", line)
		exists[line] = 1
		sub(/^.*\//, "", line)
		exists[line] = 1
	}
}

BEGIN {
	read_page("DESIGN.md")
	read_page("COMPAT.md")
	read_manual("crond(8)", "man/crond.8.in")
	read_manual("cron(8)", "man/crond.8.in")
	read_manual("crontab(1)", "man/crontab.1")
	read_manual("crontab(5)", "man/crontab.5")
	read_manual("cronnext(1)", "man/cronnext.1")
	read_functions()
	read_files()
}

function add_words(text,    part, n, i) {
	n = split(text, part, /[ \t]+/)
	for (i = 1; i <= n; i++)
		if (part[i] != "") {
			word[++words] = part[i]
			at[words] = FNR
		}
}

# A quoted name that begins with word k; more is what stands behind it.
function quoted(k,    name) {
	name = word[k]
	while (name !~ /^".*"/ && k < words && k - from < 12)
		name = name " " word[++k]
	last = k
	more = name
	sub(/^"[^"]*"/, "", more)
	sub(/^"/, "", name)
	sub(/".*$/, "", name)
	return name
}

# Sections that follow word k, the name of a page. How many there are.
function sections(page, k,    n, name) {
	from = k
	for (n = 0; k < words; n++) {
		name = word[k + 1]
		if (match(name, /^[0-9]+(\.[0-9]+)*/)) {
			more = substr(name, RLENGTH + 1)
			name = substr(name, 1, RLENGTH)
			last = k + 1
		} else if (name ~ /^"/) {
			name = quoted(k + 1)
		} else {
			break
		}
		if (!((page, name) in known))
			complain(at[k + 1], page " has no section " name)
		k = last
		if (more != ",")
			return n + 1
	}
	return n
}

# "[4, 5.1]" where a file says that these are sections.
function in_brackets(page, k,    name) {
	for (; k <= words; k++) {
		name = word[k]
		if (name !~ /^\[?[0-9]+(\.[0-9]+)*[],]/)
			return
		gsub(/^\[|[],].*$/, "", name)
		if (!((page, name) in known))
			complain(at[k], page " has no section " name)
		if (word[k] ~ /\]/)
			return
	}
}

function check_page(k,    page, rest) {
	match(word[k], /(DESIGN|COMPAT|STYLE)\.md/)
	page = substr(word[k], RSTART, RLENGTH)
	rest = substr(word[k], RSTART + RLENGTH)
	if (!(page in exists))
		complain(at[k], "there is no src/" page)
	if (rest == "," && word[k + 1] == "by" && word[k + 4] == "in") {
		brackets = page
		return
	}
	if (page == "STYLE.md" || rest != "" && file !~ /\.[ch]$/)
		return
	if ((rest != "" || sections(page, k) == 0) && file ~ /\.[ch]$/)
		complain(at[k], page " without a section")
}

function check_manual(k,    page) {
	if (word[k] !~ /\),$/ || word[k + 1] !~ /^"[A-Z]/)
		return
	page = word[k]
	gsub(/^[^a-z]*|,$/, "", page)
	if ((page, "NAME") in known)
		sections(page, k)
}

# A source by its name, anywhere, or by its path below src, src/daemon, tests or
# the top; a README by its path.
function check_file(k,    name) {
	name = word[k]
	gsub(/^[("`]+|[^A-Za-z]+$/, "", name)
	sub(/\047s$/, "", name)
	if (name ~ /^[a-z_0-9\/]+\.[ch]$/ && named ||
	    name ~ /^(src|tests|contrib)\/[a-z0-9\/]*README$/)
		if (!(name in exists))
			complain(at[k], "there is no " name)
}

# "room_verb() in FILE" of src/README.
function check_function(k,    name, path) {
	name = word[k]
	if (!match(name, /^[a-z_]+\(\)/) || name ~ /^ev_/)
		return
	name = substr(name, 1, RLENGTH - 2)
	path = word[k + 1] == "in" ? word[k + 2] : ".c"
	sub(/[^a-z]+$/, "", path)
	if (path ~ /\.c$/ && index(defined[name] " ", path " ") == 0)
		complain(at[k], "there is no " name "() in " path)
}

function check(    k) {
	brackets = ""
	named = file ~ /\.[ch]$|^src\/|README$/
	for (k = 1; k <= words; k++) {
		if (word[k] ~ /(DESIGN|COMPAT|STYLE)\.md/)
			check_page(k)
		else if (word[k] ~ /^[^a-z]*cron[a-z]*\([158]\)/)
			check_manual(k)
		if (brackets != "" && word[k] ~ /^\[[0-9]/)
			in_brackets(brackets, k)
		check_file(k)
		if (file == "src/README")
			check_function(k)
		if (file ~ /^(src|tests)\// && file !~ /\.md$/ &&
		    word[k] ~ /^[^A-Za-z]*([Cc]alled|[Uu]sed)$/ &&
		    word[k + 1] == "by")
			complain(at[k], "a comment does not list who calls")
		if (word[k] ~ /(^|[^A-Za-z])(design|compat|style|house)\.md/ ||
		    word[k] ~ /(recipes|fleet|insight|run-control)\.md/ ||
		    word[k] ~ /^[^A-Za-z]*shared\//)
			complain(at[k], word[k] " is not in the tree")
	}
	words = 0
}

FNR == 1 {
	check()
	file = FILENAME
	c = file ~ /\.[ch]$/
	page = file ~ /\.md$|README$|NEWS$|^man\//
	inside = 0
}
c && !inside && /\/\*/ {
	inside = 1
	sub(/^.*\/\*/, "")
}
c && inside {
	ends = /\*\//
	sub(/\*\/.*$/, "")
	sub(/^[ \t]*\*?/, "")
	add_words($0)
	inside = !ends
}
page { add_words($0) }
!c && !page && sub(/^[ \t]*#+/, "") { add_words($0) }
END { check() }
' "${texts[@]}")

[ -z "$found" ] || {
	echo "$found"
	exit 1
}
