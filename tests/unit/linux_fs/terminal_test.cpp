// SPDX-License-Identifier: Apache-2.0
// The line discipline and job control, on a driver that records.
#include <string>

#include "components/linux/fs/abi.hpp"
#include "components/linux/tty/terminal.hpp"
#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/tests.hpp"

using namespace tessera::lx;
using fake::check;
using fake::equal;

namespace {

class Recorder final : public TerminalDriver {
 public:
  std::size_t transmit(std::span<const std::byte> bytes) override {
    std::size_t taken = std::min(bytes.size(), room);
    for (std::byte byte : bytes.first(taken)) screen.push_back(static_cast<char>(byte));
    room -= taken;
    return taken;
  }
  void input_drained() override {}
  void closed() override {}
  std::string take() { return std::exchange(screen, {}); }
  std::string screen;
  std::size_t room = 1'000'000;
};

class Fixture {
 public:
  Fixture() : terminal(make_ref<Terminal>(driver, 0x8800U, "/dev/pts/0")) {
    fake::world().signals.clear();
    fake::world().terminal = nullptr;
    terminal->assign(10, 10);
  }
  ~Fixture() {
    fake::world().terminal = nullptr;
    fake::world().group = 10;
    terminal->detach();
  }
  void type(std::string_view text) { terminal->receive(std::as_bytes(std::span(text))); }
  // What one read gives; "-N" for errno N.
  std::string read(std::size_t bytes = 100, bool non_blocking = true) {
    std::string text(bytes, '?');
    IoBuffer to = IoBuffer::local(std::as_writable_bytes(std::span(text)));
    auto done = terminal->read(to, non_blocking);
    return done ? text.substr(0, *done) : std::to_string(-static_cast<int>(done.error()));
  }
  std::int64_t write(std::string_view text, bool non_blocking = true) {
    IoBuffer from = IoBuffer::local(std::as_bytes(std::span(text)));
    auto done = terminal->write(from, non_blocking);
    return done ? static_cast<std::int64_t>(*done) : -static_cast<std::int64_t>(done.error());
  }
  std::int64_t ioctl(std::uint32_t request, std::uint64_t argument) {
    auto done = terminal->ioctl(request, argument);
    return done ? *done : -static_cast<std::int64_t>(done.error());
  }
  template <typename Change>
  void change(Change change) {
    abi::Termios termios{};
    equal(ioctl(0x5401, reinterpret_cast<std::uint64_t>(&termios)), 0);
    change(termios);
    equal(ioctl(0x5402, reinterpret_cast<std::uint64_t>(&termios)), 0);
  }

