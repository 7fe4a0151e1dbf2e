// SPDX-License-Identifier: Apache-2.0
// Pipes, FIFOs, eventfd.
#include <array>
#include <span>
#include <string>

#include "components/linux/fs/pipe.hpp"
#include "tests/unit/linux_fs/calls.hpp"
#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/tests.hpp"

using namespace tessera::lx;
using fake::call;
using fake::check;
using fake::equal;

namespace {

constexpr std::int64_t kRestart = -512, kEAGAIN = -11, kEPIPE = -32;

struct Ends {
  std::array<std::int32_t, 2> fd{};
  explicit Ends(std::uint32_t flags = 0) { equal(call(sys_pipe2, fd.data(), flags), 0); }
  [[nodiscard]] std::int32_t reader() const { return fd[0]; }
  [[nodiscard]] std::int32_t writer() const { return fd[1]; }
};

void basics() {
  std::size_t before = fake::frames_in_use();
  Ends ends;
  std::string out = "message", in(100, '?');
  equal(call(sys_write, ends.writer(), out.data(), 7), 7);
  std::int32_t queued = 0;
  equal(call(sys_ioctl, ends.reader(), 0x541B, &queued), 0);
  equal(queued, 7);
  equal(call(sys_read, ends.reader(), in.data(), 3), 3);
  equal(call(sys_read, ends.reader(), in.data(), 100), 4);
  equal(call(sys_read, ends.reader(), in.data(), 100), kRestart);  // would sleep; a signal came
  equal(call(sys_read, ends.writer(), in.data(), 1), -9);
  equal(call(sys_pread64, ends.reader(), in.data(), 1, 0), -29);
  equal(call(sys_lseek, ends.reader(), 0, 0), -29);
  equal(call(sys_write, ends.writer(), nullptr, 7), -14);
  call(sys_close, ends.writer());
  equal(call(sys_read, ends.reader(), in.data(), 100), 0);
  call(sys_close, ends.reader());
  equal(static_cast<std::int64_t>(fake::frames_in_use()), static_cast<std::int64_t>(before));

  Ends broken;
  call(sys_close, broken.reader());
  fake::world().signals.clear();
  equal(call(sys_write, broken.writer(), out.data(), 7), kEPIPE);
  check(fake::world().signals == std::vector<fake::Signal>{{0, 13}});
  call(sys_close, broken.writer());
}

void capacity() {
  Ends ends(kOpenNonBlock);
  std::string big(100'000, 'a');
  equal(call(sys_write, ends.writer(), big.data(), big.size()), 65'536);
  equal(call(sys_write, ends.writer(), big.data(), 1), kEAGAIN);
  std::string in(5000, '?');
  equal(call(sys_read, ends.reader(), in.data(), 5000), 5000);
  // 5000 free: a write of up to PIPE_BUF goes whole or not at all.
  equal(call(sys_write, ends.writer(), big.data(), 4096), 4096);
  equal(call(sys_write, ends.writer(), big.data(), 4096), kEAGAIN);
  equal(call(sys_write, ends.writer(), big.data(), 8192), 904);
  equal(call(sys_fcntl, ends.writer(), 1032, 0), 65'536);
  equal(call(sys_fcntl, ends.writer(), 1031, 4096), -16);
  for (int i = 0; i < 13; ++i) equal(call(sys_read, ends.reader(), in.data(), 5000), 5000);
  equal(call(sys_fcntl, ends.writer(), 1031, 5000), 8192);
  equal(call(sys_read, ends.reader(), in.data(), 5000), 536);
  equal(call(sys_write, ends.writer(), big.data(), big.size()), 8192);
  call(sys_close, ends.reader());
  call(sys_close, ends.writer());
}

// Every byte in order, whatever the sizes are, across the ring's end.
void stream() {
  Ends ends(kOpenNonBlock);
  unsigned written = 0, read = 0, step = 1;
  while (read < 1'000'000) {
    std::string out((step * 7919) % 9000 + 1, '\0'), in((step * 104'729) % 9000 + 1, '\0');
    ++step;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>((written + i) * 31 % 251);
    std::int64_t done = call(sys_write, ends.writer(), out.data(), out.size());
    if (done > 0) written += static_cast<unsigned>(done);
    std::int64_t got = call(sys_read, ends.reader(), in.data(), in.size());
    for (std::int64_t i = 0; i < got; ++i, ++read)
      if (in[static_cast<std::size_t>(i)] != static_cast<char>(read * 31 % 251)) return check(false);
  }
  call(sys_close, ends.reader());
  call(sys_close, ends.writer());
}

void blocking() {
  Ends ends;
  std::string big(200'000, 'b'), in(65'536, '?');
  std::size_t got = 0;
  fake::world().asleep = [&] {
    got += static_cast<std::size_t>(call(sys_read, ends.reader(), in.data(), in.size()));
    return true;
  };
  equal(call(sys_write, ends.writer(), big.data(), big.size()), 200'000);
  check(got >= 200'000 - 65'536);
  fake::world().asleep = nullptr;
  call(sys_close, ends.reader());
  call(sys_close, ends.writer());
}

void fifos() {
  equal(call(sys_mknod, "/tmp/fifo", 010644, 0), 0);
  equal(call(sys_open, "/tmp/fifo", kOpenWriteOnly | kOpenNonBlock, 0), -6);
  equal(call(sys_open, "/tmp/fifo", kOpenReadOnly, 0), kRestart);
  std::int64_t reader = call(sys_open, "/tmp/fifo", kOpenReadOnly | kOpenNonBlock, 0);
  std::int64_t writer = call(sys_open, "/tmp/fifo", kOpenWriteOnly, 0);
  check(reader >= 0 && writer >= 0);
  std::array<char, 8> in{};
  equal(call(sys_read, reader, in.data(), 8), kEAGAIN);
  equal(call(sys_write, writer, "abc", 3), 3);
  equal(call(sys_read, reader, in.data(), 8), 3);
  call(sys_close, writer);
  equal(call(sys_read, reader, in.data(), 8), 0);
  call(sys_close, reader);
  equal(call(sys_unlink, "/tmp/fifo"), 0);
}

// A pipe opened again does not wait as a FIFO would: its writer may never come back.
void reopened() {
  Ends ends;
  const std::string reader_path = "/proc/self/fd/" + std::to_string(ends.reader());
  equal(call(sys_write, ends.writer(), "abc", 3), 3);
  call(sys_close, ends.writer());
  const std::int64_t again = call(sys_open, reader_path.c_str(), kOpenReadOnly, 0);
  std::array<char, 8> in{};
  equal(call(sys_read, again, in.data(), 8), 3);
  equal(call(sys_read, again, in.data(), 8), 0);
  call(sys_close, again);
  call(sys_close, ends.reader());
  Ends others;
  const std::string path = "/proc/self/fd/" + std::to_string(others.writer());
  call(sys_close, others.reader());
  const std::int64_t writer = call(sys_open, path.c_str(), kOpenWriteOnly | kOpenNonBlock, 0);
  check(writer >= 0);
  call(sys_close, writer);
  call(sys_close, others.writer());
}

void events() {
  std::int64_t fd = call(sys_eventfd2, 3, kOpenNonBlock);
  std::uint64_t value = 0;
  equal(call(sys_read, fd, &value, 4), -22);
  equal(call(sys_read, fd, &value, 8), 8);
  equal(static_cast<std::int64_t>(value), 3);
  equal(call(sys_read, fd, &value, 8), kEAGAIN);
  value = ~std::uint64_t{0};
  equal(call(sys_write, fd, &value, 8), -22);
  value = ~std::uint64_t{0} - 1;
  equal(call(sys_write, fd, &value, 8), 8);
  value = 1;
  equal(call(sys_write, fd, &value, 8), kEAGAIN);
  call(sys_close, fd);
}

// What calls that share the big lock use: all of it, or nothing has happened.
void at_once() {
  const std::size_t before = fake::frames_in_use();
  Ends ends;
  Pipe& pipe = *fake::world().files->find(ends.reader())->pipe();
  std::string out(6000, 'a'), in(10'000, '?');
  const auto whole = [](std::string& text) { return GuestRange{reinterpret_cast<std::uint64_t>(text.data()), text.size()}; };
  const std::array good{whole(out)};
  const std::array bad{whole(out), GuestRange{8, 100}};
  const auto write = [&](std::span<const GuestRange> ranges) {
    IoBuffer from = IoBuffer::guest(ranges);
    const auto done = pipe.write_at_once(from);
    return done ? static_cast<std::int64_t>(*done) : -1;
  };
  const auto read = [&](std::span<const GuestRange> ranges) {
    IoBuffer to = IoBuffer::guest(ranges);
    const auto done = pipe.read_at_once(to);
    return done ? static_cast<std::int64_t>(*done) : -1;
  };
  equal(write(bad), -1);
  equal(static_cast<std::int64_t>(pipe.used()), 0);
  equal(write(good), 6000);
  out.assign(6000, 'b');
  equal(write(bad), -1);
  equal(write(good), 6000);
  equal(static_cast<std::int64_t>(pipe.used()), 12'000);
  std::string piece(7000, '?');
  const std::array bad_end{whole(piece), GuestRange{8, 100}};
  equal(read(bad_end), -1);
  equal(static_cast<std::int64_t>(pipe.used()), 12'000);
  const std::array all{whole(in)};
  equal(read(all), 10'000);
  check(in == std::string(6000, 'a') + std::string(4000, 'b'));
  for (int round = 0; round < 10; ++round) equal(write(good), 6000);
  equal(write(good), -1);  // no room for all of it
  equal(call(sys_read, ends.reader(), in.data(), 2000), 2000);
  check(in.starts_with(std::string(2000, 'b')));
  while (pipe.used() != 0) equal(read(good), 6000);
  equal(read(all), -1);
  call(sys_close, ends.reader());
  call(sys_close, ends.writer());
  equal(static_cast<std::int64_t>(fake::frames_in_use()), static_cast<std::int64_t>(before));

  Ends broken;
  Pipe& deaf = *fake::world().files->find(broken.writer())->pipe();
  call(sys_close, broken.reader());
  IoBuffer from = IoBuffer::guest(good);
  check(!deaf.write_at_once(from));
  call(sys_close, broken.writer());
}

}  // namespace

void pipe_tests() {
  at_once();
  basics();
  capacity();
  stream();
  blocking();
  fifos();
  reopened();
  events();
}
