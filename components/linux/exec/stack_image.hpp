// SPDX-License-Identifier: Apache-2.0
// The first stack of a program (System V ABI, 3.4.1): counts, pointers, the
// auxiliary vector and the strings they point to. Pure bytes: the caller places
// them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "components/linux/exec/arguments.hpp"

namespace tessera::lx {

// AT_* of Linux.
enum class Auxiliary : std::uint64_t {
  end = 0, program_headers = 3, program_header_bytes = 4, program_header_count = 5, page_bytes = 6, base = 7,
  flags = 8, entry = 9, uid = 11, euid = 12, gid = 13, egid = 14, platform = 15, hardware = 16, clock_ticks = 17,
  secure = 23, random = 25, hardware2 = 26, program_name = 31, vdso = 33, smallest_signal_stack = 51,
};

struct StackRequest {
  std::uint64_t top = 0;  // page-aligned, first address behind the stack
  const Strings* arguments = nullptr;
  const Strings* environment = nullptr;
  std::string_view program_name;
  std::string_view platform;
  std::array<std::byte, 16> random{};
  // Without the entries that point into the image itself: those are added here.
  std::vector<std::pair<Auxiliary, std::uint64_t>> auxiliary;
};

struct StackImage {
  std::vector<std::byte> bytes;     // ends at the top
  std::uint64_t stack_pointer = 0;  // address of the first byte, 16-byte aligned
  std::uint64_t argument_start = 0, argument_end = 0, environment_start = 0, environment_end = 0;
  std::size_t auxiliary_at = 0, auxiliary_bytes = 0;  // of `bytes`: the auxiliary vector
};

StackImage build_stack(const StackRequest& request);

}  // namespace tessera::lx
