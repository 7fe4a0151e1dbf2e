// SPDX-License-Identifier: Apache-2.0
// An operation that was made: by whom, with what, and how it ended. It can be told
// to the model, and to a reader.
#pragma once

#include <string>
#include <vector>

#include "tests/unit/kernel/differential/observation.hpp"

namespace tessera::nucleus::test {

enum class Kind : std::uint8_t {
  retype, mint, gate, move, swap, delete_, revoke, send, call, reply, limit, policy,
  bad_handle,  // by a handle that is stale or leads nowhere: not the model's business
};

// Where a slot is, or would be.
struct Where {
  const CapTable* table = nullptr;
  std::uint64_t index = 0;
};

class Performed {
 public:
  Performed() = default;
  Performed(Kind kind, unsigned actor, std::uint64_t actor_number) : kind(kind), actor(actor), actor_number_(actor_number) {}
  Kind kind = Kind::bad_handle;
  unsigned actor = 0;
  Error error = Error::ok;
  unsigned received = 0;   // capabilities, of a message
  unsigned restarts = 0;   // how often it was preempted

  Performed& with(const char* name, std::uint64_t number);
  Performed& with(const char* name, Where slot);
  Performed& with_table(const char* name, const CapTable& table);

  [[nodiscard]] std::string for_model() const;
  [[nodiscard]] std::string for_reader(const TableNames& names, const char* actor_name) const;

 private:
  struct Argument {
    const char* name;
    const CapTable* table;
    std::uint64_t number;
    bool has_number;
  };
  std::uint64_t actor_number_ = 0;
  std::vector<Argument> arguments_;
};

[[nodiscard]] const char* name(Kind kind);
[[nodiscard]] constexpr bool is_message(Kind kind) { return kind == Kind::send || kind == Kind::call || kind == Kind::reply; }

// What the model's numbers, of 63 bits, stand for: whatever is beyond all ranges and
// counts keeps its alignment only.
[[nodiscard]] constexpr std::uint64_t clamped(std::uint64_t number) {
  constexpr std::uint64_t kFar = std::uint64_t{1} << 44;
  return number < kFar ? number : kFar | (number & 0xfff);
}

}  // namespace tessera::nucleus::test
