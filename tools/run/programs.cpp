// SPDX-License-Identifier: Apache-2.0
// Stripped copies of ELF files, kept in the cache while they are up to date.
#include "tools/run/programs.hpp"

#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "tools/support/file.hpp"
#include "tools/support/process.hpp"
#include "tools/support/temporary.hpp"

namespace tessera::tools::run {
namespace {

bool newer(const std::string& path, const std::string& than) {
  std::error_code error;
  const auto one = std::filesystem::last_write_time(path, error);
  if (error) return false;
  const auto other = std::filesystem::last_write_time(than, error);
  return !error && one > other;
}

// Path of the stripped copy. Two runs at a time may make it twice, but each sees a whole one.
Result<std::string> strip(const Paths& paths, const std::string& elf, const std::string& name) {
  const std::string directory = paths.cache() + "/stripped" + paths.below;
  const std::string result = directory + "/" + name + ".elf";
  if (newer(result, elf)) return result;
  TRY(make_directories(directory));
  const std::string temporary = result + "." + std::to_string(::getpid());
  const std::string quiet = TRY(run_program({{"llvm-objcopy-22", "--strip-all", elf, temporary}, ""}));
  std::error_code error;
  std::filesystem::rename(temporary, result, error);
  if (error) return fail("cannot write " + result + ": " + error.message());
  return result;
}

}  // namespace

Result<std::string> stripped_component(const Paths& paths, const std::string& name) {
  const std::string elf = TRY(paths.component(name));
  const std::string stripped = TRY(strip(paths, elf, name));
  return read_file(stripped);
}

Result<std::string> stripped_file(const std::string& elf) {
  const auto directory = TRY(TemporaryDirectory::make());
  const std::string stripped = directory.path() + "/stripped";
  const std::string quiet = TRY(run_program({{"llvm-objcopy-22", "--strip-all", elf, stripped}, ""}));
  return read_file(stripped);
}

Result<std::string> stripped_nucleus(const Paths& paths) {
  // What is booted on AArch64 is the memory's contents, which have no symbols.
  const bool as_memory = !paths.below.empty();
  const std::string built = as_memory ? paths.target() + "/kernel/nucleus.image" : paths.nucleus();
  std::error_code error;
  if (!std::filesystem::exists(built, error)) {
    const std::string remedy = as_memory ? "./tessera run --arch aarch64 builds it" : "run ./tessera build";
    return fail("the nucleus was not built: there is no " + built + "; " + remedy);
  }
  return as_memory ? Result<std::string>(built) : strip(paths, built, "nucleus");
}

}  // namespace tessera::tools::run
