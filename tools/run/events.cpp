// SPDX-License-Identifier: Apache-2.0
#include "tools/run/events.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

namespace tessera::tools::run {

void ask_for_events(int events) {
  constexpr std::string_view kAsk = "{\"execute\": \"qmp_capabilities\"}\n";
  static_cast<void>(::send(events, kAsk.data(), kAsk.size(), MSG_NOSIGNAL));
}

// They are few and short: the socket keeps them until somebody reads.
bool told_of_failure(int events) {
  std::string text;
  std::array<char, 4096> chunk;
  for (ssize_t got = ::read(events, chunk.data(), chunk.size()); got > 0; got = ::read(events, chunk.data(), chunk.size())) {
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return text.find("\"GUEST_PANICKED\"") != std::string::npos;
}

}  // namespace tessera::tools::run
