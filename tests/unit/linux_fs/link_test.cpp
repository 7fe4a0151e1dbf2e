// SPDX-License-Identifier: Apache-2.0
// The host link's framing and the console's stream mode.
#include "components/linux/tty/host_link.hpp"

#include <deque>
#include <random>
#include <string>

#include "components/linux/fs/abi.hpp"
#include "components/linux/tty/console.hpp"
#include "tests/unit/linux_fs/calls.hpp"
#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/tests.hpp"

using namespace tessera::lx;
using fake::call;
using fake::check;
using fake::equal;

namespace {

class Stream final : public ByteStream {
 public:
  std::size_t write(std::span<const std::byte> bytes) override {
    std::size_t taken = std::min(bytes.size(), room);
    for (std::byte byte : bytes.first(taken)) to_host.push_back(static_cast<char>(byte));
    room -= taken;
    return taken;
  }
  std::size_t read(std::span<std::byte> bytes) override {
    std::size_t taken = 0;
    while (taken < bytes.size() && !from_host.empty() && (piece == 0 || taken < piece)) {
      bytes[taken++] = static_cast<std::byte>(from_host.front());
      from_host.pop_front();
    }
    return taken;
  }
  void send(std::uint8_t channel, std::string_view payload) {
    for (char c : {static_cast<char>(channel), '\0', static_cast<char>(payload.size() & 0xff),
                   static_cast<char>(payload.size() >> 8)})
      from_host.push_back(c);
    from_host.insert(from_host.end(), payload.begin(), payload.end());
  }
  std::string to_host;
  std::deque<char> from_host;
  std::size_t room = 1 << 20;
  std::size_t piece = 0;  // most bytes one read gives; 0: all
};

class Receiver final : public LinkReceiver {
 public:
  std::size_t input_room() override { return room; }
  void input(std::span<const std::byte> bytes) override {
    for (std::byte byte : bytes) text.push_back(static_cast<char>(byte));
    room -= bytes.size();
  }
  void input_ended() override { ended = true; }
  void window(std::uint16_t r, std::uint16_t c) override { rows = r, columns = c; }
  std::string text;
  std::size_t room = 1 << 20;
  bool ended = false;
  unsigned rows = 0, columns = 0;
};

void framing() {
  for (std::size_t piece : {0u, 1u, 3u}) {
    Stream stream;
    Receiver receiver;
    HostLink link(stream, receiver, true);
    stream.piece = piece;
    stream.send(0, "hello ");
    stream.send(2, std::string_view("\x18\0\x50\0", 4));
    stream.send(9, "unknown");
    stream.send(0, std::string(4096, 'w'));
    stream.send(0, "");
    stream.send(1, "");
    for (int i = 0; i < 10'000; ++i) link.pull();
    equal(receiver.text, std::string("hello ").append(4096, 'w'));
    equal(receiver.rows, 24);
    equal(receiver.columns, 80);
    check(receiver.ended && !link.broken());
  }
  // Back-pressure: only what there is room for is taken.
  Stream stream;
  Receiver receiver;
  HostLink link(stream, receiver, true);
  receiver.room = 10;
  stream.send(0, std::string(100, 'q'));
  link.pull();
  equal(static_cast<std::int64_t>(receiver.text.size()), 10);
  equal(static_cast<std::int64_t>(stream.from_host.size()), 90);
  receiver.room = 1000;
  link.pull();
  equal(static_cast<std::int64_t>(receiver.text.size()), 100);
  // To the host: a frame that does not fit is finished later, and nothing between its bytes.
  auto bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  stream.room = 5;
  equal(static_cast<std::int64_t>(link.send(HostLink::Kind::output, bytes("abc"))), 3);
  equal(static_cast<std::int64_t>(link.send(HostLink::Kind::error, bytes("def"))), 0);
  check(!link.can_send());
  stream.room = 100;
  check(link.flush());
  equal(static_cast<std::int64_t>(link.send(HostLink::Kind::error, bytes("def"))), 3);
  equal(stream.to_host, std::string_view("\x10\0\3\0abc\x11\0\3\0def", 14));
  // No frame: nothing more is believed.
  stream.from_host.clear();
  stream.from_host.insert(stream.from_host.end(), {'\0', '\1', '\0', '\0'});
  receiver.ended = false;
  link.pull();
  check(link.broken() && receiver.ended);
}

void random_bytes_from_host() {
  std::mt19937 random(99);
  for (int round = 0; round < 2000; ++round) {
    Stream stream;
    Receiver receiver;
    HostLink link(stream, receiver, true);
    for (std::uint32_t i = random() % 200; i != 0; --i)
      stream.from_host.push_back(static_cast<char>(random() % 4 == 0 ? random() : random() % 3));
    link.pull();
    check(link.broken() || stream.from_host.empty());
  }
}

void stream_console() {
  static Stream stream;
  start_console(ConsoleMode::stream, stream);
  Ref<FileTable> before = fake::world().files;
  fake::world().files = make_ref<FileTable>();
  check(open_console_files(*fake::world().files).has_value());
  abi::Stat stat{};
  equal(call(sys_fstat, 0, &stat), 0);
  equal(stat.mode & 0170000, 010000);
  abi::Termios termios{};
  equal(call(sys_ioctl, 0, 0x5401, &termios), -25);
  std::string in(100'000, '?');
  equal(call(sys_read, 0, in.data(), in.size()), -512);
  stream.send(0, "input");
  link_progress();
  equal(call(sys_read, 0, in.data(), in.size()), 5);
  // No more than 64 KiB wait in here; the rest stays with the host.
  for (int i = 0; i < 40; ++i) stream.send(0, std::string(4096, 'i'));
  link_progress();
  check(stream.from_host.size() > 90'000);
  std::size_t total = 0;
  stream.send(1, "");
  while (true) {
    std::int64_t got = call(sys_read, 0, in.data(), in.size());
    if (got <= 0) {
      equal(got, 0);
      break;
    }
    total += static_cast<std::size_t>(got);
  }
  equal(static_cast<std::int64_t>(total), 40 * 4096);
  equal(call(sys_write, 0, "x", 1), -9);
  // Output: byte-exact on its channel, blocked while the link is full.
  stream.to_host.clear();
  equal(call(sys_write, 1, "out", 3), 3);
  equal(call(sys_write, 2, "err", 3), 3);
  equal(stream.to_host, std::string_view("\x10\0\3\0out\x11\0\3\0err", 14));
  stream.room = 0;
  equal(call(sys_write, 1, "late", 4), 4);
  check(console_output_pending());
  equal(call(sys_write, 1, "more", 4), -512);
  stream.room = 1000;
  link_progress();
  check(!console_output_pending());
  // /dev/stdout opens the same stream again.
  std::int64_t fd = call(sys_open, "/dev/stdout", kOpenWriteOnly | kOpenAppend, 0);
  check(fd == 3);
  stream.to_host.clear();
  equal(call(sys_write, fd, "again", 5), 5);
  equal(stream.to_host, std::string_view("\x10\0\5\0again", 9));
  fake::world().files = before;
}

void terminal_console() {
  static Stream stream;
  start_console(ConsoleMode::terminal, stream);
  Ref<FileTable> before = fake::world().files;
  fake::world().files = make_ref<FileTable>();
  check(open_console_files(*fake::world().files).has_value());
  stream.send(2, std::string_view("\x18\0\x50\0", 4));
  stream.send(0, "cmd\r");
  link_progress();
  equal(stream.to_host, std::string_view("\x10\0\5\0cmd\r\n", 9));
  std::array<char, 10> in{};
  equal(call(sys_read, 0, in.data(), in.size()), 4);
  abi::WindowSize window{};
  equal(call(sys_ioctl, 1, 0x5413, &window), 0);
  equal(window.rows, 24);
  abi::Stat stat{};
  equal(call(sys_fstat, 0, &stat), 0);
  equal(static_cast<std::int64_t>(stat.rdev), 0x501);
  fake::world().files = before;
}

}  // namespace

void link_tests() {
  framing();
  random_bytes_from_host();
  stream_console();
  terminal_console();
}
