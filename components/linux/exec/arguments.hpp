// SPDX-License-Identifier: Apache-2.0
// Argument and environment strings on their way to a new program: zero-terminated
// one behind the other, as they will lie on its stack.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

class Strings {
 public:
  void add(std::string_view text) {
    bytes_ += text;
    bytes_ += '\0';
    ++count_;
  }
  void prepend(std::string_view text) {
    bytes_.insert(0, 1, '\0');
    bytes_.insert(0, text);
    ++count_;
  }
  void remove_first() {
    if (count_ == 0) return;
    bytes_.erase(0, bytes_.find('\0') + 1);
    --count_;
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::size_t count_ = 0;
};

// Longest string (MAX_ARG_STRLEN), with its zero.
inline constexpr std::size_t kMostStringBytes = 32 * 4096;

// Reads a guest's vector of string addresses, ended by a null one (an address of
// 0 is an empty vector). `room`: bytes of strings and pointers left; reduced.
// EFAULT, E2BIG.
Result<Strings> strings_from_guest(std::uint64_t vector, std::uint64_t& room);

}  // namespace tessera::lx
