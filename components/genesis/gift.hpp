// SPDX-License-Identifier: Apache-2.0
// Puts capabilities into a new component's table, maps what is memory, and writes
// it all down in the start page. The first failure is kept; after it nothing more
// is given.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "components/genesis/component.hpp"
#include "components/genesis/start_page.hpp"

namespace tessera::genesis {

class Gift {
 public:
  explicit Gift(Component& component) : component_(component) {}
  Gift(const Gift&) = delete;
  Gift& operator=(const Gift&) = delete;

  // A copy of genesis' capability in the component's table; 0 after a failure.
  Handle give(Handle source, std::uint64_t rights, std::uint64_t badge = 0);
  // The same, under a name in the start page.
  void grant(rt::Grant grant, std::uint64_t rights, std::uint64_t badge = 0);
  // Memory: also mapped, `bytes` of it, with these rights (a device's registers, a channel, ...).
  void grant_mapped(rt::Grant grant, std::uint64_t rights);
  // An Untyped of all of `chunk`.
  void grant_untyped(std::string_view name, const Chunk& chunk);

  // Attaches and maps `bytes` of a Memory at the next free address; that, or 0.
  std::uint64_t map(Handle memory, std::uint64_t bytes, std::uint64_t rights);

  [[nodiscard]] std::expected<void, std::string_view> result() const;
  void fail(std::string_view why);

 protected:
  ~Gift() = default;

  // Where what comes next goes, and what was given under a name; false, or none: no room.
  [[nodiscard]] virtual std::optional<std::uint64_t> take_slot() = 0;
  [[nodiscard]] virtual std::optional<std::uint64_t> take_addresses(std::uint64_t bytes) = 0;
  [[nodiscard]] virtual bool write(const rt::Grant& grant) = 0;
  // It is attached to the component's address space. False: too many are.
  [[nodiscard]] virtual bool attached(std::uint64_t attachment) = 0;

  Component& component_;

 private:
  void write_down(const rt::Grant& grant);

  std::string_view why_;
};

// What a component begins its life with.
class FirstGift final : public Gift {
 public:
  FirstGift(Component& component, StartPage& page) : Gift(component), page_(page), next_address_(abi::kGrantsAddress + component.area) {}

  void config(std::string_view key, std::string_view value);
  // Room for what it asks for later.
  void leave_room(std::size_t grants);
  [[nodiscard]] std::uint64_t next_slot() const { return next_slot_; }

 private:
  [[nodiscard]] std::optional<std::uint64_t> take_slot() override { return next_slot_++; }
  [[nodiscard]] std::optional<std::uint64_t> take_addresses(std::uint64_t bytes) override;
  [[nodiscard]] bool write(const rt::Grant& grant) override { return page_.add(grant); }
  [[nodiscard]] bool attached(std::uint64_t attachment) override { return component_.remember(attachment); }

  StartPage& page_;
  std::uint64_t next_slot_ = 2;  // the first two of a table are never named
  std::uint64_t next_address_;
};

}  // namespace tessera::genesis
