// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/device_grant.hpp"

#include "lib/rt/format.hpp"

namespace tessera::genesis {

namespace {

using abi::kRightRead;
using abi::kRightWrite;

std::string_view virtio_name(std::uint8_t type) {
  constexpr std::array<std::string_view, 5> kNames{"", "common", "notify", "isr", "device"};
  return type < kNames.size() ? kNames[type] : "";
}

void give_facts(FirstGift& gift, const Device& device, std::string_view prefix) {
  std::array<char, 64> key, value;
  if (!device.in_tree.empty()) gift.config(rt::format_to(key, "{}.tree", prefix), device.in_tree);
  std::array<bool, 5> seen{};
  for (const VirtioCapability& one : std::span(device.virtio).first(device.virtio_count)) {
    // The first of a type is the one to use (virtio 1.1, 4.1.4.1).
    if (virtio_name(one.type).empty() || seen[one.type]) continue;
    seen[one.type] = true;
    const auto text = one.type == 2
                          ? rt::format_to(value, "{:#x}:{:#x}:{:#x}:{:#x}", one.bar, one.offset, one.length, one.multiplier)
                          : rt::format_to(value, "{:#x}:{:#x}:{:#x}", one.bar, one.offset, one.length);
    gift.config(rt::format_to(key, "{}.virtio.{}", prefix, virtio_name(one.type)), text);
  }
  if (!device.msix || device.interrupt_count == 0) return;
  gift.config(rt::format_to(key, "{}.msix", prefix),
              rt::format_to(value, "{:#x}:{:#x}:{:#x}", device.msix->bar, device.msix->offset, device.msix->entries));
}

using Text = std::array<char, 16>;

// Behind the names of the device with this number.
std::string_view suffix_of(std::size_t number, Text& text) { return number == 0 ? std::string_view{} : rt::format_to(text, "{}", number); }

}  // namespace

void describe_device(FirstGift& gift, const Device& device, std::size_t number) {
  Text prefix_text, number_text;
  give_facts(gift, device, rt::format_to(prefix_text, "device{}", suffix_of(number, number_text)));
}

void give_device(Gift& gift, const Device& device, std::size_t number) {
  Text prefix_text, number_text;
  const std::string_view suffix = suffix_of(number, number_text);
  const std::string_view prefix = rt::format_to(prefix_text, "device{}", suffix);
  std::array<char, 48> name;
  for (const DeviceBar& bar : std::span(device.bars).first(device.bar_count)) {
    gift.grant_mapped({.name = rt::format_to(name, "{}.bar{}", prefix, bar.bar.number), .handle = bar.memory, .bytes = bar.bar.bytes},
                      kRightRead | kRightWrite);
  }
  std::size_t which = 0;
  for (const DeviceInterrupt& one : std::span(device.interrupts).first(device.interrupt_count)) {
    std::array<char, 8> which_text;
    const std::string_view which_suffix = which == 0 ? std::string_view{} : rt::format_to(which_text, "{}", which);
    ++which;
    gift.grant({.name = rt::format_to(name, "{}.interrupt{}", prefix, which_suffix), .kind = abi::ObjectType::interrupt, .handle = one.handle,
                .address = one.message_address, .extra = one.message_data},
               kRightWrite | abi::kRightManage);
  }
  if (device.dma != 0) {
    gift.grant_mapped({.name = rt::format_to(name, "dma{}", suffix), .handle = device.dma, .bytes = device.dma_bytes,
                       .physical = device.dma_physical},
                      kRightRead | kRightWrite | abi::kRightDma);
  }
}

}  // namespace tessera::genesis
