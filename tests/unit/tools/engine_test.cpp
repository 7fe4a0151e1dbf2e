// SPDX-License-Identifier: Apache-2.0
// The whole engine, as a person runs it, over a stand-in for QEMU.
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/unit/tools/check.hpp"
#include "tools/support/file.hpp"
#include "tools/support/process.hpp"
#include "tools/support/temporary.hpp"
#include "tools/support/unique_fd.hpp"

namespace {

using namespace tessera::tests;
using namespace tessera::tools;

std::string top;  // the temporary directory of this test

struct Ran {
  int status = -1;  // 128 + signal when it died of one
  std::string output;
  std::string error;
};

// A shell with the tool as "$T": what a user would type.
Ran shell(const std::string& mode, const std::string& line) {
  ::setenv("FAKE_QEMU", mode.c_str(), 1);
  const std::string script = "{ " + line + "; } >" + top + "/out 2>" + top + "/err; echo $? >" + top + "/status";
  const auto done = run_program({{"bash", "-c", script}, ""});
  check(done.has_value(), "the shell runs");
  return {std::atoi(read_file(top + "/status").value_or("-1").c_str()), read_file(top + "/out").value_or("?"),
          read_file(top + "/err").value_or("?")};
}

std::size_t left_behind() {
  std::size_t count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator at(top + "/tmp", error), end; !error && at != end; at.increment(error)) ++count;
  return count;
}

void streams() {
  Ran ran = shell("echo", "printf 'a\\0b' | $T run --system $S -- /bin/x");
  equal(ran.status, 3);
  equal(ran.output, std::string("a\0b", 3));
  equal(ran.error, "to stderr\n");
  ran = shell("echo", "head -c 3000000 /dev/urandom >" + top + "/big; $T run --system $S <" + top + "/big | cmp - " + top + "/big");
  equal(ran.status, 0);
  ran = shell("echo", "$T run --system $S <" + top + "/big 2>/dev/null | (sleep 0.3; cat) | cmp - " + top + "/big");
  equal(ran.status, 0);
  ran = shell("echo", "$T run --system $S <&-");
  equal(ran.status, 3);
  ran = shell("echo", "printf '\\1x' | $T run --system $S --console tty");
  equal(ran.status, 3);
  equal(ran.output, "\1x");
  ran = shell("", "$T run --system $S --log " + top + "/log </dev/null");
  equal(ran.status, 3);
  equal(ran.output + ran.error, "");
  contains(read_file(top + "/log").value_or(""), "fake machine");
}

void closed_output() {
  Ran ran = shell("flood", "$T run --system $S </dev/null | head -c 10; test ${PIPESTATUS[0]} = 141");
  equal(ran.status, 0);
  equal(ran.output, "yyyyyyyyyy");
}

void machine_failures() {
  Ran ran = shell("die", "$T run --system $S");
  equal(ran.status, 125);
  equal(ran.error, "tessera: QEMU: qemu: no such thing\n");
  ran = shell("quiet-death", "$T run --system $S");
  equal(ran.status, 125);
  equal(ran.error, "tessera: the machine stopped without a status; the log ends with: [0.000001] nucleus: fake machine\n");
  ran = shell("fatal", "$T run --system $S");
  equal(ran.status, 125);
  equal(ran.error, "tessera: genesis is missing\n");
  ran = shell("bad-link", "$T run --system $S");
  equal(ran.status, 125);
  contains(ran.error, "something that is no frame");
  ran = shell("", "TESSERA_QEMU=/nowhere/qemu $T run --system $S");
  equal(ran.status, 125);
  contains(ran.error, "tessera: QEMU: cannot run /nowhere/qemu: No such file or directory; ./tessera build installs QEMU");
  ran = shell("", "$T run --system $S -- nothing-of-that-name");
  equal(ran.status, 127);
  contains(ran.error, "nothing-of-that-name: command not found in the system");
  ran = shell("", "$T run --system " + top + "/none.toml");
  equal(ran.status, 125);
  contains(ran.error, "none.toml: No such file or directory");
}

void time_limit() {
  Ran ran = shell("hang", "$T run --system $S --timeout 0.3");
  equal(ran.status, 124);
  contains(ran.error, "timed out after 0.3 s");
  contains(ran.error, "nucleus: fake machine");
  // A machine that said its last word but stays is switched off by us.
  const auto start = std::chrono::steady_clock::now();
  ran = shell("stay", "$T run --system $S --timeout 60");
  equal(ran.status, 3);
  check(std::chrono::steady_clock::now() - start < std::chrono::seconds(30), "it is not waited for until the time limit");
}

void signals() {
  Ran ran = shell("hang", "$T run --system $S & sleep 0.5; kill -TERM $!; wait $!");
  equal(ran.status, 143);
  equal(left_behind(), 0u);
  ran = shell("", "$T run --dry-run --system $S");
  equal(ran.status, 0);
  contains(ran.output, "-M q35");
}

