// SPDX-License-Identifier: Apache-2.0
// Any bytes in the metadata of a small image: it is mounted, all of it is read, some of it changed. The input is
// changes of a good image: which image, then places and bytes; checksums are made right again, or hardly anything
// would be reached.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "components/fs/ext4/checksum.hpp"
#include "components/fs/ext4/ext4.hpp"
#include "components/fs/ext4/layout.hpp"
#include "tests/unit/fs/image_device.hpp"

namespace {

using namespace tessera;
using namespace tessera::fs;

constexpr Time kNow{.seconds = 1'800'000'000, .nanoseconds = 1};
constexpr std::size_t kMemory = 400 * 1024;
constexpr unsigned kMostNodes = 200, kMostNames = 400, kMostRounds = 2000;

constexpr std::size_t kChunk = 32;

// An image, and which parts of it are not all the same byte: what lies between is of no interest.
struct Image {
  std::vector<std::byte> bytes;
  std::vector<std::size_t> chunks;
};
const std::vector<Image>& images() {
  static const std::vector<Image> all = [] {
    const char* const folder = std::getenv("TESSERA_FUZZ_IMAGES");
    std::vector<Image> found;
    for (const char* const name : {"plain.img", "checked.img", "inline.img", "dirty.img"}) {
      Image image{.bytes = test::read_file(std::string(folder == nullptr ? "." : folder) + "/" + name), .chunks = {}};
      if (image.bytes.size() < 65536) std::abort();
      for (std::size_t at = 0; at + kChunk <= image.bytes.size(); at += kChunk) {
        const std::span chunk = std::span(image.bytes).subspan(at, kChunk);
        if (std::ranges::any_of(chunk, [&](std::byte byte) { return byte != chunk[0]; })) image.chunks.push_back(at);
      }
      found.push_back(std::move(image));
    }
    return found;
  }();
  return all;
}

struct Sink final : DirectorySink {
  std::vector<std::pair<std::string, InodeNumber>> names;
  bool add(const DirectoryEntry& entry) override {
    if (names.size() >= kMostNames) return false;
    names.emplace_back(entry.name, entry.inode);
    return true;
  }
};

void must(bool holds) {
  if (!holds) std::abort();
}

// Everything that can be reached.
std::vector<InodeNumber> walk(test::HostLoop& loop, FileSystem& files) {
  std::vector<InodeNumber> seen{files.root()};
  std::vector<std::byte> room(16384);
  const std::span<std::byte> piece(room);
  for (std::size_t i = 0; i < seen.size() && seen.size() < kMostNodes; ++i) {
    const InodeNumber inode = seen[i];
    const auto known = test::run(loop, files.attributes(inode));
    if (!known) continue;
    if (const auto count = test::run(loop, files.read(inode, known->size / 2 / 512 * 512, std::span(&piece, 1)))) must(*count <= room.size());
    (void)test::run(loop, files.seek(inode, 0, true));
    (void)test::run(loop, files.read_link(inode, room));
    (void)test::run(loop, files.list_extended(inode, room));
    (void)test::run(loop, files.get_extended(inode, "user.attribute", room));
    std::uint64_t position = 0;
    for (unsigned round = 0; round < kMostRounds; ++round) {
      Sink sink;
      const auto next = test::run(loop, files.read_directory(inode, position, sink));
      if (!next || sink.names.empty()) break;
      position = *next;
      for (const auto& [name, number] : sink.names) {
        must(!name.empty() && name.size() <= 255);
        (void)test::run(loop, files.lookup(inode, name));
        if (seen.size() < kMostNodes && std::ranges::find(seen, number) == seen.end()) seen.push_back(number);
      }
      if (sink.names.size() < kMostNames) break;
    }
  }
  return seen;
}

void disturb(test::HostLoop& loop, FileSystem& files, const std::vector<InodeNumber>& inodes) {
  std::vector<std::byte> data(4096, std::byte{7});
  const std::span<std::byte> piece(data);
  const NewInode what{.mode = 0x81a4, .uid = 0, .gid = 0, .device_major = 0, .device_minor = 0, .now = kNow, .target = {}};
  for (std::size_t i = 0; i < inodes.size() && i < 24; ++i) {
    const InodeNumber inode = inodes[i];
    (void)test::run(loop, files.create(inode, "new", what));
    (void)test::run(loop, files.write(inode, i * 512, std::span(&piece, 1), i * 512 + 4000, kNow));
    (void)test::run(loop, files.set_extended(inode, "user.new", data, 0, kNow));
    (void)test::run(loop, files.rename(inode, "new", files.root(), "newer" + std::to_string(i), 0, kNow));
    AttributeChange cut{.which = AttributeChange::kSize, .to = {}};
    cut.to.size = 100;
    (void)test::run(loop, files.change_attributes(inode, cut));
    (void)test::run(loop, files.allocate(inode, 0, 0, 9000, kNow));
  }
  Sink sink;
  (void)test::run(loop, files.read_directory(files.root(), 0, sink));
  for (const auto& [name, inode] : sink.names) {
    (void)test::run(loop, files.unlink(files.root(), name, false, kNow));
    (void)test::run(loop, files.unlink(files.root(), name, true, kNow));
  }
  (void)test::run(loop, files.sync(0, false));
}

}  // namespace

#pragma clang unsafe_buffer_usage begin
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  std::span input(reinterpret_cast<const std::byte*>(data), bytes);
#pragma clang unsafe_buffer_usage end
  if (input.empty()) return 0;
  const Image& good = images()[static_cast<std::size_t>(input[0]) % images().size()];
  std::vector<std::byte> image = good.bytes;
  // Three bytes of a place, one new.
  for (std::size_t at = 1; at + 4 <= input.size(); at += 4) {
    const std::uint32_t place = get32(input, at) & 0xff'ffff;
    image[good.chunks[place / kChunk % good.chunks.size()] + place % kChunk] = input[at + 3];
  }
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
