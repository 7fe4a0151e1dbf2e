// SPDX-License-Identifier: Apache-2.0
// The pages that --help shows.
#include "tools/run/help.hpp"

namespace tessera::tools::run {
namespace {

constexpr std::string_view kOverview = R"(usage: ./tessera COMMAND [OPTIONS] [-- PROGRAM ARGUMENTS...]

  run      start a system in QEMU and run a Linux program in it
  build    install what the build needs and build everything
  test     run the tests
  prove    check the models of the protocols
  fuzz     look for what breaks, with random operations
  bench    run the benchmarks
  image    write a bootable ISO image
  debug    like run, but wait for a debugger
  explain  like run, and then tell what the program looked for, and what is not there
  audit    print what a run recorded about capabilities
  ps, restart, stop, start, reload
           show and manage the components of a machine that runs
  devices  show what devices that machine has, and who drives them
  new      begin a driver

./tessera COMMAND --help tells more. Try:

  ./tessera run                        a shell (Ctrl-A x leaves)
  ./tessera run -- ls -l /             one program; its exit status is ours
  echo hello | ./tessera run -- wc     with pipes, as any program
)";

constexpr std::string_view kRun = R"(usage: ./tessera run [OPTIONS] [-- PROGRAM ARGUMENTS...]
       ./tessera run [OPTIONS] ./PROGRAM ARGUMENTS...

Starts a system in QEMU. Without PROGRAM it runs the command of its manifest: for
the default system a shell. Standard input, output and error are the program's;
on a terminal it gets a terminal, else byte-exact streams. ./PROGRAM is a program or
script of this machine: it is put into the system with the libraries that it needs.
Of a system whose main component is native, standard output is what that says in the log.

What the program sees:
  --add HOST:GUEST    put a file or directory of this machine into the system;
                      may be given again. GUEST/ puts it below the directory GUEST
  --package A,B,...   add Debian packages with all that they depend on; fetched once.
                      May be given again
  --root DIR|FILE.tar this is the whole root file system; FILE may be compressed
                      (.gz, .xz, .zst)
  --env NAME=VALUE    set an environment variable; may be given again
  --disk FILE[,KIND][,readonly][,together]
                      the image FILE is a disk (systems/README.md) of a kind virtio (default), nvme or
                      ahci; together: its driver and file system server share an address space; may be given again
  --disk-image FILE[,KIND][,readonly]
                      the root file system is on this disk, or on its first part that has one; --package,
                      --add and --root are not for it. What is changed is thrown away at the end
  --persist           what is changed there stays; a FILE that does not exist is made, with what would
                      be the root in memory (--package, --add, --root), of --disk-size SIZE
  --config NAME=VALUE set what a native component is configured with; may be given again
  --console KIND      tty or stream, whatever standard input and output are
  --system FILE       another manifest (default: systems/shell.toml)
  --signing-key FILE  what signs the programs of drivers (default: the file in TESSERA_SIGNING_KEY, else
                      signing-key in the build tree, made when it is not there)
  --view VIEW         protected: the program cannot touch the Linux layer (default);
                      shared: one view for both, quicker

The machine:
  --memory SIZE       256M (default; more for a large root file system), 1G, ...
  --cpus N            1 (default) to 64
  --numa N            memory and cores evenly on N nodes in a row, 1 (default) to 16
  --cpu-model MODEL   of QEMU (default: max)
  --arch ARCH         x86_64 (default) or aarch64
  --boot HOW          pvh: QEMU loads the nucleus (default); bios, uefi: from an ISO image by GRUB,
                      on AArch64 from a disk image by a loader of our own
  --iommu, --no-iommu with or without an IOMMU, by which a driver's device reaches only the memory that the
                      driver was granted (default: with one where there is a disk)
  --icount            count time in instructions: 1 ns each, the same in every run. With several
                      cores QEMU 7.2 lets the others run only while the first one pauses

Looking inside:
  --log FILE          write the log of the nucleus and the components to FILE
  --audit FILE        record what happens to capabilities; ./tessera audit FILE shows it
  --core DIR          programs that crash leave core files for gdb in DIR: core.NAME.PID
  --timeout SECONDS   give up after that time, and say where the machine is
  --gdb               wait for a debugger; ./tessera debug --help tells more
  --gdb-port PORT     the same, on another port than 1234
  --dry-run           print QEMU's command line instead of running it

On a terminal: Ctrl-A x leaves, Ctrl-A h helps, Ctrl-A Ctrl-A is a Ctrl-A for the program.

Exit status: the program's; 124 after a time-out; 125 when the system itself
failed, with the reason on standard error; 127 when PROGRAM is not in the system.
)";

constexpr std::string_view kAudit = R"(usage: ./tessera audit FILE [OPTIONS]

