# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,vim-tiny,less,tmux
# Programs for terminals, where there is none: tmux makes its own.
cd /tmp || exit 1
printf 'one\ntwo\nthree\n' >text
vim.tiny -es -u NONE -c '%s/two/zwei/' -c '$put =1+2' -c '1delete' -c wq text; echo "vim: $?"; cat text
seq 1 30 | less | sha256sum
tmux -f /dev/null new-session -d -s main -x 60 -y 12 'exec bash --norc'
tmux send-keys -t main 'PS1=; clear; vim.tiny -u NONE text' Enter
until tmux capture-pane -p -t main | grep -q zwei; do :; done
tmux send-keys -t main 'Ainserted' Escape ':wq' Enter
until grep -q inserted text; do :; done
cat text
tmux send-keys -t main 'seq 1 100 | less' Enter
until tmux capture-pane -p -t main | grep -qx 11; do :; done
tmux send-keys -t main '/77' Enter
until tmux capture-pane -p -t main | grep -qx 77; do :; done
tmux capture-pane -p -t main | head -n 3
tmux send-keys -t main q 'exit' Enter
while tmux has-session -t main 2>/dev/null; do :; done
echo "ended"
