// SPDX-License-Identifier: Apache-2.0
// Debian's alternatives: several packages offer one name (awk, editor, pager), and
// their maintainer scripts say so by `update-alternatives --install`. The scripts do
// not run here; these lines of them are read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/image/root.hpp"

namespace tessera::tools::image {

struct Alternative {
  std::string link;  // "/usr/bin/awk"
  std::string path;  // "/usr/bin/mawk"
  std::int64_t priority = 0;

  bool operator==(const Alternative&) const = default;
};

// Those that a script registers, slaves (manual pages, for the most part) included
// with their master's priority. Lines with variables are left out.
[[nodiscard]] std::vector<Alternative> parse_alternatives(std::string_view script);

// Those that Java's packages describe in /usr/lib/jvm/.*.jinfo (lines of kind, name and
// path), because their scripts register them in loops.
[[nodiscard]] std::vector<Alternative> java_alternatives(const Root& root);

// Makes each link that is not there yet to the path of highest priority that is.
[[nodiscard]] Result<void> add_alternatives(Root& root, std::vector<Alternative> alternatives);

}  // namespace tessera::tools::image