Prints the records in FILE, which ./tessera run --audit FILE wrote: who made, passed
on, took back or was refused which capability (docs/capabilities.md, "Audit").
FILE may be - for standard input.

  --namespace NAME    only what concerns the component NAME: done by it or to it
  --event EVENT       create, delegate, revoke, denied, use or note (what genesis says of
                      a request that it refused)
  --object OBJECT     a type (memory, endpoint, ...) or an identity (0x...)
  --since SECONDS     only what happened later than that after boot
  --json              one JSON object a line
)";

constexpr std::string_view kDebug = R"(usage: ./tessera debug [OPTIONS] [-- PROGRAM ARGUMENTS...]

Like ./tessera run --gdb: the machine stops before its first instruction and waits
on port 1234 of this machine for a debugger. The line to attach with is printed: it
gives gdb the symbols of the nucleus and the sources of everything. The nucleus
then runs where it is linked, not at a random address. The options are those of
./tessera run --help.

In gdb, behind that line (hbreak, because the code is not in memory yet):

  hbreak tessera::nucleus::start_genesis
  continue

A component (genesis, console, linux) runs at the addresses of its ELF file, in an
address space of its own. Components share those addresses: use one at a time, and
delete what breaks in another. `symbol-file` without a name takes all symbols away.

  add-symbol-file build/components/linux/linux.elf
  hbreak tessera::lx::sys_write
  backtrace

A Linux program runs at its own addresses, too: add-symbol-file PROGRAM.
)";

constexpr std::string_view kExplain = R"(usage: ./tessera explain [OPTIONS] [-- PROGRAM ARGUMENTS...]

Runs the program as ./tessera run does, with the same options (./tessera run --help), and
then tells, on standard error:

  - the programs that ran, the files that were opened, the sockets connected to
  - files that were looked for and are not there, with the option that brings them
    when this machine has them; not those that were then found in another directory
  - files that were refused, networks that were asked for
  - system calls that are not there, or are there in part and failed
    (docs/system-calls.md has all of them)

The exit status is the program's.
)";

constexpr std::string_view kImage = R"(usage: ./tessera image FILE.iso [OPTIONS] [-- PROGRAM ARGUMENTS...]

Writes an ISO image that boots by BIOS and UEFI, from a disc, a USB stick or in a
virtual machine. The same sources give the same bytes.

  --arch ARCH         x86_64 (default); aarch64: a disk image that UEFI boots, from a
                      disk or a USB stick, where firmware has a device tree

  --system FILE       the manifest (default: systems/shell.toml)
  --add HOST:GUEST    put a file or directory of this machine into the system
  --env NAME=VALUE    set an environment variable
  --view VIEW         protected (default) or shared
  --console KIND      tty (default) or stream

Files that the tool itself makes are dated by SOURCE_DATE_EPOCH when it is set.
)";

constexpr std::string_view kTest = R"(usage: ./tessera test [OPTIONS] [-- CTEST OPTIONS...]

Builds, then runs all tests and shows the output of those that fail. The options
are ctest's; the most useful:

  -R PATTERN          only tests whose name matches
  -E PATTERN          not those
  -L LABEL            only tests of a kind: host, system, ...
  -N                  list them
  -j NUMBER           so many at a time (default: 2)
  -V                  show the output of all
  --rerun-failed      only those that failed the last time
  --stop-on-failure   end with the first that fails
  --repeat until-fail:COUNT
  --cpus N            machines with N cores where a test does not say how many (default: 1)
  --arch ARCH         system tests of one architecture only: x86_64, or aarch64, where all of
                      them run (without this: x86-64's, and the main ones of AArch64)

How much of the nucleus the host tests run:
  --coverage          builds and runs them with clang's counters instead, and shows lines and
                      branches (each side of a condition) of each file; fails when kernel/object,
                      kernel/namespace and kernel/audit together are below 95 % and 90 %
  --html FOLDER       with --coverage: writes pages that show each line

What stands behind -- goes to ctest as it is.
)";

constexpr std::string_view kProve = R"(usage: ./tessera prove [CHECK...]

Checks what is proved about Tessera (docs/assurance.md) and shows each part, how many
states it has, how long it took and whether it holds; for one that does not, the steps
that lead to the failure. Installs what it needs; builds nothing.

  protocols    IPC, notifications and the byte ring, by the model checker SPIN: the
               models of model/protocols, and the errors that were put into them,
               which must be found

Exit status: 0 when all holds, 1 when something does not.
)";

constexpr std::string_view kFuzz = R"(usage: ./tessera fuzz TARGET [OPTIONS]

