// SPDX-License-Identifier: Apache-2.0
#include "tools/control/machines.hpp"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <system_error>

#include "tools/support/size.hpp"

namespace tessera::tools::control {
namespace {

constexpr std::string_view kSuffix = ".control";

std::string directory() {
  const char* own = ::getenv("XDG_RUNTIME_DIR");
  if (own != nullptr && *own == '/') return std::string(own) + "/tessera";
  return "/tmp/tessera-" + std::to_string(::getuid());
}

// Anyone could have made it before us.
Result<void> check_directory(const std::string& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return fail_errno(path);
  if (!S_ISDIR(found.st_mode) || found.st_uid != ::getuid() || (found.st_mode & 077) != 0) {
    return fail(path + " is not a directory of this user's alone: remove it");
  }
  return {};
}

Result<UniqueFd> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto room = std::span(address.sun_path);
  if (path.size() >= room.size()) return fail(path + ": too long a name for a socket");
  std::ranges::copy(path, room.begin());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return fail_errno("cannot make a socket");
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return fail_errno(path);
  return socket;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

Result<Place> Place::make() {
  const std::string base = directory();
  if (::mkdir(base.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno("cannot make " + base);
  TRY(check_directory(base));
  std::string path = base + "/" + std::to_string(::getpid()) + std::string(kSuffix);
  ::unlink(path.c_str());  // of an earlier process of that number
  return Place(std::move(path));
}

Place::~Place() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

std::vector<std::string> running_machines() {
  std::vector<std::string> found;
  if (!check_directory(directory())) return found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory(), error)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(kSuffix)) continue;
    const std::string number = name.substr(0, name.size() - kSuffix.size());
    // Who was killed could not take its socket away.
    const auto process = parse_number(number);
    if (process && ::kill(static_cast<pid_t>(*process), 0) == 0) found.push_back(number);
    else ::unlink(entry.path().c_str());
  }
  std::ranges::sort(found, {}, [](const std::string& text) { return parse_number(text).value_or(0); });
  return found;
}

Result<UniqueFd> reach(const std::string& machine) {
  const auto running = running_machines();
  if (running.empty()) return fail("no machine is running: ./tessera run starts one");
  if (machine.empty() && running.size() > 1) {
    return fail("several machines are running: --machine says which (" + join(running) + ")");
  }
  if (!machine.empty() && std::ranges::find(running, machine) == running.end()) {
    return fail("no machine " + machine + " is running (there: " + join(running) + ")");
  }
  TRY(check_directory(directory()));
  return connect_to(directory() + "/" + (machine.empty() ? running.front() : machine) + std::string(kSuffix));
}

}  // namespace tessera::tools::control
