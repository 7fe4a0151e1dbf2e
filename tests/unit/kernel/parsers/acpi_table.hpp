// SPDX-License-Identifier: Apache-2.0
// Builds ACPI tables byte by byte (ACPI 6.5, chapter 5.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace tessera::nucleus::test {

class AcpiTable {
 public:
  AcpiTable(std::string_view signature, std::uint8_t revision) : bytes_(36) {
    std::memcpy(bytes_.data(), signature.data(), 4);
    set(8, revision);
  }
  template <typename T>
  AcpiTable& add(T value) {
    bytes_.resize(bytes_.size() + sizeof value);
    return set(bytes_.size() - sizeof value, value);
  }
  template <typename T>
  AcpiTable& set(std::size_t at, T value) {
    std::memcpy(std::span(bytes_).subspan(at, sizeof value).data(), &value, sizeof value);
    return *this;
  }
  AcpiTable& zeros(std::size_t count) {
    bytes_.resize(bytes_.size() + count);
    return *this;
  }
  // The length and the sum that the head must have.
  AcpiTable& seal() {
    set(4, static_cast<std::uint32_t>(bytes_.size()));
    set(9, std::uint8_t{0});
    unsigned sum = 0;
    for (const std::byte byte : bytes_) sum += static_cast<unsigned>(byte);
    return set(9, static_cast<std::uint8_t>(0 - sum));
  }
  [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }
  [[nodiscard]] std::vector<std::byte>& bytes() { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

// System Resource Affinity Table, 5.2.16.
class Srat : public AcpiTable {
 public:
  explicit Srat(std::uint8_t revision = 3) : AcpiTable("SRAT", revision) { zeros(12); }
  Srat& core(std::uint8_t apic_id, std::uint32_t domain, std::uint32_t flags = 1) {
    add(std::uint8_t{0}).add(std::uint8_t{16}).add(static_cast<std::uint8_t>(domain)).add(apic_id).add(flags);
    add(domain & ~0xffu).zeros(4);  // the lowest byte: of a SAPIC
    return *this;
  }
  Srat& core2(std::uint32_t apic_id, std::uint32_t domain, std::uint32_t flags = 1) {
    add(std::uint8_t{2}).add(std::uint8_t{24}).zeros(2).add(domain).add(apic_id).add(flags).zeros(8);
    return *this;
  }
  Srat& memory(std::uint64_t start, std::uint64_t bytes, std::uint32_t domain, std::uint32_t flags = 1) {
    add(std::uint8_t{1}).add(std::uint8_t{40}).add(domain).zeros(2).add(start).add(bytes).zeros(4).add(flags).zeros(8);
    return *this;
  }
};

// System Locality Information Table, 5.2.17.
inline AcpiTable slit(std::uint64_t count, const std::vector<std::uint8_t>& distances) {
  AcpiTable table("SLIT", 1);
  table.add(count);
  for (const std::uint8_t distance : distances) table.add(distance);
  return table;
}

}  // namespace tessera::nucleus::test
