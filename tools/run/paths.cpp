// SPDX-License-Identifier: Apache-2.0
// Where the project's files are.
#include "tools/run/paths.hpp"

#include <stdlib.h>

#include <filesystem>
#include <system_error>

namespace tessera::tools::run {
namespace {

std::string variable_or(const char* name, const std::string& otherwise) {
  const char* value = ::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

}  // namespace

Result<std::string> Paths::component(const std::string& name) const {
  namespace fs = std::filesystem;
  const std::string file = name + ".elf";
  std::error_code error;
  for (fs::recursive_directory_iterator at(target() + "/components", error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename() == file) return at->path().string();
  }
  return fail("the component '" + name + "' was not built: there is no " + file + " in " + target() + "/components");
}

Paths Paths::find() { return {variable_or("TESSERA_SOURCE", TESSERA_SOURCE_DIR), variable_or("TESSERA_BUILD", TESSERA_BUILD_DIR)}; }

}  // namespace tessera::tools::run
