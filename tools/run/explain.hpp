// SPDX-License-Identifier: Apache-2.0
// `./tessera explain`: what the personality noted of a run (docs/formats.md,
// "Explanation"), as lines that a person can act on.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace tessera::tools::run {

// What this machine knows of a path: whether it is there, and its Debian package ("": none).
struct HostFile {
  bool there = false;
  std::string package;
};

// NOTES: the lines behind "explain\t". HOST answers for a path that was missed.
[[nodiscard]] std::string explanation(std::span<const std::string> notes, const std::function<HostFile(const std::string&)>& host);

// Asks the file system and dpkg.
[[nodiscard]] HostFile host_file(const std::string& path);

}  // namespace tessera::tools::run
