// SPDX-License-Identifier: Apache-2.0
// One line of a machine's log that the component `audit` wrote: a record of the
// nucleus (docs/capabilities.md, "Audit"), its fields separated by tabs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::tools::audit {

struct Record {
  std::string name_space;  // whose ring: a component's name, or a serial number
  std::uint64_t sequence = 0;
  std::uint64_t time_ns = 0;  // since boot
  std::string event;          // create, delegate, revoke, denied, use or note
  std::string type;           // of the object
  std::uint64_t object = 0;   // its identity
  std::string rights;         // letters of rwxgdm
  std::uint64_t badge = 0;
  std::string actor;          // namespace of the thread that acted
  std::uint64_t thread = 0;   // its identity
  std::string other;          // namespace on the other side; "-": none
  std::string result;         // "ok", or the error's name
  std::uint64_t lost = 0;     // records lost before this one
};

// Nothing when the line is no record.
[[nodiscard]] std::optional<Record> parse_record(std::string_view log_line);

// Which records to show; what is empty does not matter.
struct Filter {
  std::string name_space;  // as ring, actor or other side
  std::string event;
  std::string object;      // a type, or an identity as 0x...
  std::uint64_t since_ns = 0;

  [[nodiscard]] bool matches(const Record& record) const;
};

// One line each, without line feed.
[[nodiscard]] std::string as_text(const Record& record);
[[nodiscard]] std::string as_json(const Record& record);

}  // namespace tessera::tools::audit
