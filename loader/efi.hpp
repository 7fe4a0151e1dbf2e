// SPDX-License-Identifier: Apache-2.0
// UEFI Specification 2.10, as far as it is used: 4.3 (system table), 4.4 (boot services), 7.2
// (memory), 9.1 (loaded image), 12.4 (text), 13.4 and 13.5 (files).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tessera::loader::efi {

using Status = std::uint64_t;
using Handle = void*;
inline constexpr Status kUnsupported = 0x8000'0000'0000'0003;

struct Guid {
  std::uint32_t a = 0;
  std::uint16_t b = 0, c = 0;
  std::array<std::uint8_t, 8> d{};
  bool operator==(const Guid&) const = default;
};
inline constexpr Guid kLoadedImage{0x5b1b31a1, 0x9562, 0x11d2, {0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
inline constexpr Guid kFileSystem{0x964e5b22, 0x6459, 0x11d2, {0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
inline constexpr Guid kDeviceTree{0xb1b621d5, 0xf19c, 0x41a5, {0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0}};

struct TextOutput {
  void* reset = nullptr;
  Status (*write)(TextOutput*, const char16_t*) = nullptr;
};

struct MemoryDescriptor {
  std::uint32_t type = 0;
  std::uint64_t start = 0, virtual_start = 0, pages = 0, attributes = 0;
};
// Types (table 7.6).
inline constexpr std::uint32_t kReserved = 0, kLoaderData = 2, kRuntimeCode = 5, kRuntimeData = 6, kUnusable = 8, kFirmwareTables = 10,
                               kFirmwareCode = 13;

// Functions that are not called are places only.
struct BootServices {
  std::array<std::uint64_t, 3> header{};
  std::array<void*, 2> priorities{};
  Status (*allocate_pages)(std::uint32_t how, std::uint32_t type, std::size_t pages, std::uint64_t* address) = nullptr;
  void* free_pages = nullptr;
  Status (*get_memory_map)(std::size_t* bytes, void* map, std::size_t* key, std::size_t* stride, std::uint32_t* version) = nullptr;
  std::array<void*, 11> pools_events_and_interfaces{};
  Status (*handle_protocol)(Handle, const Guid*, void** interface) = nullptr;
  std::array<void*, 9> handles_and_images{};
  Status (*exit_boot_services)(Handle, std::size_t key) = nullptr;
};
static_assert(offsetof(BootServices, handle_protocol) == 24 + 16 * 8 && offsetof(BootServices, exit_boot_services) == 24 + 26 * 8);

struct ConfigurationTable {
  Guid kind;
  std::uint64_t address = 0;
};

struct SystemTable {
  std::array<std::uint64_t, 3> header{};
  void* vendor = nullptr;
  std::uint64_t revision = 0;
  std::array<void*, 3> input{};
  TextOutput* output = nullptr;
  std::array<void*, 3> errors_and_runtime{};
  BootServices* boot = nullptr;
  std::size_t table_count = 0;
  ConfigurationTable* tables = nullptr;
};

struct LoadedImage {
  std::uint64_t revision = 0;
  std::array<void*, 2> parent_and_system{};
  Handle device = nullptr;
};

struct File {
  std::uint64_t revision = 0;
  Status (*open)(File*, File** opened, const char16_t* name, std::uint64_t mode, std::uint64_t attributes) = nullptr;
  std::array<void*, 2> close_and_remove{};
  Status (*read)(File*, std::size_t* bytes, void* buffer) = nullptr;
  void* write = nullptr;
  Status (*get_position)(File*, std::uint64_t*) = nullptr;
  Status (*set_position)(File*, std::uint64_t) = nullptr;  // all ones: the end
};

struct FileSystem {
  std::uint64_t revision = 0;
  Status (*open_volume)(FileSystem*, File** root) = nullptr;
};

}  // namespace tessera::loader::efi
