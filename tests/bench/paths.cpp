// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/paths.hpp"

#include <stdlib.h>

namespace tessera::bench {
namespace {

std::string variable_or(const char* name, const std::string& otherwise) {
  const char* value = ::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

}  // namespace

TesseraPaths TesseraPaths::find(const BenchMachine& machine) {
  return {variable_or("TESSERA_SOURCE", TESSERA_SOURCE_DIR), variable_or("TESSERA_BUILD", TESSERA_BUILD_DIR), machine};
}

}  // namespace tessera::bench
