// SPDX-License-Identifier: Apache-2.0
// Files into memory, a copy of the device tree, and on to the nucleus.
#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "foreign/device_tree_copy.hpp"
#include "loader/efi.hpp"

namespace tessera::loader {

extern "C" void clean_range(const void* start, std::uint64_t bytes);
extern "C" [[noreturn]] void enter_nucleus(const void* image, const void* tree);
extern "C" const std::byte loader_start, loader_end;

namespace {

using foreign::DeviceTree;
using Memory = std::span<std::byte>;

constexpr std::size_t kPageBytes = 4096, kImageAlignment = 2 << 20;

// Where firmware's numbers become memory.
#pragma clang unsafe_buffer_usage begin
Memory memory_at(std::uint64_t address, std::size_t bytes) { return Memory(reinterpret_cast<std::byte*>(address), bytes); }
std::span<const efi::ConfigurationTable> tables_of(const efi::SystemTable& system) { return {system.tables, system.table_count}; }
#pragma clang unsafe_buffer_usage end

std::uint64_t address_of(const void* object) { return reinterpret_cast<std::uint64_t>(object); }

class Loader {
 public:
  Loader(efi::Handle image, const efi::SystemTable& system) : image_(image), system_(system), boot_(*system.boot) {}

  // Comes back, having said why, when it cannot be done.
  void run() {
    const auto tree = find_tree();
    if (!tree || !open_volume()) return;
    const auto file = read_file(u"\\tessera\\nucleus", kImageAlignment);
    if (!file) return;
    const auto nucleus = make_image(*file);
    const auto bundle = nucleus ? read_file(u"\\tessera\\bundle", kPageBytes) : std::nullopt;
    if (!bundle) return;
    const auto room = allocate(foreign::bytes_of_copy(tree->structure().size() + tree->strings().size(), kMostReserved), kPageBytes);
    if (!room) return;
    if (!leave_firmware(*tree, *bundle, *room)) return;
    for (const Memory one : {*nucleus, *bundle, *room}) clean_range(one.data(), one.size());
    clean_range(&loader_start, address_of(&loader_end) - address_of(&loader_start));
    enter_nucleus(nucleus->data(), room->data());
  }

 private:
  static constexpr std::size_t kMostReserved = 24;

  void say(const char16_t* text) const {
    for (const char16_t* part : {u"tessera: ", text, u"\r\n"}) (void)system_.output->write(system_.output, part);
  }

  std::optional<DeviceTree> find_tree() const {
    for (const efi::ConfigurationTable& table : tables_of(system_)) {
      if (table.kind != efi::kDeviceTree) continue;
      constexpr std::size_t kHead = 40;
      const auto tree = DeviceTree::open(memory_at(table.address, DeviceTree::size_of(memory_at(table.address, kHead))));
      if (tree) return *tree;
      say(u"the device tree of this firmware is damaged");
      return std::nullopt;
    }
    say(u"this firmware has no device tree (QEMU: -M virt,acpi=off)");
    return std::nullopt;
  }

  bool open_volume() {
    void* loaded = nullptr;
    void* system = nullptr;
    if (boot_.handle_protocol(image_, &efi::kLoadedImage, &loaded) == 0 &&
        boot_.handle_protocol(static_cast<efi::LoadedImage*>(loaded)->device, &efi::kFileSystem, &system) == 0) {
      auto* volume = static_cast<efi::FileSystem*>(system);
      if (volume->open_volume(volume, &root_) == 0) return true;
    }
    say(u"the volume that this was loaded from cannot be read");
    return false;
  }

  // Whole pages, zeroed, at a multiple of `alignment`.
  std::optional<Memory> allocate(std::size_t bytes, std::size_t alignment) const {
    constexpr std::uint32_t kAnywhere = 0;
    constexpr std::size_t kMost = std::size_t{1} << 40;
    std::uint64_t at = 0;
    const std::size_t whole = (bytes + kPageBytes - 1) & ~(kPageBytes - 1);
    const std::size_t pages = (whole + alignment - kPageBytes) / kPageBytes;
    if (bytes > kMost || boot_.allocate_pages(kAnywhere, efi::kLoaderData, pages, &at) != 0) {
      say(u"there is not enough memory");
      return std::nullopt;
    }
    const Memory memory = memory_at((at + alignment - 1) & ~(std::uint64_t{alignment} - 1), whole);
    std::memset(memory.data(), 0, whole);
    return memory.first(bytes);
  }

