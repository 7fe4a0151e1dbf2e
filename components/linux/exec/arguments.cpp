// SPDX-License-Identifier: Apache-2.0
#include "components/linux/exec/arguments.hpp"

#include <array>

#include "components/linux/core/guest_memory.hpp"

namespace tessera::lx {

namespace {

Result<void> add_string(Strings& strings, std::uint64_t address, std::uint64_t& room) {
  [[clang::uninitialized]] std::array<char, 1024> chunk;
  const auto first = string_from_guest(chunk, address);
  std::string long_text;
  std::string_view text;
  if (first) {
    text = *first;
  } else {
    // Longer than the chunk: piece by piece.
    std::uint64_t at = address;
    for (auto piece = first;; piece = string_from_guest(chunk, at)) {
      if (piece) {
        long_text += *piece;
        break;
      }
      if (piece.error() != Errno::enametoolong) return fail(piece.error());
      long_text.append(chunk.data(), chunk.size());
      if (long_text.size() >= kMostStringBytes) return fail(Errno::e2big);
      at += chunk.size();
    }
    text = long_text;
  }
  if (text.size() + 1 > kMostStringBytes || text.size() + 1 + sizeof(std::uint64_t) > room) return fail(Errno::e2big);
  room -= text.size() + 1 + sizeof(std::uint64_t);
  strings.add(text);
  return {};
}

}  // namespace

Result<Strings> strings_from_guest(std::uint64_t vector, std::uint64_t& room) {
  Strings strings;
  if (vector == 0) return strings;
  // Pointers in small groups: the vector may end right before an unmapped page.
  for (;;) {
    [[clang::uninitialized]] std::array<std::uint64_t, 16> pointers;
    const std::size_t bytes = copy_from_guest_partial(std::as_writable_bytes(std::span(pointers)), vector);
    const std::size_t got = bytes / sizeof(std::uint64_t);
    for (std::size_t i = 0; i < got; ++i) {
      if (pointers[i] == 0) return strings;
      TRY(add_string(strings, pointers[i], room));
    }
    if (got < pointers.size()) return fail(Errno::efault);
    vector += sizeof pointers;
  }
}

}  // namespace tessera::lx
