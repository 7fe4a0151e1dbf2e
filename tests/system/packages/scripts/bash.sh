# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils
for i in {1..3}; do echo "$i"; done | tac
declare -A map=([x]=1 [y]=2); for k in x y; do echo "$k=${map[$k]}"; done
f() { local -n ref=$1; ref+=(new); }; list=(a b); f list; echo "${list[@]} ${#list[@]} ${list[-1]}"
text=hello.world; echo "${text%.*} ${text#*.} ${text/o/0} ${text^^} ${text:1:3} ${#text}"
[[ abc123 =~ ([a-z]+)([0-9]+) ]] && echo "${BASH_REMATCH[@]}"
echo $((2 ** 40 % 1000)) $((16#ff)); printf '%q\n' "a b'c"
while read -r a b; do echo "$b-$a"; done <<<'one two'
mapfile -t lines < <(printf '%s\n' p q r); echo "${#lines[@]} ${lines[1]}"
# bash forgets a coprocess and its ends once it has ended: what is needed later is kept while it waits.
coproc UP { tr a-z A-Z; }
up=$UP_PID; exec {result}<&"${UP[0]}"; echo coproc >&"${UP[1]}"; exec {UP[1]}>&-; cat <&"$result"; wait "$up"; echo "status $?"
trap 'echo trapped' USR1; kill -USR1 $$; (exit 7); echo "$?"; false | true; echo "${PIPESTATUS[@]}"
sleep 0.1 & wait $!; echo "waited $?"; { sleep 5 & } ; kill $!; wait $! 2>/dev/null; echo "killed $?"
set -o pipefail; false | cat; echo "pipefail $?"; (ulimit -n 64; ulimit -n)
cat <<-END
	here $((1 + 1)) $(echo nested "$(echo deep)")
	END
exec 5<>/tmp/both; echo through >&5; cat /tmp/both; exec 5>&-
cd /tmp || exit 1; shopt -s extglob globstar
mkdir -p g/h; touch g/a.c g/h/b.c g/x.o; echo g/**/*.c g/!(*.o)
echo "$BASH_VERSION $(type -t cd) $(command -v ls)"; trap 'echo bye' EXIT; exit 3
