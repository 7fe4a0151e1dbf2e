// SPDX-License-Identifier: Apache-2.0
// Turns audit records into lines of the log: see README.md.
#include <array>
#include <charconv>
#include <memory>

#include "components/audit/reader.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::audit {
namespace {

constexpr std::size_t kMostRings = 64;
// How long a record waits at most. A ring of 64 KiB holds a thousand.
constexpr std::uint64_t kPauseNs = 5'000'000;

using Number = std::array<char, 24>;

struct Rings {
  std::array<Ring, kMostRings> all{};
  std::size_t count = 0;
  std::uint64_t root = 0;

  [[nodiscard]] std::span<Ring> used() { return std::span(all).first(count); }
  // A component's name where the serial number is one's, else the number.
  std::string_view name_of(std::uint64_t serial, Number& buffer) {
    if (serial == 0) return "-";
    if (serial == root) return "genesis";
    for (const Ring& ring : used()) {
      if (ring.serial() == serial) return ring.name();
    }
    return rt::format_to(buffer, "{}", serial);
  }
};

Rings find_rings(const rt::Start& start) {
  constexpr std::string_view kPrefix = "audit.";
  Rings rings;
  for (std::size_t i = 0; i < start.grant_count() && rings.count < kMostRings; ++i) {
    const rt::Grant grant = start.grant_at(i);
    if (!grant.name.starts_with(kPrefix) || grant.kind != abi::ObjectType::memory || grant.address == 0) continue;
    rings.all.at(rings.count++) = Ring(grant.name.substr(kPrefix.size()), grant.extra, grant.address, grant.bytes);
  }
  if (const auto root = start.config("audit.root")) {
    (void)std::from_chars(root->data(), std::to_address(root->end()), rings.root);
  }
  return rings;
}

std::string_view event_name(std::uint8_t event) {
  switch (event) {
    case abi::kAuditCreate: return "create";
    case abi::kAuditDelegate: return "delegate";
    case abi::kAuditRevoke: return "revoke";
    case abi::kAuditDenied: return "denied";
    case abi::kAuditUse: return "use";
    case abi::kAuditNote: return "note";
    default: return "unknown";
  }
}

std::string_view rights_text(std::uint8_t rights, std::array<char, 8>& buffer) {
  constexpr std::string_view kLetters = "rwxgdm";
  std::size_t count = 0;
  for (std::size_t bit = 0; bit < kLetters.size(); ++bit) {
    if ((rights >> bit & 1) != 0) buffer.at(count++) = kLetters[bit];
  }
  return count == 0 ? "-" : std::string_view(buffer.data(), count);
}

void write_down(Rings& rings, const Ring& ring, const abi::AuditRecord& record) {
  Number actor, other;
  std::array<char, 8> rights;
  rt::log("{}\t{}\t{}\t{}\t{}\t{:#x}\t{}\t{}\t{}\t{:#x}\t{}\t{}\t{}", ring.name(), record.sequence, record.time, event_name(record.event),
          abi::name(static_cast<abi::ObjectType>(record.type)), record.object, rights_text(record.rights, rights),
          record.badge, rings.name_of(record.actor, actor), record.thread, rings.name_of(record.other, other),
          abi::name(static_cast<abi::Error>(record.error)), record.lost);
}

}  // namespace
}  // namespace tessera::audit

int component_main(const tessera::rt::Start& start) {
  using namespace tessera;
  audit::Rings rings = audit::find_rings(start);
  const auto flush = start.grant("audit.flush", abi::ObjectType::notification);
  const auto done = start.grant("audit.done", abi::ObjectType::notification);
  if (!flush || !done) rt::panic("the manifest does not grant audit");
  start.ready();
  for (;;) {
    const bool last = rt::wait_notification(flush->handle, rt::now_ns() + audit::kPauseNs).has_value();
    for (audit::Ring& ring : rings.used()) {
      while (const auto record = ring.next()) audit::write_down(rings, ring, *record);
    }
    if (last) (void)rt::notify(done->handle);
  }
}
