// SPDX-License-Identifier: Apache-2.0
// Debian packages, unmodified: fetched once by apt into a cache, then read from
// there. Their maintainer scripts do not run.
#pragma once

#include <string>
#include <vector>

#include "tools/image/root.hpp"

namespace tessera::tools::image {

class PackageCache {
 public:
  // DIRECTORY holds the .deb files and `versions`: lines "PACKAGE VERSION FILE".
  explicit PackageCache(std::string directory) : directory_(std::move(directory)) {}

  // Adds the files of PACKAGES and of all that they depend on.
  [[nodiscard]] Result<void> add(Root& root, const std::vector<std::string>& packages) const;

 private:
  [[nodiscard]] Result<std::string> fetch(const std::string& package) const;  // path of the .deb
  [[nodiscard]] Result<std::string> known(const std::string& package) const;  // "" when not fetched yet
  [[nodiscard]] Result<std::string> archive_of(const std::string& deb) const;

  std::string directory_;
};

// The packages of a Depends line: of alternatives the first, without versions.
[[nodiscard]] std::vector<std::string> parse_dependencies(std::string_view line);

}  // namespace tessera::tools::image
