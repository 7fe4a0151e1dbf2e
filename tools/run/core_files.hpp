// SPDX-License-Identifier: Apache-2.0
// Core files that the machine's programs leave (docs/formats.md, "Host link"):
// taken piece by piece, each to a file core.NAME.PID in one directory.
// What comes from the machine is not trusted: names are cleaned, sizes bounded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/support/unique_fd.hpp"

namespace tessera::tools::run {

class CoreFiles {
 public:
  // DIRECTORY "": nobody asked for core files.
  explicit CoreFiles(std::string directory) : directory_(std::move(directory)) {}
  ~CoreFiles() { close(); }
  CoreFiles(const CoreFiles&) = delete;
  CoreFiles& operator=(const CoreFiles&) = delete;

  [[nodiscard]] bool wanted() const { return !directory_.empty(); }
  // The payload of one frame. False: it is none that the link may carry.
  [[nodiscard]] bool take(std::string_view payload);

 private:
  static constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 30;  // of one file
  static constexpr unsigned kMostFiles = 1000;

  void begin(std::string_view pid_and_name);
  void write(std::string_view bytes);
  void skip(std::uint64_t zeros);
  void end();
  void close();
  void give_up(const std::string& why);

  std::string directory_, path_;
  UniqueFd file_;
  std::uint64_t size_ = 0;
  unsigned files_ = 0;
};

}  // namespace tessera::tools::run