  std::optional<Memory> read_file(const char16_t* name, std::size_t alignment) const {
    efi::File* file = nullptr;
    std::uint64_t size = 0;
    constexpr std::uint64_t kForReading = 1, kAtEnd = ~std::uint64_t{0};
    if (root_->open(root_, &file, name, kForReading, 0) != 0 || file->set_position(file, kAtEnd) != 0 ||
        file->get_position(file, &size) != 0 || file->set_position(file, 0) != 0) {
      say(u"a file is missing: \\tessera\\nucleus and \\tessera\\bundle must be on the volume");
      return std::nullopt;
    }
    const auto memory = allocate(size, alignment);
    if (!memory) return std::nullopt;
    std::size_t bytes = size;
    if (file->read(file, &bytes, memory->data()) == 0 && bytes == size) return memory;
    say(u"a file cannot be read");
    return std::nullopt;
  }

  // Linux' Image: from 16 on how much memory it takes, which is more than the file.
  std::optional<Memory> make_image(Memory file) const {
    constexpr std::size_t kHead = 64, kBytesAt = 16, kMagicAt = 56;
    constexpr std::string_view kMagic = "ARM\x64";
    std::uint64_t bytes = 0;
    if (file.size() >= kHead && std::memcmp(file.subspan(kMagicAt).data(), kMagic.data(), kMagic.size()) == 0) {
      std::memcpy(&bytes, file.subspan(kBytesAt).data(), sizeof bytes);
    }
    if (bytes < file.size()) {
      say(u"\\tessera\\nucleus is not a nucleus for AArch64");
      return std::nullopt;
    }
    const auto image = allocate(bytes, kImageAlignment);
    if (image) std::ranges::copy(file, image->begin());
    return image;
  }

  // What firmware keeps for itself, joined where it touches. False: too many parts.
  bool find_reserved(Memory map, std::size_t stride) {
    reserved_count_ = 0;
    for (std::size_t at = 0; at + sizeof(efi::MemoryDescriptor) <= map.size(); at += stride) {
      efi::MemoryDescriptor one;
      std::memcpy(&one, map.subspan(at).data(), sizeof one);
      constexpr std::array kKept{efi::kReserved,  efi::kRuntimeCode,    efi::kRuntimeData,
                                 efi::kUnusable, efi::kFirmwareTables, efi::kFirmwareCode};
      if (std::ranges::find(kKept, one.type) == kKept.end()) continue;
      const std::uint64_t end = one.start + one.pages * kPageBytes;
      if (reserved_count_ > 0 && reserved_[reserved_count_ - 1].end == one.start) {
        reserved_[reserved_count_ - 1].end = end;
        continue;
      }
      if (reserved_count_ == reserved_.size()) return false;
      reserved_[reserved_count_] = {one.start, end};
      ++reserved_count_;
    }
    return true;
  }

  // The map must be the last thing that was asked: firmware may change it meanwhile, and then says so.
  bool leave_firmware(const DeviceTree& tree, Memory bundle, Memory room) {
    constexpr std::size_t kMapBytes = 64 * 1024;
    constexpr unsigned kMostTries = 4;
    const auto map = allocate(kMapBytes, kPageBytes);
    if (!map) return false;
    const DeviceTree::Range place{address_of(bundle.data()), address_of(bundle.data()) + bundle.size()};
    for (unsigned i = 0; i < kMostTries; ++i) {
      std::size_t bytes = map->size(), key = 0, stride = 0;
      std::uint32_t version = 0;
      if (boot_.get_memory_map(&bytes, map->data(), &key, &stride, &version) != 0 || stride < sizeof(efi::MemoryDescriptor)) break;
      if (!find_reserved(map->first(bytes), stride)) break;
      if (!foreign::copy_tree(tree, {place, std::span(reserved_).first(reserved_count_)}, room)) break;
      if (boot_.exit_boot_services(image_, key) == 0) return true;
    }
    say(u"firmware cannot be left, or its memory is in too many parts");
    return false;
  }

  efi::Handle image_;
  const efi::SystemTable& system_;
  const efi::BootServices& boot_;
  efi::File* root_ = nullptr;
  std::array<DeviceTree::Range, kMostReserved> reserved_{};
  std::size_t reserved_count_ = 0;
};

}  // namespace

extern "C" efi::Status loader_main(efi::Handle image, const efi::SystemTable* system) {
  Loader(image, *system).run();
  return efi::kUnsupported;
}

}  // namespace tessera::loader
