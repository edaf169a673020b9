# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# for every shell: no fork, so no pipes, no $(...), no programs; words in the order of POSIX
count=0
for word in one two three "four five"; do
	count=$((count + ${#word}))
	case $word in
	t*) echo "t: $word" ;;
	*\ *) echo "blank: $word" ;;
	*) echo "other: $word" ;;
	esac
done
echo "count $count"
collatz() {
	n=$1
	steps=0
	while [ "$n" -ne 1 ]; do
		if [ $((n % 2)) -eq 0 ]; then n=$((n / 2)); else n=$((3 * n + 1)); fi
		steps=$((steps + 1))
	done
	return $((steps % 256))
}
collatz 27
echo "collatz $?"
echo "first line" >shell.tmp
echo "second line" >>shell.tmp
while read -r one two; do
	echo "$two of $one"
done <shell.tmp
text=/usr/share/doc/file.tar.gz
echo "${text##*/} ${text%%.*} ${text%/*} ${unset:-default} ${text:+set}"
set -- a "b c" d
echo "$# $2"
shift
echo "$*"
trap 'echo "trap at exit"' EXIT
until [ $# -eq 0 ]; do shift; done
[ -f shell.tmp ] && [ ! -d shell.tmp ] && echo "a file"
exit 7
