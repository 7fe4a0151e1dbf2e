// SPDX-License-Identifier: Apache-2.0
// How a socket's call waits: not at all, for SO_RCVTIMEO or SO_SNDTIMEO, or until
// it is interrupted.
#pragma once

#include "components/linux/process/contract.hpp"
#include "components/linux/socket/endpoint.hpp"

namespace tessera::lx {

template <typename Ready>
Result<void> UnixEndpoint::wait(WaitQueue& queue, bool non_blocking, std::uint64_t timeout_ns, Ready ready) {
  if (ready()) return {};
  if (non_blocking) return fail(Errno::eagain);
  // Who waits must find everything in place, whoever closes what meanwhile.
  const Ref<UnixEndpoint> keep(this);
  const bool limited = timeout_ns != 0;
  const auto waited = wait_until(current_thread(), queue, ready, limited ? monotonic_ns() + timeout_ns : kNoDeadline);
  if (waited) return {};
  if (waited.error() == Errno::etimedout) return fail(Errno::eagain);
  return fail(limited ? Errno::eintr : waited.error());
}

}  // namespace tessera::lx
