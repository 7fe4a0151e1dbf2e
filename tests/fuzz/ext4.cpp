// SPDX-License-Identifier: Apache-2.0
// Any bytes in the metadata of a small image: it is mounted, all of it is read, some of it changed. The input is
// changes of a good image: which image, then places and bytes; checksums are made right again, or hardly anything
// would be reached.
#include "components/fs/ext4/checksum.hpp"
#include "components/fs/ext4/ext4.hpp"
#include "components/fs/ext4/layout.hpp"
#include "tests/fuzz/fs_harness.hpp"

using namespace tessera;
using namespace tessera::fs;
using namespace tessera::test::fuzz;

#pragma clang unsafe_buffer_usage begin
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  const std::span input(reinterpret_cast<const std::byte*>(data), bytes);
#pragma clang unsafe_buffer_usage end
  constexpr std::size_t kMemory = 400 * 1024;
  if (input.empty()) return 0;
  static const std::vector<Image> images = read_images({"plain.img", "checked.img", "inline.img", "dirty.img"}, 65536);
  std::vector<std::byte> image = changed(images, input);
  const std::span super = std::span(image).subspan(1024, 1024);
  if ((get32(super, ext4::sb::kRoCompat) & ext4::feature::kMetadataChecksum) != 0) {
    put32(super, ext4::sb::kChecksum, ext4::superblock_checksum(super));
  }
  test::HostLoop loop;
  test::ImageDevice device(loop, std::move(image), kMemory);
  device.yields = false;
  auto mounted = test::run(loop, ext4::mount(device, {}));
  if (!mounted) {
    must(!mounted.error().reason.empty());
    mounted = test::run(loop, ext4::mount(device, {.read_only = true, .clear_orphans = true}));
  }
  if (!mounted) return 0;
  const std::vector<InodeNumber> inodes = walk(loop, **mounted);
  disturb(loop, **mounted, inodes);
  (void)walk(loop, **mounted);
  (void)test::run(loop, (*mounted)->unmount());
  return 0;
}