Goes on where the random tests stop: looks for what breaks, with random operations,
and ends when something does. The seed is printed.

  capabilities    capability operations in the nucleus, on this machine, beside the
                  model that the proofs are about; compared after each. When they
                  disagree, the shortest sequence found that shows it is printed.
                  Installs Coq and OCaml, which make the model's program.
  device-tree     bytes as firmware might hand them over, read as a device tree and
                  copied, under libFuzzer; build/tests/fuzz keeps what breaks it
  system-calls    threads with random capabilities make random system calls in a
                  machine, round after round; nothing outside of them may notice,
                  and nothing may be left of them (components/storm)

  --minutes N     for so long (capabilities, device-tree: default 10; system-calls:
                  machine after machine of 100000 calls or --calls, each with the next seed)
  --seed N        begin with these random numbers (default: others each time)
  --calls N       system-calls: so many (default: 1000000)
  --icount        system-calls: count time in instructions: threads are preempted
                  alike in every run with the same seed, nearly

Exit status: 0 when nothing was found.
)";

constexpr std::string_view kBench = R"(usage: ./tessera bench [OPTIONS]

Runs the same static Linux programs on Tessera and on Linux (Debian's cloud kernel),
in the same QEMU, and the nucleus' own benchmark; prints instruction counts, which
repeat, then wall times, which are noisy. docs/bench.md tells how to read them.

  --arch ARCH         x86_64 (default) or aarch64, with Debian's arm64 kernel and packages
  --filter TEXT       only rows whose name holds TEXT
  --quick             instruction counts of the main rows only
  --wall N            runs for each wall time, of which the median counts (default: 5; 0: none)
  --cpus LIST         numbers of cores for the rows of several workers (default: 1,2)
  --size              only the nucleus' size: bytes and source lines
  --json FILE         write all results, and what they were taken on, to FILE
  --compare FILE      show what changed since the run that wrote FILE
  --chart FILE        draw the ratios to Linux as bars, an SVG picture
  --from FILE         show what --json wrote; measure nothing
)";

constexpr std::string_view kManage = R"(usage: ./tessera ps [--machine NUMBER]
       ./tessera devices [--machine NUMBER]
       ./tessera restart NAME [--machine NUMBER]
       ./tessera stop NAME [--machine NUMBER]
       ./tessera start NAME [--machine NUMBER]

Shows the components of a machine that ./tessera run started, or ends and starts one of
them, while the others go on: who asked a driver for something gets its answer from the
next life. A component that was stopped stays so until it is started. The main component
ends with its machine. Done when the new life has begun.

devices shows where each device is, what a manifest may call it, which component has it
("-": none), and which programs are drivers of such a device.

  --machine NUMBER    which machine, where several run: the process number of its
                      ./tessera run
)";

constexpr std::string_view kReload = R"(usage: ./tessera reload NAME [PROGRAM] [OPTIONS]

Brings a program into a machine that ./tessera run started, in place of the one that the
component NAME runs, and starts NAME with it, as ./tessera restart does: what it was asked
for and had not answered is asked again of the new one. Without PROGRAM the program that
NAME runs is taken anew from the build tree, which is built first. Disks' drivers can be
reloaded, and components with reload = "256K", or another size, in their manifest.

PROGRAM is the name of one of the build tree, or with a '/' in it an ELF file. It is signed
with the image's key. What the machine does not accept changes nothing there.

  --arch ARCH         the machine's: x86_64 (default) or aarch64
  --signing-key FILE  as with ./tessera run
  --machine NUMBER    which machine, where several run: the process number of its
                      ./tessera run
)";

constexpr std::string_view kNew = R"(usage: ./tessera new driver NAME

Begins a driver: components/drivers/NAME with a program that builds and serves, and
tests/unit/drivers/NAME_test.cpp, which runs it against a simulated device on this
machine. It is the shortest driver there is (virtio_rng) under another name, to be
changed; lib/ddk/README.md tells what the driver kit does.
)";

constexpr std::string_view kBuild = R"(usage: ./tessera build [NINJA OPTIONS...]

Installs the Debian packages that the build needs and that are missing, configures
and builds everything in build/. Progress goes to standard error; nothing is said
when nothing is to be done.
)";

}  // namespace

std::string_view help_page(std::string_view command) {
  if (command == "run") return kRun;
  if (command == "debug") return kDebug;
  if (command == "explain") return kExplain;
  if (command == "image") return kImage;
  if (command == "test") return kTest;
  if (command == "prove") return kProve;
  if (command == "fuzz") return kFuzz;
  if (command == "bench") return kBench;
  if (command == "audit") return kAudit;
  if (command == "ps" || command == "devices" || command == "restart" || command == "stop" || command == "start") return kManage;
  if (command == "reload") return kReload;
  if (command == "new") return kNew;
  if (command == "build") return kBuild;
  return kOverview;
}

}  // namespace tessera::tools::run
