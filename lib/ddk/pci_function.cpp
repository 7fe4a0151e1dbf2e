// SPDX-License-Identifier: Apache-2.0
#include "lib/ddk/pci_function.hpp"

#include "lib/format/manifest.hpp"
#include "lib/rt/format.hpp"

namespace tessera::ddk {

std::optional<PciFunction::Place> PciFunction::place(std::string_view key) const {
  std::array<char, 48> name;
  auto text = start_.config(rt::format_to(name, "{}.{}", prefix_, key));
  if (!text) return std::nullopt;
  std::array<std::uint64_t, 4> numbers{};
  std::size_t count = 0;
  while (count < numbers.size()) {
    const std::size_t colon = text->find(':');
    const auto number = format::parse_number(text->substr(0, colon));
    if (!number) return std::nullopt;
    numbers.at(count++) = *number;
    if (colon == std::string_view::npos) break;
    if (count == numbers.size()) return std::nullopt;
    text->remove_prefix(colon + 1);
  }
  if (count < 3) return std::nullopt;
  const auto [bar, offset, length, extra] = numbers;
  return Place{.bar = bar, .offset = offset, .length = length, .extra = count == 4 ? std::optional(extra) : std::nullopt};
}

rt::Mmio PciFunction::bar(std::uint64_t number) const {
  std::array<char, 32> name;
  const auto memory = start_.grant(rt::format_to(name, "{}.bar{}", prefix_, number), abi::ObjectType::memory);
  return memory ? rt::Mmio(rt::bytes_of(*memory)) : rt::Mmio();
}

MsixTable::MsixTable(const PciFunction& function) {
  constexpr std::uint64_t kMost = 2048;
  const auto place = function.place("msix");
  if (place && !place->extra && place->length <= kMost) table_ = function.window(*place, place->length * kEntryBytes);
}

// Address, upper address, data, vector control.
bool MsixTable::set(std::size_t entry, const InterruptMessage& message) const {
  const rt::Mmio one = table_.part(entry * kEntryBytes, kEntryBytes);
  if (one.size() == 0) return false;
  one.write_at<std::uint32_t>(0, static_cast<std::uint32_t>(message.address));
  one.write_at<std::uint32_t>(4, static_cast<std::uint32_t>(message.address >> 32));
  one.write_at<std::uint32_t>(8, static_cast<std::uint32_t>(message.data));
  one.write_at<std::uint32_t>(12, 0);
  return true;
}

}  // namespace tessera::ddk
