// SPDX-License-Identifier: Apache-2.0
// The little that these tests need: checks that go on after a failure, and an
// exit status that tells.
#pragma once

#include <cstdio>
#include <source_location>
#include <sstream>
#include <string>
#include <string_view>

namespace tessera::tests {

inline int failures = 0;

inline void check(bool good, std::string_view what, std::source_location where = std::source_location::current()) {
  if (good) return;
  ++failures;
  std::fprintf(stderr, "%s:%u: failed: %.*s\n", where.file_name(), where.line(), static_cast<int>(what.size()), what.data());
}

template <typename Left, typename Right>
void equal(const Left& got, const Right& wanted, std::source_location where = std::source_location::current()) {
  if (got == wanted) return;
  std::ostringstream text;
  text << "got \"" << got << "\", wanted \"" << wanted << "\"";
  check(false, text.str(), where);
}

inline void contains(std::string_view text, std::string_view part, std::source_location where = std::source_location::current()) {
  check(text.contains(part), "\"" + std::string(part) + "\" is not in \"" + std::string(text) + "\"", where);
}

[[nodiscard]] inline int result() { return failures == 0 ? 0 : 1; }

}  // namespace tessera::tests