// Reads what is there until TEXT appears, for at most five seconds.
std::string read_until(int stream, std::string_view text) {
  std::string all;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!all.contains(text) && std::chrono::steady_clock::now() < end) {
    std::array<char, 4096> chunk;
    const ssize_t got = ::read(stream, chunk.data(), chunk.size());
    if (got > 0) all.append(chunk.data(), static_cast<std::size_t>(got));
    if (got < 0) ::usleep(10'000);
  }
  return all;
}

void terminal() {
  ::setenv("FAKE_QEMU", "echo", 1);
  int master = -1;
  winsize size{.ws_row = 30, .ws_col = 100, .ws_xpixel = 0, .ws_ypixel = 0};
  const pid_t child = ::forkpty(&master, nullptr, nullptr, &size);
  if (child == 0) {
    std::vector<std::string> words{TESSERA_TOOL, "run", "--add", top + "/x:/bin/", "--system", ::getenv("S")};
    ::execv(words.front().c_str(), exec_words(words).data());
    ::_exit(99);
  }
  const UniqueFd screen(master);
  ::fcntl(master, F_SETFL, O_NONBLOCK);
  contains(read_until(master, "size 30x100"), "size 30x100");
  termios mode{};
  check(::tcgetattr(master, &mode) == 0 && (mode.c_lflag & (ECHO | ICANON | ISIG)) == 0, "the terminal is raw");
  size.ws_row = 40;
  ::ioctl(master, TIOCSWINSZ, &size);
  contains(read_until(master, "size 40x100"), "size 40x100");
  static_cast<void>(write_all(master, "key\3", "keys"));
  contains(read_until(master, "key\3"), "key\3");
  static_cast<void>(write_all(master, "\1h", "keys"));
  contains(read_until(master, "a Ctrl-A for the program"), "Ctrl-A x       leave");
  static_cast<void>(write_all(master, "\1x", "keys"));
  int status = -1;
  check(::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0, "Ctrl-A x leaves");
  check(::tcgetattr(master, &mode) == 0 && (mode.c_lflag & (ECHO | ICANON | ISIG)) == (ECHO | ICANON | ISIG), "the terminal is as before");
}

void prepare() {
  const std::string manifest = R"([system]
name = "test"
main = "linux"
[component.linux]
kind = "linux"
command = ["/bin/x"]
grants = { "bundle" = ["root.index", "root.data"] }
)";
  check(make_directories(top + "/build/kernel").has_value() && make_directories(top + "/build/components/deep/er").has_value() &&
            make_directories(top + "/tmp").has_value(), "directories");
  check(write_file(top + "/build/components/drivers.txt", "").has_value(), "drivers");
  // Any ELF will do: nobody runs it.
  check(copy_file(FAKE_QEMU_PROGRAM, top + "/build/kernel/nucleus.elf").has_value(), "nucleus");
  for (const char* name : {"genesis", "console", "control", "linux", "scheduler"}) {
    check(copy_file(FAKE_QEMU_PROGRAM, top + "/build/components/deep/er/" + name + ".elf").has_value(), "component");
  }
  check(write_file(top + "/x", "#!/bin/sh\n").has_value() && write_file(top + "/s.toml", manifest).has_value(), "files");
  ::setenv("TESSERA_BUILD", (top + "/build").c_str(), 1);
  ::setenv("TESSERA_QEMU", FAKE_QEMU_PROGRAM, 1);
  ::setenv("TMPDIR", (top + "/tmp").c_str(), 1);
  ::setenv("S", (top + "/s.toml").c_str(), 1);
  ::setenv("T", TESSERA_TOOL, 1);
}

// The manifest's /bin/x has to come from somewhere: no package is fetched in tests.
void with_program() {
  Ran ran = shell("", "$T run --system $S");
  equal(ran.status, 127);
  std::string wrapper = "#!/bin/bash\ncommand=$1; shift\nexec " TESSERA_TOOL " $command --add " + top + "/x:/bin/ \"$@\"\n";
  check(write_file(top + "/tool", wrapper).has_value(), "wrapper");
  std::error_code error;
  std::filesystem::permissions(top + "/tool", std::filesystem::perms::owner_all, error);
  std::filesystem::permissions(top + "/x", std::filesystem::perms::owner_all, error);
  ::setenv("T", (top + "/tool").c_str(), 1);
}

}  // namespace

int main() {
  const auto temporary = TemporaryDirectory::make();
  if (!temporary) return 1;
  top = temporary->path();
  prepare();
  with_program();
  streams();
  closed_output();
  machine_failures();
  time_limit();
  signals();
  terminal();
  equal(left_behind(), 0u);
  return result();
}
