// SPDX-License-Identifier: Apache-2.0
#include "components/linux/exec/script.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tessera::lx {

bool looks_like_script(std::span<const std::byte> head) {
  return head.size() >= 2 && head[0] == std::byte{'#'} && head[1] == std::byte{'!'};
}

namespace {

using Head = std::array<char, kProgramHeadBytes>;

bool blank(char c) { return c == ' ' || c == '\t'; }

// Index of the first byte in [from, last] that is no blank; last + 1 for none.
std::size_t skip_blanks(const Head& head, std::size_t from, std::size_t last) {
  while (from <= last && blank(head[from])) ++from;
  return from;
}

// Index of the first blank or zero in [from, last]; last + 1 for none.
std::size_t end_of_word(const Head& head, std::size_t from, std::size_t last) {
  while (from <= last && !blank(head[from]) && head[from] != '\0') ++from;
  return from;
}

}  // namespace

Result<Script> read_script(std::span<const std::byte> bytes) {
  if (!looks_like_script(bytes)) return fail(Errno::enoexec);
  Head head{};
  for (std::size_t i = 0; i < std::min(bytes.size(), head.size()); ++i) head[i] = static_cast<char>(bytes[i]);
  const std::size_t last = head.size() - 1;
  std::size_t end = std::string_view(head.data(), head.size()).find('\n');
  if (end == std::string_view::npos) {
    const std::size_t name = skip_blanks(head, 2, last);
    if (name > last) return fail(Errno::enoexec);
    // The line may go on behind what was read. That is fine for the argument, but
    // half a name of an interpreter must not be run.
    if (end_of_word(head, name, last) > last) return fail(Errno::enoexec);
    end = last;
  }
  while (blank(head[end - 1])) --end;
  const std::size_t name = skip_blanks(head, 2, end);
  if (name >= end) return fail(Errno::enoexec);
  Script script;
  const std::size_t name_end = std::min(end_of_word(head, name, end), end);
  const std::string_view line(head.data(), end);
  script.interpreter = line.substr(name, name_end - name);
  if (name_end < end && head[name_end] != '\0') {
    const std::size_t argument = skip_blanks(head, name_end, end);
    if (argument < end) script.argument = line.substr(argument, line.find('\0', argument) - argument);
  }
  return script;
}

}  // namespace tessera::lx
