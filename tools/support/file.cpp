// SPDX-License-Identifier: Apache-2.0
// Whole files in and out, by POSIX calls.
#include "tools/support/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <system_error>

#include "tools/support/unique_fd.hpp"

namespace tessera::tools {

Result<std::string> read_file(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return fail_errno("cannot open " + path);
  std::string content;
  std::array<char, 65536> chunk;
  for (;;) {
    const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("cannot read " + path);
    if (got == 0) return content;
    content.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

Result<void> write_all(int file, std::string_view content, const std::string& name) {
  while (!content.empty()) {
    const ssize_t done = ::write(file, content.data(), content.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return fail_errno("cannot write " + name);
    content.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

Result<void> write_file(const std::string& path, std::string_view content) {
  const std::string temporary = path + "." + std::to_string(::getpid()) + ".tmp";
  {
    const UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!file.valid()) return fail_errno("cannot create " + temporary);
    if (auto written = write_all(file.get(), content, temporary); !written) {
      ::unlink(temporary.c_str());
      return written;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    auto failure = fail_errno("cannot rename " + temporary + " to " + path);
    ::unlink(temporary.c_str());
    return failure;
  }
  return {};
}

Result<void> write_file_if_changed(const std::string& path, std::string_view content) {
  if (const auto old = read_file(path); old && *old == content) return {};
  return write_file(path, content);
}

Result<void> copy_file(const std::string& from, const std::string& to) {
  const std::string content = TRY(read_file(from));
  return write_file(to, content);
}

Result<void> make_directories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return fail("cannot create the directory " + path + ": " + error.message());
  return {};
}

}  // namespace tessera::tools
