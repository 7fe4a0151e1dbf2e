// SPDX-License-Identifier: Apache-2.0
// poll and select.
#include "components/linux/fs/abi.hpp"
#include "tests/unit/linux_fs/calls.hpp"
#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/tests.hpp"

using namespace tessera::lx;
using fake::call;
using fake::equal;

void poll_tests() {
  std::array<std::int32_t, 2> ends{};
  equal(call(sys_pipe, ends.data()), 0);
  std::array<abi::PollDescriptor, 3> items{{{ends[0], 1, 0}, {ends[1], 4, 0}, {-1, 1, 77}}};
  equal(call(sys_poll, items.data(), 3, 0), 1);
  equal(items[0].returned, 0);
  equal(items[1].returned, 4);
  equal(items[2].returned, 0);
  // Nothing ready: sleeps until the deadline.
  std::uint64_t before = fake::world().now_ns;
  equal(call(sys_poll, items.data(), 1, 250), 0);
  equal(static_cast<std::int64_t>(fake::world().now_ns - before), 250'000'000);
  equal(call(sys_poll, items.data(), 1, -1), -514);
  // Woken by a write from elsewhere.
  fake::world().asleep = [&] { return call(sys_write, ends[1], "x", 1) == 1; };
  equal(call(sys_poll, items.data(), 1, -1), 1);
  fake::world().asleep = nullptr;
  items[0].descriptor = 900;
  equal(call(sys_poll, items.data(), 1, 0), 1);
  equal(items[0].returned, 0x20);
  equal(call(sys_poll, nullptr, 1, 0), -14);
  equal(call(sys_poll, items.data(), 100'000, 0), -22);

  std::array<std::uint64_t, 2> read_set{1ull << ends[0]}, write_set{1ull << ends[1]};
  equal(call(sys_select, 64, read_set.data(), write_set.data(), nullptr, nullptr), 2);
  equal(static_cast<std::int64_t>(read_set[0]), 1ll << ends[0]);
  std::array<char, 4> in{};
  call(sys_read, ends[0], in.data(), 4);
  abi::TimeVal time{1, 0};
  equal(call(sys_select, 64, read_set.data(), nullptr, nullptr, &time), 0);
  equal(static_cast<std::int64_t>(read_set[0]), 0);
  equal(time.seconds, 0);
  read_set[0] = 1ull << 63;
  equal(call(sys_select, 64, read_set.data(), nullptr, nullptr, nullptr), -9);
  equal(call(sys_select, -1, nullptr, nullptr, nullptr, nullptr), -22);
  call(sys_close, ends[1]);
  items[0] = {ends[0], 1, 0};
  equal(call(sys_poll, items.data(), 1, -1), 1);
  equal(items[0].returned, 0x10);
  call(sys_close, ends[0]);
}
