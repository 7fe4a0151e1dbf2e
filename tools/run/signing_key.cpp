// SPDX-License-Identifier: Apache-2.0
#include "tools/run/signing_key.hpp"

#include <cstdlib>

namespace tessera::tools::run {

Result<signing::Key> signing_key(const std::string& file, const Paths& paths) {
  if (!file.empty()) return signing::Key::read(file);
  if (const char* named = std::getenv("TESSERA_SIGNING_KEY"); named != nullptr && *named != '\0') return signing::Key::read(named);
  return signing::Key::read_or_make(paths.build + "/signing-key");
}

}  // namespace tessera::tools::run
