# SPDX-License-Identifier: Apache-2.0
# Perl: regular expressions, sort, fork, pipes, modules in C.
perl -e 'print join(",", map { $_ ** 2 } grep { $_ % 2 } 1..9), "\n"; $_ = "a1b22"; print "$1;" while /(\d+)/g; print "\n"'
perl -e 'pipe R, W; if (!fork) { close R; print W "from the child\n"; exit 4 } close W; print scalar <R>; wait; print $? >> 8, "\n"'
perl -MPOSIX=floor,strftime -e 'print floor(-2.5), " ", strftime("%F", gmtime 0), "\n"'
perl -MDigest::SHA=sha256_hex -MStorable=dclone -MList::Util=sum -e 'print sha256_hex("x"), " ", sum(@{dclone([1..100])}), "\n"'
perl -MFile::Temp=tempfile -MFile::Find -e '($h, $n) = tempfile(); print $h "x" x 10; close $h; print -s $n, "\n"; find(sub { $count++ }, "/etc"); print $count > 10 ? "many\n" : "few\n"'
perl -e '$SIG{ALRM} = sub { die "alarm\n" }; alarm 1; eval { select undef, undef, undef, 10 }; print $@'
perl -we 'my @a = sort { $a <=> $b } map { ($_ * 7919) % 10007 } 1..10000; print "$a[0] $a[-1]\n"'
perl -e 'die "said\n"'; echo "status $?"
