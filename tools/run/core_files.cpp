// SPDX-License-Identifier: Apache-2.0
#include "tools/run/core_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <abi/protocols/console.hpp>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <format>

#include "tools/run/report.hpp"
#include "tools/support/file.hpp"

namespace tessera::tools::run {
namespace {

enum class Piece : std::uint8_t {
  begin = protocol::console::kCoreBegin,
  data = protocol::console::kCoreData,
  zeros = protocol::console::kCoreZeros,
  end = protocol::console::kCoreEnd,
};
constexpr std::size_t kMostName = 16;

std::string clean(std::string_view name) {
  std::string text;
  for (const char c : name.substr(0, kMostName)) {
    const auto byte = static_cast<unsigned char>(c);
    text += std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '+' ? c : '_';
  }
  return text;
}

}  // namespace

bool CoreFiles::take(std::string_view payload) {
  if (!wanted() || payload.empty()) return false;
  const std::string_view content = payload.substr(1);
  switch (static_cast<Piece>(payload.front())) {
    case Piece::begin:
      if (content.size() < 4) return false;
      begin(content);
      return true;
    case Piece::data: write(content); return true;
    case Piece::zeros: {
      std::uint64_t count = 0;
      if (content.size() != sizeof count) return false;
      std::memcpy(&count, content.data(), sizeof count);
      skip(count);
      return true;
    }
    case Piece::end: end(); return true;
  }
  return false;
}

void CoreFiles::begin(std::string_view pid_and_name) {
  close();  // an earlier one that has no end stays, cut off as it is
  std::uint32_t pid = 0;
  std::memcpy(&pid, pid_and_name.data(), sizeof pid);
  if (files_ == kMostFiles) return;
  if (++files_ == kMostFiles) say("no more core files are written in this run");
  path_ = std::format("{}/core.{}.{}", directory_, clean(pid_and_name.substr(sizeof pid)), pid);
  size_ = 0;
  if (const auto made = make_directories(directory_); !made) return give_up(made.error().message);
  file_ = UniqueFd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file_.valid()) give_up(std::strerror(errno));
}

void CoreFiles::give_up(const std::string& why) {
  say("core file " + path_ + ": " + why);
  file_.reset();
}

void CoreFiles::write(std::string_view bytes) {
  if (!file_.valid()) return;
  if (bytes.size() > kMostBytes - size_) return give_up("it is too large");
  if (const auto written = write_all(file_.get(), bytes, path_); !written) return give_up(written.error().message);
  size_ += bytes.size();
}

// A hole: its length becomes the file's with the next bytes or at the end.
void CoreFiles::skip(std::uint64_t zeros) {
  if (!file_.valid()) return;
  if (zeros > kMostBytes - size_) return give_up("it is too large");
  size_ += zeros;
  if (::lseek(file_.get(), static_cast<off_t>(size_), SEEK_SET) < 0) give_up(std::strerror(errno));
}

void CoreFiles::end() {
  if (!file_.valid()) return;
  if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) return give_up(std::strerror(errno));
  file_.reset();
}

void CoreFiles::close() {
  if (!file_.valid()) return;
  say("core file " + path_ + ": it is not whole");
  file_.reset();
}

}  // namespace tessera::tools::run
