// SPDX-License-Identifier: Apache-2.0
// What may cross a border between namespaces, and how: docs/capabilities.md.
#pragma once

#include "kernel/namespace/namespace.hpp"

namespace tessera::nucleus {

// What a gate lets through, as kept in the gate's capability. Its authority is named
// by serial number: when that namespace is gone the gate opens nothing any more.
struct Gate {
  std::uint64_t authority = 0;      // 0: no gate
  std::uint32_t types = 0;
  std::uint8_t rights = 0xff;
  std::uint8_t largest_bits = 0;    // 0: any

  [[nodiscard]] static Gate of(const Slot& endpoint) {
    return {.authority = endpoint.extra & kSerial,
            .types = static_cast<std::uint32_t>(endpoint.extra >> 48) | static_cast<std::uint32_t>(endpoint.limit_bits >> 8) << 16,
            .rights = endpoint.size_bits,
            .largest_bits = static_cast<std::uint8_t>(endpoint.limit_bits)};
  }
  void store(Slot& endpoint) const {
    endpoint.extra = authority | std::uint64_t{types} << 48;
    endpoint.size_bits = rights;
    endpoint.limit_bits = static_cast<std::uint16_t>(largest_bits | types >> 16 << 8);
  }
  [[nodiscard]] bool lets_through(const Slot& capability) const;

 private:
  static constexpr std::uint64_t kSerial = (std::uint64_t{1} << 48) - 1;
};

// How a capability crosses.
struct Way {
  const Thread& actor;         // who does it
  const Gate* gate = nullptr;  // what the message went through, if it was one
};

// A capability is in `to` now that came from `from`: both hear of it, unless they are one.
void audit_border(const Slot& capability, const Namespace* from, const Namespace* to, const Way& way);
inline void audit_crossing(const Slot& capability, const Namespace* from, const Namespace* to, const Way& way) {
  if (from != to) [[unlikely]] audit_border(capability, from, to, way);
}

// The rights that a capability of this type, made from `capability`, keeps when it
// gets to a slot in `to`: all of them, or those that the gate lets through; denied.
[[nodiscard]] Result<std::uint8_t> cross(const Slot& capability, ObjectType type, const Namespace* to, const Way& way);

// The same for a copy of the capability, or the capability itself.
[[nodiscard]] Result<std::uint8_t> cross_border(const Slot& capability, const Namespace* to, const Way& way);
[[nodiscard]] inline Result<std::uint8_t> cross(const Slot& capability, const Namespace* to, const Way& way) {
  if (namespace_of(capability) == to) [[likely]] return 0xff;
  return cross_border(capability, to, way);
}

}  // namespace tessera::nucleus
