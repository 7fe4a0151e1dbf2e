// SPDX-License-Identifier: Apache-2.0
// apt, asked about a system in which nothing is installed: what a set of packages
// needs, and the archives themselves.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/image/machine.hpp"
#include "tools/support/process.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::image {

// A package as a .deb file.
struct Archive {
  std::string package;
  std::string file;  // "libacl1_2.3.1-3_amd64.deb", as apt names it in its cache
  std::uint64_t bytes = 0;

  bool operator==(const Archive&) const = default;
};

// Lines as `apt-get --print-uris` writes them: 'URI' FILE BYTES HASH. Others are skipped.
[[nodiscard]] std::vector<Archive> parse_uris(std::string_view text);

// PACKAGES ("name", "name=version") and all that they depend on, recommendations
// not. Fails for a package that there is not, with the nearest name that there is.
// DIRECTORY is one for apt's own files: for a MACHINE that is not the host's also its
// package lists, which are fetched from the host's own sources when there are none.
[[nodiscard]] Result<std::vector<Archive>> resolve_packages(const std::vector<std::string>& packages, const std::string& directory,
                                                            const Machine& machine);

// PROGRAM (apt-get, apt-cache) asked about such a system of MACHINE, with these words.
[[nodiscard]] Result<Command> apt_command(const std::string& program, const std::string& directory, const Machine& machine,
                                          const std::vector<std::string>& words);

// Fetches the archives of PACKAGES, and of what they need, that are not there yet
// into DIRECTORY/archives, and shows on standard error how far it is.
[[nodiscard]] Result<void> fetch_packages(const std::vector<std::string>& packages, const std::vector<Archive>& missing,
                                          const std::string& directory, const Machine& machine);

}  // namespace tessera::tools::image
