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
std::optional<std::uint64_t> find_rip(std::string_view text) {
  const std::size_t at = text.find("IP=");
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  const std::size_t digits = text[at - 1] == 'R' ? 16 : 8;
  if (text.size() < at + 3 + digits) return std::nullopt;
  return parse_number(text.substr(at + 3, digits), 16);
}

}  // namespace

std::optional<std::uint64_t> instruction_pointer(int monitor) {
  constexpr std::string_view kQuestion = "info registers\n";
  if (::send(monitor, kQuestion.data(), kQuestion.size(), MSG_NOSIGNAL) < 0) return std::nullopt;
  std::string answer;
  std::array<char, 4096> chunk;
  for (int tries = 0; tries < 40; ++tries) {
    pollfd wait{monitor, POLLIN, 0};
    if (::poll(&wait, 1, 50) <= 0) continue;
    const ssize_t got = ::read(monitor, chunk.data(), chunk.size());
    if (got <= 0) return std::nullopt;
    answer.append(chunk.data(), static_cast<std::size_t>(got));
    if (const auto rip = find_rip(answer)) return rip;
  }
  return std::nullopt;
}

}  // namespace tessera::tools::run
