// SPDX-License-Identifier: Apache-2.0
// Control messages: cmsg(3). Open files (SCM_RIGHTS) and ids (SCM_CREDENTIALS).
#pragma once

#include "components/linux/socket/endpoint.hpp"

namespace tessera::lx {

// Into `message`. EINVAL, EBADF, EPERM, ETOOMANYREFS.
Result<void> read_ancillary(std::uint64_t address, std::uint64_t length, Outgoing& message);

struct AncillaryWritten {
  std::uint64_t length = 0;
  std::uint32_t flags = 0;  // MSG_CTRUNC
};
// What came with a message; files that find no room or no descriptor are closed.
Result<AncillaryWritten> write_ancillary(const Incoming& got, bool ids, bool close_on_exec, std::uint64_t address,
                                         std::uint64_t room);

}  // namespace tessera::lx
