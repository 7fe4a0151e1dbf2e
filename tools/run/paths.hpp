// SPDX-License-Identifier: Apache-2.0
// Where the project's files are.
#pragma once

#include <string>

#include "tools/support/result.hpp"

namespace tessera::tools::run {

struct Paths {
  std::string source;  // the project's root
  std::string build;

  [[nodiscard]] std::string nucleus() const { return build + "/kernel/nucleus.elf"; }
  [[nodiscard]] std::string cache() const { return build + "/cache"; }
  [[nodiscard]] std::string default_system() const { return source + "/systems/shell.toml"; }

  // The ELF of a component, with symbols: NAME.elf somewhere in build/components.
  [[nodiscard]] Result<std::string> component(const std::string& name) const;

  // From the environment (TESSERA_SOURCE, TESSERA_BUILD), else where this tool was built.
  [[nodiscard]] static Paths find();
};

}  // namespace tessera::tools::run
