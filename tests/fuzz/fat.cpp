// SPDX-License-Identifier: Apache-2.0
// Any bytes in the tables and directories of a small FAT: it is mounted, all of it is read, some of it changed. The input
// is changes of a good image: which image, then places and bytes.
#include "components/fs/fat/fat.hpp"
#include "tests/fuzz/fs_harness.hpp"

using namespace tessera;
using namespace tessera::fs;
using namespace tessera::test::fuzz;

#pragma clang unsafe_buffer_usage begin
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  const std::span input(reinterpret_cast<const std::byte*>(data), bytes);
#pragma clang unsafe_buffer_usage end
  constexpr std::size_t kMemory = 128 * 1024;
  if (input.empty()) return 0;
  static const std::vector<Image> images = read_images({"fat12.img", "fat16.img", "fat32.img"}, 65536);
  test::HostLoop loop;
  test::ImageDevice device(loop, changed(images, input), kMemory);
  device.yields = false;
  auto mounted = test::run(loop, fat::mount(device, {}));
  if (!mounted) {
    must(!mounted.error().reason.empty());
    return 0;
  }
  FileSystem& files = *mounted->files;
  const std::vector<InodeNumber> inodes = walk(loop, files);
  for (const InodeNumber inode : inodes) (void)test::run(loop, files.keep(inode));
  disturb(loop, files, inodes);
  (void)walk(loop, files);
  for (const InodeNumber inode : inodes) (void)test::run(loop, files.let_go(inode));
  (void)test::run(loop, files.unmount());
  return 0;
}
