// SPDX-License-Identifier: Apache-2.0
#include "device_map.hpp"

#include <array>

#include "descriptors.hpp"
#include "kernel/support/log.hpp"

namespace tessera::nucleus::arch {

using Table = std::array<std::uint64_t, 512>;

namespace {

alignas(4096) Table root;
alignas(4096) Table high;        // the last GiBs: image at 510, devices at 511
alignas(4096) Table image_directory;
alignas(4096) Table image_pages;
alignas(4096) Table beside_image;  // RAM in the image's 2 MiB, by small pages
alignas(4096) Table device_directory;
alignas(4096) Table device_pages;
std::size_t device_page_count = 0;

constexpr std::uint64_t kLargeBytes = 2 * 1024 * 1024;
constexpr std::uint64_t kDeviceBase = 0xffffffffc0000000;
constexpr std::uint64_t kFirstDirectRoot = 384;
constexpr std::uint64_t kTableEntry = Pte::kPresent | Pte::kWrite;

extern "C" const char image_start, text_start, rodata_start, data_start, image_end;

std::uint64_t address_of(const void* object) { return reinterpret_cast<std::uint64_t>(object); }
// The image is mapped at its link address plus the slide.
std::uint64_t physical_of(const void* object) { return address_of(object) - image_slide() - LINK_ADDRESS + LOAD_ADDRESS; }

void map_image() {
  const std::uint64_t start = address_of(&image_start);
  for (std::uint64_t page = address_of(&text_start); page < address_of(&image_end); page += kPageBytes) {
    std::uint64_t flags = Pte::kPresent | Pte::kNoExecute;
    if (page < address_of(&rodata_start)) {
      flags = Pte::kPresent;
    } else if (page >= address_of(&data_start)) {
      flags |= Pte::kWrite;
    }
    image_pages[(page - start) / kPageBytes] = (page - start + LOAD_ADDRESS) | flags;
  }
  image_directory[image_slide() / kLargeBytes] = physical_of(&image_pages) | kTableEntry;
}

std::uint64_t& entry_below(std::uint64_t& entry, std::uint64_t index, PhysAddr (*take)()) {
  if (entry == 0) {
    const PhysAddr page = take();
    zero_page(reinterpret_cast<std::byte*>(page.value));  // identity-mapped yet
    entry = page.value | kTableEntry;
  }
  return (*reinterpret_cast<Table*>(entry & Pte::kAddress))[index];
}

void map_ram(const PhysRange& range, std::uint64_t base, PhysAddr (*take)()) {
  for (std::uint64_t at = range.start.value & ~(kLargeBytes - 1); at < range.end.value; at += kLargeBytes) {
    const std::uint64_t address = base + at;
    std::uint64_t& level2 = entry_below(root[address >> 39 & 511], address >> 30 & 511, take);
    std::uint64_t& entry = entry_below(level2, address >> 21 & 511, take);
    if (at == LOAD_ADDRESS) {
      // The image is not reachable through the map of RAM: its text stays read-only.
      for (std::uint64_t page = image_range().end.value; page < at + kLargeBytes; page += kPageBytes) {
        beside_image[(page - at) / kPageBytes] = page | Pte::kPresent | Pte::kWrite | Pte::kNoExecute;
      }
      entry = physical_of(&beside_image) | kTableEntry;
    } else {
      entry = at | Pte::kPresent | Pte::kWrite | Pte::kLarge | Pte::kNoExecute;
    }
  }
}

}  // namespace

std::uint64_t direct_map_base = 0;

PhysRange image_range() { return {PhysAddr{LOAD_ADDRESS}, PhysAddr{physical_of(&image_end)}}; }

void build_address_space(const BootFacts& facts, PhysAddr (*take)(), std::uint64_t random) {
  map_image();
  high[510] = physical_of(&image_directory) | kTableEntry;
  high[511] = physical_of(&device_directory) | kTableEntry;
  device_directory[0] = physical_of(&device_pages) | kTableEntry;
  root[511] = physical_of(&high) | kTableEntry;
  // One of 63 places of 512 GiB.
  const std::uint64_t base = 0xffff'0000'0000'0000 | ((kFirstDirectRoot + random % 63) << 39);
  for (std::size_t i = 0; i < facts.ram_count; ++i) map_ram(facts.ram[i], base, take);
  CoreBlock& block = *core_block();
  block.root = physical_of(&root);
  write_cr3(block.root);
  direct_map_base = base;
}

std::uint64_t map_device_page(PhysAddr page) {
  if (device_page_count == device_pages.size()) panic("too many device pages");
  device_pages[device_page_count] =
      page.value | Pte::kPresent | Pte::kWrite | Pte::kNoExecute | Pte::kCacheOff | Pte::kWriteThrough;
  return kDeviceBase + kPageBytes * device_page_count++;
}

void copy_nucleus_entries(std::array<std::uint64_t, 512>& to) {
  for (std::size_t i = kFirstDirectRoot; i < 512; ++i) to[i] = root[i];
}

PhysAddr current_root() { return root_of(*core_block()); }

PhysAddr own_root() { return {physical_of(&root)}; }

#pragma clang unsafe_buffer_usage begin
void write_back(const void* start, std::uint64_t bytes) {
  constexpr std::uint64_t kLeastLine = 32;  // of any processor
  const auto* at = static_cast<const std::byte*>(start);
  for (std::uint64_t offset = 0; offset < bytes; offset += kLeastLine) asm volatile("clflush %0" ::"m"(at[offset]));
  asm volatile("mfence" ::: "memory");
}
#pragma clang unsafe_buffer_usage end

void leave_address_space() {
  CoreBlock& block = *core_block();
  block.root = own_root().value;
  write_cr3(block.root);
}

void flush_range(VirtAddr address, std::uint64_t pages) {
  static constexpr std::uint64_t kOneByOne = 16;
  if (pages > kOneByOne) return flush_all();
  for (std::uint64_t i = 0; i < pages; ++i) invalidate_page(address.value + i * kPageBytes);
}

void flush_all() { write_cr3(core_block()->root); }

}  // namespace tessera::nucleus::arch
