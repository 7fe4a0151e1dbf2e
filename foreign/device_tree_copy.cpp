// SPDX-License-Identifier: Apache-2.0
// Devicetree Specification 0.4, 5.2 to 5.6.
#include "foreign/device_tree_copy.hpp"

#include <algorithm>
#include <array>

namespace tessera::foreign {

namespace {

using Bytes = DeviceTree::Bytes;

constexpr std::uint32_t kMagic = 0xd00dfeed, kVersion = 17, kOldest = 16, kProperty = 3;
constexpr std::size_t kHeaderBytes = 40, kReservationBytes = 16;
constexpr std::string_view kStart{"linux,initrd-start\0", 19}, kEnd{"linux,initrd-end\0", 17};

class Writer {
 public:
  explicit Writer(std::span<std::byte> to) : to_(to) {}

  void put(Bytes bytes) {
    fits_ = fits_ && bytes.size() <= to_.size() - at_;
    if (!fits_) return;
    std::ranges::copy(bytes, to_.subspan(at_).begin());
    at_ += bytes.size();
  }
  void put(std::string_view text) { put(std::as_bytes(std::span(text))); }
  void put(std::uint32_t value) {
    std::array<std::byte, 4> bytes{};
    for (std::byte& one : bytes) {
      one = static_cast<std::byte>(value >> 24);
      value <<= 8;
    }
    put(bytes);
  }
  void put_wide(std::uint64_t value) {
    put(static_cast<std::uint32_t>(value >> 32));
    put(static_cast<std::uint32_t>(value));
  }
  void put_range(std::uint64_t start, std::uint64_t bytes) {
    put_wide(start);
    put_wide(bytes);
  }
  [[nodiscard]] std::uint32_t at() const { return static_cast<std::uint32_t>(at_); }
  [[nodiscard]] bool fits() const { return fits_; }

 private:
  std::span<std::byte> to_;
  std::size_t at_ = 0;
  bool fits_ = true;
};

void put_property(Writer& writer, std::size_t name, std::uint64_t value) {
  writer.put(kProperty);
  writer.put(std::uint32_t{8});
  writer.put(static_cast<std::uint32_t>(name));
  writer.put_wide(value);
}

std::optional<std::size_t> inside_chosen(const DeviceTree& tree) {
  std::optional<std::size_t> inside;
  tree.each([&](const DeviceTree::Node& node) {
    const bool below_root = node.bus != nullptr && node.bus->parent == nullptr;
    if (below_root && node.name == "chosen" && !inside) inside = node.inside;
  });
  return inside;
}

}  // namespace

std::size_t bytes_of_copy(std::size_t tree_bytes, std::size_t reserved_count) {
  constexpr std::size_t kProperties = 2 * (3 * 4 + 8);
  return tree_bytes + kHeaderBytes + (reserved_count + 1) * kReservationBytes + kProperties + kStart.size() + kEnd.size() + 16;
}

std::expected<std::size_t, std::string_view> copy_tree(const DeviceTree& tree, const TreeAdditions& additions, std::span<std::byte> to) {
  const auto inside = inside_chosen(tree);
  if (!inside) return std::unexpected("the device tree has no /chosen");
  if (to.size() < kHeaderBytes) return std::unexpected("too little room for the device tree");
  const Bytes structure = tree.structure(), strings = tree.strings();

  Writer writer(to);
  writer.put(Bytes(to).first(kHeaderBytes));  // filled in at the end
  const std::uint32_t reservations = writer.at();
  for (unsigned i = 0; const auto old = tree.reservation(i); ++i) writer.put_range(old->start, old->end - old->start);
  for (const DeviceTree::Range& one : additions.reserved) writer.put_range(one.start, one.end - one.start);
  writer.put_range(0, 0);
  const std::uint32_t structure_at = writer.at();
  writer.put(structure.first(*inside));
  put_property(writer, strings.size(), additions.bundle.start);
  put_property(writer, strings.size() + kStart.size(), additions.bundle.end);
  writer.put(structure.subspan(*inside));
  const std::uint32_t strings_at = writer.at();
  writer.put(strings);
  writer.put(kStart);
  writer.put(kEnd);
  if (!writer.fits()) return std::unexpected("too little room for the device tree");

  Writer header(to.first(kHeaderBytes));
  for (const std::uint32_t one : {kMagic, writer.at(), structure_at, strings_at, reservations, kVersion, kOldest, std::uint32_t{0},
                                  writer.at() - strings_at, strings_at - structure_at}) {
    header.put(one);
  }
  return writer.at();
}

}  // namespace tessera::foreign
