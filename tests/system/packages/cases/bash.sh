# SPDX-License-Identifier: Apache-2.0
# Debian's bash: arrays, process substitution, here documents, traps, jobs.
for i in {1..3}; do echo $i; done | tac
declare -A colour=([sky]=blue [grass]=green)
for name in $(printf '%s\n' "${!colour[@]}" | sort); do echo "$name ${colour[$name]}"; done
diff <(printf 'a\nb\n') <(printf 'a\nc\n')
mapfile -t lines <<<$'one\ntwo'
echo "${#lines[@]} ${lines[1]^^}"
trap 'echo trapped' USR1
kill -USR1 $$
sleep 0.01 & wait $!
echo "waited $?"
(exit 7); echo "status $?"
coproc cat
echo through >&"${COPROC[1]}"
read -r word <&"${COPROC[0]}"
echo "coproc $word"
[[ abc123 =~ ^([a-z]+)([0-9]+)$ ]] && echo "${BASH_REMATCH[2]}-${BASH_REMATCH[1]}"
bash -lc 'shopt login_shell; echo $((2**62))'
no-such-command; echo "status $?"
