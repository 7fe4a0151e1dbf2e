// SPDX-License-Identifier: Apache-2.0
#include "components/linux/exec/script.hpp"

#include <algorithm>
#include <string_view>

namespace tessera::lx {

namespace {
constexpr std::string_view kBlanks = " \t";
}

bool looks_like_script(std::span<const std::byte> head) {
  return head.size() >= 2 && head[0] == std::byte{'#'} && head[1] == std::byte{'!'};
}

Result<Script> read_script(std::span<const std::byte> head) {
  if (!looks_like_script(head)) return fail(Errno::enoexec);
  std::string text;
  for (const std::byte byte : head.subspan(2)) {
    if (byte == std::byte{0}) break;  // the file ends, or is no script
    text += static_cast<char>(byte);
  }
  const std::size_t newline = text.find('\n');
  if (newline == std::string::npos) {
    // The line may go on behind what was read. That is fine for the argument, but
    // half a name of an interpreter must not be run.
    if (head.size() >= kProgramHeadBytes) {
      const std::size_t name = text.find_first_not_of(kBlanks);
      if (name == std::string::npos || text.find_first_of(kBlanks, name) == std::string::npos)
        return fail(Errno::enoexec);
    }
  } else {
    text.resize(newline);
  }
  while (!text.empty() && kBlanks.find(text.back()) != std::string_view::npos) text.pop_back();
  const std::size_t start = text.find_first_not_of(kBlanks);
  if (start == std::string::npos) return fail(Errno::enoexec);
  const std::size_t end = std::min(text.find_first_of(kBlanks, start), text.size());
  Script script;
  script.interpreter = text.substr(start, end - start);
  const std::size_t argument = text.find_first_not_of(kBlanks, end);
  if (argument != std::string::npos) script.argument = text.substr(argument);
  return script;
}

}  // namespace tessera::lx
