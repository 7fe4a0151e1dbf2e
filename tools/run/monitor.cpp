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

// QEMU writes RIP= and 16 digits in long mode, EIP= and 8 before.
std::vector<std::uint64_t> find_rips(std::string_view text) {
  std::vector<std::uint64_t> found;
  for (std::size_t at = text.find("IP=", 1); at != std::string_view::npos; at = text.find("IP=", at + 1)) {
    const std::size_t digits = text[at - 1] == 'R' ? 16 : 8;
    if (text.size() < at + 3 + digits) break;
    if (const auto rip = parse_number(text.substr(at + 3, digits), 16)) found.push_back(*rip);
  }
  return found;
}

}  // namespace

std::vector<std::uint64_t> instruction_pointers(int monitor, std::size_t count) {
  constexpr std::string_view kQuestion = "info registers -a\n";
  if (::send(monitor, kQuestion.data(), kQuestion.size(), MSG_NOSIGNAL) < 0) return {};
  std::string answer;
  std::array<char, 4096> chunk;
  for (int tries = 0; tries < 40 && find_rips(answer).size() < count; ++tries) {
    pollfd wait{monitor, POLLIN, 0};
    if (::poll(&wait, 1, 50) <= 0) continue;
    const ssize_t got = ::read(monitor, chunk.data(), chunk.size());
    if (got <= 0) break;
    answer.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return find_rips(answer);
}

}  // namespace tessera::tools::run
