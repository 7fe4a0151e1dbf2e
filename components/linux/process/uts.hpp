// SPDX-License-Identifier: Apache-2.0
// A UTS namespace: the names that uname(2) tells.
#pragma once

#include <cstdint>
#include <string>

#include "components/linux/core/ref.hpp"
#include "components/linux/fs/mount.hpp"

namespace tessera::lx {

class Thread;

class UtsNames final : public RefCounted {
 public:
  [[nodiscard]] Ref<UtsNames> copy() const {
    auto made = make_ref<UtsNames>();
    made->host = host;
    made->domain = domain;
    return made;
  }
  [[nodiscard]] std::uint64_t number() const { return number_; }
  std::string host = "tessera", domain = "(none)";

 private:
  std::uint64_t number_ = next_namespace_number();
};

// A thread's, or with null those of the first process.
Ref<UtsNames> uts_of(const Thread* thread);

}  // namespace tessera::lx