  Recorder driver;
  Ref<Terminal> terminal;
};

void lines() {
  Fixture t;
  t.type("ls");
  equal(t.read(), "-11");
  t.type("\r");
  equal(t.driver.take(), "ls\r\n");
  equal(t.read(), "ls\n");
  t.type("one\ntwo\n");
  equal(t.read(2), "on");
  equal(t.read(), "e\n");
  equal(t.read(3), "two");
  equal(t.read(), "\n");
  // ^D: what there is without it, then end of file.
  t.type("part\4");
  equal(t.read(), "part");
  t.type("\4");
  equal(t.read(), "");
  t.type("part\4");
  equal(t.read(4), "part");
  equal(t.read(), "-11");
}

void editing() {
  Fixture t;
  t.type("lx\177s\r");
  equal(t.driver.take(), "lx\b \bs\r\n");
  equal(t.read(), "ls\n");
  t.type("\177\177a\r");  // nothing to erase
  equal(t.driver.take(), "a\r\n");
  equal(t.read(), "a\n");
  t.type("echo foo bar\27x\r");
  equal(t.driver.take(), "echo foo bar\b \b\b \b\b \bx\r\n");
  equal(t.read(), "echo foo x\n");
  t.type("abc\25d\r");
  equal(t.driver.take(), "abc\b \b\b \b\b \bd\r\n");
  equal(t.read(), "d\n");
  // A UTF-8 character goes as one; a control character takes two columns.
  t.type("\u00e9\177\26\1\177\r");
  equal(t.driver.take(), "\u00e9\b \b^\b^A\b \b\b \b\r\n");
  equal(t.read(), "\n");
  // A tab is rubbed out to where it began.
  t.type("ab\t\177c\r");
  equal(t.driver.take(), "ab\t\b\b\b\b\b\bc\r\n");
  equal(t.read(), "abc\n");
  t.type("re\22\r");
  equal(t.driver.take(), "re^R\r\nre\r\n");
  equal(t.read(), "re\n");
  t.type("\26\3\r");  // literal ^C
  equal(t.read(), "\3\n");
  check(fake::world().signals.empty());
  // A line longer than the buffer keeps its end.
  t.type(std::string(5000, 'x'));
  t.type("\n");
  std::string line = t.read(10'000);
  equal(static_cast<std::int64_t>(line.size()), 4096);
  check(line.back() == '\n');
}

void signals() {
  Fixture t;
  t.type("junk");
  t.type("\3");
  equal(t.driver.take(), "junk^C");
  check(fake::world().signals == std::vector<fake::Signal>{{10, 2}});
  t.type("\r");
  equal(t.read(), "\n");
  fake::world().signals.clear();
  t.type("\34\32");
  check(fake::world().signals == std::vector<fake::Signal>{{10, 3}, {10, 20}});
  t.change([](abi::Termios& termios) { termios.local &= ~kSignals; });
  fake::world().signals.clear();
  t.type("\3\r");
  check(fake::world().signals.empty());
  equal(t.read(), "\3\n");
}

void raw() {
  Fixture t;
  t.type("typed");
  t.change([](abi::Termios& termios) {
    termios.local &= ~(kCanonical | kEcho | kSignals);
    termios.input &= ~(kReturnToNewline | kFlowControl);
    termios.characters[kMinimum] = 1;
    termios.characters[kTime] = 0;
  });
  t.driver.take();
  equal(t.read(), "typed");
  equal(t.read(), "-11");
  t.type("\r\3x");
  equal(t.read(1), "\r");
  equal(t.read(), "\3x");
  equal(t.driver.take(), "");
  // MIN 0 TIME 0: at once; MIN 0 TIME n: waits that long.
  t.change([](abi::Termios& termios) { termios.characters[kMinimum] = 0; });
  equal(t.read(100, false), "");
  t.change([](abi::Termios& termios) { termios.characters[kTime] = 5; });
  std::uint64_t before = fake::world().now_ns;
  equal(t.read(100, false), "");
  equal(static_cast<std::int64_t>(fake::world().now_ns - before), 500'000'000);
  // MIN 3 TIME n: the first byte without limit, then n between bytes.
  t.change([](abi::Termios& termios) { termios.characters[kMinimum] = 3; });
  int sleeps = 0;
  fake::world().asleep = [&] {
    t.type(++sleeps == 1 ? "a" : "bc");
    return true;
  };
  equal(t.read(100, false), "abc");
  equal(sleeps, 2);
  fake::world().asleep = nullptr;
  t.type("d");
  equal(t.read(100, false), "d");
}

void output() {
  Fixture t;
  equal(t.write("a\nb\tc"), 5);
  equal(t.driver.take(), "a\r\nb\tc");
  t.change([](abi::Termios& termios) { termios.output |= kExpandTabs; });
  equal(t.write("\rb\tc"), 4);
  equal(t.driver.take(), "\rb       c");
  t.change([](abi::Termios& termios) { termios.output &= ~kPostProcess; });
  equal(t.write("\n\t"), 2);
  equal(t.driver.take(), "\n\t");
  // ^S holds it, ^Q lets it go.
  t.type("\23");
  equal(t.write("held"), 4);
  equal(t.driver.take(), "");
  t.type("\21");
  equal(t.driver.take(), "held");
  // The driver is full: a writer that may not wait gets what fits.
  t.driver.room = 0;
  std::string much(20'000, 'm');
  std::int64_t done = t.write(much);
  check(done > 0 && done < 20'000);
  equal(t.write("x"), -11);
  t.driver.room = 1'000'000;
  t.terminal->output_ready();
  equal(static_cast<std::int64_t>(t.driver.take().size()), done);
  equal(t.write("x", false), 1);
}

void job_control() {
  Fixture t;
  fake::world().group = 11;  // in the background
  fake::world().signals.clear();
  equal(t.read(), "-512");
  check(fake::world().signals == std::vector<fake::Signal>{{11, 21}});
  fake::world().orphaned = true;
  equal(t.read(), "-5");
  fake::world().orphaned = false;
  equal(t.write("x"), 1);  // no TOSTOP
  fake::world().ignored = {22};
  t.change([](abi::Termios& termios) { termios.local |= kStopBackground; });
  fake::world().ignored = {};
  fake::world().signals.clear();
  equal(t.write("x"), -512);
  check(fake::world().signals == std::vector<fake::Signal>{{11, 22}});
  std::int32_t group = 11;
  auto address = reinterpret_cast<std::uint64_t>(&group);
  equal(t.ioctl(0x5410, address), -512);
  fake::world().group = 10;
  equal(t.ioctl(0x5410, address), 0);
  equal(t.terminal->foreground(), 11);
  group = 99;
  equal(t.ioctl(0x540F, address), 0);
  equal(group, 11);
  fake::world().ignored = {22};
  group = 12;
  equal(t.ioctl(0x5410, address), -1);
  group = -1;
  equal(t.ioctl(0x5410, address), -22);
  fake::world().ignored = {};
  // Window size.
  abi::WindowSize window{24, 80, 0, 0};
  fake::world().signals.clear();
  t.terminal->set_window(window);
  t.terminal->set_window(window);
  check(fake::world().signals == std::vector<fake::Signal>{{11, 28}});
  // Hang-up: told once, reads end, writes fail.
  fake::world().signals.clear();
  t.terminal->hang_up();
  check(fake::world().signals == std::vector<fake::Signal>{{10, 1}, {10, 18}, {11, 1}, {11, 18}});
  equal(t.read(), "");
  equal(t.write("x"), -5);
  equal(t.ioctl(0x5401, 0), -5);
}

}  // namespace

void terminal_tests() {
  lines();
  editing();
  signals();
  raw();
  output();
  job_control();
}
