// SPDX-License-Identifier: Apache-2.0
// A made-up process side for tests of components/linux/fs and tty: one process,
// guest addresses are host addresses (below 4096: a fault), frames from an array,
// sleeping runs a hook of the test.
#pragma once

#include <cstdint>
#include <functional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "components/linux/fs/context.hpp"
#include "components/linux/fs/file_table.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/syscall/table.hpp"
#include "components/linux/tty/terminal.hpp"

namespace fake {

struct Signal {
  std::int32_t group;  // 0: the caller
  int number;
  bool operator==(const Signal&) const = default;
};

struct World {
  tessera::lx::Credentials credentials;
  tessera::lx::Ref<tessera::lx::FsContext> fs;
  tessera::lx::Ref<tessera::lx::FileTable> files;
  std::int32_t pid = 10, group = 10, session = 10;
  bool leader = true, orphaned = false, signal_pending = false;
  std::uint64_t file_limit = 1024;
  std::uint64_t now_ns = 1'000'000'000'000;
  std::vector<Signal> signals;
  std::vector<int> ignored;
  tessera::lx::Ref<tessera::lx::Terminal> terminal;
  // Called by sleep. False: a signal ends the sleep.
  std::function<bool()> asleep;
  std::uint64_t sleeps = 0;
  std::vector<std::byte> root_data;  // pages of the bundle
  std::vector<std::string> log;
};
World& world();
std::size_t frames_in_use();
// The memory of all frames that disks reach.
std::span<std::byte> disk_memory();

void check(bool condition, std::source_location where = std::source_location::current());
void equal(std::int64_t got, std::int64_t expected, std::source_location where = std::source_location::current());
void equal(std::string_view got, std::string_view expected,
           std::source_location where = std::source_location::current());
int failures();

// A system call; answers the value or -errno.
template <typename... Args>
std::int64_t call(tessera::lx::SystemCall function, Args... args) {
  auto word = [](auto value) {
    if constexpr (std::is_null_pointer_v<decltype(value)>)
      return std::uint64_t{0};
    else if constexpr (std::is_pointer_v<decltype(value)>)
      return reinterpret_cast<std::uint64_t>(value);
    else
      return static_cast<std::uint64_t>(value);
  };
  auto done = function(tessera::lx::Arguments{word(args)...});
  return done ? *done : -static_cast<std::int64_t>(done.error());
}

}  // namespace fake
