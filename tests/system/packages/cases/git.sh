# SPDX-License-Identifier: Apache-2.0
# git: init, add, commit, log, branch, merge, clone of a local repository, gc.
export HOME=/tmp GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z'
git config --global user.name Somebody; git config --global user.email somebody@example.org; git config --global init.defaultBranch main
cd /tmp && git init -q r && cd r || exit 1
for i in 1 2 3; do seq $((i * 100)) >file$i; git add .; git commit -qm "commit $i"; done
git log --format='%h %s'
git switch -qc side HEAD~1 && echo side >side && git add side && git commit -qm side && git switch -q main
git merge -q --no-edit side && git log --oneline --graph
sed -i 5d file3; git diff --stat; git status --short; git stash -q; git status --short
git clone -q /tmp/r /tmp/c && git -C /tmp/c log -1 --format=%H && diff -r -x .git /tmp/r /tmp/c && echo same
git gc -q && git fsck 2>&1 && git rev-parse HEAD && git grep -n '^77$'
git checkout none; echo "status $?"
