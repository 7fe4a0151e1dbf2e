// SPDX-License-Identifier: Apache-2.0
// Where the project's files are.
#pragma once

#include <string>

#include "tools/support/result.hpp"

namespace tessera::tools::run {

struct Paths {
  std::string source;  // the project's root
  std::string build;
  std::string below{};  // of the build, where another architecture's is: "/aarch64"

  [[nodiscard]] std::string target() const { return build + below; }
  [[nodiscard]] std::string nucleus() const { return target() + "/kernel/nucleus.elf"; }
  [[nodiscard]] std::string loader() const { return target() + "/loader/loader.efi"; }  // AArch64's
  [[nodiscard]] std::string drivers() const { return target() + "/components/drivers.txt"; }  // who drives what
  [[nodiscard]] std::string cache() const { return build + "/cache"; }
  [[nodiscard]] std::string default_system() const { return source + "/systems/shell.toml"; }

  // The ELF of a component, with symbols: NAME.elf somewhere in build/components.
  [[nodiscard]] Result<std::string> component(const std::string& name) const;

  // From the environment (TESSERA_SOURCE, TESSERA_BUILD), else where this tool was built.
  [[nodiscard]] static Paths find();
};

}  // namespace tessera::tools::run
