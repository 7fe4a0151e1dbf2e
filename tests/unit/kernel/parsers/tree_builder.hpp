// SPDX-License-Identifier: Apache-2.0
// Builds flattened device trees; and two machines'.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::nucleus::test {

// Builds a tree token by token (Devicetree Specification 0.4, 5).
class Tree {
 public:
  Tree& begin(std::string_view name) { return cell(1).text(name); }
  Tree& end() { return cell(2); }
  Tree& property(std::string_view name, std::initializer_list<std::uint32_t> cells) {
    cell(3).cell(static_cast<std::uint32_t>(cells.size() * 4)).cell(string(name));
    for (const std::uint32_t one : cells) cell(one);
    return *this;
  }
  Tree& property(std::string_view name, std::string_view value) {
    cell(3).cell(static_cast<std::uint32_t>(value.size() + 1)).cell(string(name));
    return text(value);
  }
  Tree& nothing(std::string_view name) { return cell(3).cell(0).cell(string(name)); }
  Tree& cell(std::uint32_t value) {
    put(structure_, value);
    return *this;
  }
  Tree& reserve(std::uint64_t start, std::uint64_t bytes) {
    for (const std::uint64_t one : {start, bytes}) {
      put(reservations_, static_cast<std::uint32_t>(one >> 32));
      put(reservations_, static_cast<std::uint32_t>(one));
    }
    return *this;
  }
  [[nodiscard]] std::vector<std::byte> bytes() const {
    std::vector<std::byte> reservations = reservations_, structure = structure_, all;
    reservations.resize(reservations.size() + 16);
    put(structure, 9);
    const std::size_t first = 40, second = first + reservations.size(), third = second + structure.size();
    for (const std::size_t one : {std::size_t{0xd00dfeed}, third + strings_.size(), second, third, first, std::size_t{17}, std::size_t{16},
                                  std::size_t{0}, strings_.size(), structure.size()}) {
      put(all, static_cast<std::uint32_t>(one));
    }
    all.insert(all.end(), reservations.begin(), reservations.end());
    all.insert(all.end(), structure.begin(), structure.end());
    for (const char c : strings_) all.push_back(static_cast<std::byte>(c));
    return all;
  }

 private:
  static void put(std::vector<std::byte>& to, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<std::byte>(value >> shift));
  }
  Tree& text(std::string_view value) {
    for (const char c : value) structure_.push_back(static_cast<std::byte>(c));
    do structure_.push_back(std::byte{0});
    while (structure_.size() % 4 != 0);
    return *this;
  }
  std::uint32_t string(std::string_view name) {
    const auto at = static_cast<std::uint32_t>(strings_.size());
    strings_.append(name).push_back('\0');
    return at;
  }
  std::vector<std::byte> structure_, reservations_;
  std::string strings_;
};

// Like QEMU's virt: two cores, an interrupt controller, a PL011 behind a bus that translates.
inline Tree machine_tree(std::string_view controller = "arm,gic-v3") {
  Tree tree;
  tree.reserve(0x4800'0000, 0x1000);
  tree.begin("").property("#address-cells", {2}).property("#size-cells", {2});
  tree.begin("chosen").property("bootargs", "nokaslr").property("linux,initrd-start", {0x4400'0000}).property("linux,initrd-end", {0, 0x4400'2345});
  tree.property("kaslr-seed", {1, 2}).end();
  tree.begin("memory@40000000").property("device_type", "memory").property("reg", {0, 0x4000'0000, 0, 0x1000'0000, 1, 0, 0, 0x4000'0000}).end();
  tree.begin("reserved-memory").property("#address-cells", {2}).property("#size-cells", {2}).nothing("ranges");
  tree.begin("firmware@41000000").property("reg", {0, 0x4100'0000, 0, 0x10'0000}).end().end();
  tree.begin("cpus").property("#address-cells", {1}).property("#size-cells", {0});
  tree.begin("cpu@0").property("device_type", "cpu").property("reg", {0}).end();
  tree.begin("cpu@100").property("device_type", "cpu").property("reg", {0x100}).end();
  tree.begin("cpu@200").property("device_type", "cpu").property("reg", {0x200}).property("status", "disabled").end();
  tree.end();
  tree.begin("psci").property("compatible", "arm,psci-1.0").property("method", "hvc").end();
  tree.begin("intc@8000000").property("compatible", controller).property("reg", {0, 0x800'0000, 0, 0x1'0000, 0, 0x80a'0000, 0, 0xf6'0000}).end();
  tree.begin("timer").property("compatible", "arm,armv8-timer").property("interrupts", {1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4}).end();
  tree.begin("soc").property("#address-cells", {1}).property("#size-cells", {1}).property("ranges", {0x1000, 0, 0x900'0000, 0x1'0000});
  tree.begin("serial@1000").property("compatible", "arm,pl011").property("reg", {0x1000, 0x1000}).end().end();
  return tree.end(), tree;
}

// Three nodes with numbers of firmware's choice, two of them with a core.
inline Tree tree_of_nodes(std::uint32_t third_memory, std::initializer_list<std::uint32_t> distances) {
  Tree tree;
  tree.begin("").property("#address-cells", {1}).property("#size-cells", {1});
  const auto memory = [&](std::uint32_t start, std::uint32_t node) {
    tree.begin("memory").property("device_type", "memory").property("reg", {start, 0x1000'0000}).property("numa-node-id", {node}).end();
  };
  memory(0x4000'0000, 7), memory(0x6000'0000, 9), memory(third_memory, 3);
  tree.begin("cpus").property("#address-cells", {1}).property("#size-cells", {0});
  tree.begin("cpu@0").property("device_type", "cpu").property("reg", {0x100}).property("numa-node-id", {9}).end();
  tree.begin("cpu@1").property("device_type", "cpu").property("reg", {0}).property("numa-node-id", {3}).end().end();
  tree.begin("distance-map").property("compatible", "numa-distance-map-v1").property("distance-matrix", distances).end();
  return tree.end(), tree;
}

}  // namespace tessera::nucleus::test
