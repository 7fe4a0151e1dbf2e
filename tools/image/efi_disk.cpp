// SPDX-License-Identifier: Apache-2.0
// The partition table is written here (UEFI Specification 2.10, 5.2.1), the file system by mtools.
#include "tools/image/efi_disk.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include "tools/image/medium.hpp"
#include "tools/support/file.hpp"
#include "tools/support/temporary.hpp"

namespace tessera::tools::image {
namespace {

constexpr std::uint64_t kMegabyte = 1 << 20, kSector = 512;

Result<std::uint64_t> size_of(const std::string& path) {
  std::error_code error;
  const std::uint64_t bytes = std::filesystem::file_size(path, error);
  if (error) return fail("cannot read " + path + ": " + error.message());
  return bytes;
}

// One partition of type EFI system, behind the first megabyte.
std::string partition_table(std::uint64_t partition_bytes) {
  std::string sector(kSector, '\0');
  const auto put = [&](std::size_t at, std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) sector[at + i] = static_cast<char>(value >> (8 * i));
  };
  constexpr std::size_t kEntry = 446;
  put(440, 0x54455353, 4);           // the disk's name
  put(kEntry + 1, 0xfffffe, 3);      // addresses by heads: too large for them
  put(kEntry + 4, 0xef, 1);
  put(kEntry + 5, 0xfffffe, 3);
  put(kEntry + 8, kMegabyte / kSector, 4);
  put(kEntry + 12, partition_bytes / kSector, 4);
  put(510, 0xaa55, 2);
  return sector;
}

}  // namespace

Result<void> write_efi_disk(const EfiDiskInputs& inputs, const std::string& output) {
  TRY(check_output(output));
  const TemporaryDirectory temporary = TRY(TemporaryDirectory::make());
  struct Copied {
    std::string from, to;
  };
  const std::array<Copied, 3> files{{{inputs.loader, "EFI/BOOT/BOOTAA64.EFI"}, {inputs.nucleus, "tessera/nucleus"}, {inputs.bundle, "tessera/bundle"}}};
  std::uint64_t bytes = 0;
  for (const Copied& one : files) bytes += TRY(size_of(one.from));
  // The file system's own tables are less than a hundredth of it.
  const std::uint64_t megabytes = (bytes + bytes / 64) / kMegabyte + 4;
  constexpr std::uint64_t kMostMegabytes = 4000;  // a file on FAT is shorter than 4 GiB
  if (megabytes > kMostMegabytes) return fail("the root file system is too large for a disk image of this kind: " + std::to_string(megabytes) + " MB");

  TRY(write_file(output, partition_table(megabytes * kMegabyte)));
  std::error_code error;
  std::filesystem::resize_file(output, (1 + megabytes) * kMegabyte, error);
  if (error) return fail("cannot write " + output + ": " + error.message());
  const std::string partition = output + "@@1M";
  TRY(run_quietly({"mformat", "-i", partition, "-T", std::to_string(megabytes * kMegabyte / kSector), "-h", "64", "-s", "32",
                   "-N", "54455353", "-v", "TESSERA", "::"}));
  TRY(run_quietly({"mmd", "-i", partition, "::EFI", "::EFI/BOOT", "::tessera"}));
  for (const Copied& one : files) {
    const std::string dated = temporary.path() + "/file";
    TRY(copy_file(one.from, dated));
    TRY(date(dated));
    TRY(run_quietly({"mcopy", "-o", "-m", "-i", partition, dated, "::" + one.to}));
  }
  return {};
}

}  // namespace tessera::tools::image
