// SPDX-License-Identifier: Apache-2.0
// A directory that goes with its owner.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "tools/support/result.hpp"

namespace tessera::tools {

class TemporaryDirectory {
 public:
  // In BASE, or when that is empty where the user wants temporary files.
  [[nodiscard]] static Result<TemporaryDirectory> make(const std::string& base = "") {
    const char* usual = ::getenv("TMPDIR");
    const std::string otherwise = usual != nullptr && *usual != '\0' ? usual : "/tmp";
    std::string path = (base.empty() ? otherwise : base) + "/tessera.XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return fail_errno("cannot make a temporary directory " + path);
    return TemporaryDirectory(std::move(path));
  }
  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace tessera::tools
