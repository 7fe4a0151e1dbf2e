// SPDX-License-Identifier: Apache-2.0
// `tessera ps`, `devices`, `restart`, `stop`, `start` and `reload`: orders to a machine that runs (docs/formats.md, "Control link").
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tools/manifest/drivers.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::control {

struct Options {
  std::string component{};  // none for ps
  std::string machine{};    // "": the only one
  std::string program{};    // reload: of the build tree, or a file; "": the one that the component runs
  std::string signing_key{};   // reload: file; "": of the environment, or the build tree's
  bool aarch64 = false;        // reload: the machine's
  bool help = false;
};

[[nodiscard]] Result<Options> parse_options(std::string_view command, std::span<const std::string> arguments);

// What it has to tell, for standard output. `drivers`: who could drive what nobody does.
[[nodiscard]] Result<std::string> carry_out(std::string_view command, const Options& options, std::span<const manifest::Driver> drivers = {});

// A program that takes the place of a component's.
struct Replacement {
  std::string name;  // of the program
  std::string content;
  std::string signature;  // hexadecimal
};
// What the component runs now, by name.
[[nodiscard]] Result<std::string> program_of(const Options& options);
[[nodiscard]] Result<void> replace(const Options& options, const Replacement& replacement);

// The lines that a machine told of its components, as a table.
[[nodiscard]] std::string table_of(std::span<const std::string> components);
// The same of its devices; alike ones that nobody drives are one line.
[[nodiscard]] std::string device_table(std::span<const std::string> devices, std::span<const manifest::Driver> drivers);

}  // namespace tessera::tools::control
