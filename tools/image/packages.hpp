// SPDX-License-Identifier: Apache-2.0
// Debian packages, unmodified: resolved and fetched once by apt into a cache, then
// read from there. Their maintainer scripts do not run; what they would say of
// alternatives and a few settings is done.
#pragma once

#include <string>
#include <vector>

#include "tools/image/alternatives.hpp"
#include "tools/image/apt.hpp"
#include "tools/image/machine.hpp"
#include "tools/image/root.hpp"

namespace tessera::tools::image {

class PackageCache {
 public:
  // DIRECTORY holds archives/FILE.deb with FILE.deb.tar beside it once it was read, and
  // sets/: for each set of packages that was asked for, what it needs. A set that is
  // there is not resolved anew, so that the same versions come every time, without a
  // network; who wants newer ones removes the directory. Those of a MACHINE other than the
  // host's are below DIRECTORY, in a folder of its name.
  explicit PackageCache(const std::string& directory, const Machine& machine = kHost)
      : host_directory_(directory), machine_(machine),
        directory_(directory_for(directory, machine)) {}

  // Where in DIRECTORY apt works for MACHINE.
  [[nodiscard]] static std::string directory_for(const std::string& directory, const Machine& machine) {
    return &machine == &kHost ? directory : directory + "/" + std::string(machine.debian);
  }

  // Adds the files of PACKAGES and of all that they depend on, and, unless they are just
  // busybox-static, what Debian's programs count on without saying so.
  [[nodiscard]] Result<void> add(Root& root, std::vector<std::string> packages) const;

 private:
  [[nodiscard]] Result<std::vector<Archive>> needed(const std::vector<std::string>& packages) const;
  [[nodiscard]] Result<void> add_archive(Root& root, const Archive& archive, std::vector<Alternative>& alternatives) const;
  [[nodiscard]] std::string file_of(const Archive& archive) const { return directory_ + "/archives/" + archive.file; }

  // The busybox of ROOT, or one that runs here and has the same places for its programs.
  [[nodiscard]] Result<std::string> runnable_busybox(const Node& busybox) const;

  std::string host_directory_;
  const Machine& machine_;
  std::string directory_;
};

}  // namespace tessera::tools::image
