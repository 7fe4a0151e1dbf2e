# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,git,make,less
cd /tmp || exit 1
export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z' GIT_CONFIG_NOSYSTEM=1
git config --global user.email a@b; git config --global user.name n; git config --global init.defaultBranch main
git init -q repo; cd repo || exit 1
for i in 1 2 3; do seq $((i * 10)) >"f$i"; git add .; git commit -qm "commit $i"; done
git log --format='%h %s'; git diff --stat HEAD~2; git status --short; git branch side HEAD~1; git checkout -q side
echo extra >>f1; git commit -qam side; git checkout -q main; git merge -q -m merge side 2>&1; git log --graph --format=%s
git tag -a v1 -m one; git describe; git blame -s f1 | tail -2; git grep -n '^1$' | head -3; git stash list; git gc -q; git fsck 2>&1
cd ..; git clone -q repo copy; cd copy || exit 1; git log --oneline | wc -l; echo new >n; git add n; git commit -qm new; git push -q origin HEAD:other; git -C ../repo branch --list
git archive --format=tar HEAD | sha256sum; git rebase -q HEAD~1 2>&1; git show --stat --format=%s HEAD | cat; cd ..
cat >Makefile <<'M'
objects = a b c
all: $(objects)
	@echo linked $^
$(objects): %: %.in
	@cp $< $@; echo made $@
clean: ; rm -f $(objects)
M
for i in a b c; do echo $i >$i.in; done
make -j4 --output-sync | sort; touch -d '2000-01-01' a.in; make; make -n clean; make nothing; echo "status $?"
less --version | head -1; less -E Makefile | head -3
