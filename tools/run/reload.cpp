// SPDX-License-Identifier: Apache-2.0
#include "tools/run/reload.hpp"

#include <filesystem>

#include "tools/run/programs.hpp"
#include "tools/run/signing_key.hpp"

namespace tessera::tools::run {
namespace {

constexpr std::size_t kMostName = 31;

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= kMostName && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

}  // namespace

Result<void> reload(const control::Options& options, Paths paths) {
  if (options.aarch64) paths.below = "/aarch64";
  control::Replacement replacement;
  replacement.name = options.program.empty() ? TRY(control::program_of(options)) : options.program;
  if (replacement.name.find('/') != std::string::npos) {
    replacement.content = TRY(stripped_file(replacement.name));
    replacement.name = std::filesystem::path(replacement.name).stem().string();
    if (!good_name(replacement.name)) return fail("'" + replacement.name + "' is not a good name for a program: small letters, digits, '-' and '_', at most 31");
  } else {
    if (!good_name(replacement.name)) return fail("'" + replacement.name + "' is not a good name for a program; of a file, write ./" + replacement.name);
    replacement.content = TRY(stripped_component(paths, replacement.name));
  }
  const signing::Key key = TRY(signing_key(options.signing_key, paths));
  replacement.signature = signing::hexadecimal(key.sign(replacement.name, replacement.content));
  return control::replace(options, replacement);
}

}  // namespace tessera::tools::run
