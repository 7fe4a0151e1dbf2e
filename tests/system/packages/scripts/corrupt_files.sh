# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,sed,perl-base
# Programs, interpreters and libraries that are broken: what execve, the dynamic
# linker and the program's end say, byte by byte of the headers.
mkdir -p /tmp/work && cd /tmp/work || exit 1
cat >corrupt.pl <<'P'
use strict;
use warnings;
use POSIX ":sys_wait_h";
$| = 1;

sub slurp { open(my $file, "<:raw", $_[0]) or die "$_[0]: $!"; local $/; return scalar <$file> }
# A file of its own each time: one that just ran may be busy still.
my $made = 0;
sub make {
  my ($bytes, $mode) = @_;
  my $name = "./f" . $made++;
  open(my $file, ">:raw", $name) or die "$name: $!";
  print $file $bytes;
  close($file) or die;
  chmod($mode // 0755, $name);
  return $name;
}

# Runs WORDS by execve alone, with the environment given; what execve answered or how the
# program ended, and what it wrote to both streams.
sub run {
  my ($environment, @words) = @_;
  pipe(my $from, my $to) or die;
  pipe(my $output, my $into) or die;
  my $child = fork() // die;
  if ($child == 0) {
    close($from);
    open(STDIN, "<", "/dev/null");
    open(STDOUT, ">&", $into);
    open(STDERR, ">&", $into);
    alarm(20);
    my $arguments = pack("p*", @words) . pack("Q", 0);
    my $variables = pack("p*", @$environment) . pack("Q", 0);
    my $path = $words[0];
    syscall(59, $path, $arguments, $variables);
    syswrite($to, $! + 0 . " $!");
    POSIX::_exit(1);
  }
  close($to);
  close($into);
  my $error = do { local $/; <$from> };
  my $text = do { local $/; <$output> } // "";
  waitpid($child, 0);
  return "execve: $error" if defined $error && $error ne "";
  my $end = WIFSIGNALED($?) ? "signal " . WTERMSIG($?) : "status " . WEXITSTATUS($?);
  $text =~ s/\n.*//s;
  $text =~ s{\./f\d+}{FILE}g;
  return $text eq "" ? $end : "$end: $text";
}
my @plain = ("PATH=/bin", "LC_ALL=C");
sub try { my ($what, @words) = @_; print "$what: ", run(\@plain, @words), "\n" }

my $true = slurp("/bin/true");
sub headers { my ($bytes) = @_; my ($at, $size, $count) = unpack('x32 Q x14 S S', $bytes); return map { $at + $_ * $size } 0 .. $count - 1 }
sub header_of { my ($bytes, $type) = @_; for my $at (headers($bytes)) { return $at if unpack("L", substr($bytes, $at, 4)) == $type } die "no header of type $type" }
sub patched { my ($bytes, $at, $with) = @_; substr($bytes, $at, length($with)) = $with; return $bytes }

print "== scripts that run scripts\n";
symlink("/bin/true", "s0");
for my $level (1 .. 40) {
  open(my $file, ">", "s$level");
  print $file "#!./s" . ($level - 1) . "\n";
  close($file);
  chmod(0755, "s$level");
  try("$level levels", "./s$level");
}

print "== first lines\n";
mkdir("directory"); make("", 0644); 
for my $line ("/no/such", "./directory", "/etc/passwd", "", "   ", "./f0/x", "/bin/true", "/bin/echo  one two  ", "/bin/echo\tx", "\0/bin/true", "/dev/null", "/bin/" . "t" x 300, "/" . "d/" x 200) {
  my $script = make("#!$line\n");
  my $shown = length($line) > 40 ? length($line) . " bytes" : $line =~ s/\0/NUL/r;
  try("'$shown'", $script, "argument");
}
try("no line end", make("#!/bin/echo x"));
try("itself", do { my $name = "./f$made"; make("#!$name\n") });

print "== the interpreter of a program\n";
my $interpreter = header_of($true, 3);
my ($at, $bytes) = unpack("x8 Q x16 Q", substr($true, $interpreter, 40));
my $script = make("#!/bin/true\n");
link($script, "sc");
link(make(substr($true, 0, 100)), "cut");
link(make($true, 0644), "plain");
link(make($true), "self");
link(make(patched($true, 18, pack("S", 183))), "foreign");
link(make(""), "empty");
symlink("ring", "ring");
for my $name ("/no/such", "./directory", "/etc/passwd", "./sc", "./cut", "./plain", "./self", "./foreign", "./empty", "./ring", "/bin/true/x", "/dev/null", "", "lib") {
  try("'$name'", make(patched($true, $at, pack("a$bytes", $name))));
}
try("without a zero", make(patched($true, $at, "x" x $bytes)));
try("$_ bytes long", make(patched($true, $interpreter + 32, pack("Q", $_)))) for 0, 1, 2, 4095, 4096, 4097, 1 << 40;
try("past the end of the file", make(patched($true, $interpreter + 8, pack("Q", 1 << 30))));
try("twice", make(patched($true, header_of($true, 0x6474e551), substr($true, $interpreter, 56))));

print "== links in a ring, and chains\n";
symlink("b", "a"); symlink("a", "b"); symlink("c/x", "c");
try($_, $_) for "./a", "./c", "./a/true";
symlink("/bin/true", "l0");
symlink("l" . ($_ - 1), "l$_") for 1 .. 45;
for my $link ("a", "c", map { "l$_" } 37 .. 42) {
  print "$link: ", (open(my $file, "<", $link) ? "opens" : "$!"), ", ", run(\@plain, "./$link"), "\n";
}

print "== programs cut off\n";
try("$_ bytes", make(substr($true, 0, $_))) for 0, 1, 4, 52, 63, 64, 65, 119, 120, 500, 1000, 4096, 4097, 8192, 12288, length($true) - 1;
try("zeros", make("\0" x 5000));
try("the magic and zeros", make(patched("\0" x 5000, 0, substr($true, 0, 4))));

# Bytes of a stretch, each changed in a way of its own; the seed is fixed.
srand(20);
sub flips {
  my ($bytes, $from, $size, $count, $act, $omit) = @_;
  for my $which (0 .. $count - 1) {
    my $at = $from + ($count >= $size ? $which % $size : int(rand($size)));
    my $with = ord(substr($bytes, $at, 1)) ^ (1 << int(rand(8)));
    next if $omit && $omit->($at);
    print "$at to $with: ", $act->(patched($bytes, $at, chr($with))), "\n";
  }
}
my $program = sub { run(\@plain, make($_[0])) };
print "== the header of a program\n";
flips($true, 0, 64, 64, $program);
# Of the sizes in a segment's header not the upper bytes: whether there is so much memory
# depends on the machine, and so much of a file covers the dynamic linker while it runs.
my $large_size = sub { my $field = ($_[0] - 64) % 56; return $field >= 35 && $field < 40 || $field >= 43 && $field < 48 };
print "== the program headers of a program\n";
flips($true, 64, 56 * (() = headers($true)), 200, $program, $large_size);

print "== libraries\n";
my $name = "libacl.so.1";
my $library = slurp("/lib/x86_64-linux-gnu/$name");
mkdir("lib");
my $load = sub {
  my ($bytes) = @_;
  unlink("lib/$name");
  rename(make($bytes), "lib/$name") or die;
  my $said = run([@plain, "LD_LIBRARY_PATH=/tmp/work/lib"], "/bin/sed", "--version");
  return $said;
};
print "whole: ", $load->($library), "\n";
print "$_ bytes: ", $load->(substr($library, 0, $_)), "\n" for 0, 1, 16, 63, 64, 400, 4095, 4096, 8192, 20000, length($library) - 1;
print "zeros: ", $load->("\0" x length($library)), "\n";
print "a directory: ", do { unlink("lib/$name"); mkdir("lib/$name"); my $said = run([@plain, "LD_LIBRARY_PATH=/tmp/work/lib"], "/bin/sed", "--version"); rmdir("lib/$name"); $said }, "\n";
print "no permission: ", do { $load->($library); chmod(0, "lib/$name"); run([@plain, "LD_LIBRARY_PATH=/tmp/work/lib"], "/bin/sed", "--version") }, "\n";
print "a ring: ", do { unlink("lib/$name"); symlink($name, "lib/$name"); my $said = run([@plain, "LD_LIBRARY_PATH=/tmp/work/lib"], "/bin/sed", "--version"); unlink("lib/$name"); $said }, "\n";
print "== the header of a library\n";
flips($library, 0, 64, 64, $load);
print "== the program headers of a library\n";
flips($library, 64, 56 * (() = headers($library)), 150, $load, $large_size);
print "== the dynamic section of a library\n";
my ($dynamic, $length) = unpack("x8 Q x16 Q", substr($library, header_of($library, 2), 40));
flips($library, $dynamic, $length, 150, $load);
P
perl corrupt.pl; echo "status $?"
