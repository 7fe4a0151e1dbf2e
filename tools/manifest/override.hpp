// SPDX-License-Identifier: Apache-2.0
// What the command line changes in a manifest, for one run. It concerns the
// main component.
#pragma once

#include <string>
#include <vector>

#include "tools/manifest/disks.hpp"
#include "tools/manifest/model.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::manifest {

struct Overrides {
  std::vector<std::string> command{};    // empty: as in the manifest
  std::vector<std::string> environment{};  // NAME=value, added or in place of NAME's
  std::string view{};                    // empty: as in the manifest
  std::string console{};                 // empty: as in the manifest
  std::string memory{};                  // empty: as in the manifest; bytes or "N%"
  bool explain = false;                  // ./tessera explain
  bool audit = false;                    // with the component that writes down the audit
  bool core = false;                     // core files go to the host
  std::vector<std::string> config{};     // NAME=value of a native component, added or in place of NAME's
  std::vector<Disk> disks{};             // with what serves them
  std::string root_disk{};               // "write", "read": the main component's root is on the first of them
  bool control = false;                  // with the operator's way in
};

[[nodiscard]] Result<void> apply(System& system, const Overrides& overrides);

}  // namespace tessera::tools::manifest
