// SPDX-License-Identifier: Apache-2.0
// User and group ids of a thread. A set is never changed once threads share it:
// who changes ids gets a set of its own.
#pragma once

#include "components/linux/core/ref.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

class CredentialSet final : public RefCounted {
 public:
  explicit CredentialSet(Credentials ids) : value(std::move(ids)) {}
  Credentials value;
};

}  // namespace tessera::lx
