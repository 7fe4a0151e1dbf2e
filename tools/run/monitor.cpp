// SPDX-License-Identifier: Apache-2.0
// The human monitor's `info registers`.
#include "tools/run/monitor.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

#include "tools/support/size.hpp"

namespace tessera::tools::run {
namespace {

// Where QEMU says it: on x86-64 in long mode and before, and on AArch64.
struct Register {
  std::string_view name;
  std::size_t digits = 0;
};
constexpr std::array kPointers{Register{"RIP=", 16}, Register{"EIP=", 8}, Register{" PC=", 16}};

std::vector<std::uint64_t> find_pointers(std::string_view text) {
  std::vector<std::uint64_t> found;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const Register& one : kPointers) {
      if (!text.substr(at).starts_with(one.name) || text.size() - at < one.name.size() + one.digits) continue;
      if (const auto value = parse_number(text.substr(at + one.name.size(), one.digits), 16)) found.push_back(*value);
    }
  }
  return found;
}

}  // namespace

std::vector<std::uint64_t> instruction_pointers(int monitor, std::size_t count) {
  constexpr std::string_view kQuestion = "info registers -a\n";
  if (::send(monitor, kQuestion.data(), kQuestion.size(), MSG_NOSIGNAL) < 0) return {};
  std::string answer;
  std::array<char, 4096> chunk;
  for (int tries = 0; tries < 40 && find_pointers(answer).size() < count; ++tries) {
    pollfd wait{monitor, POLLIN, 0};
    if (::poll(&wait, 1, 50) <= 0) continue;
    const ssize_t got = ::read(monitor, chunk.data(), chunk.size());
    if (got <= 0) break;
    answer.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return find_pointers(answer);
}

}  // namespace tessera::tools::run
