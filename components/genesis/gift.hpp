// SPDX-License-Identifier: Apache-2.0
// Puts capabilities into a new component's table, maps what is memory, and writes
// it all down in the start page. The first failure is kept; after it nothing more
// is given.
#pragma once

#include <expected>
#include <string_view>

#include "components/genesis/component.hpp"
#include "components/genesis/start_page.hpp"

namespace tessera::genesis {

class Gift {
 public:
  Gift(Component& component, StartPage& page) : component_(component), page_(page), next_address_(abi::kGrantsAddress + component.area) {}

  // A copy of genesis' capability in the component's table; 0 after a failure.
  Handle give(Handle source, std::uint64_t rights, std::uint64_t badge = 0);
  // The same, under a name in the start page.
  void grant(rt::Grant grant, std::uint64_t rights, std::uint64_t badge = 0);
  // Memory: also mapped, `bytes` of it, with these rights (a device's registers, a channel, ...).
  void grant_mapped(rt::Grant grant, std::uint64_t rights);
  // An Untyped of all of `chunk`.
  void grant_untyped(std::string_view name, const Chunk& chunk);
  void config(std::string_view key, std::string_view value);

  // Attaches and maps `bytes` of a Memory at the next free address; that, or 0.
  std::uint64_t map(Handle memory, std::uint64_t bytes, std::uint64_t rights);

  [[nodiscard]] std::uint64_t next_slot() const { return next_slot_; }
  [[nodiscard]] std::expected<void, std::string_view> result() const;
  void fail(std::string_view why);

 private:
  void write(const rt::Grant& grant);

  Component& component_;
  StartPage& page_;
  std::uint64_t next_slot_ = 2;  // the first two of a table are never named
  std::uint64_t next_address_;
  std::string_view why_;
};

}  // namespace tessera::genesis
