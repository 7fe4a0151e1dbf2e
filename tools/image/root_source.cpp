// SPDX-License-Identifier: Apache-2.0
#include "tools/image/root_source.hpp"

#include <filesystem>
#include <system_error>

#include "tools/image/host_files.hpp"
#include "tools/image/tar.hpp"
#include "tools/support/file.hpp"
#include "tools/support/process.hpp"

namespace tessera::tools::image {
namespace {

Result<std::string> read_archive(const std::string& file) {
  for (const auto& [suffix, program] : {std::pair{".gz", "gzip"}, std::pair{".tgz", "gzip"}, std::pair{".xz", "xz"}, std::pair{".zst", "zstd"}}) {
    if (file.ends_with(suffix)) return run_program({{program, "-dc", "--", file}, ""});
  }
  return read_file(file);
}

}  // namespace

Result<void> add_root(Root& root, const std::string& source) {
  std::error_code error;
  if (std::filesystem::is_directory(source, error)) {
    TRY(add_host_files(root, {source, "/"}));
  } else {
    std::string archive = TRY(read_archive(source));
    if (auto added = add_tar(root, std::move(archive)); !added) return fail(source + ": " + added.error().message);
  }
  for (const char* one : {"/dev", "/proc", "/sys", "/tmp"}) {
    if (!root.is_there(one)) TRY(root.put_directory(one, std::string_view(one) == "/tmp" ? 01777 : 0755));
  }
  return {};
}

}  // namespace tessera::tools::image
