// SPDX-License-Identifier: Apache-2.0
// What a debugger needs to attach to a machine.
#include "tools/run/debugger.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <bit>
#include <cerrno>

#include "tools/support/process.hpp"
#include "tools/support/unique_fd.hpp"

namespace tessera::tools::run {

std::string debugger_command(const Options& options, const Paths& paths) {
  // "build" is what the compiler wrote instead of the folder it ran in, and sources
  // are named relative to it (cmake/freestanding.cmake).
  return shell_words({"gdb", paths.nucleus(), "-ex", "set substitute-path build " + paths.source, "-ex", "target remote localhost:" + std::to_string(options.gdb_port)});
}

Result<void> debugger_port_free(const Options& options) {
  const UniqueFd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!probe.valid()) return fail_errno("cannot make a socket");
  const int yes = 1;  // as QEMU: connections that ended a moment ago do not count
  ::setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options.gdb_port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(probe.get(), std::bit_cast<const sockaddr*>(&address), sizeof address) == 0) return {};
  if (errno != EADDRINUSE) return fail_errno("cannot use port " + std::to_string(options.gdb_port) + " for the debugger");
  return fail("port " + std::to_string(options.gdb_port) +
              " is in use, perhaps by another machine that waits for a debugger; --gdb-port takes another");
}

}  // namespace tessera::tools::run
