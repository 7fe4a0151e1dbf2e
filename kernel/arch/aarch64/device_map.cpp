// SPDX-License-Identifier: Apache-2.0
// Each half has 47 bits of address: 256 entries of a root of 512, the lower half's first.
// TTBR0_EL1 has the root, TTBR1_EL1 the middle of the same page.
#include "device_map.hpp"

#include <algorithm>
#include <array>

#include "arch.hpp"
#include "kernel/boot/blocks.hpp"
#include "kernel/support/log.hpp"

namespace tessera::nucleus::arch {

using Table = std::array<std::uint64_t, 512>;

namespace {

alignas(4096) Table root;
alignas(4096) Table high;  // the last GiBs: image at 510, devices at 511
alignas(4096) Table image_directory;
alignas(4096) Table image_pages;
alignas(4096) Table device_directory;
std::size_t device_blocks = 0;  // of the directory's, that are used
alignas(4096) std::array<Table, 40> more_tables;
std::size_t tables_taken = 0;

constexpr std::uint64_t kLargeBytes = std::uint64_t{2} << 20;
constexpr std::uint64_t kDeviceBase = 0xffffffffc0000000;
constexpr std::uint64_t kFirstDirectRoot = 384;
// Indirect branches go to landing pads alone, where the CPU looks (FEAT_BTI).
constexpr std::uint64_t kOwnCode = (Pte::kOwn & ~Pte::kNucleusNoExecute) | Pte::kPage | Pte::kReadOnly | Pte::kGuarded;

extern "C" const char image_start, text_start, rodata_start, data_start, image_end;
extern "C" void install_high_half(std::uint64_t tables);

PhysAddr image_at;
std::uint64_t slide;

std::uint64_t address_of(const void* object) { return reinterpret_cast<std::uint64_t>(object); }
std::uint64_t table_entry(const Table& table) { return physical_of_image(&table).value | Pte::kTable; }
// A table of the image's memory.
Table& table_of(std::uint64_t entry) {
  return *reinterpret_cast<Table*>((entry & Pte::kAddress) - image_at.value + LINK_ADDRESS + slide);
}

Table& below(std::uint64_t& entry) {
  if (entry == 0) {
    if (tables_taken == more_tables.size()) panic("RAM and devices are in too many parts");
    entry = table_entry(more_tables[tables_taken++]);
  }
  return table_of(entry);
}

void map_image() {
  const std::uint64_t start = address_of(&image_start);
  for (std::uint64_t page = address_of(&text_start); page < address_of(&image_end); page += kPageBytes) {
    std::uint64_t flags = Pte::kOwn | Pte::kPage | Pte::kReadOnly;
    if (page < address_of(&rodata_start)) {
      flags = kOwnCode;
    } else if (page >= address_of(&data_start)) {
      flags = Pte::kOwn | Pte::kPage;
    }
    image_pages[(page - start) / kPageBytes] = physical_of_image(reinterpret_cast<const void*>(page)).value | flags;
  }
  image_directory[slide / kLargeBytes] = table_entry(image_pages);
}

// The image is not reachable through the map of RAM: its text stays read-only.
void map_ram(const PhysRange& range, std::uint64_t base) {
  in_blocks(range, image_range(), [&](std::uint64_t at, unsigned level) {
    const auto index = [&](unsigned of) { return (base + at) >> (12 + 9 * of) & 511; };
    std::uint64_t* entry = &root[index(3)];
    for (unsigned above = 3; above > level; --above) entry = &below(*entry)[index(above - 1)];
    *entry = at | Pte::kOwn | (level == 0 ? Pte::kPage : 0);
  });
}

}  // namespace

std::uint64_t direct_map_base = 0;

void set_image_place(PhysAddr start, std::uint64_t how_far) {
  image_at = start;
  slide = how_far;
}
std::uint64_t image_slide() { return slide; }
PhysAddr physical_of_image(const void* object) { return {address_of(object) - slide - LINK_ADDRESS + image_at.value}; }
PhysRange image_range() { return {image_at, physical_of_image(&image_end)}; }

void build_address_space(const BootFacts& facts, std::uint64_t random) {
  map_image();
  high[510] = table_entry(image_directory);
  high[511] = table_entry(device_directory);
  root[511] = table_entry(high);
  // One of 63 places of 512 GiB.
  const std::uint64_t base = 0xffff'0000'0000'0000 | ((kFirstDirectRoot + random % 63) << 39);
  for (std::size_t i = 0; i < facts.ram_count; ++i) map_ram(facts.ram[i], base);
  const std::uint64_t low_address = physical_of_image(reinterpret_cast<const void*>(&install_high_half)).value;
  reinterpret_cast<decltype(&install_high_half)>(low_address)(upper_half(own_root().value));
  direct_map_base = base;
  leave_address_space();
}

std::uint64_t map_device(const PhysRange& range) {
  const std::uint64_t first = range.start.value & ~(kLargeBytes - 1);
  const std::uint64_t blocks = (align_up(range.end.value, kLargeBytes) - first) / kLargeBytes;
  if (blocks > device_directory.size() - device_blocks) panic("a device has too many registers to be mapped");
  const std::uint64_t base = kDeviceBase + device_blocks * kLargeBytes;
  for (std::uint64_t at = first; at < range.end.value; at += kLargeBytes) {
    std::uint64_t& entry = device_directory[device_blocks++];
    if (at >= range.start.value && at + kLargeBytes <= range.end.value) {
      entry = at | (Pte::kOwnDevice & ~Pte::kPage);
      continue;
    }
    Table& pages = below(entry);
    const std::uint64_t from = std::max(at, range.start.value & ~(kPageBytes - 1)), to = std::min(at + kLargeBytes, range.end.value);
    for (std::uint64_t page = from; page < to; page += kPageBytes) pages[page / kPageBytes % 512] = page | Pte::kOwnDevice;
  }
  publish_tables();
  return base + (range.start.value - first);
}

void copy_nucleus_entries(std::array<std::uint64_t, 512>& to) {
  for (std::size_t i = kFirstDirectRoot; i < 512; ++i) to[i] = root[i];
}

PhysAddr own_root() { return physical_of_image(&root); }

}  // namespace tessera::nucleus::arch
